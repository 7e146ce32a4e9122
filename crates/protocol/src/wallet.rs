//! Paying from a wallet in the browser, on the wire. An error has the form of
//! [`StatusAnswer`](crate::StatusAnswer).

use serde::{Deserialize, Serialize};

use crate::Txid;

/// The most that a payer's transfer may burn for energy, in sun: 100 TRX.
pub const FEE_LIMIT: u32 = 100_000_000;

/// The network has the signed transaction. That is not yet a payment: its status says when it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WalletBroadcastAnswer {
    pub ok: bool,
    pub txid: Txid,
}
