//! Takes transactions that wallets have signed, with the checks of a full node, in its order and
//! its words.
//!
//! Source: java-tron, `Wallet.broadcastTransaction` and `Manager.pushTransaction`. A node makes the
//! bytes from `raw_data` alone: `raw_data_hex` and `txID` may be missing or say something else.

use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::txid::{Hex, decode_hex_bytes};

use crate::chain::Chain;
use crate::node_json;
use crate::params::NodeError;
use crate::raw_data::{NotACall, RawData, RawDataJson};
use crate::refusal::Refusal;
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
