//! The filter of `eth_getLogs`: a range of blocks, contracts and topics.

use std::collections::HashSet;

use serde::Deserialize;
use usdt_protocol::TronAddress;
use usdt_protocol::txid::decode_hex;

use crate::block_id::BlockId;
use crate::chain::{Snapshot, View};
use crate::log::{Log, Word};
use crate::rpc_error::RpcError;

const MAX_BLOCK_RANGE: u64 = 5_000;
const MAX_ADDRESSES: usize = 1_000;
const MAX_ALTERNATIVES: usize = 1_000;
const MAX_TOPICS: usize = 4;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterRequest {
    from_block: Option<String>,
    to_block: Option<String>,
    block_hash: Option<String>,
    address: Option<OneOrMore>,
    #[serde(default)]
    topics: Vec<Option<OneOrMore>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

/// An empty set lets everything pass.
pub struct LogFilter {
    pub from: u64,
    pub to: u64,
    pub addresses: HashSet<TronAddress>,
    pub topics: Vec<HashSet<Word>>,
}

impl LogFilter {
    pub fn new(request: &FilterRequest, chain: Snapshot<'_>) -> Result<Self, RpcError> {
        let (from, to) = match &request.block_hash {
            Some(hash) => one_block(hash, request, chain)?,
            None => range(request, chain)?,
        };
        let addresses = request
            .address
            .as_ref()
            .map_or(&[][..], OneOrMore::as_slice);
        if addresses.len() > MAX_ADDRESSES {
            return Err(RpcError::params(format!(
                "exceed max addresses: {MAX_ADDRESSES}"
            )));
        }
        if request.topics.len() > MAX_TOPICS {
            return Err(RpcError::params("topics size should be <= 4"));
        }
        Ok(Self {
            from,
            to,
            addresses: addresses
                .iter()
                .map(|text| address(text))
                .collect::<Result<_, _>>()?,
            topics: request
                .topics
                .iter()
                .map(|topic| alternatives(topic.as_ref()))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The accounts that a topic names, if it is bound to some.
    pub fn accounts(&self, position: usize) -> Option<impl Iterator<Item = TronAddress>> {
        let words = self.topics.get(position)?;
        (!words.is_empty()).then(|| words.iter().map(TronAddress::from_abi_word))
    }

    pub fn matches(&self, log: &Log) -> bool {
        let address = self.addresses.is_empty() || self.addresses.contains(&log.address);
        address
            && self.topics.len() <= log.topics.len()
            && self
                .topics
                .iter()
                .zip(&log.topics)
                .all(|(wanted, topic)| wanted.is_empty() || wanted.contains(topic))
    }
}

fn one_block(
    hash: &str,
    request: &FilterRequest,
    chain: Snapshot<'_>,
) -> Result<(u64, u64), RpcError> {
    if request.from_block.is_some() || request.to_block.is_some() {
        return Err(RpcError::params(
            "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other",
        ));
    }
    let number = decode_hex(without_0x(hash))
        .and_then(|bytes| chain.block_by_id(BlockId::from_bytes(bytes), View::Head))
        .ok_or_else(|| RpcError::params("invalid blockHash"))?
        .number();
    Ok((number, number))
}

/// The range that is asked for. A missing end, like `latest`, is open.
fn range(request: &FilterRequest, chain: Snapshot<'_>) -> Result<(u64, u64), RpcError> {
    let head = chain.tip(View::Head);
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let to = match given(&request.to_block).as_deref() {
        None | Some("latest") => u64::MAX,
        Some(text) => block_number(text, chain)?,
    };
    let from = match given(&request.from_block).as_deref() {
        None => to.min(head),
        Some(text) => block_number(text, chain)?,
    };
    if from > to {
        return Err(RpcError::params("please verify: fromBlock <= toBlock"));
    }
    if to.min(head).saturating_sub(from) > MAX_BLOCK_RANGE {
        return Err(RpcError::params(format!(
            "exceed max block range: {MAX_BLOCK_RANGE}"
        )));
    }
    Ok((from, to))
}

/// Reads a tag, or a number in hex.
pub fn block_number(text: &str, chain: Snapshot<'_>) -> Result<u64, RpcError> {
    match text {
        "latest" => Ok(chain.tip(View::Head)),
        "finalized" => Ok(chain.tip(View::Solid)),
        "earliest" => Ok(chain.first_block()),
        "pending" | "safe" => Err(RpcError::params(format!("TAG {text} not supported"))),
        hex => {
            let digits = hex
                .strip_prefix("0x")
                .ok_or_else(|| RpcError::params("Incorrect hex syntax"))?;
            u64::from_str_radix(digits, 16).map_err(|_| RpcError::params("invalid block number"))
        }
    }
}

fn address(text: &str) -> Result<TronAddress, RpcError> {
    TronAddress::from_hex(without_0x(text))
        .map_err(|_| RpcError::params(format!("invalid address: {text}")))
}

fn alternatives(topic: Option<&OneOrMore>) -> Result<HashSet<Word>, RpcError> {
    let topics = topic.map_or(&[][..], OneOrMore::as_slice);
    if topics.len() > MAX_ALTERNATIVES {
        return Err(RpcError::params(format!(
            "exceed max topics: {MAX_ALTERNATIVES}"
        )));
    }
    topics
        .iter()
        .map(|text| {
            decode_hex(without_0x(text))
                .ok_or_else(|| RpcError::params(format!("invalid topic(s): {text}")))
        })
        .collect()
}

fn without_0x(text: &str) -> &str {
    text.strip_prefix("0x").unwrap_or(text)
}
