//! How many requests a node has had from us, of which kind, how large the answers were, and how
//! long they took.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// A kind of request, as providers count and price them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Call {
    SolidBlock,
    HeadBlock,
    Logs,
    Receipt,
    BlockReceipts,
    /// A constant call of a contract.
    Contract,
    Broadcast,
    /// A page of the indexer's list of transfers.
    Indexer,
    Other,
}

impl Call {
    pub const ALL: [Self; 9] = [
        Self::SolidBlock,
        Self::HeadBlock,
        Self::Logs,
        Self::Receipt,
        Self::BlockReceipts,
        Self::Contract,
        Self::Broadcast,
        Self::Indexer,
        Self::Other,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SolidBlock => "solid_block",
            Self::HeadBlock => "head_block",
            Self::Logs => "logs",
            Self::Receipt => "receipt",
            Self::BlockReceipts => "block_receipts",
            Self::Contract => "contract",
            Self::Broadcast => "broadcast",
            Self::Indexer => "indexer",
            Self::Other => "other",
        }
    }

    /// The kind of a request, by the name that its errors have.
    fn of(name: &str) -> Self {
        match name {
            "/walletsolidity/getblock" => Self::SolidBlock,
            "/wallet/getblock" => Self::HeadBlock,
            "eth_getLogs" => Self::Logs,
            "/wallet/broadcasttransaction" => Self::Broadcast,
            _ if name.ends_with("/gettransactioninfobyid") => Self::Receipt,
            _ if name.ends_with("/gettransactioninfobyblocknum") => Self::BlockReceipts,
            _ if name.ends_with("/triggerconstantcontract") => Self::Contract,
            _ if name.starts_with("/v1/") => Self::Indexer,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the requests of one kind add up to since the client was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub requests: u64,
    /// Of the answers.
    pub bytes: u64,
    /// Without waiting for the rate limit.
    pub took: Duration,
}

/// The tallies of one node, readable at any time.
#[derive(Default)]
pub(super) struct Requests([Counters; Call::ALL.len()]);

#[derive(Default)]
struct Counters {
    requests: AtomicU64,
    bytes: AtomicU64,
    micros: AtomicU64,
}

impl Requests {
    /// Counts a request that is sent now.
    pub(super) fn begin(&self, name: &str) -> Underway<'_> {
        let counters = self.of(Call::of(name));
        if let Some(counters) = counters {
            counters.requests.fetch_add(1, Ordering::Relaxed);
        }
        Underway {
            counters,
            since: Instant::now(),
        }
    }

    pub(super) fn tally(&self, call: Call) -> Tally {
        let counters = self.of(call);
        counters.map_or_else(Tally::default, |counters| Tally {
            requests: counters.requests.load(Ordering::Relaxed),
            bytes: counters.bytes.load(Ordering::Relaxed),
            took: Duration::from_micros(counters.micros.load(Ordering::Relaxed)),
        })
    }

    fn of(&self, call: Call) -> Option<&Counters> {
        let mut counters = Call::ALL.iter().zip(&self.0);
        counters.find_map(|(known, counters)| (*known == call).then_some(counters))
    }
}

/// A request that was sent; its time ends when it is dropped, whatever came of it.
pub(super) struct Underway<'a> {
    counters: Option<&'a Counters>,
    since: Instant,
}

impl Underway<'_> {
    pub(super) fn received(&self, bytes: usize) {
        if let Some(counters) = self.counters {
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            counters.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        if let Some(counters) = self.counters {
            let micros = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
            counters.micros.fetch_add(micros, Ordering::Relaxed);
        }
    }
}
