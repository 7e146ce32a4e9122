//! The payment gateway: it creates payments, renders their page, watches the chain, credits what
//! arrives and tells the merchant. It holds no private key.
//!
//! `docs/architecture.md` shows how the parts hang together.

pub mod addresses;
pub mod api;
pub mod app;
pub mod assets;
pub mod audit;
pub mod brand;
pub mod calendar;
pub mod chain;
pub mod changes;
pub mod claims;
pub mod cli;
pub mod clock;
pub mod commits;
pub mod config;
pub mod data;
pub mod demo;
pub mod embed;
pub mod embedders;
pub mod follower;
pub mod heartbeat;
pub mod housekeeper;
pub mod http;
pub mod key_keeper;
pub mod known;
pub mod leader;
mod metrics;
pub mod openapi;
pub mod outbound;
pub mod outcomes;
pub mod page;
pub mod payments;
pub mod probe;
pub mod quota;
pub mod quota_keeper;
pub mod rates;
pub mod reference;
pub mod secrets;
pub mod store;
pub mod wallet;
pub mod watcher;
pub mod webhooks;
