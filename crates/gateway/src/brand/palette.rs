//! The shades of a merchant's colour that payers can read, on light and on dark.

use std::fmt;

use super::Color;

/// The least contrast of text, by WCAG 2 level AA.
const LEAST_CONTRAST: f64 = 4.5;

/// How much of the colour is in what is tinted with it, in 255ths.
const TINT: u8 = 30;

/// What the colour stands on, as in `style/checkout.css`, and to which side it gives way.
struct Ground {
    surface: Color,
    sunken: Color,
    /// The text on the colour. The colour keeps more contrast with it than with the surface.
    text: Color,
    /// Where the contrast is greatest.
    extreme: Color,
}

const LIGHT: Ground = Ground {
    surface: Color::WHITE,
    sunken: Color::new(0xf4, 0xf6, 0xf8),
    text: Color::WHITE,
    extreme: Color::BLACK,
};

const DARK: Ground = Ground {
    surface: Color::new(0x15, 0x1b, 0x22),
    sunken: Color::new(0x1d, 0x25, 0x2e),
    text: Color::BLACK,
    extreme: Color::WHITE,
};

/// A colour's shades on one ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shades {
    /// Readable as text on the surface, on what is sunken in it, and on the tint.
    pub brand: Color,
    /// Readable on `brand`.
    pub text: Color,
    /// A surface with a touch of the colour.
    pub tint: Color,
}

/// A colour's shades on light and on dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    pub light: Shades,
    pub dark: Shades,
}

impl Palette {
    /// The shades of `color`, which is darkened and lightened no more than readers need.
    pub fn of(color: Color) -> Self {
        Self {
            light: LIGHT.shades(color),
            dark: DARK.shades(color),
        }
    }
}

impl Ground {
    fn shades(&self, color: Color) -> Shades {
        let tint = self.surface.mixed(color, TINT);
        let is_readable = |brand: &Color| {
            [self.surface, self.sunken, tint]
                .iter()
                .all(|ground| brand.contrast(*ground) >= LEAST_CONTRAST)
        };
        let brand = (0..=u8::MAX)
            .map(|part| color.mixed(self.extreme, part))
            .find(is_readable)
            .unwrap_or(self.extreme);
        Shades {
            brand,
            text: self.text,
            tint,
        }
    }
}

/// CSS that overrides the page's own. As there, browsers before 2024 have the light shades alone.
impl fmt::Display for Palette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { light, dark } = self;
        let both = [
            ("brand", light.brand, dark.brand),
            ("brand-text", light.text, dark.text),
            ("tint", light.tint, dark.tint),
        ];
        f.write_str(":root{")?;
        for (name, light, _) in both {
            write!(f, "--{name}:{light};")?;
        }
        f.write_str("}@supports (color:light-dark(#000,#fff)){:root{")?;
        for (name, light, dark) in both {
            write!(f, "--{name}:light-dark({light},{dark});")?;
        }
        f.write_str("}}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_readable(color: Color) {
        for (ground, shades) in [
            (LIGHT, Palette::of(color).light),
            (DARK, Palette::of(color).dark),
        ] {
            let Shades { brand, text, tint } = shades;
            for other in [ground.surface, ground.sunken, tint, text] {
                let contrast = brand.contrast(other);
                assert!(
                    contrast >= 4.5,
                    "{color}: {brand} on {other} has {contrast}"
                );
            }
            assert!(text == Color::BLACK || text == Color::WHITE);
        }
    }

    #[test]
    fn grey_and_the_pure_colours_are_readable() {
        let steps = [0, 51, 102, 153, 204, 255];
        for red in steps {
            for green in steps {
                for blue in steps {
                    assert_readable(Color::new(red, green, blue));
                }
            }
        }
        (0..=u8::MAX).for_each(|grey| assert_readable(Color::new(grey, grey, grey)));
    }

    proptest! {
        #[test]
        fn every_colour_is_readable(red: u8, green: u8, blue: u8) {
            assert_readable(Color::new(red, green, blue));
        }

        /// Nothing is brighter in another channel than before, on either ground.
        #[test]
        fn the_hue_stays(red: u8, green: u8, blue: u8) {
            let color = Color::new(red, green, blue);
            let Palette { light, dark } = Palette::of(color);
            for shade in [light.brand, dark.brand] {
                for (a, b, before) in [
                    (shade.red, shade.green, red.cmp(&green)),
                    (shade.green, shade.blue, green.cmp(&blue)),
                    (shade.red, shade.blue, red.cmp(&blue)),
                ] {
                    // Rounding may make two channels equal.
                    prop_assert!(a == b || a.cmp(&b) == before, "{color} became {shade}");
                }
            }
        }
    }

    #[test]
    fn a_colour_that_can_be_read_is_left_alone() {
        let readable = Color::new(0x1d, 0x55, 0xc4);
        assert_eq!(Palette::of(readable).light.brand, readable);
        let bright = Color::new(0xff, 0xcc, 0x00);
        assert_eq!(Palette::of(bright).dark.brand, bright);
        assert_ne!(Palette::of(bright).light.brand, bright);
    }

    #[test]
    fn the_grounds_are_those_of_the_page() {
        let css = include_str!("../../../../style/checkout.css");
        for (name, light, dark) in [
            ("surface", LIGHT.surface, DARK.surface),
            ("sunken", LIGHT.sunken, DARK.sunken),
        ] {
            let light = light.to_string().replace("#ffffff", "#fff");
            let line = format!("--{name}: light-dark({light}, {dark});");
            assert_eq!(css.matches(&line).count(), 1, "{line}");
        }
    }
}
