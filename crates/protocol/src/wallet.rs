//! Paying from a wallet in the browser, on the wire. An error has the form of
//! [`StatusAnswer`](crate::StatusAnswer).
//!
//! The transaction is between the gateway and the wallet. The page only passes it on, in whatever
//! type it likes.

use serde::{Deserialize, Serialize};

use crate::Txid;

/// The transfer that pays a payment, for the payer's wallet to sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletTransferAnswer<T> {
    pub ok: bool,
    /// In the form in which nodes write it, as `tronWeb.trx.sign` takes it.
    pub transaction: T,
}

/// The network has the signed transaction. That is not yet a payment: its status says when it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletBroadcastAnswer {
    pub ok: bool,
    pub txid: Txid,
}
