//! Keeps claims from using up what the watcher needs of the node.

use tokio::sync::{Semaphore, SemaphorePermit};
use usdt_protocol::UtcTime;

use super::Client;
use super::limiter::{DAY, Limiter, MINUTE, TooMany};

/// Claims that one client may make in a minute.
const PER_CLIENT: u32 = 5;

/// Claims in a minute, of all clients together, for which the node is asked.
const PER_MINUTE: u32 = 20;

/// The same in a day. Each costs up to three requests, and the watcher needs most of the 100 000
/// that `TronGrid` allows.
const PER_DAY: u32 = 2_000;

/// Claims for which the node is asked at the same time.
const AT_ONCE: usize = 4;

/// When to try again after all places were taken.
const BUSY_SECONDS: u64 = 5;

/// Limits claims.
#[derive(Debug)]
pub struct ClaimLimits {
    clients: Limiter<Client>,
    minute: Limiter<()>,
    day: Limiter<()>,
    places: Semaphore,
}

impl Default for ClaimLimits {
    fn default() -> Self {
        Self {
            clients: Limiter::new(PER_CLIENT, MINUTE),
            minute: Limiter::new(PER_MINUTE, MINUTE),
            day: Limiter::new(PER_DAY, DAY),
            places: Semaphore::new(AT_ONCE),
        }
    }
}

impl ClaimLimits {
    /// Counts a claim, if the client may make it.
    pub fn admit(&self, client: Client, now: UtcTime) -> Result<(), TooMany> {
        self.clients.take(client, now).map(drop)
    }

    /// A place to ask the node, until it is dropped.
    pub fn place(&self, now: UtcTime) -> Result<SemaphorePermit<'_>, TooMany> {
        let place = self.places.try_acquire().map_err(|_| TooMany {
            retry_after: BUSY_SECONDS,
        })?;
        // Counted last, so that refusals do not use it up, and told first, since it lasts longest.
        self.day.check((), now)?;
        self.minute.take((), now)?;
        if self.day.take((), now)? == 0 {
            tracing::warn!("the claims of a day are used up");
        }
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Mutex;

    use tempfile::NamedTempFile;

    use super::*;

    #[test]
    fn a_place_is_free_again_when_it_is_left_and_all_clients_share_the_minute() {
        let limits = ClaimLimits::default();
        let now = UtcTime::EPOCH;
        let taken: Vec<_> = (0..AT_ONCE).map(|_| limits.place(now).unwrap()).collect();
        let busy = limits.place(now).unwrap_err();
        assert_eq!(busy.retry_after, BUSY_SECONDS);
        drop(taken);
        // Who found no place has not used up anything.
        for _ in AT_ONCE..20 {
            assert!(limits.place(now).is_ok());
        }
        assert_eq!(limits.place(now).unwrap_err().retry_after, 60);
        assert!(limits.place(now.plus_seconds(60)).is_ok());
    }

    #[test]
    fn all_clients_share_the_day_and_the_log_tells_once_that_it_is_used_up() {
        let log = NamedTempFile::new().unwrap();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(Mutex::new(log.reopen().unwrap()))
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let limits = ClaimLimits::default();
        let at = |minute: i64| UtcTime::EPOCH.plus_seconds(minute * 60);
        for minute in 0..100 {
            for _ in 0..20 {
                assert!(limits.place(at(minute)).is_ok(), "{minute}");
            }
            // Who comes too often in a minute does not use up the day.
            assert!(limits.place(at(minute)).is_err(), "{minute}");
        }
        for _ in 0..30 {
            let spent = limits.place(at(100)).unwrap_err();
            assert_eq!(spent.retry_after, (24 * 60 - 100) * 60);
        }
        assert!(limits.place(at(24 * 60)).is_ok());
        let log = fs::read_to_string(log.path()).unwrap();
        assert_eq!(log.matches("WARN").count(), 1, "{log}");
    }
}
