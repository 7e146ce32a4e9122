//! A client for one TRON node: the few calls from which payments are read, and the one that hands
//! in a transfer.
//!
//! Facts: <https://developers.tron.network/reference/full-node-api-overview> and
//! <https://developers.tron.network/reference/json-rpc-api-overview>.

mod blocks;
mod broadcast;
mod chain_id;
mod contract;
mod endpoint;
mod error;
mod http;
mod indexer;
mod logs;
mod rate_limit;
mod receipts;
mod requests;
mod unreachable;
mod words;

use std::fmt;
use std::sync::Arc;

pub use blocks::{Block, ReferenceBlock};
pub use broadcast::{Broadcast, Refusal};
pub use contract::{TokenAnswers, TokenState};
pub use endpoint::Endpoint;
pub use error::NodeError;
pub use logs::{MAX_LOG_RANGE, Sighting, TransferLog};
pub use requests::{Call, Tally};

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

    /// What tells this node and its clones from all others in this process, two of one origin too.
    pub fn identity(&self) -> usize {
        Arc::as_ptr(&self.connection).addr()
    }

    /// The requests of one kind that this client and its clones have sent.
    pub fn tally(&self, call: Call) -> Tally {
        self.connection.tally(call)
    }

    /// Whether this is a clone of the other.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.connection, &other.connection)
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(&self.label()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> Endpoint {
        Endpoint {
            api_key: Some("SECRET".to_owned()),
            ..Endpoint::at(url)
        }
    }

    #[tokio::test]
    async fn nothing_tells_the_keys_in_a_nodes_url() {
        let secret = "http://SECRET:SECRET@127.0.0.1:1/SECRET?key=SECRET".to_owned();
        let endpoint = Endpoint {
            solidity_url: Some(secret.clone()),
            jsonrpc_url: Some(secret.clone()),
            ..endpoint(&secret)
        };
        let node = Node::new(&endpoint).unwrap();
        assert_eq!(node.label(), "http://127.0.0.1:1");
        let error = node.solid_block().await.unwrap_err();
        assert!(matches!(error, NodeError::Unreachable(_)));
        let told = format!("{error} {error:?} {node:?} {endpoint:?}");
        assert!(!told.contains("SECRET"), "{told}");
        assert!(told.contains("http://127.0.0.1:1"), "{told}");
    }

    #[test]
    fn what_is_no_address_of_a_node_is_refused_and_not_told() {
        for url in [
            "",
            "SECRET",
            "ftp://SECRET.example",
            "http://",
            "mailto:SECRET",
        ] {
            let sound = endpoint("http://127.0.0.1:1");
            let url = Some(url.to_owned());
            for endpoint in [
                endpoint(url.as_deref().unwrap_or_default()),
                Endpoint {
                    solidity_url: url.clone(),
                    ..sound.clone()
                },
                Endpoint {
                    jsonrpc_url: url.clone(),
                    ..sound
                },
            ] {
                let error = Node::new(&endpoint).unwrap_err();
                assert!(matches!(error, NodeError::Misconfigured(_)), "{url:?}");
                let told = format!("{error} {error:?} {endpoint:?}");
                assert!(!told.contains("SECRET"), "{told}");
            }
        }
        let mut no_header = endpoint("https://api.trongrid.io");
        no_header.api_key = Some("two\nlines".to_owned());
        let error = Node::new(&no_header).unwrap_err();
        assert!(matches!(error, NodeError::Misconfigured(_)));
    }
}
