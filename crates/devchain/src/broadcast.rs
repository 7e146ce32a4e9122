//! Takes transactions that wallets have signed, with the checks of a full node, in its order and
//! its words.
//!
//! Source: java-tron, `Manager.processTransaction` and `Wallet.broadcastTransaction`. A node reads
//! `raw_data` and leaves `raw_data_hex` aside; here both must be the same, or the signature is not
//! of what is asked for.

use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;
use usdt_protocol::Txid;
use usdt_protocol::txid::{Hex, decode_hex, decode_hex_bytes};

use crate::chain::Chain;
use crate::node_json;
use crate::params::NodeError;
use crate::raw_data::RawData;

/// A transaction as wallets hand it in.
#[derive(Deserialize)]
pub struct SignedTransaction {
    #[serde(rename = "txID")]
    txid: Txid,
    raw_data: Value,
    raw_data_hex: String,
    #[serde(default)]
    signature: Vec<String>,
}

/// Why a node does not pass a transaction on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("Validate signature error: signature is not of the owner")]
    Signature,
    #[error("Tapos check error.")]
    Reference,
    #[error("Transaction expired")]
    Expired,
    #[error("Dup transaction.")]
    Duplicate,
    #[error("Contract validate error : No contract or not a valid smart contract")]
    Contract,
}

impl Refusal {
    const fn code(self) -> &'static str {
        match self {
            Self::Signature => "SIGERROR",
            Self::Reference => "TAPOS_ERROR",
            Self::Expired => "TRANSACTION_EXPIRATION_ERROR",
            Self::Duplicate => "DUP_TRANSACTION_ERROR",
            Self::Contract => "CONTRACT_VALIDATE_ERROR",
        }
    }
}

/// Puts the transaction into the pool, from where the next block takes it, or says why not.
pub fn answer(sent: &SignedTransaction, chain: &mut Chain) -> Result<Value, NodeError> {
    let raw = decode_hex_bytes(&sent.raw_data_hex)
        .and_then(|bytes| RawData::decode(&bytes))
        .ok_or_else(|| NodeError {
            class: "java.lang.IllegalArgumentException",
            message: "raw_data_hex is no call of a contract and nothing else".into(),
        })?;
    let txid = raw.txid();
    Ok(match take(sent, raw, chain) {
        Ok(()) => json!({ "result": true, "txid": txid }),
        Err(refusal) => json!({
            "code": refusal.code(),
            "message": Hex(refusal.to_string().as_bytes()).to_string(),
            "txid": txid,
        }),
    })
}

fn take(sent: &SignedTransaction, raw: RawData, chain: &mut Chain) -> Result<(), Refusal> {
    let is_same = sent.txid == raw.txid() && sent.raw_data == node_json::raw_data(&raw);
    let signature = match sent.signature.as_slice() {
        [signature] if is_same => decode_hex(signature),
        _ => None,
    };
    chain.broadcast(raw, signature.ok_or(Refusal::Signature)?)
}
