//! What every route shares: the state, who the client is, and the headers of every answer.

pub mod client;
pub mod lookups;
pub mod state;

pub use self::client::Client;
pub use self::state::AppState;
