//! The chain's clock: wall time plus an offset that mining on command pushes forward.

use std::time::{SystemTime, UNIX_EPOCH};

use usdt_protocol::UtcTime;

pub type WallTime = Box<dyn Fn() -> UtcTime + Send + Sync>;

/// The time of the machine.
pub fn system_time() -> UtcTime {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UtcTime::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

pub struct Clock {
    wall: WallTime,
    offset_millis: i64,
}

impl Clock {
    /// A clock that shows `start` now.
    pub fn starting_at(start: UtcTime, wall: WallTime) -> Self {
        let offset_millis = start.millis() - wall().millis();
        Self {
            wall,
            offset_millis,
        }
    }

    pub fn now(&self) -> UtcTime {
        UtcTime::from_millis((self.wall)().millis() + self.offset_millis)
    }

    /// Moves the clock forward, never back, so that it has reached `moment`.
    pub fn reach(&mut self, moment: UtcTime) {
        self.offset_millis += (moment.millis() - self.now().millis()).max(0);
    }
}
