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
    /// Asked only while all others rest.
    last_resort: bool,
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
                    last_resort: false,
                }),
            }))
        });
        Ok(Self {
            members: members.collect::<Result<_, NodeError>>()?,
        })
    }

    /// The first node in the configured order that does not rest, the last resorts behind all
    /// others; where all rest, waits until one has rested. Stopping to wait changes nothing.
    pub async fn pick(&self) -> Lease {
        loop {
            let now = Instant::now();
            let mut last_resort = None;
            let mut first_ready = None;
            for member in self.members.iter() {
                let health = member.health();
                if health.rests_until > now {
                    first_ready = first_ready.into_iter().chain([health.rests_until]).min();
                } else if health.last_resort {
                    last_resort = last_resort.or(Some(member));
                } else {
                    drop(health);
                    return Lease::of(member);
                }
            }
            if let Some(member) = last_resort {
                return Lease::of(member);
            }
            sleep_until(first_ready.unwrap_or(now)).await;
        }
    }

    /// A lease of this very node, resting or not; `None` where it is not of this pool.
    pub fn lease_of(&self, node: &Node) -> Option<Lease> {
        let mut members = self.members.iter();
        members.find(|member| member.node.is(node)).map(Lease::of)
    }

    /// The nodes that do not rest, in the configured order, whether a last resort or not.
    pub fn ready_nodes(&self) -> impl Iterator<Item = &Node> {
        let now = Instant::now();
        let members = self.members.iter();
        members
            .filter(move |member| member.health().rests_until <= now)
            .map(|member| &member.node)
    }

    /// All nodes in the configured order, resting or not.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.members.iter().map(|member| &member.node)
    }
}

impl Lease {
    fn of(member: &Arc<Member>) -> Self {
        Self {
            failures: member.health().failures,
            member: Arc::clone(member),
        }
    }

    /// The node answered: its failures are forgotten. A rest that it is taking because another
    /// request failed goes on, since it may have been asked for.
    pub fn succeeded(&self) {
        self.member.health().failures = 0;
    }

    /// Whether the node rests.
    pub fn rests(&self) -> bool {
        self.member.health().rests_until > Instant::now()
    }

    /// The node answers, but cannot tell what it must know, as when it lags: it rests for the pause
    /// alone, however often that happens, since the next answer may be good.
    pub fn stumbled(&self) {
        let mut health = self.member.health();
        let until = Instant::now() + self.member.pause;
        health.rests_until = health.rests_until.max(until);
    }

    /// Asks this node only while all others rest, or like the others again: something that is
    /// needed of it is unsound.
    pub fn set_last_resort(&self, last_resort: bool) {
        self.member.health().last_resort = last_resort;
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

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_millis(900);

    /// The timer counts whole milliseconds.
    const TICK: Duration = Duration::from_millis(2);

    fn pool(labels: &[&str], pause: Duration) -> Pool {
        let endpoints: Vec<Endpoint> = labels.iter().map(|url| Endpoint::at(*url)).collect();
        Pool::new(&endpoints, pause).unwrap()
    }

    /// How long a pool of one node waits for it.
    async fn wait(pool: &Pool) -> (Lease, Duration) {
        let start = Instant::now();
        let lease = pool.pick().await;
        (lease, start.elapsed())
    }

    #[track_caller]
    fn assert_about(waited: Duration, due: Duration) {
        assert!((due..=due + TICK).contains(&waited), "{waited:?} {due:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_node_that_is_well_is_picked_and_a_recovered_one_again() {
        let pool = pool(&["http://a", "http://b", "http://c"], PAUSE);
        let picked = async || pool.pick().await.label().to_owned();
        assert_eq!(picked().await, "http://a");
        pool.pick().await.failed(None);
        assert_eq!(picked().await, "http://b");
        pool.pick().await.failed(None);
        assert_eq!(picked().await, "http://c");
        tokio::time::advance(PAUSE + TICK).await;
        assert_eq!(picked().await, "http://a");
        let labels: Vec<&str> = pool.nodes().map(Node::label).collect();
        assert_eq!(labels, ["http://a", "http://b", "http://c"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_last_resort_is_asked_only_while_all_others_rest() {
        let pool = pool(&["http://a", "http://b"], PAUSE);
        let first = pool.pick().await;
        first.set_last_resort(true);
        let second = pool.pick().await;
        assert_eq!(second.label(), "http://b");
        second.failed(None);
        let (lease, waited) = wait(&pool).await;
        assert_eq!(lease.label(), "http://a");
        assert_about(waited, Duration::ZERO);
        tokio::time::advance(PAUSE + TICK).await;
        assert_eq!(pool.pick().await.label(), "http://b");
        first.set_last_resort(false);
        assert_eq!(pool.pick().await.label(), "http://a");
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_lags_again_and_again_rests_no_longer_each_time() {
        let pool = pool(&["http://a"], PAUSE);
        for _ in 0..5 {
            pool.pick().await.stumbled();
            assert_about(wait(&pool).await.1, PAUSE);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_rest_doubles_up_to_its_limit_and_a_success_starts_it_over() {
        let pool = pool(&["http://a"], PAUSE);
        pool.pick().await.failed(None);
        for seconds in [0.9, 1.8, 3.6, 7.2, 14.4, 28.8, 28.8] {
            let (lease, waited) = wait(&pool).await;
            assert_about(waited, Duration::from_secs_f64(seconds));
            lease.failed(None);
        }
        let lease = pool.pick().await;
        lease.succeeded();
        pool.pick().await.failed(None);
        assert_about(wait(&pool).await.1, PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn longer_rests_have_a_limit_and_jitter() {
        let pool = pool(&["http://a"], Duration::from_secs(20));
        for (least, most) in [(20.0, 24.0), (30.0, 36.0), (30.0, 36.0)] {
            pool.pick().await.failed(None);
            let (_, waited) = wait(&pool).await;
            let due = Duration::from_secs_f64(least)..=Duration::from_secs_f64(most) + TICK;
            assert!(due.contains(&waited), "{waited:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_suspends_us_for_30_seconds_is_left_alone_for_as_long() {
        let pool = pool(&["http://a"], PAUSE);
        let in_flight = pool.pick().await;
        pool.pick().await.failed(Some(Duration::from_secs(30)));
        in_flight.succeeded();
        assert_about(wait(&pool).await.1, Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_fail_together_count_once() {
        let pool = pool(&["http://a"], PAUSE);
        let leases = [pool.pick().await, pool.pick().await, pool.pick().await];
        for lease in &leases {
            lease.failed(None);
        }
        assert_about(wait(&pool).await.1, PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_lease_and_a_cancelled_wait_change_nothing() {
        let pool = pool(&["http://a"], PAUSE);
        drop(pool.pick().await);
        assert_about(wait(&pool).await.1, Duration::ZERO);
        pool.pick().await.failed(None);
        tokio::time::timeout(PAUSE / 3, pool.pick())
            .await
            .unwrap_err();
        assert_about(wait(&pool).await.1, PAUSE / 3 * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn where_all_rest_the_first_that_is_ready_is_picked() {
        let pool = pool(&["http://a", "http://b"], PAUSE);
        pool.pick().await.failed(Some(Duration::from_secs(30)));
        pool.pick().await.failed(None);
        let (lease, waited) = wait(&pool).await;
        assert_eq!(lease.label(), "http://b");
        assert_about(waited, PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_is_known_by_another_way_rests_too_when_it_fails_there() {
        let (ours, others) = (
            pool(&["http://a", "http://b"], PAUSE),
            pool(&["http://b"], PAUSE),
        );
        let second = ours.nodes().nth(1).unwrap().clone();
        ours.lease_of(&second).unwrap().failed(None);
        ours.pick().await.failed(Some(Duration::from_secs(30)));
        let (lease, waited) = wait(&ours).await;
        assert_eq!(lease.label(), "http://b");
        assert_about(waited, PAUSE);
        // The same address is not the same node.
        assert!(others.lease_of(&second).is_none());
    }

    #[test]
    fn a_pool_without_nodes_is_refused() {
        assert!(matches!(
            Pool::new(&[], PAUSE),
            Err(NodeError::Misconfigured(_))
        ));
    }
}
