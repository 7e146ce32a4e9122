//! Where money is received: addresses derived from an account's public key, and the refusal of
//! every private key.

mod account_key;
pub mod private_key;

pub use self::account_key::{AccountKey, AccountKeyError};
