//! Receipts of one transaction, and of a whole block.

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value, json};
use usdt_protocol::Txid;

use super::error::senseless;
use super::{Node, NodeError};
use crate::receipt::Receipt;

const SOLID: &str = "/walletsolidity/gettransactioninfobyid";
const HEAD: &str = "/wallet/gettransactioninfobyid";
const BLOCK: &str = "/walletsolidity/gettransactioninfobyblocknum";

impl Node {
    /// The receipt of a transaction in a solid block; `None` if the node has none, because it
    /// is unknown or its block is not solid yet.
    ///
    /// Source: <https://developers.tron.network/reference/gettransactioninfobyid-1>.
    pub async fn find_solid_receipt(&self, txid: Txid) -> Result<Option<Receipt>, NodeError> {
        self.receipt(SOLID, txid).await
    }

    /// The receipt of a transaction in a block that may still be rolled back; `None` if the node
    /// has none.
    ///
    /// Source: <https://developers.tron.network/reference/gettransactioninfobyid>.
    pub async fn find_receipt(&self, txid: Txid) -> Result<Option<Receipt>, NodeError> {
        self.receipt(HEAD, txid).await
    }

    /// The receipt of a transaction in a solid block, where it must be: that the node has none
    /// is [`NodeError::Senseless`].
    pub async fn solid_receipt(&self, txid: Txid) -> Result<Receipt, NodeError> {
        self.find_solid_receipt(txid)
            .await?
            .ok_or_else(|| senseless(SOLID, format!("no receipt of {txid}")))
    }

    /// The receipts of all transactions in the solid block `block`, read from the block itself
    /// and from no index. Empty only where the block's header proves that it is empty: a node
    /// that lags behind writes `[]` too.
    ///
    /// Source: <https://developers.tron.network/reference/gettransactioninfobyblocknum-1>.
    pub async fn block_receipts(&self, block: u64) -> Result<Vec<Receipt>, NodeError> {
        let request = json!({"num": block});
        let receipts: Vec<Receipt> = self.connection.post(BLOCK, BLOCK, &request, Ok).await?;
        if let Some(stray) = receipts.iter().find(|receipt| receipt.block != block) {
            let why = format!("asked for block {block}, got one of {}", stray.block);
            return Err(senseless(BLOCK, why));
        }
        if receipts.is_empty() {
            self.prove_empty(block).await?;
        }
        Ok(receipts)
    }

    async fn receipt(&self, call: &'static str, txid: Txid) -> Result<Option<Receipt>, NodeError> {
        let request = json!({"value": txid});
        let WireFound(found) = self.connection.post(call, call, &request, Ok).await?;
        match &found {
            Some(receipt) if receipt.txid != txid => Err(senseless(
                call,
                format!("asked for {txid}, got {}", receipt.txid),
            )),
            _ => Ok(found),
        }
    }
}

/// A receipt, or `{}` for none.
struct WireFound(Option<Receipt>);

impl<'de> Deserialize<'de> for WireFound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Map::deserialize(deserializer)?;
        if fields.is_empty() {
            return Ok(Self(None));
        }
        Receipt::deserialize(Value::Object(fields))
            .map(|receipt| Self(Some(receipt)))
            .map_err(de::Error::custom)
    }
}
