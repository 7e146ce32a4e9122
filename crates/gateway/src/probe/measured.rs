//! What was measured of one node so far.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use usdt_tron::{Endpoint, NodeError};

use super::report::{NodeReport, RowReport};
use super::rows::Recipient;
use super::samples::Samples;

/// What was asked, finer than providers count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Question {
    SolidBlock,
    HeadBlock,
    /// The token's logs of the new solid blocks.
    NewLogs,
    /// The addresses' logs of the head.
    HeadLogs,
    /// The addresses' logs of half an hour.
    OldLogs,
    Receipt,
    BlockReceipts,
    Indexer,
    Token,
}

impl Question {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::SolidBlock => "solid_block",
            Self::HeadBlock => "head_block",
            Self::NewLogs => "new_logs",
            Self::HeadLogs => "head_logs",
            Self::OldLogs => "old_logs",
            Self::Receipt => "receipt",
            Self::BlockReceipts => "block_receipts",
            Self::Indexer => "indexer",
            Self::Token => "token",
        }
    }
}

/// What one node has shown.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub label: String,
    pub chain_id: Option<u64>,
    pub samples: BTreeMap<Question, Samples>,
    pub rounds: Samples,
    pub solid: Option<u64>,
    pub blocks: u64,
    pub transfers: u64,
    /// The newest solid block was below an earlier one: how often, and by how many blocks at most.
    pub went_back: u64,
    pub most_back: u64,
    /// Receipts that a log of a solid block names, and that the node did not have.
    pub receipts_missing: u64,
    /// Blocks whose logs were compared with their receipts.
    pub compared_blocks: u64,
    pub compared_rows: u64,
    /// Rows that receipts prove: shown by the logs only when asked again, or not at all.
    pub late_logs: u64,
    pub missing_logs: u64,
    /// Rows of logs without a receipt that proves them.
    pub unproven_logs: u64,
    pub compared: BTreeSet<u64>,
    pub recipient: Recipient,
    pub longest_patience: Duration,
    /// Seconds between the time of the newest solid block and this machine's, at most.
    pub oldest_solid: u64,
}

impl Measured {
    pub(super) fn add(
        &mut self,
        question: Question,
        (requests, bytes, took): (u64, u64, Duration),
        error: Option<&NodeError>,
    ) {
        let samples = self.samples.entry(question).or_default();
        samples.add(requests, bytes, took, error);
        let asked = error.and_then(NodeError::asked_patience);
        self.longest_patience = self.longest_patience.max(asked.unwrap_or_default());
    }

    fn requests(&self) -> u64 {
        self.samples.values().map(Samples::requests).sum()
    }

    /// A line of progress.
    pub(super) fn line(&self, elapsed: Duration, of: Duration) -> String {
        let failed: u64 = self.samples.values().map(Samples::failed).sum();
        let logs = self.samples.get(&Question::NewLogs);
        let logs = logs.map_or(0, |samples| samples.report("").p50_ms);
        format!(
            "{} of {}: {}, block {}, {} transfers, {} requests, {failed} failed, logs in {logs} ms",
            clock(elapsed),
            clock(of),
            self.label,
            self.solid
                .map_or("none".to_owned(), |solid| solid.to_string()),
            self.transfers,
            self.requests(),
        )
    }

    /// All of it. `projected` are the requests of a day with a payment always open.
    pub(super) fn report(&self, endpoint: &Endpoint, projected: u64) -> NodeReport {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        NodeReport {
            node: self.label.clone(),
            chain_id: self.chain_id.map(|id| format!("{id:#x}")),
            has_key: endpoint.api_key.is_some(),
            requests_per_second: endpoint.requests_per_second.map(Into::into),
            requests_per_day: endpoint.requests_per_day.map(Into::into),
            calls: self
                .samples
                .iter()
                .map(|(question, samples)| samples.report(question.as_str()))
                .collect(),
            round: self.rounds.report("round"),
            blocks: self.blocks,
            transfers: self.transfers,
            went_back: self.went_back,
            most_blocks_back: self.most_back,
            oldest_solid_seconds: self.oldest_solid,
            receipts_missing: self.receipts_missing,
            logs: RowReport {
                blocks: self.compared_blocks,
                rows: self.compared_rows,
                late: self.late_logs,
                missing: self.missing_logs,
                unproven: self.unproven_logs,
            },
            indexer_rows: count(self.recipient.agreed()),
            indexer_lacks: count(self.recipient.only_logs()),
            only_indexer: count(self.recipient.only_indexer()),
            longest_patience_seconds: self.longest_patience.as_secs(),
            requests: self.requests(),
            projected_requests_a_day: projected,
        }
    }
}

/// Minutes and seconds.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
