//! The checkout: shows a payment of USDT on TRON by its ID and follows it to the end.
//!
//! One set of views makes the HTML that the gateway sends (feature `ssr`) and the live page in
//! the browser (feature `csr`). The views are pure functions of [`checkout::Checkout`]; what
//! touches the browser sits beside them. Nothing here holds a secret or decides about money.

#![cfg_attr(
    not(any(feature = "csr", feature = "ssr")),
    allow(dead_code, reason = "without a feature nothing renders")
)]

pub mod checkout;
pub mod claiming;
pub mod clock;
mod comparison;
pub mod departure;
mod exchange;
#[cfg(feature = "ssr")]
pub mod language;
pub mod paying;
pub mod presentation;
mod qr;
#[cfg(any(test, feature = "ssr"))]
mod sample;
pub mod support;
mod text;
mod view;

#[cfg(feature = "csr")]
mod clipboard;
#[cfg(feature = "csr")]
mod follow;
#[cfg(feature = "csr")]
mod gateway;
#[cfg(feature = "csr")]
pub mod in_page;
#[cfg(feature = "csr")]
mod json;
#[cfg(feature = "csr")]
mod kept;
#[cfg(feature = "csr")]
pub mod live;
#[cfg(any(feature = "csr", test))]
mod pace;
#[cfg(feature = "csr")]
pub mod page;
#[cfg(feature = "csr")]
mod posted;
#[cfg(feature = "csr")]
mod provider;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg(feature = "ssr")]
pub mod states;
#[cfg(any(feature = "csr", test))]
mod transfer;
#[cfg(feature = "csr")]
mod wallet;
