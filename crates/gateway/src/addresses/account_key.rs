//! The public key of an account, from which its addresses are derived without any private key.
//!
//! BIP 32 and BIP 44: the key stands at m/44'/195'/account', its receiving addresses at 0/index
//! below it. An address is the end of the Keccak-256 hash of a public key:
//! <https://developers.tron.network/docs/account#account-address-format>.

use std::fmt;
use std::str::FromStr;

use bip32::secp256k1::ecdsa::VerifyingKey;
use bip32::{ChildNumber, Prefix, XPub};
use sha3::{Digest as _, Keccak256};
use usdt_protocol::TronAddress;

/// The depth of m/44'/195'/account'.
const ACCOUNT_DEPTH: u8 = 3;

const ENCODED_LEN: usize = 78;

/// The account key (`xpub…`) of a wallet. It shows all addresses of the account and moves nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountKey {
    text: String,
    /// The parent of all receiving addresses, at 0 below the account.
    receiving: XPub,
}

/// Why a text is not an account key. Says nothing of the text itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountKeyError {
    #[error("not an extended public key: it begins with xpub and has 111 characters")]
    NotAKey,
    #[error("a mistyped account key: its checksum is wrong")]
    WrongChecksum,
    #[error(
        "not an account key of TRON, which begins with xpub: ypub, zpub, Ltub and others belong to \
         other coins or kinds of addresses, tpub to test networks"
    )]
    WrongVersion,
    #[error(
        "the key stands at depth {0}: export the key of the account, m/44'/195'/0', which stands \
         at depth 3"
    )]
    WrongDepth(u8),
}

impl AccountKey {
    /// The receiving address at 0/`index`. There is none beyond 2³¹ - 1.
    pub fn address(&self, index: u32) -> Option<TronAddress> {
        let child = ChildNumber::new(index, false).ok()?;
        let key = self.receiving.derive_child(child).ok()?;
        address_of(key.public_key())
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn address_of(key: &VerifyingKey) -> Option<TronAddress> {
    let point = key.to_sec1_point(false);
    let (_, coordinates) = point.as_bytes().split_first()?;
    let hash: [u8; 32] = Keccak256::digest(coordinates).into();
    Some(TronAddress::from_abi_word(&hash))
}

impl FromStr for AccountKey {
    type Err = AccountKeyError;

    fn from_str(text: &str) -> Result<Self, AccountKeyError> {
        let bytes =
            bs58::decode(text)
                .with_check(None)
                .into_vec()
                .map_err(|error| match error {
                    bs58::decode::Error::InvalidChecksum { .. } => AccountKeyError::WrongChecksum,
                    _ => AccountKeyError::NotAKey,
                })?;
        let (version, depth) = match bytes.as_slice() {
            [a, b, c, d, depth, ..] if bytes.len() == ENCODED_LEN => ([*a, *b, *c, *d], *depth),
            _ => return Err(AccountKeyError::NotAKey),
        };
        if version != Prefix::XPUB.to_bytes() {
            return Err(AccountKeyError::WrongVersion);
        }
        if depth != ACCOUNT_DEPTH {
            return Err(AccountKeyError::WrongDepth(depth));
        }
        let account: XPub = text.parse().map_err(|_| AccountKeyError::NotAKey)?;
        let receiving = account
            .derive_child(ChildNumber(0))
            .map_err(|_| AccountKeyError::NotAKey)?;
        Ok(Self {
            text: text.to_owned(),
            receiving,
        })
    }
}

/// Who has the key sees all payments of the account: not for the log.
impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use bip32::{PublicKey as _, XPrv};

    use super::*;

    /// Of the public mnemonic "abandon … about", at m/44'/195'/0'.
    const XPUB: &str = "xpub6D1AabNHCupeiLM65ZR9UStMhJ1vCpyV4XbZdyhMZBiJXALQtmn9p42VTQckoHVn8WNqS7dqnJokZHAHcHGoaQgmv8D45oNUKx6DZMNZBCd";

    /// The same key with other bytes at `at`, and a right checksum.
    fn with(at: usize, bytes: &[u8]) -> String {
        let mut decoded = bs58::decode(XPUB).with_check(None).into_vec().unwrap();
        decoded[at..at + bytes.len()].copy_from_slice(bytes);
        bs58::encode(decoded).with_check().into_string()
    }

    #[test]
    fn addresses_are_those_of_the_account_s_wallet() {
        let key: AccountKey = XPUB.parse().unwrap();
        for (index, address) in [
            (0, "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH"),
            (1, "TSeJkUh4Qv67VNFwY8LaAxERygNdy6NQZK"),
            (2, "TYJPRrdB5APNeRs4R7fYZSwW3TcrTKw2gx"),
        ] {
            assert_eq!(key.address(index).unwrap().to_string(), address);
        }
        assert!(key.address((1 << 31) - 1).is_some());
        assert!(key.address(1 << 31).is_none());
        assert!(key.address(u32::MAX).is_none());
        assert!(!format!("{key:?}").contains("xpub"));
    }

    #[test]
    fn everything_but_an_account_s_public_key_is_refused() {
        let parse = |text: &str| text.parse::<AccountKey>().unwrap_err();
        let mistyped = XPUB.replace("Cd", "Ce");
        assert_eq!(parse(&mistyped), AccountKeyError::WrongChecksum);
        for depth in [0, 1, 2, 4, 5, 255] {
            let error = AccountKeyError::WrongDepth(depth);
            assert_eq!(parse(&with(4, &[depth])), error);
        }
        for (version, prefix) in [
            (0x049d_7cb2_u32, "ypub"),
            (0x04b2_4746, "zpub"),
            (0x0435_87cf, "tpub"),
            (0x019d_a462, "Ltub"),
        ] {
            let text = with(0, &version.to_be_bytes());
            assert!(text.starts_with(prefix), "{text}");
            assert_eq!(parse(&text), AccountKeyError::WrongVersion);
        }
        // No point of the curve has 5 there.
        let mut no_point = [0; 33];
        (no_point[0], no_point[32]) = (2, 5);
        assert_eq!(parse(&with(45, &no_point)), AccountKeyError::NotAKey);
        for text in ["", "xpub", "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH", "0OIl"] {
            assert_eq!(parse(text), AccountKeyError::NotAKey, "{text}");
        }
        let private = XPrv::new(&[7; 32]).unwrap().to_extended_key(Prefix::XPRV);
        assert_eq!(parse(&private.to_string()), AccountKeyError::WrongVersion);
    }

    #[test]
    fn the_generator_of_the_curve_has_the_known_address() {
        // The public key of the private key 1.
        let generator = [
            0x02, 0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce,
            0x87, 0x0b, 0x07, 0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81,
            0x5b, 0x16, 0xf8, 0x17, 0x98,
        ];
        let address = address_of(&VerifyingKey::from_bytes(generator).unwrap()).unwrap();
        assert_eq!(address.to_string(), "TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC");
    }
}
