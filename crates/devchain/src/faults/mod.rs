//! What can be wrong with the node's answers, and which calls it befalls.

mod lag;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use self::lag::Lag;

pub const JSON_RPC_PATH: &str = "/jsonrpc";

/// A fault that befalls calls of the node, but never those of its controls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What the path of the call begins with (`/wallet/`, `/v1/`); `None` is any path.
    #[serde(default)]
    pub path: Option<String>,
    /// The method of a JSON-RPC call; with one, no other call is meant.
    #[serde(default)]
    pub method: Option<String>,
    /// How many calls it befalls; `None` is all until it is cleared.
    #[serde(default)]
    pub times: Option<u32>,
    #[serde(flatten)]
    pub kind: FaultKind,
}

impl Fault {
    /// A fault of all calls that it can befall, until it is cleared.
    pub const fn new(kind: FaultKind) -> Self {
        Self {
            path: None,
            method: None,
            times: None,
            kind,
        }
    }

    /// The fault on paths that begin so.
    #[must_use]
    pub fn on(self, path: impl Into<String>) -> Self {
        Self {
            path: Some(path.into()),
            ..self
        }
    }

    /// The fault of one JSON-RPC method.
    #[must_use]
    pub fn of_method(self, method: impl Into<String>) -> Self {
        Self {
            method: Some(method.into()),
            ..self
        }
    }

    /// The fault of the next calls only.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self {
            times: Some(times),
            ..self
        }
    }

    fn befalls(&self, path: &str, method: Option<&str>) -> bool {
        self.times != Some(0)
            && self
                .path
                .as_ref()
                .is_none_or(|start| path.starts_with(start))
            && (self.method.is_none() || self.method.as_deref() == method)
            && self.kind.concerns(path, method)
    }
}

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// The connection closes without an answer.
    Outage,
    /// The caller asks too often: this HTTP status (403, 429, 503) with the body that the path's
    /// server sends. `keyless` is the wording for callers without an API key.
    Status {
        status: u16,
        #[serde(default = "usual_suspension")]
        seconds: u32,
        #[serde(default)]
        keyless: bool,
    },
    /// `{}`.
    EmptyObject,
    /// `{"Error": …}` with HTTP 200.
    Error {
        #[serde(default = "lack_of_resources")]
        message: String,
    },
    /// What a lite full node says of most calls: a bare sentence with HTTP 200.
    BareText,
    /// An error of the JSON-RPC, which it befalls alone.
    RpcError {
        #[serde(default = "invalid_params")]
        code: i32,
        #[serde(default = "range_limit")]
        message: String,
    },
    /// No answer before the faults are cleared, then the true one.
    Hold,
    /// The first half of the true answer, with HTTP 200.
    Truncated,
    /// Every `every`-th entry of the list is missing: logs of `eth_getLogs`, receipts of a block,
    /// rows of the indexer. 1 is all of them.
    Missing {
        #[serde(default = "all")]
        every: usize,
    },
    /// Every entry of such a list comes twice.
    Duplicated,
    /// Such a list comes in reverse.
    Reordered,
    /// The answer of a node that lacks the newest blocks, or of an indexer.
    Stale { blocks: u64 },
    /// The same for about every second call, as where two nodes answer under one name.
    Uneven { blocks: u64 },
    /// Nothing of the newest blocks is in `eth_getLogs`, though the node has them.
    LateLogs { blocks: u64 },
    /// The answer, true when it was asked for, comes only once so many more blocks are mined, or the
    /// fault is cleared.
    Late { blocks: u64 },
    /// The indexer's first page for ever: whatever fingerprint is sent, and always with another.
    RepeatedPage,
    /// The indexer does not say that more pages follow.
    LostFingerprint,
    /// `eth_getLogs` answers after so many nanoseconds for each block and each word (contract or
    /// topic) that is asked for, by tokio's clock.
    SlowLogs { nanos: u64 },
    /// HTTP 401, as for a key that is not known.
    UnknownKey,
    /// HTTP 405, as for a path that the server lacks.
    Lacking,
}

impl FaultKind {
    fn concerns(&self, path: &str, method: Option<&str>) -> bool {
        let indexer = path.starts_with("/v1/");
        match self {
            Self::Missing { .. } | Self::Duplicated | Self::Reordered => {
                indexer
                    || method == Some("eth_getLogs")
                    || path.ends_with("/gettransactioninfobyblocknum")
            }
            Self::RpcError { .. } => path == JSON_RPC_PATH,
            Self::LateLogs { .. } | Self::SlowLogs { .. } => method == Some("eth_getLogs"),
            Self::RepeatedPage | Self::LostFingerprint => indexer,
            _ => true,
        }
    }
}

const fn usual_suspension() -> u32 {
    30
}

fn lack_of_resources() -> String {
    "class java.lang.IllegalAccessException : lack of computing resources".into()
}

const fn invalid_params() -> i32 {
    -32_602
}

fn range_limit() -> String {
    "exceed max block range: 5000".into()
}

const fn all() -> usize {
    1
}

#[derive(Clone)]
pub struct Standing {
    pub id: u64,
    /// `times` counts down.
    pub fault: Fault,
}

/// The faults that stand, and how often each path was called.
pub struct Faults {
    standing: watch::Sender<Vec<Standing>>,
    last_id: Mutex<u64>,
    /// Calls that met [`FaultKind::Uneven`].
    uneven: AtomicU64,
    requests: Mutex<HashMap<String, u64>>,
}

impl Faults {
    pub fn none() -> Self {
        Self {
            standing: watch::Sender::new(Vec::new()),
            last_id: Mutex::default(),
            uneven: AtomicU64::default(),
            requests: Mutex::default(),
        }
    }

    pub fn add(&self, fault: Fault) {
        let mut last_id = self.last_id.lock().unwrap_or_else(PoisonError::into_inner);
        *last_id += 1;
        let id = *last_id;
        self.standing
            .send_modify(|standing| standing.push(Standing { id, fault }));
    }

    pub fn clear(&self) {
        self.standing.send_modify(Vec::clear);
    }

    pub fn list(&self) -> Vec<Fault> {
        let standing = self.standing.borrow();
        standing.iter().map(|one| one.fault.clone()).collect()
    }

    pub fn stand(&self) -> bool {
        !self.standing.borrow().is_empty()
    }

    /// The first fault that befalls the call, counted down.
    pub fn take(&self, path: &str, method: Option<&str>) -> Option<Standing> {
        let mut taken = None;
        self.standing.send_if_modified(|standing| {
            taken = standing
                .iter_mut()
                .find(|one| one.fault.befalls(path, method))
                .map(|one| {
                    one.fault.times = one.fault.times.map(|times| times.saturating_sub(1));
                    one.clone()
                });
            taken.is_some()
        });
        taken
    }

    /// Whether the next call meets the other of two nodes: as good as by chance, since callers who
    /// ask in rounds would always meet the same one with the same question otherwise.
    pub fn meets_other(&self) -> bool {
        let call = self.uneven.fetch_add(1, Ordering::Relaxed);
        let mixed = call.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed.count_ones().is_multiple_of(2)
    }

    pub async fn cleared(&self, id: u64) {
        let mut standing = self.standing.subscribe();
        // The sender lives as long as `self`.
        let _ = standing
            .wait_for(|standing| standing.iter().all(|one| one.id != id))
            .await;
    }

    pub fn count(&self, path: &str) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        match requests.get_mut(path) {
            Some(count) => *count += 1,
            None => {
                requests.insert(path.to_owned(), 1);
            }
        }
    }

    pub fn requests(&self, path: &str) -> u64 {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests
            .iter()
            .filter(|(called, _)| called.starts_with(path))
            .map(|(_, count)| count)
            .sum()
    }
}
