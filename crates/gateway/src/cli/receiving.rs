//! Receiving addresses as an operator gives them: parsed and checked before any is added.

use usdt_protocol::TronAddress;
use usdt_tron::{Network, Node};

use super::Failure;
use crate::addresses::{AccountKey, published};
use crate::config::ChainConfig;

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

/// Refuses addresses at which money is lost.
pub fn refuse_lost(network: Network, addresses: &[TronAddress]) -> Result<(), Failure> {
    for address in addresses {
        if let Some(why) = published::is_lost(network, *address) {
            return Err(format!("{address} is no address to receive at: {why}").into());
        }
    }
    Ok(())
}

/// Refuses addresses that the token's contract has frozen. Where no node answers, they are let
/// pass, and the gateway checks them while it runs.
pub async fn refuse_frozen(chain: &ChainConfig, addresses: &[TronAddress]) -> Result<(), Failure> {
    let Some(endpoint) = chain.nodes.first() else {
        return Ok(());
    };
    let node = Node::new(endpoint)?;
    for address in addresses {
        match node.is_blacklisted(chain.token, *address).await {
            Ok(false) => {}
            Ok(true) => {
                return Err(format!(
                    "the token's contract has frozen {address}: money sent there cannot be moved"
                )
                .into());
            }
            Err(error) => {
                eprintln!(
                    "It could not be checked whether the token's contract has frozen an address ({error}). The gateway will check later."
                );
                break;
            }
        }
    }
    Ok(())
}
