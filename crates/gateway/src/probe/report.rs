//! What a probe has measured, in the form in which it is written down: nothing in it is secret.

use std::time::Duration;

use serde::Serialize;
use usdt_protocol::UtcTime;
use usdt_tron::Network;

pub use super::samples::CallReport;
use super::verdict::{self, Verdict};
use crate::config::{ChainConfig, Watch};

/// Grows when a field changes its meaning.
const FORMAT: u32 = 1;

#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub format: u32,
    pub version: &'static str,
    #[serde(with = "usdt_protocol::time::rfc3339")]
    pub started_at: UtcTime,
    pub seconds: u64,
    pub network: &'static str,
    pub watch: &'static str,
    pub poll_ms: u64,
    pub nodes: Vec<NodeReport>,
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// What one node has shown.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NodeReport {
    /// The origin of its URL.
    pub node: String,
    pub chain_id: Option<String>,
    pub has_key: bool,
    pub requests_per_second: Option<u32>,
    pub requests_per_day: Option<u32>,
    pub calls: Vec<CallReport>,
    /// All requests of one look at the chain.
    pub round: CallReport,
    pub blocks: u64,
    pub transfers: u64,
    /// How often the newest solid block was below an earlier one.
    pub went_back: u64,
    pub most_blocks_back: u64,
    pub oldest_solid_seconds: u64,
    /// Of transactions that a log of a solid block names.
    pub receipts_missing: u64,
    pub logs: RowReport,
    /// Of the busiest recipient: rows that indexer and logs both have, and that only one has.
    pub indexer_rows: u64,
    pub indexer_lacks: u64,
    pub only_indexer: u64,
    /// The longest time for which the node has asked to be left alone.
    pub longest_patience_seconds: u64,
    /// All that the probe has made.
    pub requests: u64,
    /// On a day with a payment always open.
    pub projected_requests_a_day: u64,
}

/// Logs of whole blocks, compared with the blocks' receipts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RowReport {
    pub blocks: u64,
    /// That the receipts prove.
    pub rows: u64,
    /// Shown by the logs only when they were asked again.
    pub late: u64,
    /// Not shown by the logs then either.
    pub missing: u64,
    /// Shown by the logs, and proven by no receipt.
    pub unproven: u64,
}

impl Report {
    pub(super) fn new(
        config: &ChainConfig,
        started_at: UtcTime,
        elapsed: Duration,
        nodes: Vec<NodeReport>,
    ) -> Self {
        let verdict = verdict::judge(config, &nodes);
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION"),
            started_at,
            seconds: elapsed.as_secs(),
            network: Network::as_str(config.network),
            watch: name_of(config.watch),
            poll_ms: u64::try_from(config.poll.as_millis()).unwrap_or(u64::MAX),
            nodes,
            verdict,
        }
    }
}

pub(super) const fn name_of(watch: Watch) -> &'static str {
    match watch {
        Watch::Logs => "logs",
        Watch::Receipts => "receipts",
    }
}
