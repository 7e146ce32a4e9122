//! What every route shares: the state, who the client is, and who is next.

pub mod client;
pub mod client_addresses;
pub mod connections;
pub mod create_counts;
pub mod create_queue;
pub mod descriptors;
pub mod error_code;
pub mod health;
pub mod held;
pub mod key_limits;
pub mod limiter;
pub mod lookups;
pub mod other_versions;
pub mod payer_limits;
pub mod query;
pub mod refusal;
pub mod request_counts;
pub mod requests;
pub mod server;
pub mod state;
pub mod webhook_calls;
mod wire;

pub use self::client::Client;
pub use self::query::Query;
pub use self::state::{AppState, Bar};
