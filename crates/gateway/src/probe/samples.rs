//! The times and sizes of the answers to one kind of request.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use usdt_tron::NodeError;

/// More times than this are thinned out: they are those of days.
const MOST_TIMES: usize = 200_000;

#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    /// Questions; one of the indexer may take several requests.
    asked: u64,
    requests: u64,
    bytes: u64,
    most_bytes: u64,
    times: Vec<Duration>,
    errors: BTreeMap<&'static str, u64>,
}

/// What is told of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CallReport {
    pub call: &'static str,
    /// Questions, each of which the gateway would have had to repeat where it failed.
    pub asked: u64,
    pub requests: u64,
    pub p50_ms: u64,
    pub p90_ms: u64,
    pub p99_ms: u64,
    pub max_ms: u64,
    pub mean_bytes: u64,
    pub max_bytes: u64,
    /// Failed questions by the kind of failure.
    pub errors: BTreeMap<&'static str, u64>,
}

impl CallReport {
    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    pub fn throttled(&self) -> u64 {
        self.errors.get(THROTTLED).copied().unwrap_or(0)
    }
}

const THROTTLED: &str = "throttled";

impl Samples {
    pub(super) fn add(
        &mut self,
        requests: u64,
        bytes: u64,
        took: Duration,
        error: Option<&NodeError>,
    ) {
        self.asked += 1;
        self.requests += requests;
        self.bytes = self.bytes.saturating_add(bytes);
        self.most_bytes = self.most_bytes.max(bytes);
        if self.times.len() < MOST_TIMES {
            self.times.push(took);
        }
        if let Some(error) = error {
            *self.errors.entry(kind(error)).or_default() += 1;
        }
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests
    }

    pub(super) fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    pub(super) fn report(&self, call: &'static str) -> CallReport {
        let mut times = self.times.clone();
        times.sort_unstable();
        let millis = |percent| u64::try_from(percentile(&times, percent).as_millis()).unwrap_or(0);
        CallReport {
            call,
            asked: self.asked,
            requests: self.requests,
            p50_ms: millis(50),
            p90_ms: millis(90),
            p99_ms: millis(99),
            max_ms: millis(100),
            mean_bytes: self.bytes.checked_div(self.asked).unwrap_or(0),
            max_bytes: self.most_bytes,
            errors: self.errors.clone(),
        }
    }
}

/// The failure without the node's words, which may repeat what is secret.
fn kind(error: &NodeError) -> &'static str {
    match error {
        NodeError::Unreachable(why) if why.contains("in time") => "timeout",
        NodeError::Unreachable(_) => "unreachable",
        NodeError::Throttled { .. } => THROTTLED,
        NodeError::Forbidden { .. } => "forbidden",
        NodeError::Senseless { .. } => "senseless",
        _ => "refused",
    }
}

/// The least of the sorted times that `percent` of them do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        for (percent, millis) in [(50, 100), (90, 180), (99, 198), (100, 200)] {
            assert_eq!(percentile(&times, percent), Duration::from_millis(millis));
        }
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn as_many_times_as_a_percentile_says_are_not_above_it(
            times in prop::collection::vec(0_u64..1_000, 1..100), percent in 1_usize..=100,
        ) {
            let mut times: Vec<_> = times.into_iter().map(Duration::from_millis).collect();
            times.sort_unstable();
            let bound = percentile(&times, percent);
            let below = times.iter().filter(|time| **time <= bound).count();
            prop_assert!(below * 100 >= times.len() * percent);
            let less = times.iter().filter(|time| **time < bound).count();
            prop_assert!(less * 100 < times.len() * percent);
        }
    }
}
