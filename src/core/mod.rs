//! What runs in both: the state machine, the texts, and the views, which are pure functions of it.

pub mod checkout;
pub mod claiming;
pub mod clock;
mod comparison;
pub mod departure;
mod exchange;
pub mod paying;
pub mod presentation;
pub(crate) mod qr;
#[cfg(any(test, feature = "ssr"))]
pub(crate) mod sample;
pub mod support;
pub(crate) mod text;
pub(crate) mod view;
