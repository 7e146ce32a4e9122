//! What the gateway and the checkout agree on: money, addresses, time and the wire types.
//!
//! Everything here parses hostile text into types that cannot hold a wrong value, does no I/O
//! and stays small in WebAssembly.

pub mod address;
pub mod claim;
pub mod money;
pub mod payment;
pub mod price;
pub mod redirect;
#[cfg(feature = "schema")]
pub mod schema;
pub mod time;
pub mod txid;
pub mod wallet;
mod wire_text;

pub use address::TronAddress;
pub use claim::{Claim, ClaimAnswer, ClaimResult};
pub use money::Usdt;
pub use payment::{Payment, PaymentId, PaymentStatus, StatusAnswer, Unmatched};
pub use price::{CurrencyCode, Decimal, NoCurrency, Price};
pub use redirect::RedirectUrl;
pub use time::UtcTime;
pub use txid::Txid;
