//! Block headers: how far the chain is, and whether a block is empty.
//!
//! Shape: <https://developers.tron.network/reference/getblock-1>.

use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::UtcTime;
use usdt_protocol::txid::decode_hex;

use super::error::senseless;
use super::{Node, NodeError};
use crate::transaction::BlockReference;

const SOLID: &str = "/walletsolidity/getblock";
const HEAD: &str = "/wallet/getblock";

/// The number and time of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub number: u64,
    pub time: UtcTime,
}

/// A block that a new transaction can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReferenceBlock {
    pub reference: BlockReference,
    pub time: UtcTime,
}

impl Node {
    /// The newest block that cannot be rolled back any more.
    pub async fn solid_block(&self) -> Result<Block, NodeError> {
        let (_, header) = self.header(SOLID, &json!({"detail": false})).await?;
        Ok(header.block())
    }

    /// The newest block, which may still be rolled back.
    pub async fn head_block(&self) -> Result<Block, NodeError> {
        let (_, header) = self.header(HEAD, &json!({"detail": false})).await?;
        Ok(header.block())
    }

    /// The newest block, as a transaction names it: it is valid from this block on, and only as
    /// long as the block is not rolled back.
    pub async fn reference_block(&self) -> Result<ReferenceBlock, NodeError> {
        let (id, header) = self.header(HEAD, &json!({"detail": false})).await?;
        let id = decode_hex(&id).ok_or_else(|| senseless(HEAD, "the ID is not 32 bytes"))?;
        Ok(ReferenceBlock {
            reference: BlockReference::of_block(&id),
            time: header.block().time,
        })
    }

    /// The solid block `number`, where it must be: that the node does not have it is
    /// [`NodeError::Senseless`].
    pub async fn solid_block_at(&self, number: u64) -> Result<Block, NodeError> {
        Ok(self.solid_header(number).await?.block())
    }

    /// Succeeds only if the solid block `number` is known to hold no transaction: the root of
    /// its transactions is then all zeros (java-tron, `BlockCapsule.calcMerkleRoot`).
    pub(super) async fn prove_empty(&self, number: u64) -> Result<(), NodeError> {
        let header = self.solid_header(number).await?;
        if header.tx_trie_root.as_deref().and_then(decode_hex) != Some([0; 32]) {
            return Err(senseless(SOLID, format!("block {number} is not empty")));
        }
        Ok(())
    }

    async fn solid_header(&self, number: u64) -> Result<WireHeader, NodeError> {
        let request = json!({"id_or_num": number.to_string(), "detail": false});
        let (_, header) = self.header(SOLID, &request).await?;
        if header.number != number {
            let why = format!("asked for block {number}, got {}", header.number);
            return Err(senseless(SOLID, why));
        }
        Ok(header)
    }

    /// The ID of a block, and what its witness signed.
    async fn header(
        &self,
        call: &'static str,
        request: &Value,
    ) -> Result<(String, WireHeader), NodeError> {
        let read = |WireBlock { id, header }| {
            let header = header.raw_data;
            // The ID begins with the number: a check that costs nothing.
            let number = header.number;
            if id.get(..16) != Some(format!("{number:016x}").as_str()) {
                return Err(senseless(call, format!("block {number} has the ID {id}")));
            }
            Ok((id, header))
        };
        self.connection.post(call, call, request, read).await
    }
}

#[derive(Deserialize)]
struct WireBlock {
    #[serde(rename = "blockID")]
    id: String,
    #[serde(rename = "block_header")]
    header: WireSignedHeader,
}

#[derive(Deserialize)]
struct WireSignedHeader {
    raw_data: WireHeader,
}

#[derive(Deserialize)]
struct WireHeader {
    number: u64,
    timestamp: i64,
    #[serde(rename = "txTrieRoot")]
    tx_trie_root: Option<String>,
}

impl WireHeader {
    fn block(&self) -> Block {
        Block {
            number: self.number,
            time: UtcTime::from_millis(self.timestamp),
        }
    }
}
