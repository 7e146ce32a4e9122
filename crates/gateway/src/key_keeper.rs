//! Keeps what is known of keys true: when each was last used, and which secrets have had their time.
//!
//! A request only says that it has come, and waits for nothing. A key's use is written down at most
//! once a minute.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use usdt_protocol::UtcTime;

use crate::clock::SharedClock;
use crate::secrets::ApiKey;
use crate::store::{Store, StoreError};

/// The least time between two uses of a key that are written down.
const MINUTE_MILLIS: u64 = 60_000;

/// The longest wait before it looks for secrets whose time is over.
const PAUSE: Duration = Duration::from_mins(1);

/// The uses of keys that are not written down yet. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct KeyUses(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    uses: Mutex<Uses>,
    is_due: Notify,
}

#[derive(Debug, Default)]
struct Uses {
    /// The last use of each key that was handed on to be written down.
    handed_on: HashMap<String, UtcTime>,
    due: BTreeMap<String, UtcTime>,
}

impl KeyUses {
    /// Notes that a valid key has signed a call.
    pub fn note(&self, key: &ApiKey, now: UtcTime) {
        let mut uses = self.uses();
        let is_recent = uses
            .handed_on
            .get(key.as_str())
            .is_some_and(|last| last.millis().abs_diff(now.millis()) < MINUTE_MILLIS);
        if !is_recent {
            uses.handed_on.insert(key.as_str().to_owned(), now);
            uses.due.insert(key.as_str().to_owned(), now);
            self.0.is_due.notify_one();
        }
    }

    fn take(&self) -> BTreeMap<String, UtcTime> {
        std::mem::take(&mut self.uses().due)
    }

    /// What was not written down, where no later use is.
    fn put_back(&self, due: BTreeMap<String, UtcTime>) {
        let mut uses = self.uses();
        for (key, at) in due {
            uses.due.entry(key).or_insert(at);
        }
    }

    fn uses(&self) -> MutexGuard<'_, Uses> {
        self.0.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps one database's keys.
pub struct KeyKeeper {
    pub store: Store,
    pub clock: SharedClock,
    pub uses: KeyUses,
}

impl KeyKeeper {
    /// Works until the shutdown, and writes down once more then.
    pub async fn run(self, shutdown: CancellationToken) {
        loop {
            if let Err(error) = self.look().await {
                self.store.observe(&error);
                tracing::error!(%error, "the uses of keys cannot be written down");
            }
            if shutdown.is_cancelled() {
                return;
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.uses.0.is_due.notified() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    async fn look(&self) -> Result<(), StoreError> {
        self.store.end_rotations(self.clock.now()).await?;
        let due = self.uses.take();
        if due.is_empty() {
            return Ok(());
        }
        let noted = self.store.note_uses(&due).await;
        if noted.is_err() {
            self.uses.put_back(due);
        }
        noted
    }
}
