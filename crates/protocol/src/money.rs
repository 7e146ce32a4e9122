//! Money: whole micro-USDT, and the two decimal forms in which it is written.

use std::fmt;
use std::str::FromStr;

use crate::wire_text::text_on_the_wire;

/// Micro-USDT in one USDT: the token has six decimals on TRON.
pub const MICRO_PER_USDT: u64 = 1_000_000;

const DECIMALS: usize = 6;

/// An amount of USDT in whole micro-USDT.
///
/// Written with at least two decimals and no trailing zeros beyond them (`50.00`, `50.0134`);
/// [`Usdt::six_decimals`] is the form of `pay_amount`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usdt(u64);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseUsdtError {
    /// Not ASCII digits with at most one point between them.
    NotDecimal,
    /// More than six digits after the point.
    TooManyDecimals,
    /// More than `u64::MAX` micro-USDT.
    TooLarge,
}

impl Usdt {
    pub const ZERO: Self = Self(0);

    pub const fn from_micro(micro: u64) -> Self {
        Self(micro)
    }

    pub const fn micro(self) -> u64 {
        self.0
    }

    /// Writes all six decimals (`50.013400`), as `pay_amount` is published.
    pub const fn six_decimals(self) -> SixDecimals {
        SixDecimals(self)
    }
}

/// Displays an amount with all six decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SixDecimals(Usdt);

impl fmt::Display for SixDecimals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micro = self.0.micro();
        let whole = micro / MICRO_PER_USDT;
        let fraction = micro % MICRO_PER_USDT;
        write!(f, "{whole}.{fraction:06}")
    }
}

impl fmt::Display for Usdt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0 / MICRO_PER_USDT;
        let mut fraction = self.0 % MICRO_PER_USDT;
        let mut width = DECIMALS;
        while width > 2 && fraction.is_multiple_of(10) {
            fraction /= 10;
            width -= 1;
        }
        write!(f, "{whole}.{fraction:0width$}")
    }
}

impl FromStr for Usdt {
    type Err = ParseUsdtError;

    /// Reads decimal text: ASCII digits, at most one point with digits on both sides, at most six
    /// decimals. No sign, exponent, space or grouping.
    fn from_str(text: &str) -> Result<Self, ParseUsdtError> {
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(ParseUsdtError::NotDecimal),
            None => (text, ""),
        };
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
            return Err(ParseUsdtError::NotDecimal);
        }
        if fraction.len() > DECIMALS {
            return Err(ParseUsdtError::TooManyDecimals);
        }
        let padding = std::iter::repeat_n(b'0', DECIMALS - fraction.len());
        whole
            .bytes()
            .chain(fraction.bytes())
            .chain(padding)
            .try_fold(0u64, |micro, digit| {
                micro.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
            })
            .map(Self)
            .ok_or(ParseUsdtError::TooLarge)
    }
}

impl fmt::Display for ParseUsdtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotDecimal => "not a decimal number",
            Self::TooManyDecimals => "more than six decimals",
            Self::TooLarge => "too large",
        })
    }
}

impl std::error::Error for ParseUsdtError {}

text_on_the_wire!(Usdt);

/// Serde for a field that is written with all six decimals; reading accepts every form.
pub mod six_decimals {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Usdt;

    pub fn serialize<S: Serializer>(amount: &Usdt, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&amount.six_decimals())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Usdt, D::Error> {
        Usdt::deserialize(deserializer)
    }
}

/// The same for a field that may be absent.
pub mod optional_six_decimals {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Usdt;

    pub fn serialize<S: Serializer>(
        amount: &Option<Usdt>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match amount {
            Some(amount) => super::six_decimals::serialize(amount, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Usdt>, D::Error> {
        Option::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_written_as_published() {
        let fifty = Usdt::from_micro(50_000_000);
        assert_eq!(fifty.to_string(), "50.00");
        let unique = Usdt::from_micro(50_013_400);
        assert_eq!(unique.to_string(), "50.0134");
        assert_eq!(unique.six_decimals().to_string(), "50.013400");
        assert_eq!(Usdt::from_micro(100_000).to_string(), "0.10");
        assert_eq!(Usdt::from_micro(1).to_string(), "0.000001");
        assert_eq!(Usdt::ZERO.to_string(), "0.00");
    }

    #[test]
    fn decimal_text_is_read_exactly() {
        for (text, micro) in [
            ("50", 50_000_000),
            ("50.0", 50_000_000),
            ("50.013400", 50_013_400),
            ("0.000001", 1),
            ("007.5", 7_500_000),
            ("0.3", 300_000),
            ("18446744073709.551615", u64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(Usdt::from_micro(micro)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        for text in [
            "", ".", "5.", ".5", "-1", "+1", "1e3", " 1", "1 ", "1,5", "1.2.3", "٣", "0x1", "1_0",
            "NaN",
        ] {
            assert_eq!(
                text.parse::<Usdt>(),
                Err(ParseUsdtError::NotDecimal),
                "{text:?}"
            );
        }
        assert_eq!(
            "0.0000001".parse::<Usdt>(),
            Err(ParseUsdtError::TooManyDecimals)
        );
        assert_eq!(
            "18446744073709.551616".parse::<Usdt>(),
            Err(ParseUsdtError::TooLarge)
        );
        assert_eq!(
            "9".repeat(400).parse::<Usdt>(),
            Err(ParseUsdtError::TooLarge)
        );
    }

    proptest! {
        #[test]
        fn every_amount_survives_both_forms(micro: u64) {
            let amount = Usdt::from_micro(micro);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
            prop_assert_eq!(amount.six_decimals().to_string().parse(), Ok(amount));
        }

        #[test]
        fn parsing_never_panics_and_never_guesses(text in "\\PC{0,30}") {
            if let Ok(amount) = text.parse::<Usdt>() {
                let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
                let expected: u128 = format!("{whole}{fraction:0<6}").parse().unwrap();
                prop_assert_eq!(u128::from(amount.micro()), expected);
            }
        }
    }
}
