//! Webhooks: delivers events to merchants, with retries, until they are taken or given up.
//!
//! An event is written together with the credit that it tells of, and leaves its queue only once
//! an attempt is written down. A process that dies in between sends it again: receivers may see an
//! event twice, with the same bytes and the same `webhook-id`, but never miss one.

pub mod signature;
pub mod target;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use usdt_protocol::UtcTime;

use self::target::Sender;
use crate::clock::SharedClock;
use crate::secrets::Vault;
use crate::store::{Attempt, DueEvent, Store, StoreError};

/// Seconds from the end of a failed attempt to the next: 5 minutes, 15 minutes, 1 hour.
const RETRY_AFTER_SECONDS: [i64; 3] = [300, 900, 3_600];

const AT_ONCE: usize = 16;

/// The longest wait before looking for due events again.
const POLL: Duration = Duration::from_secs(1);

/// Delivers due events.
pub struct Worker {
    pub store: Store,
    pub vault: Vault,
    pub clock: SharedClock,
    pub sender: Sender,
    /// Notified when there is a new event.
    pub credited: Arc<Notify>,
}

impl Worker {
    /// Delivers until the shutdown, and then waits for the attempts under way.
    pub async fn run(self, shutdown: CancellationToken) {
        let worker = Arc::new(self);
        let mut attempts = JoinSet::new();
        let mut under_way = HashSet::new();
        loop {
            worker.start_due(&mut attempts, &mut under_way).await;
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = worker.credited.notified() => {}
                Some(ended) = attempts.join_next() => {
                    if let Ok(event_id) = ended {
                        under_way.remove(&event_id);
                    }
                }
                () = tokio::time::sleep(POLL) => {}
            }
        }
        while attempts.join_next().await.is_some() {}
    }

    async fn start_due(
        self: &Arc<Self>,
        attempts: &mut JoinSet<String>,
        under_way: &mut HashSet<String>,
    ) {
        // Twice as many as run at once, so that those under way do not hide the others.
        let at_most = u32::try_from(AT_ONCE * 2).unwrap_or(u32::MAX);
        let due = match self.store.due_events(self.clock.now(), at_most).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "due webhooks cannot be read");
                return;
            }
        };
        for event in due {
            if under_way.len() >= AT_ONCE || !under_way.insert(event.id.clone()) {
                continue;
            }
            let worker = Arc::clone(self);
            attempts.spawn(async move {
                if let Err(error) = worker.attempt(&event).await {
                    tracing::error!(event = event.id, %error, "an attempt cannot be recorded");
                }
                event.id
            });
        }
    }

    async fn attempt(&self, event: &DueEvent) -> Result<(), StoreError> {
        let started_at = self.clock.now();
        let outcome = self.send(event, started_at).await;
        let finished_at = self.clock.now();
        let (http_status, error) = match outcome {
            Ok(status) if (200..300).contains(&status) => (Some(status), None),
            Ok(status) => (
                Some(status),
                Some(format!("the receiver answered {status}")),
            ),
            Err(error) => (None, Some(error)),
        };
        if let Some(error) = &error {
            tracing::warn!(
                event = event.id,
                attempt = event.attempts + 1,
                error,
                "webhook failed"
            );
        }
        let retry_at = error
            .is_some()
            .then(|| retry_at(event.attempts, finished_at))
            .flatten();
        let attempt = Attempt {
            started_at,
            finished_at,
            http_status,
            error,
            retry_at,
        };
        self.store.record_attempt(event, &attempt).await
    }

    async fn send(&self, event: &DueEvent, now: UtcTime) -> Result<u16, String> {
        let project = self
            .store
            .project(event.project_id)
            .await
            .map_err(|error| error.to_string())?
            .ok_or("the project is gone")?;
        let secret = self
            .vault
            .unseal(&project.api_key, &project.sealed_secret)
            .map_err(|error| error.to_string())?;
        let headers = signature::headers(&secret, &event.id, now, &event.body);
        self.sender
            .post(&event.url, headers, &event.body)
            .await
            .map_err(|error| error.to_string())
    }
}

/// When to try again after `attempts` earlier failures and one more, or `None` to give up.
fn retry_at(attempts: u32, finished_at: UtcTime) -> Option<UtcTime> {
    let wait = RETRY_AFTER_SECONDS.get(usize::try_from(attempts).ok()?)?;
    Some(finished_at.plus_seconds(*wait))
}
