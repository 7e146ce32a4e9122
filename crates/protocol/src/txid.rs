//! Transaction IDs: 32 bytes, written as 64 lower-case hex digits.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::wire_text::text_on_the_wire;

/// The ID of a transaction on TRON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Txid([u8; 32]);

/// The text is not 64 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseTxidError;

impl Txid {
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The ID of the transaction whose signed bytes, `raw_data`, are these.
    pub fn of_signed(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The one transaction ID in a text that somebody has pasted: an explorer's link, an ID with
    /// words around it, or one that is broken into lines or groups. `None` where there are two.
    pub fn find_in(text: &str) -> Option<Self> {
        let gaps: [fn(char) -> bool; 3] =
            [|_| false, |c| matches!(c, '\n' | '\r'), char::is_whitespace];
        // Words in hex digits, such as "paid", must not melt into the ID. So gaps are closed only
        // where nothing is found without that.
        for is_gap in gaps {
            let visible = |c: &char| !is_invisible(*c) && !is_gap(*c);
            let joined: String = text.chars().filter(visible).collect();
            let mut found = None;
            for run in joined.split(|c: char| !c.is_ascii_hexdigit()) {
                if let Ok(txid) = run.parse()
                    && found.replace(txid).is_some_and(|other| other != txid)
                {
                    return None;
                }
            }
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

/// Whether a character that comes along when text is copied shows nothing.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
    )
}

impl FromStr for Txid {
    type Err = ParseTxidError;

    fn from_str(text: &str) -> Result<Self, ParseTxidError> {
        decode_hex(text).map(Self).ok_or(ParseTxidError)
    }
}

impl fmt::Display for Txid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

impl fmt::Display for ParseTxidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a transaction ID of 64 hex digits")
    }
}

impl std::error::Error for ParseTxidError {}

text_on_the_wire!(Txid);

/// Displays bytes as lower-case hex.
#[derive(Clone, Copy, Debug)]
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digit = |four: u8| char::from_digit(four.into(), 16).unwrap_or('?');
        self.0.iter().try_for_each(|byte| {
            f.write_char(digit(byte >> 4))?;
            f.write_char(digit(byte & 15))
        })
    }
}

/// Decodes exactly `N` bytes of hex, of either case and without a prefix.
pub fn decode_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, &pair) in bytes.iter_mut().zip(pairs) {
        *byte = decode_pair(pair)?;
    }
    Some(bytes)
}

/// Decodes hex of any length, of either case and without a prefix.
pub fn decode_hex_bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().copied().map(decode_pair).collect()
}

fn decode_pair([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_64_hex_digits_are_a_transaction_id() {
        let lower = "d52cd9079cf82595dd507640b7b09e34d2dbb63a56b555355f5ef8984f1eb668";
        assert_eq!(lower.parse::<Txid>().unwrap().to_string(), lower);
        assert_eq!(lower.to_uppercase().parse::<Txid>(), lower.parse());
        for text in [
            "",
            "ORDER_12345",
            &lower[1..],
            &format!("0x{lower}"),
            &format!("{lower}00"),
        ] {
            assert_eq!(text.parse::<Txid>(), Err(ParseTxidError), "{text}");
        }
        assert!("é".repeat(32).parse::<Txid>().is_err());
    }

    #[test]
    fn the_one_id_in_what_somebody_pasted_is_found() {
        let id = "d52cd9079cf82595dd507640b7b09e34d2dbb63a56b555355f5ef8984f1eb668";
        let (first, last) = id.split_at(31);
        let groups: Vec<&str> = (0..16).map(|at| &id[at * 4..at * 4 + 4]).collect();
        for text in [
            id.to_owned(),
            id.to_uppercase(),
            format!("https://tronscan.org/#/transaction/{id}"),
            format!("https://nile.tronscan.org/#/transaction/{id}?lang=de"),
            format!("0x{id}"),
            format!("TxID: {id}"),
            format!("Paid {id}"),
            format!("\u{200b}{id}\u{feff}"),
            format!("{id}."),
            format!("{first}\n{last}"),
            format!("Paid {first}\r\n{last}"),
            format!("{first}\u{ad}{last}"),
            format!("{first}\u{a0}\n {last}"),
            format!("\u{2066}{}\u{2069}", groups.join(" ")),
            format!("{id}\n{}", id.to_uppercase()),
        ] {
            assert_eq!(Txid::find_in(&text), id.parse().ok(), "{text:?}");
        }
    }

    #[test]
    fn no_id_is_guessed_from_two_or_from_a_part() {
        let id = "d52cd9079cf82595dd507640b7b09e34d2dbb63a56b555355f5ef8984f1eb668";
        let other = id.replace('d', "e");
        for text in [
            String::new(),
            "ORDER_12345".to_owned(),
            id[1..].to_owned(),
            format!("{id}0"),
            format!("{id}{other}"),
            format!("{id} {other}"),
            // Without the gap, the first would melt into the word, and the second be left.
            format!("{id}\nbad {other}"),
            format!("{} -{}", &id[..32], &id[32..]),
            "é".repeat(64),
        ] {
            assert_eq!(Txid::find_in(&text), None, "{text:?}");
        }
    }

    #[test]
    fn hex_of_any_length_is_whole_pairs_of_digits() {
        assert_eq!(decode_hex_bytes(""), Some(vec![]));
        assert_eq!(decode_hex_bytes("0aFf10"), Some(vec![0x0a, 0xff, 0x10]));
        for text in ["0", "0x0a", "0g", "+1", " 1", "é"] {
            assert_eq!(decode_hex_bytes(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_transaction_id_survives(bytes: [u8; 32]) {
            let txid = Txid::from_bytes(bytes);
            prop_assert_eq!(txid.to_string().parse(), Ok(txid));
        }
    }
}
