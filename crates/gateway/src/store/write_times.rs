//! How long write transactions wait for their turn, and how long each then keeps it.

use std::time::Duration;

use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Seconds: from one statement to the patience of those who wait.
const BUCKETS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

/// Clones count together.
#[derive(Clone, Debug)]
pub struct WriteTimes {
    waits: Histogram,
    transactions: Histogram,
}

impl Default for WriteTimes {
    fn default() -> Self {
        Self {
            waits: Histogram::new(BUCKETS),
            transactions: Histogram::new(BUCKETS),
        }
    }
}

impl WriteTimes {
    pub(super) fn waited(&self, time: Duration) {
        self.waits.observe(time.as_secs_f64());
    }

    pub(super) fn held(&self, time: Duration) {
        self.transactions.observe(time.as_secs_f64());
    }

    pub fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "writer_wait",
            "How long write transactions wait until they can begin",
            Unit::Seconds,
            self.waits.clone(),
        );
        registry.register_with_unit(
            "write_transaction",
            "How long write transactions take from their beginning to their end",
            Unit::Seconds,
            self.transactions.clone(),
        );
    }
}
