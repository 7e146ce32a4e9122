//! The JSON-RPC: filters over topics, contracts and ranges, blocks, and its errors.

use serde_json::{Value, json};
use usdt_devchain::Transfer;

use crate::support::*;

fn topic(word: &str) -> String {
    format!("0x{word}")
}

/// Two transfers to the payee in one block, one to the payer in the next.
async fn node_with_three_transfers() -> Node {
    let node = Node::start().await;
    node.chain.transfer(&Transfer {
        count: 2,
        ..payment()
    });
    node.chain.mine(1);
    node.chain
        .transfer(&Transfer::new(address(PAYER), "7".parse().unwrap()));
    node.chain.mine(1);
    node
}

#[tokio::test]
async fn topics_are_matched_by_position_with_alternatives() {
    let node = node_with_three_transfers().await;
    let to_payee = || topic(PAYEE_WORD);
    let by_payer = || topic(PAYER_WORD);
    for (topics, expected) in [
        (json!([]), 3),
        (json!([topic(TRANSFER)]), 3),
        (json!([to_payee()]), 0),
        (json!([null, null, to_payee()]), 2),
        (json!([topic(TRANSFER), null, [to_payee()]]), 2),
        (json!([topic(TRANSFER), null, [to_payee(), by_payer()]]), 3),
        (json!([topic(TRANSFER), [by_payer()], null]), 2),
        (json!([topic(TRANSFER), by_payer(), by_payer()]), 0),
        (json!([topic(TRANSFER), null, []]), 3),
        (json!([null, null, null, null]), 0),
    ] {
        let filter = json!({ "fromBlock": "earliest", "toBlock": "latest", "topics": topics });
        assert_eq!(node.logs(filter).await.len(), expected, "{topics}");
    }
}

#[tokio::test]
async fn contracts_are_matched_alone_or_in_a_list() {
    let node = node_with_three_transfers().await;
    let usdt = format!("0x{}", &USDT_HEX[2..]);
    let other = "0x0000000000000000000000000000000000000001";
    for (contracts, expected) in [
        (json!(usdt), 3),
        (json!([usdt]), 3),
        (json!([other, usdt]), 3),
        (json!([]), 3),
        (json!(other), 0),
    ] {
        let filter = json!({ "fromBlock": "earliest", "address": contracts });
        assert_eq!(node.logs(filter).await.len(), expected, "{contracts}");
    }
}

#[tokio::test]
async fn ranges_include_both_ends_and_know_the_tags() {
    let node = node_with_three_transfers().await;
    let first = FIRST_BLOCK + 21;
    let hex = |number: u64| format!("{number:#x}");
    for (from, to, expected) in [
        (hex(first), hex(first), 2),
        (hex(first), hex(first + 1), 3),
        (hex(first + 1), "latest".into(), 1),
        ("latest".into(), "latest".into(), 1),
        ("earliest".into(), "finalized".into(), 0),
        (hex(first + 2), hex(first + 9), 0),
        (hex(FIRST_BLOCK - 9), hex(FIRST_BLOCK - 1), 0),
    ] {
        let filter = json!({ "fromBlock": from, "toBlock": to });
        assert_eq!(node.logs(filter).await.len(), expected, "{from} to {to}");
    }
    node.chain.mine(19);
    let filter = json!({ "fromBlock": "earliest", "toBlock": "finalized" });
    let logs = node.logs(filter).await;
    let places: Vec<[&str; 3]> = logs
        .iter()
        .map(|log| {
            ["blockNumber", "logIndex", "transactionIndex"].map(|key| log[key].as_str().unwrap())
        })
        .collect();
    let [first, second] = [hex(first), hex(first + 1)];
    assert_eq!(
        places,
        [
            [&first[..], "0x0", "0x0"],
            [&first, "0x1", "0x1"],
            [&second, "0x0", "0x0"]
        ]
    );

    let block = node
        .rpc("eth_getBlockByNumber", json!([first, false]))
        .await;
    let filter = json!({ "blockHash": block["result"]["hash"] });
    assert_eq!(node.logs(filter).await.len(), 2);
}

#[tokio::test]
async fn a_range_beyond_the_limit_is_refused() {
    let node = Node::start().await;
    node.chain.mine(5_000);
    let head = node.chain.head();
    let ask = async |from: u64| {
        node.rpc(
            "eth_getLogs",
            json!([{ "fromBlock": format!("{from:#x}"), "toBlock": "latest" }]),
        )
        .await
    };
    assert_eq!(ask(head - 5_000).await["result"], json!([]));
    assert_eq!(
        ask(head - 5_001).await["error"],
        json!({ "code": -32602, "message": "exceed max block range: 5000", "data": "{}" })
    );
}

#[tokio::test]
async fn too_many_results_are_refused() {
    let node = Node::start().await;
    node.chain.transfer(&Transfer {
        count: 10_000,
        ..payment()
    });
    node.chain.mine(1);
    assert_eq!(
        node.logs(json!({ "fromBlock": "earliest" })).await.len(),
        10_000
    );
    node.pay();
    node.chain.mine(1);
    let answer = node
        .rpc("eth_getLogs", json!([{ "fromBlock": "earliest" }]))
        .await;
    assert_eq!(
        answer["error"],
        json!({ "code": -32005, "message": "query returned more than 10000 results", "data": "{}" })
    );
}

#[tokio::test]
async fn blocks_come_with_hashes_or_whole_transactions() {
    let node = Node::start().await;
    let txid = node.pay();
    node.chain.mine(1);
    let number = format!("{:#x}", node.chain.head());
    assert_eq!(
        node.rpc("eth_blockNumber", json!([])).await["result"],
        number.as_str()
    );

    let block = node
        .rpc("eth_getBlockByNumber", json!(["latest", false]))
        .await["result"]
        .clone();
    assert_eq!(block["number"], number);
    assert_eq!(
        block["timestamp"],
        format!("{:#x}", (START + 3_000) / 1_000)
    );
    assert_eq!(block["transactions"], json!([format!("0x{txid}")]));
    let rest = node.post("/wallet/getnowblock", json!({})).await;
    assert_eq!(
        block["hash"],
        format!("0x{}", rest["blockID"].as_str().unwrap())
    );

    let full = node
        .rpc("eth_getBlockByNumber", json!([number, true]))
        .await["result"]
        .clone();
    let transaction = &full["transactions"][0];
    assert_eq!(transaction["hash"], format!("0x{txid}"));
    assert_eq!(transaction["to"], format!("0x{}", &USDT_HEX[2..]));
    assert_eq!(
        transaction["input"],
        format!("0xa9059cbb{PAYEE_WORD}{AMOUNT_WORD}")
    );

    let solid = node
        .rpc("eth_getBlockByNumber", json!(["finalized", false]))
        .await;
    assert_eq!(
        solid["result"]["number"],
        format!("{:#x}", node.chain.solid())
    );
    let missing = node
        .rpc("eth_getBlockByNumber", json!(["0x7fffffff", false]))
        .await;
    assert_eq!(missing["result"], Value::Null);
}

#[tokio::test]
async fn errors_have_the_codes_of_json_rpc() {
    let node = Node::start().await;
    for (method, params, code) in [
        ("eth_mining", json!([]), -32601),
        ("eth_getLogs", json!([]), -32602),
        ("eth_getLogs", json!([{ "fromBlock": "12" }]), -32602),
        (
            "eth_getLogs",
            json!([{ "fromBlock": "0x2", "toBlock": "0x1" }]),
            -32602,
        ),
        ("eth_getLogs", json!([{ "address": "0x12" }]), -32602),
        ("eth_getLogs", json!([{ "topics": ["0x12"] }]), -32602),
        (
            "eth_getLogs",
            json!([{ "topics": [null, null, null, null, null] }]),
            -32602,
        ),
        ("eth_getBlockByNumber", json!(["pending", false]), -32602),
    ] {
        let answer = node.rpc(method, params.clone()).await;
        assert_eq!(answer["error"]["code"], code, "{method} {params}: {answer}");
        assert_eq!(answer.get("result"), None);
    }
    let answer = node.post("/jsonrpc", json!({ "id": 7 })).await;
    assert_eq!(answer["error"]["code"], -32600);
}
