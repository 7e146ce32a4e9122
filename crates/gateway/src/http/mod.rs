//! What every route shares: the state, and who the client is.

pub mod claim_limits;
pub mod client;
pub mod limiter;
pub mod lookups;
pub mod state;

pub use self::client::Client;
pub use self::state::AppState;
