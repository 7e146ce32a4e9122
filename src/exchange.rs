//! What to enter on an exchange that takes its fee from what it sends.

use usdt_protocol::Usdt;

/// What the payer's fee makes of the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Withdrawal {
    /// Enter this, and the right amount arrives.
    Sum(Usdt),
    /// The fee is not a number.
    Unclear,
}

/// No exchange takes more: it is a slip, or the amount itself.
const LARGEST_FEE: Usdt = Usdt::from_micro(100_000_000);

impl Withdrawal {
    /// Reads the fee as it was typed, with a point or a comma. `None` if nothing was.
    pub fn of(amount: Usdt, fee: &str) -> Option<Self> {
        let fee = fee.trim();
        if fee.is_empty() {
            return None;
        }
        let sum = fee
            .replace(',', ".")
            .parse()
            .ok()
            .filter(|fee| *fee <= LARGEST_FEE)
            .and_then(|fee: Usdt| amount.micro().checked_add(fee.micro()))
            .map(Usdt::from_micro);
        Some(sum.map_or(Self::Unclear, Self::Sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_is_added_exactly() {
        let amount: Usdt = "50.0134".parse().unwrap();
        let sum = |text: &str| Some(Withdrawal::Sum(text.parse().unwrap()));
        for (fee, expected) in [
            ("", None),
            ("  ", None),
            ("1", sum("51.0134")),
            ("1.5", sum("51.5134")),
            ("0,8", sum("50.8134")),
            ("one", Some(Withdrawal::Unclear)),
            ("-1", Some(Withdrawal::Unclear)),
            ("1e3", Some(Withdrawal::Unclear)),
            ("101", Some(Withdrawal::Unclear)),
        ] {
            assert_eq!(Withdrawal::of(amount, fee), expected, "{fee}");
        }
    }
}
