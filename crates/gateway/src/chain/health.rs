//! How well the chain is being read, for `/healthz`.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use usdt_protocol::UtcTime;
use usdt_protocol::payment::REQUIRED_CONFIRMATIONS;

/// Two blocks of a chain are at least so far apart.
const BLOCK_SECONDS: u64 = 3;

/// A block is solid when so many seconds of blocks have been built on it.
const SOLID_SECONDS: i64 = REQUIRED_CONFIRMATIONS as i64 * 3;

/// The state of one watcher. `/healthz` is public, so an error is a fixed word here, and only the
/// log has what the node said.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Health {
    /// The last solid block that was read.
    pub solid_block: Option<u64>,
    /// Times are RFC 3339, in UTC.
    pub solid_time: Option<String>,
    pub last_read_at: Option<String>,
    /// Why the last step failed; `None` after one that succeeded.
    pub error: Option<Cow<'static, str>>,
    /// Whether a node's index of logs is unsound, so that blocks are read in another way.
    pub degraded: bool,
}

/// What a gateway that reads a chain tells the others of it, as JSON.
#[derive(Debug, Deserialize, Serialize)]
struct Report {
    health: Health,
    unread_millis: u64,
    solid_millis: i64,
}

/// A watcher's health, written by it and read by others. Where another gateway has the watcher, it is what
/// that one tells.
#[derive(Clone, Debug)]
pub struct SharedHealth(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    health: Health,
    /// When the chain was last read, or else when the watcher was made: by a clock that cannot
    /// be set wrong.
    read_at: Instant,
    /// How long the chain was unread then, where that moment was another gateway's.
    unread: Duration,
    /// The time of the last solid block that was read.
    solid_time: UtcTime,
}

impl Default for SharedHealth {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State {
            health: Health::default(),
            read_at: Instant::now(),
            unread: Duration::ZERO,
            solid_time: UtcTime::EPOCH,
        })))
    }
}

impl SharedHealth {
    pub fn read_up_to(&self, block: u64, solid_time: UtcTime, now: UtcTime) {
        let mut state = self.state();
        state.health = Health {
            solid_block: Some(block),
            solid_time: Some(solid_time.rfc3339()),
            last_read_at: Some(now.rfc3339()),
            error: None,
            degraded: state.health.degraded,
        };
        state.read_at = Instant::now();
        state.unread = Duration::ZERO;
        state.solid_time = solid_time;
    }

    pub fn set_degraded(&self, degraded: bool) {
        self.state().health.degraded = degraded;
    }

    /// The block that should be solid by now: the chain has gone on since the last one that was read
    /// became solid.
    pub fn expected_solid(&self, now: UtcTime) -> u64 {
        let state = self.state();
        let solid_since = state.solid_time.plus_seconds(SOLID_SECONDS);
        let blocks = solid_since.seconds_until(now) / BLOCK_SECONDS;
        let read = state.health.solid_block.unwrap_or(0);
        read.saturating_add(blocks)
    }

    /// The step failed, which this word says of it.
    pub fn failed(&self, word: &'static str) {
        self.state().health.error = Some(word.into());
    }

    pub fn snapshot(&self) -> Health {
        self.state().health.clone()
    }

    /// How long ago the chain was last read up to a node's newest solid block.
    pub fn unread_for(&self) -> Duration {
        let state = self.state();
        state.unread.saturating_add(state.read_at.elapsed())
    }

    /// What other gateways are told.
    pub fn report(&self) -> String {
        let unread = self.unread_for().as_millis();
        let state = self.state();
        let report = Report {
            health: state.health.clone(),
            unread_millis: u64::try_from(unread).unwrap_or(u64::MAX),
            solid_millis: state.solid_time.millis(),
        };
        serde_json::to_string(&report).unwrap_or_default()
    }

    /// Takes over what another gateway has reported so long ago. What another version tells in other
    /// words is left out.
    pub fn adopt(&self, report: &str, age: Duration) {
        let Ok(report) = serde_json::from_str::<Report>(report) else {
            return;
        };
        *self.state() = State {
            health: report.health,
            read_at: Instant::now(),
            unread: Duration::from_millis(report.unread_millis).saturating_add(age),
            solid_time: UtcTime::from_millis(report.solid_millis),
        };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn another_gateway_learns_all_of_it_and_how_old_that_is() {
        let (own, others) = (SharedHealth::default(), SharedHealth::default());
        let time = UtcTime::EPOCH.plus_seconds(5);
        own.read_up_to(7, time, time);
        own.set_degraded(true);
        own.failed("node_stale");
        tokio::time::advance(Duration::from_secs(3)).await;
        others.adopt(&own.report(), Duration::from_secs(2));
        assert_eq!(others.unread_for(), Duration::from_secs(5));
        assert_eq!(others.expected_solid(time), own.expected_solid(time));
        let told = |one: &SharedHealth| serde_json::to_value(one.snapshot()).unwrap();
        assert_eq!(told(&others), told(&own));
        others.adopt("{}", Duration::ZERO);
        assert_eq!(told(&others), told(&own));
        others.read_up_to(8, time, time);
        assert_eq!(others.unread_for(), Duration::ZERO);
    }
}
