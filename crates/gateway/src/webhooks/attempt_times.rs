//! How many attempts to deliver a webhook there were, how they ended, and how long they took.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::store::Attempt;

/// Seconds: up to the longest that a receiver is waited for.
const BUCKETS: [f64; 8] = [0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfResult {
    result: &'static str,
}

/// Clones count together.
#[derive(Clone, Debug)]
pub struct AttemptTimes(Family<OfResult, Histogram, fn() -> Histogram>);

impl Default for AttemptTimes {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(BUCKETS)))
    }
}

impl AttemptTimes {
    pub(super) fn observe(&self, attempt: &Attempt, time: Duration) {
        let result = match (&attempt.error, attempt.retry_at) {
            (None, _) => "delivered",
            (Some(_), Some(_)) => "failed",
            (Some(_), None) => "given_up",
        };
        self.0
            .get_or_create(&OfResult { result })
            .observe(time.as_secs_f64());
    }

    pub fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "webhook_attempt_duration",
            "How long attempts to deliver a webhook take, by how they end",
            Unit::Seconds,
            self.0.clone(),
        );
    }
}
