//! Faults: each befalls the calls it is meant for, as often as it was told, and then no more.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tower::ServiceExt as _;
use usdt_devchain::{Fault, FaultKind, Transfer};

use crate::support::*;

const HEAD: &str = "/wallet/getblock";
const SOLID: &str = "/walletsolidity/getblock";

/// Status and body of a POST, whatever they are.
async fn raw(node: &Node, path: &str, body: Value) -> (u16, String) {
    let request = client().post(format!("{}{path}", node.url)).json(&body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn add(node: &Node, fault: Value) {
    assert_eq!(node.post("/dev/faults", fault).await["ok"], true);
}

fn number(block: &Value) -> u64 {
    block["block_header"]["raw_data"]["number"]
        .as_u64()
        .unwrap()
}

async fn indexes(node: &Node) -> Vec<String> {
    let logs = node.logs(json!({ "fromBlock": "earliest" })).await;
    logs.iter()
        .map(|log| log["logIndex"].as_str().unwrap().to_owned())
        .collect()
}

async fn node_with_four_transfers() -> Node {
    let node = Node::start().await;
    node.chain.transfer(&Transfer {
        count: 4,
        ..payment()
    });
    node.chain.mine(1);
    node
}

#[tokio::test]
async fn faults_are_added_listed_counted_down_and_cleared() {
    let node = Node::start().await;
    let fault = json!({ "path": "/wallet/", "times": 2, "kind": "empty_object" });
    let listed = |times: u32| {
        json!({
            "ok": true,
            "faults": [{ "path": "/wallet/", "method": null, "times": times, "kind": "empty_object" }],
        })
    };
    assert_eq!(node.post("/dev/faults", fault).await, listed(2));
    assert_ne!(node.post(SOLID, json!({})).await, json!({}), "another path");
    assert_eq!(node.post(HEAD, json!({})).await, json!({}));
    assert_eq!(node.get("/dev/faults").await, listed(1));
    assert_eq!(node.post(HEAD, json!({})).await, json!({}));
    assert_ne!(node.post(HEAD, json!({})).await, json!({}), "used up");

    add(&node, json!({ "kind": "empty_object" })).await;
    assert_eq!(node.post(SOLID, json!({})).await, json!({}));
    let url = format!("{}/dev/faults", node.url);
    let answer = client().delete(url).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer, json!({ "ok": true, "faults": [] }));
    assert_ne!(node.post(SOLID, json!({})).await, json!({}));

    for body in ["{}", r#"{"kind": "gremlin"}"#, r#"{"kind": "stale"}"#] {
        let error = node.refused("/dev/faults", body).await;
        assert!(error.contains("The body is not a command"), "{error}");
    }
}

#[tokio::test]
async fn the_first_fault_that_fits_befalls_the_call() {
    let node = Node::start().await;
    node.chain
        .add_fault(Fault::new(FaultKind::BareText).on(HEAD).times(1));
    node.chain.add_fault(Fault::new(FaultKind::EmptyObject));
    assert!(
        raw(&node, HEAD, json!({}))
            .await
            .1
            .contains("lite fullnode")
    );
    assert_eq!(raw(&node, HEAD, json!({})).await.1, "{}");
}

#[tokio::test]
async fn errors_come_in_the_words_of_those_who_give_them() {
    let node = Node::start().await;
    let suspended = |keyless: bool| json!({ "kind": "status", "status": 403, "seconds": 5, "keyless": keyless });
    let rows = format!("/v1/accounts/{PAYEE}/transactions/trc20");
    for (fault, path, status, body) in [
        (
            suspended(false),
            HEAD,
            403,
            r#"{"Error":"The key exceeds the frequency limit(30), and the query server is suspended for 5s"}"#,
        ),
        (
            suspended(true),
            "/jsonrpc",
            403,
            r#"{"Error":"request rate exceeded the allowed_rps(10), and the query server is suspended for 5 s"}"#,
        ),
        (
            json!({ "kind": "status", "status": 429 }),
            HEAD,
            429,
            r#"{"Error":"The key exceeds the frequency limit(30), and the query server is suspended for 30s"}"#,
        ),
        (
            json!({ "kind": "error" }),
            HEAD,
            200,
            r#"{"Error":"class java.lang.IllegalAccessException : lack of computing resources"}"#,
        ),
        (
            json!({ "kind": "error", "message": "class a.B : c" }),
            HEAD,
            200,
            r#"{"Error":"class a.B : c"}"#,
        ),
        (
            json!({ "kind": "bare_text" }),
            SOLID,
            200,
            "this API is closed because this node is a lite fullnode",
        ),
    ] {
        add(&node, fault.clone()).await;
        let answer = raw(&node, path, json!({})).await;
        assert_eq!(answer, (status, body.to_owned()), "{fault}");
        node.chain.clear_faults();
    }

    add(
        &node,
        json!({ "kind": "status", "status": 503, "seconds": 7 }),
    )
    .await;
    let (status, body) = node.get_any(&rows).await;
    assert_eq!(status, 503);
    let error = "The key exceeds the frequency limit(15), and the query server is suspended for 7s";
    assert_eq!(
        body,
        json!({ "success": false, "error": error, "statusCode": 503 })
    );
    assert_eq!(
        node.get("/dev/status").await["ok"],
        true,
        "controls are spared"
    );
}

#[tokio::test]
async fn an_error_of_the_json_rpc_befalls_the_method_alone() {
    let node = Node::start().await;
    let fault = Fault::new(FaultKind::RpcError {
        code: -32_005,
        message: "query returned more than 10000 results".into(),
    });
    node.chain.add_fault(fault.of_method("eth_getLogs"));
    let answer = node.rpc("eth_getLogs", json!([{}])).await;
    assert_eq!(
        answer["error"],
        json!({ "code": -32005, "message": "query returned more than 10000 results", "data": "{}" })
    );
    assert!(node.rpc("eth_blockNumber", json!([])).await["result"].is_string());
    node.chain.clear_faults();

    add(&node, json!({ "kind": "rpc_error" })).await;
    assert_eq!(number(&node.post(HEAD, json!({})).await), node.chain.head());
    let answer = node.rpc("eth_blockNumber", json!([])).await;
    assert_eq!(answer["error"]["message"], "exceed max block range: 5000");
}

#[tokio::test]
async fn an_outage_closes_the_connection_without_a_byte() {
    let node = Node::start().await;
    node.chain.add_fault(Fault::new(FaultKind::Outage).times(1));
    let address = node.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {HEAD} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty(), "{end:?} after {answer:?}");
    assert_eq!(number(&node.post(HEAD, json!({})).await), node.chain.head());
}

#[tokio::test]
async fn a_held_call_is_answered_when_the_faults_are_cleared() {
    let node = Node::start().await;
    node.chain
        .add_fault(Fault::new(FaultKind::Hold).on(HEAD).times(1));
    let url = node.url.clone();
    let held = tokio::spawn(async move {
        let answer = client().get(format!("{url}{HEAD}")).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    });
    while node.chain.requests(HEAD) == 0 {
        tokio::task::yield_now().await;
    }
    // Used up, so that others pass, while the one is still held.
    assert_eq!(number(&node.post(HEAD, json!({})).await), node.chain.head());
    assert!(!held.is_finished());
    node.chain.mine(1);
    node.chain.clear_faults();
    let answer = tokio::time::timeout(Duration::from_secs(10), held).await;
    assert_eq!(number(&answer.unwrap().unwrap()), node.chain.head());
}

#[tokio::test]
async fn a_truncated_answer_is_the_first_half_of_the_true_one() {
    let node = node_with_four_transfers().await;
    let ask = || json!({ "num": node.chain.head() });
    let path = "/wallet/gettransactioninfobyblocknum";
    let (_, whole) = raw(&node, path, ask()).await;
    add(&node, json!({ "kind": "truncated" })).await;
    let (status, half) = raw(&node, path, ask()).await;
    assert_eq!((status, &half[..]), (200, &whole[..whole.len() / 2]));
}

#[tokio::test]
async fn logs_are_missing_doubled_or_reversed_until_the_fault_is_cleared() {
    let node = node_with_four_transfers().await;
    for (fault, expected) in [
        (json!({ "kind": "missing" }), vec![]),
        (json!({ "kind": "missing", "every": 2 }), vec!["0x0", "0x2"]),
        (
            json!({ "kind": "missing", "every": 3 }),
            vec!["0x0", "0x1", "0x3"],
        ),
        (
            json!({ "kind": "duplicated" }),
            vec!["0x0", "0x0", "0x1", "0x1", "0x2", "0x2", "0x3", "0x3"],
        ),
        (
            json!({ "kind": "reordered" }),
            vec!["0x3", "0x2", "0x1", "0x0"],
        ),
    ] {
        add(&node, fault.clone()).await;
        assert_eq!(indexes(&node).await, expected, "{fault}");
        assert_eq!(number(&node.post(HEAD, json!({})).await), node.chain.head());
        node.chain.clear_faults();
        assert_eq!(indexes(&node).await, ["0x0", "0x1", "0x2", "0x3"]);
    }
}

#[tokio::test]
async fn rows_and_receipts_go_missing_too() {
    let node = node_with_four_transfers().await;
    let path = format!("/v1/accounts/{PAYEE}/transactions/trc20");
    add(
        &node,
        json!({ "path": "/v1/", "kind": "missing", "every": 2 }),
    )
    .await;
    let page = node.get(&path).await;
    assert_eq!(page["data"].as_array().unwrap().len(), 2);
    assert_eq!(page["meta"]["page_size"], 2);
    add(&node, json!({ "path": "/wallet/", "kind": "missing" })).await;
    let ask = json!({ "num": node.chain.head() });
    let receipts = node.post("/wallet/gettransactioninfobyblocknum", ask).await;
    assert_eq!(receipts, json!([]));
}

#[tokio::test]
async fn a_stale_node_knows_nothing_of_the_newest_blocks() {
    let node = Node::start().await;
    let old = json!(node.pay());
    node.chain.mine(1);
    let txid = json!(node.pay());
    node.chain.mine(25);
    let (head, solid) = (node.chain.head(), node.chain.solid());
    let ask = async || {
        let logs = json!({ "fromBlock": format!("{FIRST_BLOCK:#x}"), "topics": [null, null, format!("0x{PAYEE_WORD}")] });
        let by_id = json!({ "value": txid });
        let info = "gettransactioninfobyid";
        (
            number(&node.post(HEAD, json!({})).await),
            number(&node.post(SOLID, json!({})).await),
            node.rpc("eth_blockNumber", json!([])).await["result"].clone(),
            node.logs(logs).await.len(),
            node.post(&format!("/wallet/{info}"), by_id.clone()).await != json!({}),
            node.post(&format!("/walletsolidity/{info}"), by_id).await != json!({}),
            node.rows("").await.len(),
            node.rows("only_confirmed=true").await.len(),
            balance(&node, "wallet", PAYEE_WORD, USDT_HEX).await,
        )
    };
    let hex = |number: u64| json!(format!("{number:#x}"));
    let all = (head, solid, hex(head), 2, true, true, 2, 2, 100_026_800);
    assert_eq!(ask().await, all);
    add(&node, json!({ "kind": "stale", "blocks": 7 })).await;
    let seven = (
        head - 7,
        solid - 7,
        hex(head - 7),
        2,
        true,
        false,
        2,
        0,
        100_026_800,
    );
    assert_eq!(ask().await, seven);
    node.chain.clear_faults();
    add(&node, json!({ "kind": "stale", "blocks": 25 })).await;
    let lagging = ask().await;
    assert_eq!(
        (lagging.0, lagging.3, lagging.4, lagging.6),
        (head - 25, 1, false, 1)
    );
    assert_eq!(lagging.8, 50_013_400);
    assert_ne!(receipt(&node, &old).await, json!({}));
    let above = json!({ "num": head - 24 });
    assert_eq!(
        node.post("/wallet/getblockbynum", above.clone()).await,
        json!({})
    );
    let receipts = node
        .post("/wallet/gettransactioninfobyblocknum", above)
        .await;
    assert_eq!(receipts, json!([]));
    node.chain.clear_faults();
    assert_eq!(ask().await, all);
}

#[tokio::test]
async fn the_indexer_repeats_a_page_or_forgets_that_more_follow() {
    let node = node_with_four_transfers().await;
    let path = format!("/v1/accounts/{PAYEE}/transactions/trc20?limit=2");
    let first = node.get(&path).await;
    add(&node, json!({ "kind": "repeated_page" })).await;
    let mut url = path.clone();
    for _ in 0..3 {
        let page = node.get(&url).await;
        assert_eq!(page["data"], first["data"]);
        url = format!(
            "{path}&fingerprint={}",
            page["meta"]["fingerprint"].as_str().unwrap()
        );
    }
    node.chain.clear_faults();
    add(&node, json!({ "kind": "lost_fingerprint" })).await;
    let page = node.get(&path).await;
    assert_eq!(page["data"], first["data"]);
    assert_eq!(
        page["meta"]
            .get("fingerprint")
            .or(page["meta"].get("links")),
        None
    );
}

#[tokio::test]
async fn requests_are_counted_by_path() {
    let node = Node::start().await;
    node.post(HEAD, json!({})).await;
    node.post(HEAD, json!({})).await;
    node.post(SOLID, json!({})).await;
    node.get("/dev/status").await;
    assert_eq!(node.chain.requests(HEAD), 2);
    assert_eq!(node.chain.requests("/wallet/"), 2);
    assert_eq!(node.chain.requests(""), 3);
}

#[tokio::test]
async fn a_key_or_a_path_that_is_not_known_is_told_by_the_status() {
    let node = Node::start().await;
    add(&node, json!({ "kind": "unknown_key", "times": 1 })).await;
    let answer = raw(&node, HEAD, json!({})).await;
    assert_eq!(answer, (401, r#"{"Error":"ApiKey not exists"}"#.to_owned()));
    add(&node, json!({ "kind": "lacking", "path": HEAD })).await;
    let lacking = raw(&node, HEAD, json!({})).await;
    assert_eq!(lacking.0, 405);
    assert!(lacking.1.contains(HEAD), "{}", lacking.1);
    // The same without a fault, where the path really is missing.
    let missing = raw(&node, "/wallet/getblok", json!({})).await;
    assert_eq!(missing.1, lacking.1.replace(HEAD, "/wallet/getblok"));
}

#[tokio::test(start_paused = true)]
async fn slow_logs_take_longer_the_more_is_asked_of_them() {
    let (chain, _) = new_chain();
    chain.mine(100);
    chain.add_fault(Fault::new(FaultKind::SlowLogs { nanos: 1_000_000 }));
    let took = async |method: &str, filter: Value| {
        let body = json!({ "id": 1, "method": method, "params": [filter] }).to_string();
        let request = Request::post("/jsonrpc").body(Body::from(body)).unwrap();
        let start = Instant::now();
        let answer = chain.router().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        start.elapsed().as_millis()
    };
    let range = |blocks: u64, topics: Value| json!({ "fromBlock": format!("{:#x}", chain.head() - blocks + 1), "toBlock": "latest", "topics": topics });
    let word = format!("0x{PAYEE_WORD}");
    let other = format!("0x{PAYER_WORD}");
    for (blocks, topics, millis) in [
        (1, json!([]), 1),
        (10, json!([]), 10),
        (10, json!([word]), 10),
        (10, json!([word, null, [word, other]]), 30),
        (100, json!([word, null, [word, other]]), 300),
    ] {
        let filter = range(blocks, topics.clone());
        assert_eq!(
            took("eth_getLogs", filter).await,
            millis,
            "{blocks} {topics}"
        );
    }
    assert_eq!(took("eth_blockNumber", json!({})).await, 0);
}
