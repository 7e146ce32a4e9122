//! `usdt-gateway doctor`: looks at everything that can be wrong, and says what is.

use std::fmt::Display;
use std::path::Path;

use usdt_protocol::UtcTime;
use usdt_tron::Node;

use super::Failure;
use crate::chain::Chain;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::data;
use crate::store::Store;

/// A chain that is known up to longer ago is not being read.
const LATE_SECONDS: i64 = 300;

/// A webhook event that waits for longer has failed at least twice.
const STUCK_SECONDS: i64 = 1_200;

fn fine(what: impl Display) {
    println!("ok       {what}");
}

/// What was found, line by line.
#[derive(Default)]
struct Findings {
    problems: usize,
}

impl Findings {
    fn problem(&mut self, what: impl Display) {
        self.problems += 1;
        println!("PROBLEM  {what}");
    }

    /// Says one thing or the other.
    fn judge(&mut self, is_fine: bool, what: impl Display) {
        if is_fine {
            fine(what);
        } else {
            self.problem(what);
        }
    }
}

pub async fn run(file: &Path) -> Result<(), Failure> {
    let config = Config::read(file)?;
    let mut findings = Findings::default();
    fine(format_args!(
        "the configuration {} is sound",
        file.display()
    ));
    let (store, _vault) = data::open(&config.data_dir).await?;
    let folder = config.data_dir.display();
    fine(format_args!(
        "the data folder {folder} can be read, and its secrets opened"
    ));
    let now = SystemClock.now();
    for chain in &config.chains {
        examine_chain(&Chain::new(chain)?, &store, now, &mut findings).await?;
    }
    examine_work(&store, now, &mut findings).await?;
    store.close().await;
    match findings.problems {
        0 => {
            println!("No problem was found.");
            Ok(())
        }
        1 => Err("one problem was found".into()),
        count => Err(format!("{count} problems were found").into()),
    }
}

async fn examine_chain(
    chain: &Chain,
    store: &Store,
    now: UtcTime,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let network = chain.network;
    match store.cursor(network).await? {
        None => findings.problem(format_args!(
            "{network} has never been read: start the gateway"
        )),
        Some(cursor) => findings.judge(
            now <= cursor.time.plus_seconds(LATE_SECONDS),
            format_args!(
                "{network} is known up to block {}, {} UTC",
                cursor.block, cursor.time
            ),
        ),
    }
    for node in chain.pool.nodes() {
        examine_node(chain, node, now, findings).await;
    }
    let indexer = chain.indexer.label();
    // Its list for the token's own address is short or empty: what counts is that it answers.
    match chain.indexed_transfers(chain.token, now).await {
        Ok(_) => fine(format_args!("indexer {indexer} answers")),
        Err(error) => findings.problem(format_args!("indexer {indexer}: {error}")),
    }
    for address in store.addresses(network).await? {
        let Some(node) = chain.pool.nodes().next() else {
            break;
        };
        match node.is_blacklisted(chain.token, address).await {
            Ok(false) => {}
            Ok(true) => findings.problem(format_args!("{address} is frozen by the token")),
            Err(error) => {
                let node = node.label();
                findings.problem(format_args!(
                    "{node} cannot say whether {address} is frozen: {error}"
                ));
                break;
            }
        }
    }
    Ok(())
}

async fn examine_node(chain: &Chain, node: &Node, now: UtcTime, findings: &mut Findings) {
    let label = node.label();
    match node.solid_block().await {
        Ok(solid) => findings.judge(
            now <= solid.time.plus_seconds(LATE_SECONDS)
                && solid.time <= now.plus_seconds(LATE_SECONDS),
            format_args!(
                "node {label} is at block {}, {} UTC",
                solid.number, solid.time
            ),
        ),
        Err(error) => return findings.problem(format_args!("node {label}: {error}")),
    }
    match node.token_state(chain.token).await {
        Ok(token) => findings.judge(
            !token.paused && !token.deprecated && token.fee_basis_points == 0,
            format_args!(
                "token {}: paused {}, replaced {}, fee {} of 10000 parts",
                chain.token, token.paused, token.deprecated, token.fee_basis_points
            ),
        ),
        Err(error) => {
            findings.problem(format_args!(
                "node {label} cannot tell of the token: {error}"
            ));
        }
    }
}

async fn examine_work(store: &Store, now: UtcTime, findings: &mut Findings) -> Result<(), Failure> {
    let figures = store.figures(now).await?;
    findings.judge(
        figures.transfers_in_review == 0,
        format_args!("{} transfers wait for review", figures.transfers_in_review),
    );
    let is_stuck = figures
        .oldest_webhook_at
        .is_some_and(|born| born.plus_seconds(STUCK_SECONDS) < now);
    findings.judge(
        !is_stuck,
        format_args!(
            "{} webhooks wait for their delivery",
            figures.pending_webhooks
        ),
    );
    findings.judge(
        figures.failed_webhooks == 0,
        format_args!(
            "{} webhooks were given up in the last 7 days",
            figures.failed_webhooks
        ),
    );
    let alarms = store.open_alarms().await?;
    if alarms.is_empty() {
        fine("no alarm is open");
    }
    for alarm in alarms {
        findings.problem(format_args!(
            "alarm {} since {} UTC: {} on {}, {}: {}",
            alarm.id, alarm.raised_at, alarm.kind, alarm.network, alarm.subject, alarm.detail
        ));
    }
    Ok(())
}
