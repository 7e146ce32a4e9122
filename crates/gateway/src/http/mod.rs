//! What every route shares: the state, and who the client is.

pub mod client;
pub mod lookups;
pub mod state;

pub use self::client::Client;
pub use self::state::AppState;
