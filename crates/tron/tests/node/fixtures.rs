//! Addresses, transactions and answers that several tests share.

use serde_json::{Value, json};
use usdt_protocol::{TronAddress, Txid};
use usdt_tron::{Network, NodeError};

pub const BLOCK: u64 = 66_987_627;
pub const BLOCK_ID: &str = "0000000003fe266bf6b6d392f654dc2e5011601546ed04623d9fcc4e9d439a25";

pub const TOKEN_HEX: &str = "a614f803b6fd780986a42c78ec9c7f77e6ded13c";
/// A contract on a test network that calls itself USDT too.
pub const FAKE_TOKEN: &str = "TXLAQ63Xg1NAzckPwKHvzw7CSEmLMEqcdj";
pub const FAKE_TOKEN_HEX: &str = "ea51342dabbb928ae1e576bd39eff8aaf070a8c6";

pub const TRANSFER: &str = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
pub const PAYER_WORD: &str = "0000000000000000000000007e5f4552091a69125d5dfcb7b8c2659029395bdf";
pub const PAYEE_WORD: &str = "000000000000000000000000c8599111f29c1e1e061265b4af93ea1f274ad78a";
pub const OTHER_WORD: &str = "000000000000000000000000b6e708a39781c96bd399c7657780ff9fe9f052a8";

/// What a node without history says to everything, with HTTP 200.
pub const LITE: &str = "this API is closed because this node is a lite fullnode";

pub fn token() -> TronAddress {
    Network::Mainnet.usdt_contract()
}

pub fn payer() -> TronAddress {
    "TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC".parse().unwrap()
}

pub fn payee() -> TronAddress {
    "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH".parse().unwrap()
}

pub fn txid(number: u64) -> Txid {
    format!("{number:064x}").parse().unwrap()
}

pub fn word(number: u64) -> String {
    format!("{number:064x}")
}

/// An error that full nodes write with HTTP 200.
pub fn busy() -> Value {
    json!({"Error": "class java.lang.IllegalAccessException : lack of computing resources"})
}

#[track_caller]
pub fn assert_senseless<T: std::fmt::Debug>(what: &str, answer: Result<T, NodeError>) {
    match answer {
        Err(NodeError::Senseless { .. }) => {}
        other => panic!("{what}: {other:?}"),
    }
}

#[track_caller]
pub fn assert_refused<T: std::fmt::Debug>(what: &str, answer: Result<T, NodeError>) {
    match answer {
        Err(NodeError::Refused { .. }) => {}
        other => panic!("{what}: {other:?}"),
    }
}
