//! The daily limits of the nodes: how much of each is used, and by how much the watcher has to slow
//! down so that the rest lasts until midnight UTC.

pub mod pattern;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use usdt_protocol::UtcTime;
use usdt_tron::{Call, Endpoint, Node, Pool, Tally};

pub const DAY_MILLIS: i64 = 86_400_000;

/// A pause that is as long as configured, in thousandths of it.
pub const UNSTRETCHED: u32 = 1_000;

/// No pause becomes more than ten times as long.
pub const MOST_STRETCHED: u32 = 10_000;

/// Nor longer than this, so that a payer never waits long for the sight of their payment.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What the nodes of one chain have been asked, and what is left. Clones share it.
#[derive(Clone, Debug)]
pub struct Quota(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    members: Vec<Member>,
    /// In thousandths.
    stretch: AtomicU32,
}

/// A node, or the indexer where it is none of the nodes.
#[derive(Debug)]
pub struct Member {
    /// Its origin; a further one of the same origin has its number behind it.
    pub name: String,
    pub node: Node,
    pub per_day: Option<u64>,
    /// Whether the watcher asks it.
    pub is_watched: bool,
}

impl Quota {
    /// The nodes of `pool` are those at `nodes`, in the same order.
    pub fn new(pool: &Pool, nodes: &[Endpoint], indexer: (&Node, &Endpoint)) -> Self {
        let (indexer, indexer_endpoint) = indexer;
        let watched = pool.nodes().zip(nodes).map(|one| (one, true));
        let apart = pool.nodes().all(|node| !node.is(indexer));
        let other = apart.then_some(((indexer, indexer_endpoint), false));
        let mut members: Vec<Member> = Vec::new();
        for ((node, endpoint), is_watched) in watched.chain(other) {
            let label = node.label();
            let same = members.iter().filter(|one| one.node.label() == label);
            let name = match same.count() {
                0 => label.to_owned(),
                before => format!("{label}#{}", before + 1),
            };
            members.push(Member {
                name,
                node: node.clone(),
                per_day: endpoint
                    .requests_per_day
                    .map(NonZeroU32::get)
                    .map(u64::from),
                is_watched,
            });
        }
        Self(Arc::new(Shared {
            members,
            stretch: AtomicU32::new(UNSTRETCHED),
        }))
    }

    /// How long the watcher waits where it would wait for `pause`.
    pub fn stretched(&self, pause: Duration) -> Duration {
        let longest = pause.max(LONGEST_PAUSE);
        (pause.saturating_mul(self.stretch()) / UNSTRETCHED).min(longest)
    }

    /// The requests since the start, by the node's name and the kind of call.
    pub fn requests(&self) -> impl Iterator<Item = (&str, Call, Tally)> {
        self.members().iter().flat_map(|member| {
            Call::ALL
                .into_iter()
                .map(|call| (member.name.as_str(), call, member.node.tally(call)))
        })
    }

    pub fn members(&self) -> &[Member] {
        &self.0.members
    }

    /// In thousandths.
    pub fn stretch(&self) -> u32 {
        self.0.stretch.load(Ordering::Relaxed)
    }

    pub fn set_stretch(&self, stretch: u32) {
        self.0.stretch.store(stretch, Ordering::Relaxed);
    }
}

/// The day in UTC, counted from 1970-01-01.
pub const fn day(now: UtcTime) -> i64 {
    now.millis() / DAY_MILLIS
}

/// By how much the pauses have to grow, in thousandths, so that `left` requests last for `rest`.
/// Unstretched, `asked` requests are made in `window`.
pub fn stretch(left: u64, rest: Duration, asked: u64, window: Duration) -> u32 {
    let wanted = wanted(rest, asked, window);
    let Some(stretch) = (wanted.saturating_mul(UNSTRETCHED.into())).checked_div(left.into()) else {
        return MOST_STRETCHED;
    };
    // Rounded up, or the rest would not quite last.
    let stretch = u32::try_from(stretch).map_or(MOST_STRETCHED, |whole| whole.saturating_add(1));
    if wanted <= left.into() {
        UNSTRETCHED
    } else {
        stretch.clamp(UNSTRETCHED, MOST_STRETCHED)
    }
}

/// The requests of `rest` where `asked` were made in `window`.
pub fn wanted(rest: Duration, asked: u64, window: Duration) -> u128 {
    rest.as_millis()
        .saturating_mul(asked.into())
        .checked_div(window.as_millis())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WINDOW: Duration = Duration::from_mins(15);

    fn times(left: u64, rest_seconds: u64, asked: u64) -> u32 {
        stretch(left, Duration::from_secs(rest_seconds), asked, WINDOW)
    }

    #[test]
    fn the_pause_grows_as_far_as_the_rest_needs_it() {
        // 1 800 in a quarter of an hour are 86 400 in half a day.
        assert_eq!(times(86_400, 43_200, 1_800), 1_000);
        assert_eq!(times(43_200, 43_200, 1_800), 2_001);
        assert_eq!(times(100, 43_200, 1_800), 10_000);
        assert_eq!(times(0, 43_200, 0), 10_000);
        assert_eq!(times(1, 43_200, 0), 1_000);
    }

    proptest! {
        #[test]
        fn the_rest_lasts_wherever_the_bound_is_not_reached(
            left in 0_u64..1_000_000, rest in 0_u64..86_400, asked in 0_u64..1_000_000,
        ) {
            let stretch = times(left, rest, asked);
            prop_assert!((UNSTRETCHED..=MOST_STRETCHED).contains(&stretch));
            if stretch < MOST_STRETCHED {
                let wanted = u128::from(rest) * u128::from(asked) * 1_000
                    / (u128::from(stretch) * u128::from(WINDOW.as_secs()));
                prop_assert!(wanted <= u128::from(left), "{wanted} {left}");
            }
        }

        #[test]
        fn more_that_is_left_never_slows_down(
            left in 0_u64..1_000_000, more in 0_u64..1_000_000,
            rest in 0_u64..86_400, asked in 0_u64..1_000_000,
        ) {
            prop_assert!(times(left + more, rest, asked) <= times(left, rest, asked));
        }

        #[test]
        fn a_faster_pace_and_a_longer_rest_never_speed_up(
            left in 0_u64..1_000_000, asked in 0_u64..1_000_000, more in 0_u64..1_000_000,
            rest in 0_u64..43_200, longer in 0_u64..43_200,
        ) {
            prop_assert!(times(left, rest + longer, asked + more) >= times(left, rest, asked));
        }
    }
}
