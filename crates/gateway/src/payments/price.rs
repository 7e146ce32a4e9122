//! Prices in other currencies, and the USDT that they come to. Whole numbers throughout.

use std::fmt;
use std::str::FromStr;

use usdt_protocol::{CurrencyCode, Price as WirePrice, Usdt, UtcTime};

use super::fields::MAX_AMOUNT;

/// A rate has at most so many decimals.
const RATE_DECIMALS: u32 = 12;
const RATE_UNIT: u128 = 10_u128.pow(RATE_DECIMALS);

/// A margin has so many parts in a whole.
const MARGIN_UNIT: u128 = 10_000;

/// What a price comes to is rounded up to this: a hundredth of USDT.
const STEP_MICRO: u128 = 10_000;

/// What a merchant asks for in another currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// In millionths of the currency.
    pub micro: u64,
    pub currency: CurrencyCode,
}

/// USDT for one unit of a currency, in units of 10^-12. Never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u64);

/// The text is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a positive decimal number of at most 1000000, such as 1.0850")]
pub struct NoRate;

/// The largest rate: what is worth more is a slip.
const MOST: u128 = 1_000_000 * RATE_UNIT;

impl Rate {
    pub const fn units(self) -> u64 {
        self.0
    }

    pub fn from_units(units: u128) -> Result<Self, NoRate> {
        match u64::try_from(units) {
            Ok(small) if small > 0 && units <= MOST => Ok(Self(small)),
            _ => Err(NoRate),
        }
    }

    /// USDT for one unit, where a source gives units for one USDT. Rounded up.
    pub fn inverted(self) -> Result<Self, NoRate> {
        Self::from_units((RATE_UNIT * RATE_UNIT).div_ceil(u128::from(self.0)))
    }
}

impl FromStr for Rate {
    type Err = NoRate;

    /// Reads a decimal number, also with an exponent, as JSON has it. Decimals beyond the twelfth are cut.
    fn from_str(text: &str) -> Result<Self, NoRate> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| NoRate)?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        let is_number = |part: &str| {
            (1..=40).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole) || !is_number(fraction) || exponent.abs() > 40 {
            return Err(NoRate);
        }
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        // Units of 10^-12 are the digits moved by so many places.
        let fraction = i32::try_from(fraction.len()).map_err(|_| NoRate)?;
        let places = 12 - fraction + exponent;
        let units: u128 = if places >= 0 {
            let zeros = "0".repeat(usize::try_from(places).map_err(|_| NoRate)?);
            format!("0{digits}{zeros}").parse().map_err(|_| NoRate)?
        } else {
            let cut = usize::try_from(-places).map_err(|_| NoRate)?;
            let kept = digits
                .len()
                .checked_sub(cut)
                .and_then(|kept| digits.get(..kept));
            format!("0{}", kept.unwrap_or_default())
                .parse()
                .map_err(|_| NoRate)?
        };
        Self::from_units(units)
    }
}

impl fmt::Display for Rate {
    /// With four decimals at least.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = u128::from(self.0);
        let decimals = format!("{:012}", units % RATE_UNIT);
        let end = decimals.trim_end_matches('0').len().max(4);
        let decimals = decimals.get(..end).unwrap_or(&decimals);
        write!(f, "{}.{decimals}", units / RATE_UNIT)
    }
}

/// What is added to a rate, in hundredths of a percent, for what it costs to change money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Margin(u16);

/// The number is no margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a percentage from 0 to 50 with at most two decimals, such as 1.5")]
pub struct NoMargin;

impl Margin {
    pub const fn hundredths(self) -> u16 {
        self.0
    }

    pub fn from_hundredths(hundredths: u16) -> Result<Self, NoMargin> {
        if hundredths <= 5_000 {
            Ok(Self(hundredths))
        } else {
            Err(NoMargin)
        }
    }
}

impl FromStr for Margin {
    type Err = NoMargin;

    fn from_str(text: &str) -> Result<Self, NoMargin> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |part: &str| {
            (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_number(whole) || !is_number(fraction) {
            return Err(NoMargin);
        }
        let hundredths: u16 = format!("{whole}{fraction:0<2}")
            .parse()
            .map_err(|_| NoMargin)?;
        Self::from_hundredths(hundredths)
    }
}

impl fmt::Display for Margin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// A price and what it was reckoned with. It stays as it is for the payment's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrozenPrice {
    pub price: Price,
    pub rate: Rate,
    pub margin: Margin,
    /// From when the rate is.
    pub rated_at: UtcTime,
}

/// What a price comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    pub amount: Usdt,
    pub frozen: FrozenPrice,
}

impl FrozenPrice {
    /// As it is told; `None` where a number is too long to be.
    pub fn told(&self) -> Option<WirePrice> {
        Some(WirePrice {
            amount: Usdt::from_micro(self.price.micro),
            currency: self.price.currency,
            rate: self.rate.to_string().try_into().ok()?,
            margin_percent: self.margin.to_string().try_into().ok()?,
            rated_at: self.rated_at,
        })
    }
}

/// The USDT that a price comes to, rounded up to a hundredth; `None` where no payment can be so large or
/// so small.
pub fn in_usdt(price: Price, rate: Rate, margin: Margin) -> Option<Usdt> {
    let with_margin = u128::from(price.micro)
        .checked_mul(u128::from(rate.0))?
        .checked_mul(MARGIN_UNIT + u128::from(margin.0))?;
    let micro = with_margin.div_ceil(RATE_UNIT * MARGIN_UNIT);
    let micro = u64::try_from(micro.div_ceil(STEP_MICRO).checked_mul(STEP_MICRO)?).ok()?;
    Some(Usdt::from_micro(micro))
        .filter(|amount| (Usdt::from_micro(1)..=MAX_AMOUNT).contains(amount))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(micro: u64) -> Price {
        Price {
            micro,
            currency: "EUR".parse().unwrap(),
        }
    }

    fn rate(text: &str) -> Rate {
        text.parse().unwrap()
    }

    #[test]
    fn a_price_comes_to_usdt_rounded_up_to_a_hundredth() {
        for (micro, per_unit, margin, usdt) in [
            (49_900_000, "1.0850", "0", "54.15"),
            (49_900_000, "1", "0", "49.90"),
            (49_900_000, "1", "1.5", "50.65"),
            (1, "0.000000000001", "0", "0.01"),
            (1_000_000_000_000, "0.0000394", "0", "39.40"),
            (10_000, "1", "0", "0.01"),
            (10_001, "1", "0", "0.02"),
        ] {
            let amount = in_usdt(price(micro), rate(per_unit), margin.parse().unwrap()).unwrap();
            assert_eq!(amount.to_string(), usdt, "{micro} at {per_unit}");
        }
        assert_eq!(
            in_usdt(price(u64::MAX), rate("1000000"), Margin(5_000)),
            None
        );
        assert_eq!(in_usdt(price(0), rate("1"), Margin(0)), None);
    }

    #[test]
    fn rates_are_read_as_sources_write_them_and_nothing_else_is() {
        for (text, shown) in [
            ("1.085", "1.0850"),
            ("1", "1.0000"),
            ("0.0000394", "0.0000394"),
            ("3.94e-5", "0.0000394"),
            ("3.94E-05", "0.0000394"),
            ("1e3", "1000.0000"),
            ("0.00009999999999999", "0.000099999999"),
            ("1000000", "1000000.0000"),
        ] {
            assert_eq!(rate(text).to_string(), shown, "{text}");
        }
        for text in [
            "",
            "0",
            "0.0",
            "-1",
            "+1",
            "1,5",
            ".5",
            "5.",
            "1e",
            "1e99",
            "e5",
            "NaN",
            "1e-13",
            "1000000.1",
            "1 ",
            "0x1",
            "1_0",
            "1e+-3",
        ] {
            assert_eq!(text.parse::<Rate>(), Err(NoRate), "{text}");
        }
        assert_eq!(rate("4").inverted().unwrap(), rate("0.25"));
        assert_eq!(rate("3").inverted().unwrap().to_string(), "0.333333333334");
    }

    #[test]
    fn margins_are_percentages() {
        assert_eq!("1.5".parse(), Ok(Margin(150)));
        assert_eq!("0".parse(), Ok(Margin(0)));
        assert_eq!(Margin(150).to_string(), "1.50");
        for text in ["", "50.01", "-1", "1.555", "100", "1%"] {
            assert_eq!(text.parse::<Margin>(), Err(NoMargin), "{text}");
        }
    }

    proptest! {
        /// The merchant gets what the price is worth, and the payer pays less than a hundredth more.
        #[test]
        fn the_amount_is_the_least_that_is_worth_the_price(
            micro in 1_u64..1_000_000_000_000,
            units in 1_u64..2_000_000_000_000,
            margin in 0_u16..=5_000,
        ) {
            let worth = u128::from(micro) * u128::from(units) * u128::from(10_000 + margin);
            if let Some(amount) = in_usdt(price(micro), Rate(units), Margin(margin)) {
                let asked = u128::from(amount.micro()) * RATE_UNIT * MARGIN_UNIT;
                prop_assert!(asked >= worth);
                prop_assert!(asked < worth + STEP_MICRO * RATE_UNIT * MARGIN_UNIT + RATE_UNIT * MARGIN_UNIT);
                prop_assert_eq!(u128::from(amount.micro()) % STEP_MICRO, 0);
            }
        }

        #[test]
        fn what_is_shown_is_read_again(units in 1_u64..1_000_000_000_000_000) {
            let rate = Rate(units);
            prop_assert_eq!(rate.to_string().parse::<Rate>(), Ok(rate));
        }
    }
}
