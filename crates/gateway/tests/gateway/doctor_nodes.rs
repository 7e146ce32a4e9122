//! `usdt-gateway doctor` proves that nodes can detect a payment, and names each wrong set-up in one
//! sentence.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use usdt_devchain::{Fault, FaultKind};

use crate::disguised_node::DisguisedNode;
use crate::site::init;

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

/// What a fresh gateway that has never run is told of in any case.
const UNREAD: &str = "PROBLEM  mainnet has never been read: start the gateway";

fn site(chain: &str) -> TempDir {
    let data = tempfile::tempdir().unwrap();
    let text = format!(
        "listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\ndata_dir = {:?}\n{chain}",
        data.path().to_str().unwrap(),
    );
    let config = data.path().join("gateway.toml");
    fs::write(&config, text).unwrap();
    init(&config);
    data
}

/// A chain with one node, whose indexer is another.
fn chain(node: &str, indexer: &str) -> String {
    format!(
        "[chain]\nindexer = {{ url = {indexer:?}, requests_per_second = 1000 }}\n\
         nodes = [{{ url = {node:?}, requests_per_second = 1000 }}]\n"
    )
}

async fn doctor(data: &Path, environment: &[(&str, &str)]) -> String {
    run(data, &["doctor"], environment).await
}

async fn run(data: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(BINARY);
    command
        .args(arguments)
        .arg("--config")
        .arg(data.join("gateway.toml"))
        .envs(environment.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The problems that the doctor tells of a node and a sound indexer.
async fn problems(node: &DisguisedNode) -> Vec<String> {
    let told = doctor(site(&chain(&node.url, &node.sound_url)).path(), &[]).await;
    problems_in(&told)
}

fn problems_in(told: &str) -> Vec<String> {
    told.lines()
        .filter(|line| line.starts_with("PROBLEM") && *line != UNREAD)
        .map(str::to_owned)
        .collect()
}

#[track_caller]
fn assert_one(problems: &[String], words: &str) {
    let [problem] = problems else {
        panic!("{words}: {problems:#?}")
    };
    assert!(problem.contains(words), "{words}: {problem}");
}

fn rpc_error(code: i32, message: &str) -> String {
    let error = json!({"code": code, "message": message, "data": "{}"});
    json!({"jsonrpc": "2.0", "id": 1, "error": error}).to_string()
}

fn hex(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

#[tokio::test]
async fn a_node_that_can_detect_a_payment_is_proven_by_payments_of_others() {
    let node = DisguisedNode::sound().await;
    let site = site(&chain(&node.url, &node.url));
    let told = doctor(site.path(), &[]).await;
    for words in [
        "is of mainnet (chain ID 0x2b6653dc)",
        "shows 4 transfers of the token in blocks",
        "agree",
        "proves a payment of others: ",
        "lists transaction ",
        "paused false, replaced false, fee 0",
        "by this machine's clock",
    ] {
        let is_told = told
            .lines()
            .any(|line| line.starts_with("ok ") && line.contains(words));
        assert!(is_told, "{words}: {told}");
    }
    assert_eq!(problems_in(&told), Vec::<String>::new());
    let list = run(site.path(), &["doctor", "--first-day"], &[]).await;
    let ticked = format!("[x] node {} can detect a payment on mainnet\n", node.url);
    assert!(list.contains(&ticked), "{list}");
}

#[tokio::test]
async fn each_wrong_setup_is_told_in_one_sentence_with_what_to_do() {
    type Answer = fn(&str, &Value) -> Option<(u16, String)>;
    let cases: [(&str, Answer); 10] = [
        ("node.jsonrpc.httpFullNodeEnable = true", |path, _| {
            (path == "/jsonrpc").then(|| (404, String::new()))
        }),
        ("node.jsonrpc.httpFullNodeEnable = true", |path, _| {
            (path == "/jsonrpc").then(|| (200, rpc_error(-32_601, "method not found")))
        }),
        ("set solidity_url and jsonrpc_url", |path, _| {
            path.starts_with("/walletsolidity/")
                .then(|| (404, String::new()))
        }),
        ("is a lite full node", |path, _| {
            let lite = "this API is closed because this node is a lite fullnode";
            path.contains("/gettransactioninfo")
                .then(|| (200, lite.to_owned()))
        }),
        ("is blind: it shows no transfer", |_, body| {
            (body["method"] == "eth_getLogs").then(|| {
                (
                    200,
                    json!({"jsonrpc": "2.0", "id": 1, "result": []}).to_string(),
                )
            })
        }),
        ("is of nile (chain ID 0xcd8690dc)", |_, body| {
            (body["method"] == "eth_chainId").then(|| {
                (
                    200,
                    json!({"jsonrpc": "2.0", "id": 1, "result": "0xcd8690dc"}).to_string(),
                )
            })
        }),
        ("is not USDT", |path, _| {
            path.ends_with("/triggerconstantcontract").then(|| {
                let answer =
                    json!({"result": {"result": true, "message": hex("REVERT opcode executed")}});
                (200, answer.to_string())
            })
        }),
        ("vm.supportConstant = true", |path, _| {
            path.ends_with("/triggerconstantcontract").then(|| {
                let message = hex("this node does not support constant");
                let answer =
                    json!({"result": {"code": "CONTRACT_VALIDATE_ERROR", "message": message}});
                (200, answer.to_string())
            })
        }),
        ("refuses the API key", |_, _| {
            Some((401, r#"{"Error":"ApiKey not exists"}"#.to_owned()))
        }),
        ("has blocked this machine", |_, _| {
            Some((403, "<html><title>403 Forbidden</title></html>".to_owned()))
        }),
    ];
    for (words, script) in cases {
        let node = DisguisedNode::start(script).await;
        assert_one(&problems(&node).await, words);
    }
}

#[tokio::test]
async fn a_jsonrpc_that_nothing_listens_for_is_told_by_its_name() {
    let node = DisguisedNode::sound().await;
    let chain = format!(
        "[chain]\nindexer = {{ url = {0:?} }}\n\
         nodes = [{{ url = {0:?}, jsonrpc_url = \"http://127.0.0.1:1\", requests_per_second = 1000 }}]\n",
        node.url
    );
    let told = doctor(site(&chain).path(), &[]).await;
    assert_one(
        &problems_in(&told),
        "node.jsonrpc.httpFullNodeEnable = true",
    );
}

#[tokio::test]
async fn logs_that_lack_what_receipts_prove_are_told_on_every_network() {
    let node = DisguisedNode::sound().await;
    let gaps = Fault::new(FaultKind::Missing { every: 2 });
    node.devchain.add_fault(gaps.of_method("eth_getLogs"));
    assert_one(
        &problems(&node).await,
        "has gaps: it lacks 1 of 2 transfers",
    );
}

#[tokio::test]
async fn an_indexer_is_behind_while_the_transfer_is_young_and_useless_where_it_is_old() {
    let node = DisguisedNode::sound().await;
    let behind = Fault::new(FaultKind::Stale { blocks: 60 });
    node.devchain.add_fault(behind.on("/v1/"));
    let told = doctor(site(&chain(&node.url, &node.url)).path(), &[]).await;
    assert!(told.contains("is behind: it does not list"), "{told}");
    assert_eq!(problems_in(&told), Vec::<String>::new());
    node.devchain.clear_faults();
    let lost = Fault::new(FaultKind::Missing { every: 1 }).on("/v1/");
    node.devchain.add_fault(lost);
    let told = doctor(site(&chain(&node.url, &node.url)).path(), &[]).await;
    assert_one(&problems_in(&told), "it is no second opinion");
}

#[tokio::test]
async fn a_machine_without_certificates_of_authorities_is_told_so() {
    let chain = chain("https://127.0.0.1:1", "https://127.0.0.1:1");
    let nowhere = [
        ("SSL_CERT_FILE", "/nowhere/ca.pem"),
        ("SSL_CERT_DIR", "/nowhere"),
    ];
    let told = doctor(site(&chain).path(), &nowhere).await;
    assert_one(&problems_in(&told), "ca-certificates");
}
