//! The checkout: shows a payment of USDT on TRON by its ID and follows it to the end.
//!
//! One set of views makes the HTML that the gateway sends (feature `ssr`) and the live page in
//! the browser (feature `csr`). A folder says where its code runs: `core` in both, `browser`,
//! `server`. Nothing here holds a secret or decides about money.

#![cfg_attr(
    not(any(feature = "csr", feature = "ssr")),
    allow(dead_code, reason = "without a feature nothing renders")
)]

#[cfg(any(feature = "csr", test))]
pub mod browser;
pub mod core;
#[cfg(feature = "ssr")]
pub mod server;
