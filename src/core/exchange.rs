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
    /// Reads the fee as it was typed, in the payer's digits, with or without its unit. `None` if
    /// nothing was.
    pub fn of(amount: Usdt, fee: &str) -> Option<Self> {
        let fee = fee.trim();
        if fee.is_empty() {
            return None;
        }
        let plain: String = fee.chars().map(plain).collect();
        let sum = plain
            .strip_suffix("USDT")
            .unwrap_or(&plain)
            .trim_end()
            .parse()
            .ok()
            .filter(|fee| *fee <= LARGEST_FEE)
            .and_then(|fee: Usdt| amount.micro().checked_add(fee.micro()))
            .map(Usdt::from_micro);
        Some(sum.map_or(Self::Unclear, Self::Sum))
    }
}

/// The zeros of Arabic, Persian and Urdu, Hindi, and Bengali, whose keyboards have no others.
const ZEROS: [u32; 4] = [0x660, 0x6F0, 0x966, 0x9E6];

/// What is typed, as a number in code and its unit write it.
fn plain(typed: char) -> char {
    match typed {
        ',' | '\u{60C}' | '\u{66B}' => '.',
        _ => ZEROS
            .iter()
            .find_map(|zero| char::from_digit(u32::from(typed).wrapping_sub(*zero), 10))
            .unwrap_or(typed.to_ascii_uppercase()),
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
            (" 1.5 ", sum("51.5134")),
            ("1.5 USDT", sum("51.5134")),
            (" 1,5usdt ", sum("51.5134")),
            ("1\u{a0}USDT", sum("51.0134")),
            // Arabic, with its decimal separator, and with its comma.
            ("١٫٥", sum("51.5134")),
            ("٢،٣ USDT", sum("52.3134")),
            ("٠٫٤٦٧٨٩", sum("50.48129")),
            // Persian and Urdu.
            ("۱٫۵", sum("51.5134")),
            ("۰٫۴۶۷۸۹", sum("50.48129")),
            // Hindi.
            ("१.५", sum("51.5134")),
            ("०.४६७८९", sum("50.48129")),
            // Bengali.
            ("১.৫", sum("51.5134")),
            ("০.৪৬৭৮৯ USDT", sum("50.48129")),
            ("USDT", Some(Withdrawal::Unclear)),
            ("1 TRX", Some(Withdrawal::Unclear)),
            ("1 5", Some(Withdrawal::Unclear)),
            ("١٬٥", Some(Withdrawal::Unclear)),
            ("๑", Some(Withdrawal::Unclear)),
            ("one", Some(Withdrawal::Unclear)),
            ("-1", Some(Withdrawal::Unclear)),
            ("1e3", Some(Withdrawal::Unclear)),
            ("101", Some(Withdrawal::Unclear)),
        ] {
            assert_eq!(Withdrawal::of(amount, fee), expected, "{fee}");
        }
    }
}
