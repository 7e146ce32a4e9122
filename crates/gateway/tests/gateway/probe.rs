//! `usdt-gateway doctor --probe` measures nodes by the gateway's own requests, and judges them.

use std::fs;
use std::num::NonZeroU32;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use usdt_devchain::{Fault, FaultKind, Transfer};
use usdt_gateway::clock::SystemClock;
use usdt_gateway::config::{ChainConfig, Watch};
use usdt_gateway::probe::report::{CallReport, Report};
use usdt_gateway::probe::{self, Fitness, Pace};
use usdt_protocol::{TronAddress, Usdt};
use usdt_tron::{Endpoint, Network};

use crate::disguised_node::DisguisedNode;
use crate::patience::patiently;

/// Asked once in each round.
const ROUNDS: &str = "/walletsolidity/getblock";

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

const QUICK: Duration = Duration::from_millis(5);

const PACE: Pace = Pace {
    poll: QUICK,
    indexer: QUICK,
    compare: QUICK,
    look_back: QUICK,
    token: QUICK,
    progress: QUICK,
};

fn config(node: &DisguisedNode, watch: Watch) -> ChainConfig {
    let endpoint = Endpoint {
        api_key: Some("SECRET".to_owned()),
        requests_per_day: NonZeroU32::new(u32::MAX),
        ..Endpoint::at(format!("{}/?key=SECRET", node.url))
    };
    ChainConfig {
        network: Network::Mainnet,
        indexer: endpoint.clone(),
        nodes: vec![endpoint],
        watch,
        every_block_pays: true,
        token: node.devchain.token(),
        poll: Duration::from_secs(3),
        idle_poll: Duration::from_mins(1),
    }
}

/// Probes while blocks with transfers are mined, until `enough` of them were seen.
async fn probed(node: &DisguisedNode, watch: Watch, blocks: u64) -> Report {
    let stop = CancellationToken::new();
    let config = config(node, watch);
    let (clock, long) = (Arc::new(SystemClock), Duration::from_hours(1));
    let mut lines = 0;
    let probing = probe::run(&config, PACE, long, clock, stop.clone(), |line| {
        assert!(line.contains("requests"), "{line}");
        lines += 1;
    });
    let mining = async {
        for _ in 0..blocks {
            let before = node.devchain.requests(ROUNDS);
            for recipient in [8, 8, 9] {
                let recipient = TronAddress::from_bytes([recipient; 20]);
                let transfer = Transfer::new(recipient, Usdt::from_micro(1_000_000));
                node.devchain.transfer(&transfer);
            }
            node.devchain.mine(1);
            while node.devchain.requests(ROUNDS) < before + 3 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        stop.cancel();
    };
    let (report, ()) = patiently("a probe", async { tokio::join!(probing, mining) }).await;
    assert!(lines > 0);
    report.unwrap()
}

fn call<'a>(report: &'a Report, name: &str) -> &'a CallReport {
    let mut calls = report.nodes[0].calls.iter();
    calls.find(|call| call.call == name).unwrap()
}

#[tokio::test]
async fn a_sound_node_is_asked_like_the_gateway_asks_and_its_report_tells_no_secret() {
    let node = DisguisedNode::sound().await;
    let report = probed(&node, Watch::Logs, 30).await;
    assert_eq!(report.verdict.verdict, Fitness::Fit, "{report:#?}");
    for name in [
        "solid_block",
        "new_logs",
        "head_logs",
        "old_logs",
        "head_block",
        "receipt",
        "block_receipts",
        "indexer",
        "token",
    ] {
        let call = call(&report, name);
        assert!(call.asked > 0 && call.failed() == 0, "{call:?}");
        assert!(call.max_bytes > 0 && call.p50_ms <= call.max_ms, "{call:?}");
    }
    let one = &report.nodes[0];
    assert!(one.blocks >= 29 && one.transfers > 0, "{one:?}");
    assert!(one.logs.rows > 0 && one.logs.missing == 0, "{one:?}");
    assert!(one.indexer_rows > 0 && one.only_indexer == 0, "{one:?}");
    assert_eq!(one.chain_id.as_deref(), Some("0x2b6653dc"));
    let json = serde_json::to_string(&report).unwrap();
    assert!(!json.contains("SECRET") && !json.contains("key="), "{json}");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["verdict"], "fit");
    assert_eq!(json["nodes"][0]["node"], node.url.as_str());
}

#[tokio::test]
async fn logs_with_gaps_are_counted_and_receipts_recommended() {
    let node = DisguisedNode::sound().await;
    let gaps = Fault::new(FaultKind::Missing { every: 2 });
    node.devchain.add_fault(gaps.of_method("eth_getLogs"));
    let report = probed(&node, Watch::Logs, 25).await;
    let one = &report.nodes[0];
    assert!(one.logs.missing > 0 && one.logs.late == 0, "{one:?}");
    assert!(one.only_indexer > 0, "{one:?}");
    let recommended = &report.verdict.recommended;
    assert!(
        recommended.contains("watch = \"receipts\""),
        "{recommended}"
    );
}

#[tokio::test]
async fn rows_that_the_indexer_lost_and_throttling_are_told() {
    let node = DisguisedNode::sound().await;
    let lost = Fault::new(FaultKind::Missing { every: 2 }).on("/v1/");
    node.devchain.add_fault(lost);
    let report = probed(&node, Watch::Logs, 45).await;
    assert!(report.nodes[0].indexer_lacks > 0, "{report:#?}");
    assert_eq!(report.verdict.verdict, Fitness::FitWithSettings);
}

#[tokio::test]
async fn twins_of_other_heights_and_throttling_are_seen() {
    let node = DisguisedNode::sound().await;
    for blocks in [0, 4, 0, 7] {
        let behind = Fault::new(FaultKind::Stale { blocks });
        node.devchain
            .add_fault(behind.on("/walletsolidity/getblock").times(1));
    }
    let throttled = Fault::new(FaultKind::Status {
        status: 429,
        seconds: 0,
        keyless: false,
    });
    node.devchain.add_fault(
        throttled
            .on("/walletsolidity/gettransactioninfobyid")
            .times(1),
    );
    let report = probed(&node, Watch::Receipts, 12).await;
    let one = &report.nodes[0];
    assert_eq!(one.went_back, 2, "{one:?}");
    // A block may come in between.
    assert!((6..=7).contains(&one.most_blocks_back), "{one:?}");
    assert_eq!(call(&report, "receipt").throttled(), 1, "{report:#?}");
    assert!(call(&report, "block_receipts").asked > 0);
}

#[tokio::test]
async fn a_blind_index_is_not_fit_on_the_main_network() {
    let node = DisguisedNode::sound().await;
    let blind = Fault::new(FaultKind::Missing { every: 1 });
    node.devchain.add_fault(blind.of_method("eth_getLogs"));
    let report = probed(&node, Watch::Logs, 12).await;
    assert_eq!(report.verdict.verdict, Fitness::NotFit);
    assert!(report.nodes[0].logs.missing > 0, "{report:#?}");
}

/// The command itself: it needs no data folder, and reports what it has when it is interrupted.
#[tokio::test]
async fn an_interrupted_probe_reports_what_it_has_measured() {
    let node = DisguisedNode::sound().await;
    let folder = tempfile::tempdir().unwrap();
    let (config, output) = (
        folder.path().join("gateway.toml"),
        folder.path().join("probe.json"),
    );
    let text = format!(
        "listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\ndata_dir = \"/nowhere\"\n\
         [chain]\npoll_ms = 100\nindexer = {{ url = {0:?} }}\n\
         nodes = [{{ url = \"{0}/?key=SECRET\", api_key = \"SECRET\", requests_per_second = 1000 }}]\n",
        node.url
    );
    fs::write(&config, text).unwrap();
    let probe = Command::new(BINARY)
        .args(["doctor", "--probe", "60", "--output"])
        .arg(&output)
        .arg("--config")
        .arg(&config)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let asked = async {
        while node.devchain.requests(ROUNDS) < 3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    patiently("requests of the probe", asked).await;
    let id = rustix::process::Pid::from_child(&probe);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let ended = tokio::task::spawn_blocking(move || probe.wait_with_output().unwrap());
    let told = ended.await.unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    for words in [
        "Verdict: fit",
        "solid_block",
        "[[chain.nodes]]",
        "Written to ",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let written = fs::read_to_string(&output).unwrap();
    assert!(
        !told.contains("SECRET") && !written.contains("SECRET"),
        "{written}"
    );
    let written: Value = serde_json::from_str(&written).unwrap();
    assert!(
        written["nodes"][0]["blocks"].as_u64() > Some(0),
        "{written}"
    );
}
