//! A price in another currency than USDT, and what it was reckoned with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Usdt, UtcTime};

/// The code of a currency as ISO 4217 writes it, such as `EUR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CurrencyCode([u8; 3]);

/// The text is no code of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCurrency;

impl FromStr for CurrencyCode {
    type Err = NoCurrency;

    fn from_str(text: &str) -> Result<Self, NoCurrency> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| NoCurrency)?;
        if code.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(code))
        } else {
            Err(NoCurrency)
        }
    }
}

impl TryFrom<String> for CurrencyCode {
    type Error = NoCurrency;

    fn try_from(text: String) -> Result<Self, NoCurrency> {
        text.parse()
    }
}

impl From<CurrencyCode> for String {
    fn from(code: CurrencyCode) -> Self {
        code.0.map(char::from).iter().collect()
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from(*self))
    }
}

impl fmt::Display for NoCurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be three capital letters, such as EUR")
    }
}

impl std::error::Error for NoCurrency {}

/// A positive decimal number as it is shown: digits, a point and digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal(String);

/// The text is no decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDecimal;

impl TryFrom<String> for Decimal {
    type Error = NoDecimal;

    fn try_from(text: String) -> Result<Self, NoDecimal> {
        let is_number = |part: &str| {
            (1..=20).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        match text.split_once('.') {
            Some((whole, fraction)) if is_number(whole) && is_number(fraction) => Ok(Self(text)),
            _ => Err(NoDecimal),
        }
    }
}

impl From<Decimal> for String {
    fn from(decimal: Decimal) -> Self {
        decimal.0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NoDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a decimal number")
    }
}

/// What the merchant has asked for in another currency. It stays as it is for the payment's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Price {
    /// Units of the currency, in millionths, as USDT has them.
    pub amount: Usdt,
    pub currency: CurrencyCode,
    /// USDT for one unit.
    pub rate: Decimal,
    /// What was added to the rate.
    pub margin_percent: Decimal,
    /// From when the rate is.
    pub rated_at: UtcTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_code_or_no_number_is_refused() {
        assert_eq!("EUR".parse::<CurrencyCode>().unwrap().to_string(), "EUR");
        for text in ["", "eur", "EURO", "E R", "ÄB"] {
            assert_eq!(text.parse::<CurrencyCode>(), Err(NoCurrency), "{text}");
        }
        for text in ["", "1", "1.", ".5", "-1.0", "1.0.0", "1,0", "<b>.1"] {
            assert_eq!(Decimal::try_from(text.to_owned()), Err(NoDecimal), "{text}");
        }
    }
}
