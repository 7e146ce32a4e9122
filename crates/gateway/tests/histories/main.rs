//! Random histories: whatever happens on the chain, to the node and to the process, what is
//! credited is exactly what the rules credit, each once, and all other money is in review.
//!
//! `HISTORIES` says how many; a failure prints the seed of its history, and `HISTORY` repeats it.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may fail loudly"
)]

mod database;
mod door;
mod history;
#[expect(dead_code, reason = "other tests have it cut and silent too")]
#[path = "../shared/line.rs"]
mod line;
mod oracle;
mod site;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::history::History;
use crate::site::Site;

/// Unoptimised programs take ten times as long.
const USUAL_COUNT: u64 = if cfg!(debug_assertions) { 300 } else { 10_000 };

/// Tells which history a thread was in when it panicked.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("this history can be repeated with HISTORY={}", self.0);
        }
    }
}

#[test]
fn whatever_happens_exactly_what_the_rules_credit_is_credited_once() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let one = number("HISTORY");
    let count = if one.is_some() {
        1
    } else {
        number("HISTORIES").unwrap_or(USUAL_COUNT)
    };
    let first = one.unwrap_or_else(rand::random::<u64>);
    let next = Arc::new(AtomicU64::new(0));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let next = Arc::clone(&next);
            thread::spawn(move || work(first, count, &next))
        })
        .collect();
    let tallies = workers
        .into_iter()
        .map(|worker| worker.join().expect("every history ends as it must"));
    let tally = tallies.fold(history::Tally::default(), history::Tally::plus);
    println!("{count} histories: {tally:?}");
    // Histories in which nothing happens prove nothing.
    if one.is_none() {
        tally.assert_telling();
    }
}

/// Lives through one history after the other.
fn work(first: u64, count: u64, next: &AtomicU64) -> history::Tally {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut site = Site::prepare().await;
        let mut tally = history::Tally::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return tally;
            }
            let seed = Seed(first.wrapping_add(number));
            let mut history = History::begin(&mut site, seed.0).await;
            history.live().await;
            history.settle().await;
            tally = tally.plus(oracle::judge(&mut history).await);
        }
    })
}
