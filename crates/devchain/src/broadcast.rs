//! Takes transactions that wallets have signed, with the checks of a full node, in its order and
//! its words.
//!
//! Source: java-tron, `Wallet.broadcastTransaction` and `Manager.pushTransaction`. A node makes the
//! bytes from `raw_data` alone: `raw_data_hex` and `txID` may be missing or say something else.

use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;
use usdt_protocol::TronAddress;
use usdt_protocol::txid::{Hex, decode_hex_bytes};

use crate::bill::MAX_FEE_LIMIT;
use crate::chain::Chain;
use crate::node_json;
use crate::params::NodeError;
use crate::raw_data::{NotACall, RawData, RawDataJson};
use crate::visible::Visible;

/// A transaction as wallets hand it in.
#[derive(Deserialize)]
pub struct SignedTransaction {
    raw_data: RawDataJson,
    #[serde(default)]
    signature: Vec<String>,
}

/// The same in hex, as the bytes that go from node to node.
#[derive(Deserialize)]
pub struct SignedHex {
    #[serde(default)]
    transaction: String,
}

/// Why a node does not pass a transaction on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("Transaction already exists.")]
    Cached,
    #[error("Validate signature error: {0}")]
    Signature(String),
    #[error("Tapos check error.")]
    Reference,
    #[error("Transaction expired")]
    Expired,
    #[error("Dup transaction.")]
    Duplicate,
    #[error("Contract validate error : account [{0}] does not exist")]
    Account(TronAddress),
    #[error("Account resource insufficient error.")]
    Bandwidth,
    #[error("Contract validate error : No contract!")]
    Empty,
    #[error("Contract validate error : No contract or not a smart contract")]
    NoContract,
    #[error("Contract validate error : feeLimit must be >= 0 and <= {MAX_FEE_LIMIT}")]
    FeeLimit,
}

impl Refusal {
    const fn code(&self) -> &'static str {
        match self {
            Self::Signature(_) => "SIGERROR",
            Self::Reference => "TAPOS_ERROR",
            Self::Expired => "TRANSACTION_EXPIRATION_ERROR",
            Self::Cached | Self::Duplicate => "DUP_TRANSACTION_ERROR",
            Self::Bandwidth => "BANDWITH_ERROR",
            Self::Account(_) | Self::Empty | Self::NoContract | Self::FeeLimit => {
                "CONTRACT_VALIDATE_ERROR"
            }
        }
    }
}

/// Why nothing is even tried.
pub enum Unreadable {
    Empty,
    Broken(NodeError),
}

impl SignedTransaction {
    pub fn read(&self, visible: Visible) -> Result<(RawData, Vec<Vec<u8>>), Unreadable> {
        let raw = self.raw_data.read(visible).map_err(|error| match error {
            NotACall::Unreadable => Unreadable::Empty,
            NotACall::OfAnotherKind => Unreadable::Broken(not_taken()),
        })?;
        let signatures = self.signature.iter().map(|hex| decode_hex_bytes(hex));
        // A node that cannot read them goes on without a transaction.
        let signatures = signatures.collect::<Option<_>>().ok_or_else(|| {
            Unreadable::Broken(NodeError {
                class: "java.lang.NullPointerException",
                message: "Cannot invoke \"org.tron.protos.Protocol$Transaction.getRawData()\" because \"this.transaction\" is null".into(),
            })
        })?;
        Ok((raw, signatures))
    }
}

/// Puts the transaction into the pool, from where the next block takes it, or says why not.
pub fn answer(
    sent: &SignedTransaction,
    visible: Visible,
    chain: &mut Chain,
) -> Result<Value, NodeError> {
    let (raw, signatures) = match sent.read(visible) {
        Ok(read) => read,
        Err(Unreadable::Empty) => return Ok(refused(&Refusal::Empty, visible)),
        Err(Unreadable::Broken(error)) => return Err(error),
    };
    let txid = raw.txid();
    let mut json = match chain.broadcast(raw, &signatures) {
        Ok(()) => json!({ "result": true }),
        Err(refusal) => refused(&refusal, visible),
    };
    if let Some(json) = json.as_object_mut() {
        json.insert("txid".into(), json!(txid));
    }
    Ok(json)
}

fn refused(refusal: &Refusal, visible: Visible) -> Value {
    json!({ "code": refusal.code(), "message": visible.text(&refusal.to_string()) })
}

/// The same for a transaction in hex. Here even what is 0 or empty is said, and always in clear.
pub fn answer_to_hex(sent: &SignedHex, chain: &mut Chain) -> Result<Value, NodeError> {
    let bytes = decode_hex_bytes(&sent.transaction);
    let (raw, signatures) = bytes
        .and_then(|bytes| RawData::decode_signed(&bytes))
        .ok_or_else(not_taken)?;
    let txid = raw.txid();
    let mut raw_data = node_json::raw_data(&raw, Visible(true));
    if let Some(call) = raw_data.pointer_mut("/contract/0/parameter/value") {
        *call = Hex(&raw.encode_call()).to_string().into();
    }
    let signature = signatures.iter().map(|bytes| Hex(bytes).to_string());
    let transaction = json!({ "raw_data": raw_data, "signature": signature.collect::<Vec<_>>() });
    let refusal = chain.broadcast(raw, &signatures).err();
    Ok(json!({
        "result": refusal.is_none(),
        "code": refusal.as_ref().map_or("SUCCESS", Refusal::code),
        "message": refusal.map(|refusal| refusal.to_string()).unwrap_or_default(),
        "transaction": transaction.to_string(),
        "txid": txid,
    }))
}

fn not_taken() -> NodeError {
    NodeError {
        class: "java.lang.IllegalArgumentException",
        message: "this node takes a call of a contract and nothing else".into(),
    }
}
