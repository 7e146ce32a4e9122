//! A simulated TRON node for tests and the demo: real endpoints, blocks on command.
//!
//! It keeps a chain in memory, answers like a full node, its solidified twin, its JSON-RPC and
//! the indexer beside them, and obeys the endpoints under `/dev/`.

mod abi;
mod account_json;
mod bill;
mod block;
mod block_id;
mod broadcast;
mod call;
mod chain;
mod clock;
mod contract;
mod control;
mod devchain;
mod fault_layer;
mod faults;
mod indexer;
mod jsonrpc;
mod log;
mod log_filter;
mod log_search;
mod node_facts;
mod node_json;
mod params;
mod raw_data;
mod refusal;
mod rpc_error;
mod rules;
mod server;
mod signature;
mod token;
mod token_state;
mod transaction;
mod visible;
mod wallet;

pub use crate::call::{Call, Outcome, Transfer};
pub use crate::chain::{ForkError, Grant, Options};
pub use crate::devchain::Devchain;
pub use crate::faults::{Fault, FaultKind};
pub use crate::log::Log;
pub use crate::rules::Rules;
pub use crate::token_state::TokenState;
