//! A client for one TRON node: the few calls from which payments are read.
//!
//! Facts: <https://developers.tron.network/reference/full-node-api-overview> and
//! <https://developers.tron.network/reference/json-rpc-api-overview>.

mod blocks;
mod contract;
mod endpoint;
mod error;
mod http;
mod indexer;
mod logs;
mod rate_limit;
mod receipts;

use std::fmt;
use std::sync::Arc;

pub use blocks::Block;
pub use contract::TokenState;
pub use endpoint::Endpoint;
pub use error::NodeError;
pub use logs::{Departure, MAX_LOG_RANGE, MAX_RECIPIENTS, Sighting};

use http::Connection;

/// A client for one node. Clones share its connections and its rate limit.
#[derive(Clone)]
pub struct Node {
    connection: Arc<Connection>,
}

impl Node {
    /// A client for the node at `endpoint`. Nothing is sent yet; a wrong URL or API key is
    /// [`NodeError::Misconfigured`].
    pub fn new(endpoint: &Endpoint) -> Result<Self, NodeError> {
        Ok(Self {
            connection: Arc::new(Connection::new(endpoint)?),
        })
    }

    /// The origin of the node's URL, such as `https://api.trongrid.io`: safe to log, since it
    /// has neither the path nor the key.
    pub fn label(&self) -> &str {
        self.connection.label()
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(&self.label()).finish()
    }
}
