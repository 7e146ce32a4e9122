//! The gateway's only source of the current time.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use usdt_protocol::UtcTime;

/// Tells the time. Everything that judges or writes a time is handed one of these.
pub trait Clock: Send + Sync {
    fn now(&self) -> UtcTime;
}

/// A clock that is shared by all parts of the gateway.
pub type SharedClock = Arc<dyn Clock>;

/// The clock of the machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UtcTime {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UtcTime::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}
