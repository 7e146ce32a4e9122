//! Several nodes of one network: the first that is well is asked, and one that fails rests.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::node::{Endpoint, Node, NodeError};

/// The longest rest, unless the node asks for a longer one.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// After so many doublings the rest grows no more.
const MAX_DOUBLINGS: u32 = 5;

/// Shorter pauses have no jitter.
const LEAST_JITTERED_PAUSE: Duration = Duration::from_secs(1);

/// Several nodes of one network in the order of preference. Clones share what is known of them.
#[derive(Clone, Debug)]
pub struct Pool {
    members: Arc<[Arc<Member>]>,
}

/// The right to ask one node. What came of it is told by [`Lease::succeeded`] or
/// [`Lease::failed`]; a lease that is dropped without either changes nothing.
#[derive(Debug)]
pub struct Lease {
    member: Arc<Member>,
    /// The node's failures when it was picked.
    failures: u32,
}

#[derive(Debug)]
struct Member {
    node: Node,
    pause: Duration,
    health: Mutex<Health>,
}

#[derive(Debug)]
struct Health {
    /// In a row.
    failures: u32,
    rests_until: Instant,
}

impl Pool {
    /// A pool of the nodes at `endpoints`, the preferred one first. A node that fails rests for
    /// `pause`, and twice as long with each further failure, up to 30 seconds. None at all, or a
    /// wrong one, is [`NodeError::Misconfigured`].
    pub fn new(endpoints: &[Endpoint], pause: Duration) -> Result<Self, NodeError> {
        if endpoints.is_empty() {
            return Err(NodeError::Misconfigured("there is no node"));
        }
        let members = endpoints.iter().map(|endpoint| {
            Ok(Arc::new(Member {
                node: Node::new(endpoint)?,
                pause,
                health: Mutex::new(Health {
                    failures: 0,
                    rests_until: Instant::now(),
                }),
            }))
        });
        Ok(Self {
            members: members.collect::<Result<_, NodeError>>()?,
        })
    }

    /// The first node in the configured order that does not rest; where all do, waits until one
    /// has rested. Stopping to wait changes nothing.
    pub async fn pick(&self) -> Lease {
        loop {
            let now = Instant::now();
            let mut first_ready = None;
            for member in self.members.iter() {
                let health = member.health();
                if health.rests_until <= now {
                    return Lease {
                        failures: health.failures,
                        member: Arc::clone(member),
                    };
                }
                first_ready = first_ready.into_iter().chain([health.rests_until]).min();
            }
            sleep_until(first_ready.unwrap_or(now)).await;
        }
    }

    /// All nodes in the configured order, resting or not.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.members.iter().map(|member| &member.node)
    }
}

impl Lease {
    /// The node answered: its failures are forgotten. A rest that it is taking because another
    /// request failed goes on, since it may have been asked for.
    pub fn succeeded(&self) {
        self.member.health().failures = 0;
    }

    /// The node failed and rests, for at least `asked` where it asked for patience
    /// ([`NodeError::asked_patience`]). Requests that were under way at the same time and fail
    /// together count as one failure.
    pub fn failed(&self, asked: Option<Duration>) {
        let mut health = self.member.health();
        if health.failures <= self.failures {
            health.failures += 1;
        }
        let rest = self
            .member
            .rest(health.failures)
            .max(asked.unwrap_or_default());
        health.rests_until = health.rests_until.max(Instant::now() + rest);
    }
}

impl Deref for Lease {
    type Target = Node;

    fn deref(&self) -> &Node {
        &self.member.node
    }
}

impl Member {
    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rest after so many failures in a row.
    fn rest(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(MAX_DOUBLINGS);
        let rest = self.pause.saturating_mul(1 << doublings).min(LONGEST_REST);
        if self.pause < LEAST_JITTERED_PAUSE {
            return rest;
        }
        // So that many gateways do not come back at the same moment.
        rest.saturating_add(rest.mul_f64(fastrand::f64() / 5.0))
    }
}
