//! TRON addresses: 20 bytes behind the prefix 0x41, written in Base58Check or in hex.
//!
//! Format: <https://developers.tron.network/docs/account#account-address-format>.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::wire_text::text_on_the_wire;

const PREFIX: u8 = 0x41;
const CHECKSUM_LEN: usize = 4;
const DECODED_LEN: usize = 1 + 20 + CHECKSUM_LEN;

/// The address of an account or contract on TRON.
///
/// Its text form is Base58Check, always 34 characters that start with `T`; parsing checks the
/// checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TronAddress([u8; 20]);

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseAddressError {
    /// Not 25 bytes of Base58, or not 20 or 21 bytes of hex.
    NotAnAddress,
    /// Right in form, but not an address of TRON.
    WrongPrefix,
    /// The checksum says that a character is wrong.
    WrongChecksum,
}

impl TronAddress {
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// The 20 bytes that follow the prefix.
    pub const fn bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Reads the address from an ABI word. Only its last 20 bytes count: some contracts leave
    /// the prefix or garbage in the upper twelve.
    pub fn from_abi_word(word: &[u8; 32]) -> Self {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(word.split_at(12).1);
        Self(bytes)
    }

    /// The address as an ABI word: twelve zero bytes, then the address.
    pub fn to_abi_word(self) -> [u8; 32] {
        let mut word = [0; 32];
        word.split_at_mut(12).1.copy_from_slice(&self.0);
        word
    }

    /// Reads hex: 20 bytes, or 21 with the prefix 41, as nodes write it.
    pub fn from_hex(text: &str) -> Result<Self, ParseAddressError> {
        let digits = match text.len() {
            40 => text,
            42 => text
                .strip_prefix("41")
                .ok_or(ParseAddressError::WrongPrefix)?,
            _ => return Err(ParseAddressError::NotAnAddress),
        };
        crate::txid::decode_hex(digits)
            .map(Self)
            .ok_or(ParseAddressError::NotAnAddress)
    }

    /// Lower-case hex with the prefix 41.
    pub fn to_hex(self) -> String {
        format!("41{}", crate::txid::Hex(&self.0))
    }
}

fn checksum(payload: &[u8]) -> [u8; CHECKSUM_LEN] {
    let digest: [u8; 32] = Sha256::digest(Sha256::digest(payload)).into();
    let [a, b, c, d, ..] = digest;
    [a, b, c, d]
}

impl FromStr for TronAddress {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        // One byte more than an address, so that longer input overflows instead of being cut.
        let mut decoded = [0; DECODED_LEN + 1];
        let length = bs58::decode(text)
            .onto(&mut decoded[..])
            .map_err(|_| ParseAddressError::NotAnAddress)?;
        let Some((payload, sum)) = decoded
            .get(..length)
            .filter(|_| length == DECODED_LEN)
            .and_then(|bytes| bytes.split_at_checked(DECODED_LEN - CHECKSUM_LEN))
        else {
            return Err(ParseAddressError::NotAnAddress);
        };
        if checksum(payload) != sum {
            return Err(ParseAddressError::WrongChecksum);
        }
        match payload.split_first() {
            Some((&PREFIX, address)) => address
                .try_into()
                .map(Self)
                .map_err(|_| ParseAddressError::NotAnAddress),
            _ => Err(ParseAddressError::WrongPrefix),
        }
    }
}

impl fmt::Display for TronAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut payload = vec![PREFIX];
        payload.extend_from_slice(&self.0);
        let sum = checksum(&payload);
        payload.extend_from_slice(&sum);
        f.write_str(&bs58::encode(payload).into_string())
    }
}

impl fmt::Display for ParseAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnAddress => "not a TRON address",
            Self::WrongPrefix => "an address of another network",
            Self::WrongChecksum => "a mistyped TRON address: its checksum is wrong",
        })
    }
}

impl std::error::Error for ParseAddressError {}

text_on_the_wire!(TronAddress);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Derived from the public mnemonic "abandon … about" at m/44'/195'/0'/0/i, and well-known
    /// contracts and keys.
    const VECTORS: [(&str, &str); 9] = [
        (
            "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH",
            "41c8599111f29c1e1e061265b4af93ea1f274ad78a",
        ),
        (
            "TSeJkUh4Qv67VNFwY8LaAxERygNdy6NQZK",
            "41b6e708a39781c96bd399c7657780ff9fe9f052a8",
        ),
        (
            "TYJPRrdB5APNeRs4R7fYZSwW3TcrTKw2gx",
            "41f4f35fff5ca9ee43aca2c57ded9d9ec66ac42dd0",
        ),
        (
            "TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC",
            "417e5f4552091a69125d5dfcb7b8c2659029395bdf",
        ),
        (
            "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb",
            "410000000000000000000000000000000000000000",
        ),
        (
            "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
            "41a614f803b6fd780986a42c78ec9c7f77e6ded13c",
        ),
        (
            "TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf",
            "41eca9bc828a3005b9a3b909f2cc5c2a54794de05f",
        ),
        (
            "TXLAQ63Xg1NAzckPwKHvzw7CSEmLMEqcdj",
            "41ea51342dabbb928ae1e576bd39eff8aaf070a8c6",
        ),
        (
            "TG3XXyExBkPp9nzdajDZsozEu4BkaSJozs",
            "4142a1e39aefa49290f2b3f9ed688d7cecf86cd6e0",
        ),
    ];

    #[test]
    fn known_addresses_agree_in_base58_and_hex() {
        for (base58, hex) in VECTORS {
            let address: TronAddress = base58.parse().unwrap();
            assert_eq!(address.to_hex(), hex);
            assert_eq!(TronAddress::from_hex(hex), Ok(address));
            assert_eq!(TronAddress::from_hex(&hex[2..]), Ok(address));
            assert_eq!(address.to_string(), base58);
        }
    }

    #[test]
    fn a_wrong_character_is_caught_by_the_checksum() {
        assert_eq!(
            "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdh".parse::<TronAddress>(),
            Err(ParseAddressError::WrongChecksum)
        );
    }

    #[test]
    fn addresses_of_other_networks_are_refused() {
        for text in [
            "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
            "0xdac17f958d2ee523a2206206994597c13d831ec7",
            "",
            "T",
            "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdHTUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH",
        ] {
            assert!(text.parse::<TronAddress>().is_err(), "{text}");
        }
        assert_eq!(
            TronAddress::from_hex("42c8599111f29c1e1e061265b4af93ea1f274ad78a"),
            Err(ParseAddressError::WrongPrefix)
        );
    }

    proptest! {
        #[test]
        fn every_address_survives_all_forms(bytes: [u8; 20], upper: [u8; 12]) {
            let address = TronAddress::from_bytes(bytes);
            let base58 = address.to_string();
            prop_assert_eq!(base58.len(), 34);
            prop_assert!(base58.starts_with('T'));
            prop_assert_eq!(base58.parse(), Ok(address));
            prop_assert_eq!(TronAddress::from_hex(&address.to_hex()), Ok(address));
            let mut word = address.to_abi_word();
            word[..12].copy_from_slice(&upper);
            prop_assert_eq!(TronAddress::from_abi_word(&word), address);
        }

        #[test]
        fn one_changed_character_never_passes(bytes: [u8; 20], at in 1usize..34, to in "[1-9A-HJ-NP-Za-km-z]") {
            let base58 = TronAddress::from_bytes(bytes).to_string();
            let mut changed = base58.clone();
            changed.replace_range(at..=at, &to);
            prop_assume!(changed != base58);
            prop_assert!(changed.parse::<TronAddress>().is_err());
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,60}") {
            let _ = text.parse::<TronAddress>();
            let _ = TronAddress::from_hex(&text);
        }
    }
}
