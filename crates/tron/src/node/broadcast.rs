//! Hands a signed transfer to a node, which passes it on to the network.
//!
//! Shape: <https://developers.tron.network/reference/broadcasttransaction>; the codes are those of
//! `Return.response_code`: <https://github.com/tronprotocol/protocol/blob/master/api/api.proto>.

use serde::Deserialize;
use usdt_protocol::Txid;

use super::contract::text_of;
use super::error::{refusal, senseless};
use super::{Node, NodeError};
use crate::transaction::SignedTransfer;

const CALL: &str = "/wallet/broadcasttransaction";

/// What a node made of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broadcast {
    /// It has the transaction, now or since before. Whether the transfer succeeds is seen in its
    /// receipt.
    Taken,
    /// It does not pass the transaction on. It may have it from an earlier time all the same.
    Refused(Refusal),
}

/// Why a node does not pass a transaction on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The payer's account does not allow this signature.
    Signature,
    /// It has expired, or the block that it names is none of the chain.
    Stale,
    /// The payer's account cannot pay for the bandwidth.
    Resources,
    /// The call is not valid: there is no such account or contract.
    Contract,
}

impl Node {
    /// Hands in a transaction, as often as one likes: the chain takes it once. An error means that
    /// nothing is known: the transaction may be on its way.
    pub async fn broadcast(&self, signed: &SignedTransfer) -> Result<Broadcast, NodeError> {
        let json = signed.to_json();
        let answer: WireReturn = self.connection.post(CALL, CALL, &json).await?;
        answer.outcome(signed.transfer.txid())
    }
}

#[derive(Deserialize)]
struct WireReturn {
    #[serde(default)]
    result: bool,
    code: Option<String>,
    /// Hex.
    message: Option<String>,
    txid: Option<Txid>,
}

impl WireReturn {
    fn outcome(&self, expected: Txid) -> Result<Broadcast, NodeError> {
        if let Some(other) = self.txid.filter(|txid| *txid != expected) {
            return Err(senseless(
                CALL,
                format!("handed in {expected}, got {other}"),
            ));
        }
        let code = self.code.as_deref();
        let refused = |why| Ok(Broadcast::Refused(why));
        match (self.result, code.unwrap_or("SUCCESS")) {
            (true, "SUCCESS") | (false, "DUP_TRANSACTION_ERROR") => Ok(Broadcast::Taken),
            (false, "SIGERROR") => refused(Refusal::Signature),
            (false, "TAPOS_ERROR" | "TRANSACTION_EXPIRATION_ERROR") => refused(Refusal::Stale),
            (false, "BANDWITH_ERROR") => refused(Refusal::Resources),
            (false, "CONTRACT_VALIDATE_ERROR" | "CONTRACT_EXE_ERROR") => refused(Refusal::Contract),
            (false, "SUCCESS") => Err(senseless(CALL, "neither a success nor a reason")),
            (true, code) => Err(senseless(CALL, format!("a success with the code {code}"))),
            (false, code) => {
                let message = text_of(self.message.as_deref().unwrap_or_default());
                Err(refusal(&format!("{code}: {message}")))
            }
        }
    }
}
