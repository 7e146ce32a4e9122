//! `usdt-gateway doctor --first-day`: the list of what comes before the first real money, ticked as
//! far as a program can see. docs/first-day.md explains each line.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use usdt_protocol::UtcTime;
use usdt_tron::{Network, Node};

use super::Failure;
use crate::chain::Chain;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{ChainConfig, Config};
use crate::data;
use crate::probe::Fitness;
use crate::store::{Store, is_backup};

/// A probe that is older tells of another day.
const RECENT_PROBE_SECONDS: i64 = 7 * 86_400;

/// A backup that is older is none of a gateway that takes money.
const RECENT_BACKUP_SECONDS: i64 = 86_400;

/// A solid block that is older is not the newest.
const LATE_SECONDS: i64 = 300;

/// Shorter probes have not seen enough.
const SHORTEST_PROBE_SECONDS: u64 = 25 * 60;

pub(super) struct Files<'a> {
    pub config: &'a Path,
    pub probe: Option<&'a Path>,
    pub backups: Option<&'a Path>,
}

/// What the list needs of a probe's file.
#[derive(Deserialize)]
struct Probe {
    #[serde(with = "usdt_protocol::time::rfc3339")]
    started_at: UtcTime,
    seconds: u64,
    verdict: Fitness,
}

/// The lines of the list so far.
#[derive(Default)]
struct List {
    open: usize,
}

impl List {
    fn tick(&mut self, is_done: bool, done: &str, open: &str) {
        if is_done {
            println!("[x] {done}");
        } else {
            self.open += 1;
            println!("[ ] {open}");
        }
    }

    fn settle(&mut self, done: Result<String, String>) {
        match done {
            Ok(done) => self.tick(true, &done, ""),
            Err(open) => self.tick(false, "", &open),
        }
    }
}

/// What only a person can see.
fn leave(what: &str) {
    println!("[?] {what}");
}

pub(super) async fn run(config: &Config, files: Files<'_>) -> Result<(), Failure> {
    let (store, _vault) = data::open(config).await?;
    let now = SystemClock.now();
    let mut list = List::default();
    println!("[x] the configuration {} is sound", files.config.display());
    for chain in &config.chains {
        for node in Chain::new(chain)?.pool.nodes() {
            list.settle(node_reads(chain, node, now).await);
        }
    }
    list.settle(probe(files.probe, now));
    tick_paid(&store, Network::Nile, &mut list).await?;
    list.settle(backup(files.backups, now));
    list.tick(
        config.metrics_listen.is_some(),
        "metrics are served",
        "set metrics_listen, and let your monitoring ask it",
    );
    let delivered = store.has_delivered_webhook().await?;
    list.tick(
        delivered,
        "a webhook was delivered",
        "no webhook was delivered yet: pay a test payment of a project with a webhook URL",
    );
    let alarms = store.open_alarms().await?.len();
    list.tick(
        alarms == 0,
        "no alarm is open",
        &format!("{alarms} alarms are open: `usdt-gateway doctor` lists them"),
    );
    leave("an alarm reaches a person: stop the node for six minutes, and see who is told");
    leave("a restore was done once, on another machine, with the copy of master.key");
    leave("the reverse proxy answers: open the page of a payment from outside");
    tick_paid(&store, Network::Mainnet, &mut list).await?;
    store.close().await;
    match list.open {
        0 => {
            println!("All that a program can see is done.");
            Ok(())
        }
        1 => Err("one line is open".into()),
        open => Err(format!("{open} lines are open").into()),
    }
}

async fn node_reads(config: &ChainConfig, node: &Node, now: UtcTime) -> Result<String, String> {
    let (network, label) = (config.network, node.label());
    let see = "`usdt-gateway doctor` says why";
    let failed = |what: &str| Err(format!("node {label} {what}: {see}"));
    let Ok(solid) = node.solid_block().await else {
        return failed("does not answer");
    };
    if solid.time.plus_seconds(LATE_SECONDS) < now && network != Network::Simulated {
        return failed("does not follow the chain");
    }
    let known = node.chain_id().await.map(Network::of_chain_id);
    if !known.is_ok_and(|known| known == Some(network).filter(|one| *one != Network::Simulated)) {
        return failed("is not known to be of the configured network");
    }
    // Of quiet networks the blocks of a quarter of an hour, which may still have none.
    let blocks = if network == Network::Mainnet { 1 } else { 300 };
    let from = solid.number.saturating_sub(blocks);
    let Ok(logs) = node.token_transfers(config.token, from, solid.number).await else {
        return failed("shows no logs");
    };
    let Some(log) = logs.first() else {
        return failed("has shown no transfer to prove");
    };
    let receipt = node.solid_receipt(log.txid).await;
    if !receipt.is_ok_and(|one| !one.transfers(config.token).is_empty()) {
        return failed("has no receipt of what its logs show");
    }
    Ok(format!("node {label} can detect a payment on {network}"))
}

fn probe(file: Option<&Path>, now: UtcTime) -> Result<String, String> {
    let how = "run `usdt-gateway doctor --probe 30 --output FILE` on this machine, and name it with \
               --probe-file FILE";
    let Some(file) = file else {
        return Err(format!("no probe is named: {how}"));
    };
    let shown = file.display();
    let text = fs::read_to_string(file).map_err(|error| format!("{shown}: {error}: {how}"))?;
    let probe: Probe =
        serde_json::from_str(&text).map_err(|_| format!("{shown} is no probe: {how}"))?;
    if probe.started_at.plus_seconds(RECENT_PROBE_SECONDS) < now {
        return Err(format!("the probe {shown} is older than a week: {how}"));
    }
    if probe.seconds < SHORTEST_PROBE_SECONDS {
        return Err(format!("the probe {shown} was cut short: {how}"));
    }
    match probe.verdict {
        Fitness::Fit => Ok(format!("the probe {shown} says: fit")),
        Fitness::FitWithSettings => Err(format!(
            "the probe {shown} says: fit with settings; take them over and probe again"
        )),
        Fitness::NotFit => Err(format!("the probe {shown} says: not fit")),
    }
}

async fn tick_paid(store: &Store, network: Network, list: &mut List) -> Result<(), Failure> {
    let open = match network {
        Network::Mainnet => {
            "no payment on mainnet is paid yet: pay one of 1 USDT with your own wallet, last of all"
        }
        _ => {
            "no payment on nile is paid yet: run a gateway with network = \"nile\", and pay one there"
        }
    };
    let is_paid = store.has_paid(network).await?;
    list.tick(is_paid, &format!("a payment on {network} was paid"), open);
    Ok(())
}

fn backup(folder: Option<&Path>, now: UtcTime) -> Result<String, String> {
    let how = "run `usdt-gateway backup` from a timer, and name its folder with --backups FOLDER";
    let Some(folder) = folder else {
        return Err(format!("no folder of backups is named: {how}"));
    };
    let shown = folder.display();
    let entries = fs::read_dir(folder).map_err(|error| format!("{shown}: {error}: {how}"))?;
    let newest = entries
        .filter_map(Result::ok)
        .filter(|entry| is_backup(&entry.path()).unwrap_or(false))
        .filter_map(|entry| entry.metadata().ok()?.modified().ok())
        .filter_map(|at| at.duration_since(std::time::UNIX_EPOCH).ok())
        .max();
    let newest = newest.and_then(|age| i64::try_from(age.as_millis()).ok());
    match newest.map(UtcTime::from_millis) {
        Some(at) if at.plus_seconds(RECENT_BACKUP_SECONDS) > now => {
            Ok(format!("the newest backup in {shown} is of {at} UTC"))
        }
        Some(at) => Err(format!(
            "the newest backup in {shown} is of {at} UTC, more than a day old: {how}"
        )),
        None => Err(format!("there is no backup in {shown}: {how}")),
    }
}
