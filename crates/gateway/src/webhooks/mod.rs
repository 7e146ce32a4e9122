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
use crate::secrets::{SecretError, Vault};
use crate::store::{Attempt, DueEvent, Store, StoreError};

/// Seconds from the end of a failed attempt to the next: 5 minutes, 15 minutes, 1 hour.
const RETRY_AFTER_SECONDS: [i64; 3] = [300, 900, 3_600];

const AT_ONCE: usize = 16;

/// After a fault of our own, such as a full disk.
const STUCK_PAUSE: Duration = Duration::from_secs(30);

/// The longest wait before looking for due events again.
const POLL: Duration = Duration::from_secs(1);

/// Why an attempt could not be made or written down: a fault of ours.
#[derive(Debug, thiserror::Error)]
enum AttemptError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Secret(#[from] SecretError),
}

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
            worker
                .start_due(&mut attempts, &mut under_way, &shutdown)
                .await;
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
        shutdown: &CancellationToken,
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
            let shutdown = shutdown.clone();
            attempts.spawn(async move {
                if let Err(error) = worker.attempt(&event).await {
                    tracing::error!(event = event.id, %error, "a webhook is stuck");
                    // It is still due: without a pause it would go out again and again.
                    tokio::select! {
                        () = shutdown.cancelled() => {}
                        () = tokio::time::sleep(STUCK_PAUSE) => {}
                    }
                }
                event.id
            });
        }
    }

    /// Makes one attempt and writes it down. Our own faults are errors, and use up none of the
    /// merchant's attempts.
    async fn attempt(&self, event: &DueEvent) -> Result<(), AttemptError> {
        let started_at = self.clock.now();
        let project = self
            .store
            .project(event.project_id)
            .await?
            .ok_or(StoreError::Corrupt("project"))?;
        let secret = self
            .vault
            .unseal(&project.api_key, &project.sealed_secret)?;
        let headers = signature::headers(&secret, &event.id, started_at, &event.body);
        let sent = self.sender.post(&event.url, headers, &event.body).await;
        let finished_at = self.clock.now();
        let (http_status, error) = match sent {
            Ok(status) if (200..300).contains(&status) => (Some(status), None),
            Ok(status) => (
                Some(status),
                Some(format!("the receiver answered {status}")),
            ),
            Err(error) => (None, Some(error.to_string())),
        };
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
        self.store.record_attempt(event, &attempt).await?;
        log(event, &attempt);
        Ok(())
    }
}

/// Tells the operator how an attempt went.
fn log(event: &DueEvent, attempt: &Attempt) {
    let (id, payment, number) = (&event.id, event.payment_id, event.attempts + 1);
    // The path may hold a secret of the merchant's.
    let host = event.url.host_str().unwrap_or_default();
    match (&attempt.error, attempt.retry_at) {
        (None, _) => tracing::info!(event = id, %payment, number, host, "webhook delivered"),
        (Some(error), Some(retry_at)) => {
            tracing::warn!(event = id, %payment, number, host, error, %retry_at, "webhook failed");
        }
        (Some(error), None) => {
            tracing::error!(event = id, %payment, number, host, error, "webhook given up");
        }
    }
}

/// When to try again after `attempts` earlier failures and one more, or `None` to give up.
fn retry_at(attempts: u32, finished_at: UtcTime) -> Option<UtcTime> {
    let wait = RETRY_AFTER_SECONDS.get(usize::try_from(attempts).ok()?)?;
    Some(finished_at.plus_seconds(*wait))
}
