//! The networks of TRON, with their public nodes and the USDT contract on each.

use std::fmt;
use std::str::FromStr;

use usdt_protocol::TronAddress;

/// A network of TRON, or a simulated one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    Mainnet,
    Nile,
    Shasta,
    /// A simulated chain, for test projects and the demo.
    Simulated,
}

/// The text names no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be mainnet, nile, shasta or simulated")]
pub struct UnknownNetwork;

impl Network {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mainnet => "mainnet",
            Self::Nile => "nile",
            Self::Shasta => "shasta",
            Self::Simulated => "simulated",
        }
    }

    /// The public node of TronGrid: <https://developers.tron.network/docs/networks>.
    pub const fn public_node(self) -> Option<&'static str> {
        match self {
            Self::Mainnet => Some("https://api.trongrid.io"),
            Self::Nile => Some("https://nile.trongrid.io"),
            Self::Shasta => Some("https://api.shasta.trongrid.io"),
            Self::Simulated => None,
        }
    }

    /// The last four bytes of the ID of the network's first block, by which nodes tell the
    /// networks apart; simulated chains have none of their own:
    /// <https://developers.tron.network/reference/eth_chainid>.
    pub const fn chain_id(self) -> Option<u64> {
        match self {
            Self::Mainnet => Some(0x2b66_53dc),
            Self::Nile => Some(0xcd86_90dc),
            Self::Shasta => Some(0x94a9_059e),
            Self::Simulated => None,
        }
    }

    /// The public network with this ID of its chain.
    pub fn of_chain_id(id: u64) -> Option<Self> {
        [Self::Mainnet, Self::Nile, Self::Shasta]
            .into_iter()
            .find(|network| network.chain_id() == Some(id))
    }

    /// Where people look at a transaction: a URL that its ID completes.
    pub const fn explorer(self) -> Option<&'static str> {
        match self {
            Self::Mainnet => Some("https://tronscan.org/#/transaction/"),
            Self::Nile => Some("https://nile.tronscan.org/#/transaction/"),
            Self::Shasta => Some("https://shasta.tronscan.org/#/transaction/"),
            Self::Simulated => None,
        }
    }

    /// The USDT contract. Test networks have no canonical one: these are the usual.
    pub const fn usdt_contract(self) -> TronAddress {
        match self {
            Self::Mainnet | Self::Simulated => TronAddress::from_bytes([
                0xa6, 0x14, 0xf8, 0x03, 0xb6, 0xfd, 0x78, 0x09, 0x86, 0xa4, 0x2c, 0x78, 0xec, 0x9c,
                0x7f, 0x77, 0xe6, 0xde, 0xd1, 0x3c,
            ]),
            Self::Nile => TronAddress::from_bytes([
                0xec, 0xa9, 0xbc, 0x82, 0x8a, 0x30, 0x05, 0xb9, 0xa3, 0xb9, 0x09, 0xf2, 0xcc, 0x5c,
                0x2a, 0x54, 0x79, 0x4d, 0xe0, 0x5f,
            ]),
            Self::Shasta => TronAddress::from_bytes([
                0x42, 0xa1, 0xe3, 0x9a, 0xef, 0xa4, 0x92, 0x90, 0xf2, 0xb3, 0xf9, 0xed, 0x68, 0x8d,
                0x7c, 0xec, 0xf8, 0x6c, 0xd6, 0xe0,
            ]),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Network {
    type Err = UnknownNetwork;

    fn from_str(text: &str) -> Result<Self, UnknownNetwork> {
        [Self::Mainnet, Self::Nile, Self::Shasta, Self::Simulated]
            .into_iter()
            .find(|network| network.as_str() == text)
            .ok_or(UnknownNetwork)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_are_the_known_ones() {
        for (network, contract) in [
            (Network::Mainnet, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
            (Network::Nile, "TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf"),
            (Network::Shasta, "TG3XXyExBkPp9nzdajDZsozEu4BkaSJozs"),
        ] {
            assert_eq!(network.usdt_contract().to_string(), contract);
        }
    }
}
