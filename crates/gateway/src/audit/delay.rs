//! Watches whether the chain is still being read.

use std::time::Duration;

use usdt_protocol::UtcTime;

use super::Context;
use crate::store::{AlarmKind, StoreError};

/// The chain counts as delayed when the newest block that was read is older than this.
const DELAYED_SECONDS: i64 = 300;

/// It counts as delayed, too, when nothing was read for so long by a clock that nobody can set,
/// besides the idle pause.
const UNREAD: Duration = Duration::from_mins(5);

impl Context {
    pub(super) async fn check_delay(&self) {
        if let Err(error) = self.set_delay().await {
            tracing::error!(%error, "the delay of the chain cannot be checked");
        }
    }

    async fn set_delay(&self) -> Result<(), StoreError> {
        let cursor = self.store.cursor(self.chain.network).await?;
        let known = cursor.map_or(self.started, |cursor| cursor.time);
        let cause = self.delay(known);
        self.set_alarm(AlarmKind::ChainDelayed, "chain", cause.as_deref())
            .await
    }

    /// Why the chain, which is known up to `known`, counts as delayed.
    fn delay(&self, known: UtcTime) -> Option<String> {
        let is_old = known.plus_seconds(DELAYED_SECONDS) < self.clock.now();
        let is_unread =
            self.chain.health.unread_for() > UNREAD.saturating_add(self.chain.idle_poll);
        if !is_old && !is_unread {
            return None;
        }
        let error = self.chain.health.snapshot().error;
        let error = error.map_or_else(String::new, |error| format!(": {error}"));
        Some(format!("the chain is known up to {known} UTC only{error}"))
    }
}
