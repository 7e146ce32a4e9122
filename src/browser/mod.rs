//! What runs in the browser: the checkout on the screen, and the questions to the gateway.
//!
//! Only `pace` and `transfer` touch nothing of the browser, so that they can be tested without one.

#[cfg(feature = "csr")]
mod arrival;
#[cfg(feature = "csr")]
mod clipboard;
#[cfg(feature = "csr")]
mod follow;
#[cfg(feature = "csr")]
pub mod hosted;
#[cfg(feature = "csr")]
pub mod in_page;
#[cfg(feature = "csr")]
mod json;
#[cfg(feature = "csr")]
mod kept;
#[cfg(feature = "csr")]
pub mod live;
#[cfg(feature = "csr")]
mod local_time;
mod pace;
#[cfg(feature = "csr")]
mod posted;
#[cfg(feature = "csr")]
mod presentation;
#[cfg(feature = "csr")]
mod provider;
#[cfg(feature = "csr")]
mod requests;
#[cfg(feature = "csr")]
pub mod screen;
#[cfg(feature = "csr")]
mod storage;
mod transfer;
#[cfg(feature = "csr")]
mod wake;
#[cfg(feature = "csr")]
mod wallet;
