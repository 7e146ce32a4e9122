//! What every route shares: the state, who the client is, and who is next.

pub mod client;
pub mod create_queue;
pub mod limiter;
pub mod lookups;
pub mod payer_limits;
pub mod state;

pub use self::client::Client;
pub use self::state::AppState;
