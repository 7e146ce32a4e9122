//! A client for one TRON node: the few calls from which payments are read.
//!
//! Facts: <https://developers.tron.network/reference/full-node-api-overview> and
//! <https://developers.tron.network/reference/json-rpc-api-overview>.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use usdt_protocol::txid::{Hex, decode_hex};
use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};

use crate::hex_number;
use crate::receipt::{Receipt, TRANSFER_TOPIC, decode_transfer};

/// The most blocks that one request for logs may span, by java-tron's default.
pub const MAX_LOG_RANGE: u64 = 5_000;

/// The most recipients that one request for logs may name, by java-tron's default.
pub const MAX_RECIPIENTS: usize = 1_000;

/// Above java-tron's own limit for an answer, 25 MiB.
const MAX_ANSWER_BYTES: usize = 32 << 20;

/// A node cannot send us away for longer than this.
const LONGEST_SUSPENSION: Duration = Duration::from_mins(5);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a node's answer is unknown. Never means that there is nothing on the chain.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// No whole answer came: the network's or the node's fault, worth another try.
    #[error("the node cannot be reached: {0}")]
    Unreachable(#[source] reqwest::Error),
    /// The node asks for patience: we ask too often.
    #[error("the node throttles us")]
    Throttled {
        /// How long it said that it will go on refusing.
        suspended: Option<Duration>,
    },
    /// The node says that it cannot answer.
    #[error("the node refuses: {0}")]
    Refused(String),
    /// The answer is none that this call can have, `{}` included: the node lags, or it is no
    /// TRON node.
    #[error("the node's answer to {call} makes no sense: {why}")]
    Senseless {
        /// The call that was made.
        call: &'static str,
        /// What is wrong with the answer.
        why: String,
    },
}

/// The number and time of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub number: u64,
    pub time: UtcTime,
}

/// A log that looks like a transfer to one of the recipients. Proves nothing until the
/// transaction's receipt from a solid block says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    pub txid: Txid,
    pub block: u64,
    pub to: TronAddress,
    pub amount: Usdt,
}

/// A client for one node.
#[derive(Clone)]
pub struct Node {
    http: reqwest::Client,
    base_url: String,
    api_key: Option<String>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Both the API key and the URL, which may hold one, are secrets.
        f.debug_struct("Node").finish_non_exhaustive()
    }
}

impl Node {
    /// A client for the node at `base_url`, such as `https://api.trongrid.io`, with TronGrid's
    /// API key where there is one.
    pub fn new(base_url: &str, api_key: Option<String>) -> Result<Self, NodeError> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(unreachable)?;
        Ok(Self {
            http,
            base_url: base_url.trim_end_matches('/').to_owned(),
            api_key,
        })
    }

    /// The newest block that cannot be rolled back any more.
    pub async fn solid_block(&self) -> Result<Block, NodeError> {
        self.block("/walletsolidity/getblock").await
    }

    /// The newest block, which may still be rolled back.
    pub async fn head_block(&self) -> Result<Block, NodeError> {
        self.block("/wallet/getblock").await
    }

    async fn block(&self, call: &'static str) -> Result<Block, NodeError> {
        let WireBlock { id, header } = self.post(call, call, &json!({"detail": false})).await?;
        let WireBlockData { number, timestamp } = header.raw_data;
        // The ID begins with the number: a check that costs nothing.
        if id.get(..16) != Some(format!("{number:016x}").as_str()) {
            return Err(senseless(call, format!("block {number} has the ID {id}")));
        }
        Ok(Block {
            number,
            time: UtcTime::from_millis(timestamp),
        })
    }

    /// The logs of `token` from block `from` to block `to`, both included, that say that one of
    /// `recipients` received something. At most [`MAX_LOG_RANGE`] blocks and
    /// [`MAX_RECIPIENTS`] recipients.
    pub async fn sightings(
        &self,
        token: TronAddress,
        recipients: &[TronAddress],
        from: u64,
        to: u64,
    ) -> Result<Vec<Sighting>, NodeError> {
        const CALL: &str = "eth_getLogs";
        if recipients.is_empty() || from > to {
            return Ok(Vec::new());
        }
        let topics: Vec<String> = recipients
            .iter()
            .map(|recipient| format!("0x{}", Hex(&recipient.to_abi_word())))
            .collect();
        let request = json!({
            "jsonrpc": "2.0",
            "id": 1,
            "method": CALL,
            "params": [{
                "fromBlock": format!("{from:#x}"),
                "toBlock": format!("{to:#x}"),
                "address": [format!("0x{}", Hex(token.bytes()))],
                "topics": [format!("0x{TRANSFER_TOPIC}"), null, topics],
            }],
        });
        let answer: RpcAnswer = self.post("/jsonrpc", CALL, &request).await?;
        if let Some(error) = answer.error {
            return Err(NodeError::Refused(error.message));
        }
        let logs = answer
            .result
            .ok_or_else(|| senseless(CALL, "neither result nor error"))?;
        logs.into_iter()
            .filter(|log| !log.removed)
            .map(|log| {
                if !(from..=to).contains(&log.block_number) {
                    return Err(senseless(
                        CALL,
                        format!("a log of block {}", log.block_number),
                    ));
                }
                let sighting = log.sighting(token)?;
                Ok(sighting.filter(|sighting| recipients.contains(&sighting.to)))
            })
            .filter_map(Result::transpose)
            .collect()
    }

    /// The receipt of a transaction in a solid block.
    pub async fn solid_receipt(&self, txid: Txid) -> Result<Receipt, NodeError> {
        const CALL: &str = "/walletsolidity/gettransactioninfobyid";
        let receipt: Receipt = self.post(CALL, CALL, &json!({"value": txid})).await?;
        if receipt.txid != txid {
            return Err(senseless(
                CALL,
                format!("asked for {txid}, got {}", receipt.txid),
            ));
        }
        Ok(receipt)
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        call: &'static str,
        body: &Value,
    ) -> Result<T, NodeError> {
        let mut request = self
            .http
            .post(format!("{}{path}", self.base_url))
            .json(body);
        if let Some(key) = &self.api_key {
            request = request.header("TRON-PRO-API-KEY", key);
        }
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if answer.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(senseless(call, "the answer is too long"));
            }
            answer.extend_from_slice(&chunk);
        }
        understand(call, status, &answer)
    }
}

/// Turns an answer into what the call promises. Nodes report most errors with HTTP 200.
fn understand<T: DeserializeOwned>(
    call: &'static str,
    status: StatusCode,
    answer: &[u8],
) -> Result<T, NodeError> {
    let text = String::from_utf8_lossy(answer);
    if matches!(status.as_u16(), 403 | 429 | 503) || text.contains("exceeds the frequency limit") {
        return Err(NodeError::Throttled {
            suspended: suspension(&text),
        });
    }
    if status != StatusCode::OK {
        return Err(NodeError::Refused(format!("HTTP {status}")));
    }
    serde_json::from_slice(answer).map_err(|error| {
        match serde_json::from_slice::<WireError>(answer) {
            Ok(WireError { message }) => NodeError::Refused(message),
            Err(_) => senseless(call, error.to_string()),
        }
    })
}

/// Reads the seconds in "… the query server is suspended for 30s".
fn suspension(text: &str) -> Option<Duration> {
    let (_, rest) = text.split_once("suspended for ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits
        .parse()
        .ok()
        .map(|seconds| Duration::from_secs(seconds).min(LONGEST_SUSPENSION))
}

/// Without the URL, since many providers write the API key into its path.
fn unreachable(error: reqwest::Error) -> NodeError {
    NodeError::Unreachable(error.without_url())
}

fn senseless(call: &'static str, why: impl Into<String>) -> NodeError {
    NodeError::Senseless {
        call,
        why: why.into(),
    }
}

#[derive(Deserialize)]
struct WireBlock {
    #[serde(rename = "blockID")]
    id: String,
    #[serde(rename = "block_header")]
    header: WireBlockHeader,
}

#[derive(Deserialize)]
struct WireBlockHeader {
    raw_data: WireBlockData,
}

#[derive(Deserialize)]
struct WireBlockData {
    number: u64,
    timestamp: i64,
}

#[derive(Deserialize)]
struct WireError {
    #[serde(rename = "Error")]
    message: String,
}

#[derive(Deserialize)]
struct RpcAnswer {
    result: Option<Vec<RpcLog>>,
    error: Option<RpcError>,
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
    fn sighting(&self, token: TronAddress) -> Result<Option<Sighting>, NodeError> {
        let bare = |text: &str| text.strip_prefix("0x").unwrap_or(text).to_owned();
        if TronAddress::from_hex(&bare(&self.address)) != Ok(token) {
            return Ok(None);
        }
        let topics: Vec<String> = self.topics.iter().map(|topic| bare(topic)).collect();
        let Some((_, to, amount)) = decode_transfer(&topics, &bare(&self.data)) else {
            return Ok(None);
        };
        let txid = decode_hex(&bare(&self.transaction_hash))
            .map(Txid::from_bytes)
            .ok_or_else(|| senseless("eth_getLogs", "a log without a transaction"))?;
        Ok(Some(Sighting {
            txid,
            block: self.block_number,
            to,
            amount,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(status: u16, answer: &str) -> Result<u64, NodeError> {
        let status = StatusCode::from_u16(status).unwrap();
        understand::<WireBlock>("getblock", status, answer.as_bytes())
            .map(|block| block.header.raw_data.number)
    }

    #[test]
    fn throttling_is_recognised_in_every_form() {
        let seconds = |status, answer| match block(status, answer) {
            Err(NodeError::Throttled { suspended }) => suspended.map(|time| time.as_secs()),
            other => panic!("{other:?}"),
        };
        let key = r#"{"Error":"The key exceeds the frequency limit(30), and the query server is suspended for 30s"}"#;
        assert_eq!(seconds(200, key), Some(30));
        let no_key =
            "request rate exceeded the allowed_rps(10), and the query server is suspended for 5 s";
        assert_eq!(seconds(403, no_key), Some(5));
        assert_eq!(seconds(429, ""), None);
        assert_eq!(seconds(503, "<html>"), None);
    }

    #[test]
    fn an_answer_without_content_is_an_error_and_not_an_empty_block() {
        let lite = "this API is closed because this node is a lite fullnode";
        for answer in ["{}", "[]", "null", "", "<html>", lite] {
            assert!(
                matches!(block(200, answer), Err(NodeError::Senseless { .. })),
                "{answer:?}"
            );
        }
        let busy =
            r#"{"Error":"class java.lang.IllegalAccessException : lack of computing resources"}"#;
        assert!(matches!(block(200, busy), Err(NodeError::Refused(_))));
        assert!(matches!(block(500, "{}"), Err(NodeError::Refused(_))));
    }

    #[tokio::test]
    async fn an_error_does_not_tell_the_key_in_the_nodes_url() {
        let node = Node::new("http://127.0.0.1:1/SECRET", Some("SECRET".to_owned())).unwrap();
        let error = node.solid_block().await.unwrap_err();
        assert!(matches!(error, NodeError::Unreachable(_)));
        assert!(
            !format!("{error} {error:?} {node:?}").contains("SECRET"),
            "{error:?} {node:?}"
        );
    }
}
