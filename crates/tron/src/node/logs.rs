//! Logs of a token's transfers, found by recipient or by sender.
//!
//! Shape: <https://developers.tron.network/reference/eth_getlogs>.

use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::txid::{Hex, decode_hex};
use usdt_protocol::{TronAddress, Txid, Usdt};

use super::error::{refusal, senseless};
use super::{Node, NodeError};
use crate::hex_number;
use crate::receipt::{TRANSFER_TOPIC, decode_transfer};

/// The most blocks that one request for logs may span, by java-tron's default.
pub const MAX_LOG_RANGE: u64 = 5_000;

/// The most recipients, or senders, that one request names; of more, each such part gets a request
/// of its own. Each stands in it in two forms, and java-tron allows 1 000 by default.
const ACCOUNTS_PER_REQUEST: usize = 500;

/// The prefix of TRON's addresses, which some software writes in front of the twenty bytes where
/// other chains have zeros. Logs are found by whole words, so both forms are asked for; other
/// garbage there hides a log from this search, but neither from receipts nor from the indexer.
const PREFIX: u8 = 0x41;
const PREFIX_AT: usize = 11;

const METHOD: &str = "eth_getLogs";
const CALL: &str = "/jsonrpc eth_getLogs";

/// A log that looks like a transfer to one of the recipients. Proves nothing until the
/// transaction's receipt from a solid block says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    pub txid: Txid,
    pub block: u64,
    pub from: TronAddress,
    pub to: TronAddress,
    pub amount: Usdt,
}

/// A log that looks like a transfer, whoever takes part in it. Proves nothing until the
/// transaction's receipt from a solid block says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferLog {
    pub from: TronAddress,
    /// Never zero.
    pub amount: Usdt,
    pub block: u64,
    pub txid: Txid,
    pub to: TronAddress,
}

impl Node {
    /// The logs of `token` from block `from` to block `to`, both included, that say that one of
    /// `recipients` received something. At most [`MAX_LOG_RANGE`] blocks.
    ///
    /// A transaction with two such logs gives two sightings. A node may repeat logs or give
    /// them in another order, which is harmless: a sighting only names a receipt to look into.
    /// That there are none proves nothing about the newest blocks, since a node's index of logs
    /// can lag behind its blocks.
    pub async fn sightings(
        &self,
        token: TronAddress,
        recipients: &[TronAddress],
        from: u64,
        to: u64,
    ) -> Result<Vec<Sighting>, NodeError> {
        self.sightings_up_to(token, recipients, from, Some(to))
            .await
    }

    /// The same from block `from` to the newest there is, solid or not.
    pub async fn unsolid_sightings(
        &self,
        token: TronAddress,
        recipients: &[TronAddress],
        from: u64,
    ) -> Result<Vec<Sighting>, NodeError> {
        self.sightings_up_to(token, recipients, from, None).await
    }

    async fn sightings_up_to(
        &self,
        token: TronAddress,
        recipients: &[TronAddress],
        from: u64,
        to: Option<u64>,
    ) -> Result<Vec<Sighting>, NodeError> {
        let mut sightings = Vec::new();
        for recipients in recipients.chunks(ACCOUNTS_PER_REQUEST) {
            let topics = json!([topic_of_transfers(), null, topics_of(recipients)]);
            let mut transfers = self.transfer_logs(token, &topics, from, to).await?;
            transfers.retain(|transfer| recipients.contains(&transfer.to));
            sightings.extend(transfers.into_iter().map(|transfer| Sighting {
                txid: transfer.txid,
                block: transfer.block,
                from: transfer.from,
                to: transfer.to,
                amount: transfer.amount,
            }));
        }
        Ok(sightings)
    }

    /// The logs of `token` from block `from` to block `to`, both included, that say that one of
    /// `senders` sent something. The limits and the weight of the answer are those of
    /// [`Node::sightings`].
    pub async fn departures(
        &self,
        token: TronAddress,
        senders: &[TronAddress],
        from: u64,
        to: u64,
    ) -> Result<Vec<TransferLog>, NodeError> {
        let mut departures = Vec::new();
        for senders in senders.chunks(ACCOUNTS_PER_REQUEST) {
            let topics = json!([topic_of_transfers(), topics_of(senders)]);
            let mut transfers = self.transfer_logs(token, &topics, from, Some(to)).await?;
            transfers.retain(|transfer| senders.contains(&transfer.from));
            departures.extend(transfers);
        }
        Ok(departures)
    }

    /// The logs of all transfers of `token` from block `from` to block `to`, both included,
    /// whoever takes part in them. At most [`MAX_LOG_RANGE`] blocks, and far fewer of a chain whose
    /// blocks are full: java-tron refuses answers of more than 10 000 logs.
    ///
    /// On the main network every block has transfers, so none at all tells that the node's index of
    /// logs lacks the block.
    pub async fn token_transfers(
        &self,
        token: TronAddress,
        from: u64,
        to: u64,
    ) -> Result<Vec<TransferLog>, NodeError> {
        let topics = json!([topic_of_transfers()]);
        self.transfer_logs(token, &topics, from, Some(to)).await
    }

    /// The transfers among the logs of `token` with these topics, up to the newest block where
    /// `to` is `None`.
    async fn transfer_logs(
        &self,
        token: TronAddress,
        topics: &Value,
        from: u64,
        to: Option<u64>,
    ) -> Result<Vec<TransferLog>, NodeError> {
        if to.is_some_and(|to| from > to) {
            return Ok(Vec::new());
        }
        let request = json!({
            "jsonrpc": "2.0",
            "id": 1,
            "method": METHOD,
            "params": [{
                "fromBlock": format!("{from:#x}"),
                "toBlock": to.map_or_else(|| "latest".to_owned(), |to| format!("{to:#x}")),
                "address": [format!("0x{}", Hex(token.bytes()))],
                "topics": topics,
            }],
        });
        let logs = self
            .connection
            .post("/jsonrpc", CALL, &request, RpcAnswer::logs);
        let logs = logs.await?;
        logs.into_iter()
            .filter(|log| !log.removed)
            .map(|log| {
                if !(from..=to.unwrap_or(u64::MAX)).contains(&log.block_number) {
                    return Err(senseless(
                        CALL,
                        format!("a log of block {}", log.block_number),
                    ));
                }
                log.transfer_of(token)
            })
            .filter_map(Result::transpose)
            .collect()
    }
}

fn topic_of_transfers() -> String {
    format!("0x{TRANSFER_TOPIC}")
}

fn topics_of(addresses: &[TronAddress]) -> Vec<String> {
    addresses
        .iter()
        .flat_map(|address| {
            let clean = address.to_abi_word();
            let mut prefixed = clean;
            if let Some(byte) = prefixed.get_mut(PREFIX_AT) {
                *byte = PREFIX;
            }
            [clean, prefixed]
        })
        .map(|word| format!("0x{}", Hex(&word)))
        .collect()
}

#[derive(Deserialize)]
struct RpcAnswer {
    result: Option<Vec<RpcLog>>,
    error: Option<RpcError>,
}

impl RpcAnswer {
    fn logs(self) -> Result<Vec<RpcLog>, NodeError> {
        if let Some(error) = self.error {
            return Err(refusal(CALL, &error.message));
        }
        self.result
            .ok_or_else(|| senseless(CALL, "neither result nor error"))
    }
}

#[derive(Deserialize)]
struct RpcError {
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RpcLog {
    address: String,
    #[serde(deserialize_with = "hex_number::deserialize")]
    block_number: u64,
    data: String,
    #[serde(default)]
    removed: bool,
    topics: Vec<String>,
    transaction_hash: String,
}

impl RpcLog {
    /// `None` where the log is no transfer of the token.
    fn transfer_of(&self, token: TronAddress) -> Result<Option<TransferLog>, NodeError> {
        let bare = |text: &str| text.strip_prefix("0x").unwrap_or(text).to_owned();
        if TronAddress::from_hex(&bare(&self.address)) != Ok(token) {
            return Ok(None);
        }
        let topics: Vec<String> = self.topics.iter().map(|topic| bare(topic)).collect();
        let Some((from, to, amount)) = decode_transfer(&topics, &bare(&self.data)) else {
            return Ok(None);
        };
        let txid = decode_hex(&bare(&self.transaction_hash))
            .map(Txid::from_bytes)
            .ok_or_else(|| senseless(CALL, "a log without a transaction"))?;
        Ok(Some(TransferLog {
            from,
            amount,
            block: self.block_number,
            txid,
            to,
        }))
    }
}
