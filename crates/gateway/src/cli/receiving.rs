//! Receiving addresses as an operator gives them: parsed and checked before any is added.

use usdt_protocol::TronAddress;
use usdt_tron::Network;

use super::Failure;
use crate::addresses::AccountKey;
use crate::config::{ChainConfig, Config};

/// The chain of a network, as it is configured.
pub fn chain_of(config: &Config, network: Network) -> Result<&ChainConfig, Failure> {
    config
        .chains
        .iter()
        .find(|chain| chain.network == network)
        .ok_or_else(|| format!("the configuration has no chain {network}").into())
}

/// Reads addresses. No message repeats what was given: it could be a key.
pub fn parse_addresses(given: &[String], token: TronAddress) -> Result<Vec<TronAddress>, Failure> {
    let mut addresses = Vec::with_capacity(given.len());
    for (number, text) in (1..).zip(given) {
        let address: TronAddress = text
            .trim()
            .parse()
            .map_err(|error| format!("address {number} is {error}"))?;
        if address == token {
            return Err("this is the address of the token itself: money sent there is lost".into());
        }
        if addresses.contains(&address) {
            return Err(format!("the address {address} is given twice").into());
        }
        addresses.push(address);
    }
    Ok(addresses)
}

/// Reads an account key. The message does not repeat it.
pub fn parse_account_key(given: &str) -> Result<AccountKey, Failure> {
    let key = given.trim().parse::<AccountKey>();
    Ok(key.map_err(|error| format!("--xpub is {error}"))?)
}
