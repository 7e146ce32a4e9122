//! The name by which payers know a merchant.

use std::str::FromStr;

use crate::payments::legible;

const MAX_CHARS: usize = 40;

/// A name for a heading: one line that cannot turn the text around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandName(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name must have 1 to 40 characters that can be seen, without line breaks, control or \
     direction characters"
)]
pub struct BrandNameError;

impl BrandName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BrandName {
    type Err = BrandNameError;

    fn from_str(text: &str) -> Result<Self, BrandNameError> {
        let text = text.trim();
        let is_short = (1..=MAX_CHARS).contains(&text.chars().count());
        if is_short && !text.chars().any(legible::is_disruptive) && legible::is_visible(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BrandNameError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_pass_and_what_could_pose_as_another_text_does_not() {
        for name in [
            "Demo shop",
            "Łódź & Søn",
            "متجر",
            "क्षेत्र",
            "<b>",
            &"x".repeat(40),
        ] {
            assert_eq!(name.parse::<BrandName>().unwrap().as_str(), name);
        }
        assert_eq!(" Shop\n".parse::<BrandName>().unwrap().as_str(), "Shop");
        for name in [
            "",
            "  ",
            "\u{200b}",
            "\u{2800}\u{3164}",
            "a\nb",
            "a\0b",
            "a\u{7f}",
            "a\u{85}b",
            "a\u{2028}b",
            "\u{202e}pohs",
            "\u{200f}a",
            "a\u{2066}b",
            &"x".repeat(41),
        ] {
            assert_eq!(name.parse::<BrandName>(), Err(BrandNameError), "{name:?}");
        }
    }
}
