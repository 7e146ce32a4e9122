//! How often a node may be asked.

use std::num::NonZeroU32;
use std::time;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::{Instant, sleep};

/// A token bucket that holds one second's worth of requests.
pub struct RateLimit {
    bucket: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<time::Instant>>,
}

impl RateLimit {
    pub fn new(requests_per_second: NonZeroU32) -> Self {
        Self {
            bucket: RateLimiter::direct_with_clock(
                Quota::per_second(requests_per_second),
                TokioClock,
            ),
        }
    }

    /// Waits until one more request is allowed, and counts it. A caller that stops waiting
    /// takes nothing.
    pub async fn permit(&self) {
        while let Err(denied) = self.bucket.check() {
            sleep(denied.wait_time_from(TokioClock.now())).await;
        }
    }
}

/// The clock by which the waiting is done too.
#[derive(Clone)]
struct TokioClock;

impl Clock for TokioClock {
    type Instant = time::Instant;

    fn now(&self) -> time::Instant {
        Instant::now().into_std()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_of_requests_may_come_at_once_and_the_rest_at_the_rate() {
        let limit = RateLimit::new(NonZeroU32::new(4).unwrap());
        let start = Instant::now();
        let mut waited = Vec::new();
        for _ in 0..7 {
            limit.permit().await;
            waited.push(start.elapsed());
        }
        let quarters = [0, 0, 0, 0, 1, 2, 3].map(|n| Duration::from_millis(250) * n);
        // The timer counts whole milliseconds.
        for (waited, due) in waited.into_iter().zip(quarters) {
            assert!(
                (due..due + Duration::from_millis(5)).contains(&waited),
                "{waited:?} {due:?}"
            );
        }
    }
}
