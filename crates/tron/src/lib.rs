//! Reads TRON: a client for nodes, failover between them, and receipts decoded into transfers of
//! one token. Builds such transfers for a wallet to sign, and hands them to a node.
//!
//! Knows nothing of payments. Whatever a node answers is hostile until it is one of the types
//! here; an answer that cannot be understood is an error and never an empty result, since a
//! reader that takes "unknown" for "nothing" loses money.

mod hex_number;
pub mod network;
pub mod node;
pub mod pool;
pub mod receipt;
pub mod transaction;

pub use network::Network;
pub use node::{
    Block, Broadcast, Call, Endpoint, Node, NodeError, ReferenceBlock, Refusal, Sighting, Tally,
    TokenAnswers, TokenState, TransferLog,
};
pub use pool::{Lease, Pool};
pub use receipt::{Receipt, Transfer};
pub use transaction::{BlockReference, NotATransfer, SignedTransfer, TransferTransaction};
