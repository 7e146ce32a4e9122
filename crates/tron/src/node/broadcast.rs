//! Hands a signed transfer to a node, which passes it on to the network.
//!
//! Shape: <https://developers.tron.network/reference/broadcasttransaction>; the codes are those of
//! `Return.response_code`: <https://github.com/tronprotocol/protocol/blob/master/api/api.proto>.

use serde::Deserialize;
use serde_json::json;
use usdt_protocol::Txid;

use super::contract::text_of;
use super::error::{refusal, senseless};
use super::{Node, NodeError};
use crate::transaction::SignedTransfer;

const CALL: &str = "/wallet/broadcasttransaction";

/// Where a node shows a transaction that is in no block yet, and one that is in a block. In this
/// order, since it goes from there to here:
/// <https://developers.tron.network/reference/gettransactionfrompending>,
/// <https://developers.tron.network/reference/gettransactionbyid>.
const SHOWN: [&str; 2] = [
    "/wallet/gettransactionfrompending",
    "/wallet/gettransactionbyid",
];

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
    /// The payer's account is new: nothing has ever been sent to it.
    NoAccount,
    /// The payer's account holds too little.
    Balance,
    /// The call is not valid for another reason.
    Contract,
}

impl Refusal {
    /// Reads java-tron's texts, such as "Contract validate error : account [T…] does not exist".
    fn of_contract(message: &str) -> Self {
        let says = |words: [&str; 2]| words.iter().any(|words| message.contains(words));
        if message.contains("ccount") && says(["not exist", "no OwnerAccount"]) {
            Self::NoAccount
        } else if says(["not sufficient", "nsufficient balance"]) {
            Self::Balance
        } else {
            Self::Contract
        }
    }
}

impl Node {
    /// Hands in a transaction, as often as one likes: the chain takes it once. An error means that
    /// nothing is known: the transaction may be on its way.
    pub async fn broadcast(&self, signed: &SignedTransfer) -> Result<Broadcast, NodeError> {
        let json = signed.to_json();
        let txid = signed.transfer.txid();
        let read = |answer: WireReturn| answer.outcome(txid);
        match self.connection.post(CALL, CALL, &json, read).await? {
            Outcome::Known(known) => Ok(known),
            Outcome::Duplicate => self.shown(txid).await,
        }
    }

    /// A node may call a transaction known that it has only refused before: with
    /// `node.rpc.trxCacheEnable`, java-tron notes the ID before it looks at the rest
    /// (`Wallet.broadcastTransaction`). So it has to show it.
    async fn shown(&self, txid: Txid) -> Result<Broadcast, NodeError> {
        let mut failure = None;
        for call in SHOWN {
            let request = json!({"value": txid});
            let read = |found: WireShown| Ok(found.txid == Some(txid));
            match self.connection.post(call, call, &request, read).await {
                Ok(true) => return Ok(Broadcast::Taken),
                Ok(false) => {}
                // Not every provider has both.
                Err(error) => failure = Some(error),
            }
        }
        let unseen = || senseless(CALL, "it has the transaction already, and cannot show it");
        Err(failure.unwrap_or_else(unseen))
    }
}

enum Outcome {
    Known(Broadcast),
    Duplicate,
}

/// A transaction, or `{}`.
#[derive(Deserialize)]
struct WireShown {
    #[serde(rename = "txID")]
    txid: Option<Txid>,
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
    fn outcome(&self, expected: Txid) -> Result<Outcome, NodeError> {
        if let Some(other) = self.txid.filter(|txid| *txid != expected) {
            return Err(senseless(
                CALL,
                format!("handed in {expected}, got {other}"),
            ));
        }
        let code = self.code.as_deref();
        let refused = |why| Ok(Outcome::Known(Broadcast::Refused(why)));
        let message = || text_of(self.message.as_deref().unwrap_or_default());
        match (self.result, code.unwrap_or("SUCCESS")) {
            (true, "SUCCESS") => Ok(Outcome::Known(Broadcast::Taken)),
            (false, "DUP_TRANSACTION_ERROR") => Ok(Outcome::Duplicate),
            (false, "SIGERROR") => refused(Refusal::Signature),
            (false, "TAPOS_ERROR" | "TRANSACTION_EXPIRATION_ERROR") => refused(Refusal::Stale),
            (false, "BANDWITH_ERROR") => refused(Refusal::Resources),
            (false, "CONTRACT_VALIDATE_ERROR" | "CONTRACT_EXE_ERROR") => {
                refused(Refusal::of_contract(&message()))
            }
            (false, "SUCCESS") => Err(senseless(CALL, "neither a success nor a reason")),
            (true, code) => Err(senseless(CALL, format!("a success with the code {code}"))),
            (false, code) => Err(refusal(CALL, &format!("{code}: {}", message()))),
        }
    }
}
