//! Keeps claims from using up what the watcher needs of the node.

use tokio::sync::{Semaphore, SemaphorePermit};
use usdt_protocol::UtcTime;

use super::Client;
use super::limiter::{Limiter, TooMany};

/// Claims that one client may make in a minute.
const PER_CLIENT: u32 = 5;

/// Claims in a minute, of all clients together, for which the node is asked. Each costs up to
/// three requests, and `TronGrid` allows 100 000 a day.
const OVERALL: u32 = 20;

/// Claims for which the node is asked at the same time.
const AT_ONCE: usize = 4;

/// When to try again after all places were taken.
const BUSY_SECONDS: u64 = 5;

/// Limits claims.
#[derive(Debug)]
pub struct ClaimLimits {
    clients: Limiter<Client>,
    overall: Limiter<()>,
    places: Semaphore,
}

impl Default for ClaimLimits {
    fn default() -> Self {
        Self {
            clients: Limiter::new(PER_CLIENT),
            overall: Limiter::new(OVERALL),
            places: Semaphore::new(AT_ONCE),
        }
    }
}

impl ClaimLimits {
    /// Counts a claim, if the client may make it.
    pub fn admit(&self, client: Client, now: UtcTime) -> Result<(), TooMany> {
        self.clients.take(client, now)
    }

    /// A place to ask the node, until it is dropped.
    pub fn place(&self, now: UtcTime) -> Result<SemaphorePermit<'_>, TooMany> {
        let place = self.places.try_acquire().map_err(|_| TooMany {
            retry_after: BUSY_SECONDS,
        })?;
        self.overall.take((), now)?;
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
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
}
