//! Measures on the operator's own machine, with their own key, how well the configured nodes serve
//! the gateway: with the gateway's own requests, at its pace and through its client.

mod measured;
mod prober;
pub mod report;
mod rows;
mod samples;
mod verdict;

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use usdt_protocol::UtcTime;
use usdt_tron::NodeError;

use self::prober::Prober;
use self::report::Report;
pub use self::verdict::{Fitness, Verdict};
use crate::chain::Chain;
use crate::clock::SharedClock;
use crate::config::ChainConfig;
use crate::quota::pattern;

/// How often which requests are made.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Between two looks at the head; what is solid is looked at every second time.
    pub poll: Duration,
    /// Between two of the indexer's lists.
    pub indexer: Duration,
    /// Between two blocks whose logs are compared with their receipts.
    pub compare: Duration,
    /// Between two looks at old blocks.
    pub look_back: Duration,
    /// Between two looks at the token's contract.
    pub token: Duration,
    /// Between two lines of progress.
    pub progress: Duration,
}

impl Pace {
    /// That of a gateway on which a payment is open.
    pub const fn of_gateway(config: &ChainConfig) -> Self {
        Self {
            poll: config.poll,
            indexer: pattern::INDEXER_EVERY,
            compare: pattern::COMPARE_EVERY,
            look_back: pattern::LOOK_BACK_EVERY,
            token: pattern::TOKEN_EVERY,
            progress: Duration::from_secs(10),
        }
    }
}

/// Asks all nodes of a chain at the same time, until `time` is over or `stop` is cancelled, and
/// tells the progress.
pub async fn run(
    config: &ChainConfig,
    pace: Pace,
    time: Duration,
    clock: SharedClock,
    stop: CancellationToken,
    mut progress: impl FnMut(&str),
) -> Result<Report, NodeError> {
    let started_at: UtcTime = clock.now();
    let began = Instant::now();
    let mut probers = Vec::new();
    for endpoint in &config.nodes {
        // A chain for each, since a chain asks only the first of its nodes that is well.
        let alone = ChainConfig {
            nodes: vec![endpoint.clone()],
            ..config.clone()
        };
        probers.push(Prober::new(Chain::new(&alone)?, pace, clock.clone()));
    }
    let measured: Vec<_> = probers.iter().map(Prober::measured).collect();
    let told = async {
        loop {
            tokio::time::sleep(pace.progress).await;
            for one in &measured {
                progress(&one.line(began.elapsed(), time));
            }
        }
    };
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = stop.cancelled() => {}
        _ = join_all(probers.iter_mut().map(Prober::run)) => {}
        () = told => {}
    }
    let nodes = measured.iter().zip(&config.nodes);
    let projected = verdict::projected(config, config.poll);
    let reports = nodes.map(|(one, endpoint)| one.report(endpoint, projected));
    Ok(Report::new(
        config,
        started_at,
        began.elapsed(),
        reports.collect(),
    ))
}
