//! Paying from a wallet in the browser, on the wire. An error has the form of
//! [`StatusAnswer`](crate::StatusAnswer).

use serde::{Deserialize, Serialize};

use crate::Txid;

/// The network has the signed transaction. That is not yet a payment: its status says when it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletBroadcastAnswer {
    pub ok: bool,
    pub txid: Txid,
}
