//! File descriptors: how many this process may have, and how many of them are for connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Limits;

/// Where the system sets no limit.
const UNLIMITED: u64 = 1 << 20;

/// Kept for the database, the nodes, the webhooks and the metrics.
const LEAST_RESERVE: u64 = 128;
const MOST_RESERVE: u64 = 1_024;

/// More connections than this must be asked for, since each takes memory.
const USUAL_CONNECTIONS: usize = 30_000;

/// Raises the limit of this process as far as it may. Returns what it was and what it is.
pub fn raise() -> (u64, u64) {
    let before = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: Some(before.maximum.unwrap_or(UNLIMITED)),
        maximum: before.maximum,
    };
    // Where it is refused, the connections are as many as the old limit allows.
    let _ = setrlimit(Resource::Nofile, wanted);
    (before.current.unwrap_or(UNLIMITED), limit())
}

/// How many descriptors this process may have.
fn limit() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(UNLIMITED)
}

/// How many clients are served at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Open connections.
    pub connections: usize,
    /// Status requests that are held. Fewer than the connections, so that there is always room for
    /// short requests.
    pub held_requests: usize,
    /// Of these, by one client.
    pub held_requests_per_client: usize,
}

impl Capacity {
    /// What this process can do of what is configured, which it logs.
    pub fn of(limits: &Limits) -> Self {
        let capacity = Self::within(limits, limit());
        tracing::info!(
            connections = capacity.connections,
            held_requests = capacity.held_requests,
            "so many clients are served at once"
        );
        capacity
    }

    fn within(limits: &Limits, descriptors: u64) -> Self {
        let reserve = (descriptors / 8)
            .clamp(LEAST_RESERVE, MOST_RESERVE)
            .min(descriptors / 2);
        let most = usize::try_from(descriptors - reserve).unwrap_or(usize::MAX);
        let connections = limits
            .connections
            .unwrap_or(USUAL_CONNECTIONS)
            .min(most)
            .max(1);
        let held_requests = limits
            .held_requests
            .unwrap_or(usize::MAX)
            .min(connections * 3 / 4);
        Self {
            connections,
            held_requests,
            held_requests_per_client: limits.held_requests_per_client,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_kept_for_everything_else_and_connections_for_short_requests() {
        let usual = Limits::default();
        for (descriptors, connections, held_requests) in [
            (64, 32, 24),
            (256, 128, 96),
            (1_024, 896, 672),
            (8_192, 7_168, 5_376),
            (1 << 20, 30_000, 22_500),
        ] {
            let capacity = Capacity::within(&usual, descriptors);
            assert_eq!(capacity.connections, connections, "{descriptors}");
            assert_eq!(capacity.held_requests, held_requests, "{descriptors}");
        }
        let asked = Limits {
            connections: Some(100_000),
            held_requests: Some(10),
            ..usual
        };
        let capacity = Capacity::within(&asked, 1 << 20);
        assert_eq!(
            (capacity.connections, capacity.held_requests),
            (100_000, 10)
        );
        assert_eq!(Capacity::within(&asked, 1_024).connections, 896);
    }
}
