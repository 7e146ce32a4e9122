//! Where money is received: addresses derived from an account's public key, and the refusal of
//! every private key and of addresses that give nothing back.

mod account_key;
pub mod private_key;
pub mod published;

pub use self::account_key::{AccountKey, AccountKeyError};
