//! Colours, and the contrast between two of them.

use std::fmt;
use std::str::FromStr;

use usdt_protocol::txid::decode_hex;

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the color must be written as #rrggbb, with six hex digits")]
pub struct ColorError;

impl Color {
    pub const BLACK: Self = Self::new(0, 0, 0);
    pub const WHITE: Self = Self::new(255, 255, 255);

    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// This colour with `part` 255ths of `other`. Black and white leave the hue as it is.
    #[must_use]
    pub fn mixed(self, other: Self, part: u8) -> Self {
        let mix = |own: u8, others: u8| {
            let sum =
                u32::from(own) * u32::from(u8::MAX - part) + u32::from(others) * u32::from(part);
            u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
        };
        Self {
            red: mix(self.red, other.red),
            green: mix(self.green, other.green),
            blue: mix(self.blue, other.blue),
        }
    }

    /// The contrast ratio of WCAG 2, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The relative luminance of WCAG 2.
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.04045 {
                channel / 12.92
            } else {
                ((channel + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

impl FromStr for Color {
    type Err = ColorError;

    fn from_str(text: &str) -> Result<Self, ColorError> {
        let digits = text.strip_prefix('#').ok_or(ColorError)?;
        let [red, green, blue] = decode_hex(digits).ok_or(ColorError)?;
        Ok(Self { red, green, blue })
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_hex_digits_are_a_colour_and_nothing_else_is() {
        assert_eq!("#08775C".parse(), Ok(Color::new(0x08, 0x77, 0x5c)));
        assert_eq!(Color::new(0x08, 0x77, 0x5c).to_string(), "#08775c");
        for text in [
            "",
            "#",
            "#fff",
            "08775c",
            "#08775c;",
            "#08775cff",
            " #08775c",
            "#08775g",
            "#+8775c",
            "red",
            "#0877é",
            "#000}</style>",
        ] {
            assert_eq!(text.parse::<Color>(), Err(ColorError), "{text}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Color::WHITE.contrast(Color::BLACK) - 21.0).abs() < 1e-9);
        assert!((Color::WHITE.contrast(Color::WHITE) - 1.0).abs() < 1e-9);
        // The greys on both sides of the least contrast with white.
        assert!(Color::new(0x76, 0x76, 0x76).contrast(Color::WHITE) > 4.5);
        assert!(Color::new(0x77, 0x77, 0x77).contrast(Color::WHITE) < 4.5);
        // Red on white: 1.05 / (0.2126 + 0.05).
        let red = Color::new(255, 0, 0).contrast(Color::WHITE);
        assert!((red - 1.05 / 0.2626).abs() < 1e-9);
    }
}
