//! The payment gateway: it creates payments, renders their page, watches the chain, credits what
//! arrives and tells the merchant. It holds no private key.
//!
//! `docs/architecture.md` shows how the parts hang together.

pub mod addresses;
pub mod announcer;
pub mod api;
pub mod app;
pub mod assets;
pub mod audit;
pub mod brand;
pub mod chain;
pub mod changes;
pub mod claims;
pub mod cli;
pub mod clock;
pub mod config;
pub mod data;
pub mod demo;
pub mod embed;
pub mod embedders;
pub mod housekeeper;
pub mod http;
mod metrics;
pub mod page;
pub mod payments;
pub mod probe;
pub mod quota;
pub mod quota_keeper;
pub mod review_follower;
pub mod secrets;
pub mod store;
pub mod wallet;
pub mod watcher;
pub mod webhooks;
