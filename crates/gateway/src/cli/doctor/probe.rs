//! `usdt-gateway doctor --probe`: measures the nodes on this machine and with its keys.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use usdt_tron::Network;

use super::Failure;
use super::diagnosis::{Asked, diagnosis};
use crate::clock::SystemClock;
use crate::config::{ChainConfig, Config};
use crate::probe::report::{NodeReport, Report};
use crate::probe::{self, Fitness, Pace};

pub(super) async fn run(
    config: &Config,
    minutes: NonZeroU32,
    output: Option<&Path>,
) -> Result<(), Failure> {
    let chain = chosen(config)?;
    if let Some(output) = output {
        // Better now than after all the minutes.
        write(output, "")?;
    }
    println!(
        "Asking the nodes of {} for {minutes} minutes what the gateway asks. Ctrl-C ends it early.",
        chain.network
    );
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let interrupted = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stopped.cancel();
        }
    });
    let time = Duration::from_secs(u64::from(minutes.get()) * 60);
    let clock = Arc::new(SystemClock);
    let report = probe::run(chain, Pace::of_gateway(chain), time, clock, stop, |line| {
        println!("{line}");
    })
    .await
    .map_err(|error| diagnosis("the configured node", &error, Asked::Blocks))?;
    interrupted.abort();
    tell(&report);
    if let Some(output) = output {
        write(
            output,
            &format!("{}\n", serde_json::to_string_pretty(&report)?),
        )?;
        println!("Written to {}.", output.display());
    }
    match report.verdict.verdict {
        Fitness::NotFit => Err("the nodes are not fit for the gateway".into()),
        Fitness::Fit | Fitness::FitWithSettings => Ok(()),
    }
}

/// The live chain; the simulated one only where there is no other.
fn chosen(config: &Config) -> Result<&ChainConfig, Failure> {
    let mut chains = config.chains.iter();
    let live = chains.find(|chain| chain.network != Network::Simulated);
    live.or(config.chains.first())
        .ok_or_else(|| "no chain is configured".into())
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(file, text)
        .map_err(|error| format!("{} cannot be written: {error}", file.display()).into())
}

fn tell(report: &Report) {
    for node in &report.nodes {
        tell_node(node);
    }
    println!();
    println!("Verdict: {}.", report.verdict.verdict.as_str());
    for reason in &report.verdict.reasons {
        println!("- {reason}.");
    }
    println!("Recommended:\n\n{}", report.verdict.recommended);
}

fn tell_node(node: &NodeReport) {
    println!();
    println!(
        "{}: {} blocks, {} transfers of the token, {} requests; {} on a day with a payment always open",
        node.node, node.blocks, node.transfers, node.requests, node.projected_requests_a_day
    );
    println!(
        "{:16} {:>7} {:>7} {:>7} {:>7} {:>7} {:>9}  failed",
        "asked for", "times", "p50 ms", "p90 ms", "p99 ms", "max ms", "bytes"
    );
    for call in node.calls.iter().chain([&node.round]) {
        let errors = call.errors.iter();
        let errors: Vec<String> = errors
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        println!(
            "{:16} {:>7} {:>7} {:>7} {:>7} {:>7} {:>9}  {}",
            call.call,
            call.asked,
            call.p50_ms,
            call.p90_ms,
            call.p99_ms,
            call.max_ms,
            call.mean_bytes,
            errors.join(", ")
        );
    }
    let logs = node.logs;
    println!(
        "Logs against receipts: {} blocks, {} rows, {} late, {} missing, {} unproven.",
        logs.blocks, logs.rows, logs.late, logs.missing, logs.unproven
    );
    println!(
        "Logs against the indexer, for the busiest recipient: {} rows in both, {} only in the logs, {} \
         only in the indexer's list.",
        node.indexer_rows, node.indexer_lacks, node.only_indexer
    );
    println!(
        "Heights: the newest final block went back {} times, by {} blocks at most; {} receipts of final \
         blocks were missing.",
        node.went_back, node.most_blocks_back, node.receipts_missing
    );
}
