//! How a caller writes addresses and texts: in hex, or readable with `visible`.

use usdt_protocol::TronAddress;
use usdt_protocol::txid::Hex;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visible(pub bool);

impl Visible {
    pub fn address(self, address: TronAddress) -> String {
        if self.0 {
            address.to_string()
        } else {
            address.to_hex()
        }
    }

    /// The account that the caller names: in hex with the prefix, or in Base58.
    pub fn read(self, text: &str) -> Option<TronAddress> {
        if self.0 {
            text.parse().ok()
        } else {
            TronAddress::from_hex(text.strip_prefix("0x").unwrap_or(text)).ok()
        }
    }

    pub fn text(self, text: &str) -> String {
        if self.0 {
            text.to_owned()
        } else {
            Hex(text.as_bytes()).to_string()
        }
    }
}
