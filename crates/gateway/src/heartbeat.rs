//! Tells the other gateways on the same PostgreSQL that this one runs, and learns from the server how many
//! run and whether this machine's clock is right.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use usdt_protocol::UtcTime;

use crate::clock::{Clock as _, SystemClock};
use crate::store::{AlarmKind, Identity, Store, StoreError};

/// Between two beats.
const PAUSE: Duration = Duration::from_secs(1);

/// How far this machine's clock may be from the database's. What gateways write down is ordered by
/// their clocks, and a payment's window ends by them.
const MOST_DIFFERENCE_MILLIS: u64 = 2_000;

/// Why a gateway does not start: the operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    #[error(
        "this machine's clock differs from the database's by {0} ms: set both by a time server, and start \
         the gateway again"
    )]
    Differs(u64),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How many gateways run on the database, this one among them.
#[derive(Clone, Debug)]
pub struct Peers(Arc<AtomicU32>);

impl Default for Peers {
    fn default() -> Self {
        Self(Arc::new(AtomicU32::new(1)))
    }
}

impl Peers {
    pub fn running(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn set(&self, running: u32) {
        self.0.store(running.max(1), Ordering::Relaxed);
    }
}

/// Names this process among the gateways.
pub fn identity() -> Identity {
    Identity {
        id: format!("{:032x}", rand::random::<u128>()),
        host: rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned(),
    }
}

/// Refuses a clock that is not the database's.
pub async fn require_clock(store: &Store) -> Result<(), ClockError> {
    // Whatever the first question waits for, such as a connection, blurs its answer.
    store.time().await?;
    let asked = SystemClock.now();
    let told = store.time().await?;
    match difference(asked, told, SystemClock.now()) {
        far if far > MOST_DIFFERENCE_MILLIS => Err(ClockError::Differs(far)),
        _ => Ok(()),
    }
}

/// The heart of one gateway. It has none where it is the only one that can be.
pub struct Heartbeat {
    pub store: Store,
    pub me: Identity,
    pub peers: Peers,
}

impl Heartbeat {
    /// Beats until the shutdown, and takes its leave then.
    pub async fn run(self, shutdown: CancellationToken) {
        if !self.store.is_shared() {
            return;
        }
        // A beat that has begun ends before the leave: the other way round it would stay behind.
        while !shutdown.is_cancelled() {
            if let Err(error) = self.beat().await {
                tracing::warn!(%error, "the other gateways cannot be told that this one runs");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
        if let Err(error) = self.store.leave(&self.me).await {
            tracing::warn!(%error, "the other gateways cannot be told that this one ends");
        }
    }

    async fn beat(&self) -> Result<(), StoreError> {
        let asked = SystemClock.now();
        let beat = self.store.beat(&self.me).await?;
        let answered = SystemClock.now();
        self.peers.set(beat.running);
        let far = difference(asked, beat.time, answered);
        // Without how far it is, so that the alarm is not written anew all the time.
        let cause = (far > MOST_DIFFERENCE_MILLIS)
            .then(|| format!("the clock differs by more than {MOST_DIFFERENCE_MILLIS} ms"));
        self.store
            .set_alarm(
                None,
                AlarmKind::ClockDiffers,
                &self.me.host,
                cause.as_deref(),
                answered,
            )
            .await
    }
}

/// By how many milliseconds a time that was told between two others lies outside of them.
fn difference(asked: UtcTime, told: UtcTime, answered: UtcTime) -> u64 {
    let (asked, told, answered) = (asked.millis(), told.millis(), answered.millis());
    let ahead = asked
        .saturating_sub(told)
        .max(told.saturating_sub(answered));
    u64::try_from(ahead).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_time_outside_of_the_question_differs() {
        let at = UtcTime::from_millis;
        for (asked, told, answered, far) in [
            (10, 10, 10, 0),
            (10, 5_000, 9_000, 0),
            (10, 7, 9_000, 3),
            (10, 9_500, 9_000, 500),
            // A clock that was set back meanwhile.
            (10, 10, 7, 3),
        ] {
            assert_eq!(difference(at(asked), at(told), at(answered)), far);
        }
    }
}
