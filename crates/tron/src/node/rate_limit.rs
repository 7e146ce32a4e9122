//! How often a node may be asked.

use std::num::NonZeroU32;
use std::time;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::{Instant, sleep};

/// Spaces requests evenly: a provider that counts within any second finds no more than allowed.
pub struct RateLimit {
    bucket: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<time::Instant>>,
}

impl RateLimit {
    pub fn new(requests_per_second: NonZeroU32) -> Self {
        // A bucket that saved up a second's worth would let twice as many pass within one.
        let quota = Quota::per_second(requests_per_second).allow_burst(NonZeroU32::MIN);
        Self {
            bucket: RateLimiter::direct_with_clock(quota, TokioClock),
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
    async fn requests_are_spaced_evenly_also_after_a_pause() {
        let limit = RateLimit::new(NonZeroU32::new(4).unwrap());
        for _ in 0..2 {
            let start = Instant::now();
            for number in 0..4 {
                limit.permit().await;
                let (waited, due) = (start.elapsed(), Duration::from_millis(250) * number);
                // The timer counts whole milliseconds.
                assert!(
                    (due..due + Duration::from_millis(5)).contains(&waited),
                    "{waited:?} {due:?}"
                );
            }
            sleep(Duration::from_mins(1)).await;
        }
    }
}
