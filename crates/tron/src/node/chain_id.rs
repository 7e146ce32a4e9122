//! Which network a node is of: the ID of its chain, made of its first block.
//!
//! Shape: <https://tronprotocol.github.io/documentation-en/api/json-rpc/node/eth_chainId/>.

use serde::Deserialize;
use serde_json::json;

use super::error::{refusal, senseless};
use super::{Node, NodeError};
use crate::hex_number;

const CALL: &str = "eth_chainId";

impl Node {
    /// The ID of the node's chain: see [`Network::chain_id`](crate::Network::chain_id).
    pub async fn chain_id(&self) -> Result<u64, NodeError> {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": CALL, "params": []});
        self.connection
            .post("/jsonrpc", CALL, &request, RpcAnswer::id)
            .await
    }
}

#[derive(Deserialize)]
struct RpcAnswer {
    result: Option<ChainId>,
    error: Option<RpcError>,
}

impl RpcAnswer {
    fn id(self) -> Result<u64, NodeError> {
        if let Some(error) = self.error {
            return Err(refusal(CALL, &error.message));
        }
        let Some(ChainId(id)) = self.result else {
            return Err(senseless(CALL, "neither result nor error"));
        };
        Ok(id)
    }
}

#[derive(Deserialize)]
struct ChainId(#[serde(deserialize_with = "hex_number::deserialize")] u64);

#[derive(Deserialize)]
struct RpcError {
    message: String,
}
