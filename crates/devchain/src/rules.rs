//! What a node may be strict about. A new chain is about nothing, so that a demo needs no funds.

use serde::Serialize;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rules {
    /// Those who sign transactions need an account, bandwidth, energy and tokens, and pay for
    /// them. Without it nobody lacks anything.
    pub funds: bool,
    /// A node with `node.rpc.trxCacheEnable`: it knows the ID of a transaction from the first
    /// broadcast on, also when it refused that one.
    pub transaction_cache: bool,
}
