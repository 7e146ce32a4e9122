//! The switches of the token: how constant calls answer, and what they do to transfers.

use serde_json::{Value, json};
use usdt_devchain::Transfer;

use crate::support::*;

const PAUSE: &str = "6985a02210a168e66602d3235cb6db0e70f92b3ba4d376a33c0f3d9434bff625";
const UNPAUSE: &str = "7805862f689e2f13df9f062ff482ad3ad112aca9e0847911ed832e158c525b33";
const DEPRECATE: &str = "cc358699805e9a8b7f77b522628c7cb9abd07d9efb86b6fb616af1609036a99e";
const PARAMS: &str = "b044a1e409eac5c48e5af22d4af52670dd1a99059537a78b31b48c6500a6354e";
const ADDED: &str = "42e160154868087d6bfdc0ca23d96a1c1cfa32f1b72ba9ba27b69b98a0d819dc";
const REMOVED: &str = "d7e9ec6e6ecd65492dce6bf513cd6867560d49544421d0783ddf06e76c24470c";

/// paused, deprecated, basisPointsRate, maximumFee, and both answers on the payee's blacklisting.
async fn switches(node: &Node, side: &str) -> [u128; 6] {
    let mut answers = [0; 6];
    for (answer, (function, parameter)) in answers.iter_mut().zip([
        ("paused()", ""),
        ("deprecated()", ""),
        ("basisPointsRate()", ""),
        ("maximumFee()", ""),
        ("isBlackListed(address)", PAYEE_WORD),
        ("getBlackListStatus(address)", PAYEE_WORD),
    ]) {
        let result = call(node, side, USDT_HEX, function, parameter).await;
        let word = result["constant_result"][0].as_str().unwrap();
        *answer = u128::from_str_radix(word, 16).unwrap();
    }
    answers
}

/// The topics and data of the logs of the newest block.
async fn events(node: &Node) -> Vec<(Vec<String>, String)> {
    let logs = node.logs(json!({ "fromBlock": "latest" })).await;
    let text = |value: &Value| value.as_str().unwrap()[2..].to_owned();
    logs.iter()
        .map(|log| {
            let topics = log["topics"].as_array().unwrap();
            (topics.iter().map(text).collect(), text(&log["data"]))
        })
        .collect()
}

#[tokio::test]
async fn each_switch_is_turned_by_a_transaction_with_its_event() {
    let node = Node::start().await;
    let command = json!({
        "paused": true,
        "deprecated": true,
        "basis_points_rate": 10,
        "maximum_fee": "5",
        "blacklisted": [PAYEE],
    });
    let answer = node.post("/dev/token", command).await;
    assert_eq!(answer["ok"], true);
    assert_eq!(answer["txids"].as_array().unwrap().len(), 4);
    let state = json!({
        "paused": true,
        "deprecated": true,
        "basis_points_rate": 10,
        "maximum_fee": "5.00",
        "blacklisted": [PAYEE],
    });
    assert_eq!(answer["token"], state);
    assert_eq!(
        node.get("/dev/token").await,
        json!({ "ok": true, "token": state })
    );
    assert_eq!(
        switches(&node, "wallet").await,
        [0; 6],
        "not before the next block"
    );

    node.chain.mine(1);
    let on = [1, 1, 10, 5_000_000, 1, 1];
    assert_eq!(switches(&node, "wallet").await, on);
    assert_eq!(switches(&node, "walletsolidity").await, [0; 6]);
    let seen = events(&node).await;
    let topics: Vec<&str> = seen.iter().map(|(topics, _)| &topics[0][..]).collect();
    assert_eq!(topics, [PAUSE, DEPRECATE, PARAMS, ADDED]);
    assert_eq!(seen[0].1, "");
    assert_eq!(seen[1].1.len(), 64);
    assert_eq!(seen[2].1, format!("{:064x}{:064x}", 10, 5_000_000));
    assert_eq!((&seen[3].0[1][..], &seen[3].1[..]), (PAYEE_WORD, ""));

    node.chain.mine(19);
    assert_eq!(switches(&node, "walletsolidity").await, on);

    let unchanged = node.post("/dev/token", json!({ "paused": true })).await;
    assert_eq!(unchanged["txids"], json!([]));
    node.post("/dev/token", json!({ "paused": false, "blacklisted": [] }))
        .await;
    node.chain.mine(1);
    assert_eq!(switches(&node, "wallet").await, [0, 1, 10, 5_000_000, 0, 0]);
    let seen = events(&node).await;
    let topics: Vec<&str> = seen.iter().map(|(topics, _)| &topics[0][..]).collect();
    assert_eq!(topics, [UNPAUSE, REMOVED]);

    let error = node.refused("/dev/token", r#"{"maximum_fee": "-1"}"#).await;
    assert!(error.contains("maximum_fee"), "{error}");
    let error = node
        .refused("/dev/token", r#"{"blacklisted": ["x"]}"#)
        .await;
    assert!(error.contains("blacklisted"), "{error}");
}

#[tokio::test]
async fn a_paused_token_reverts_transfers_but_those_before_went_through() {
    let node = Node::start().await;
    let before = json!(node.pay());
    node.chain.set_token(|token| token.paused = true);
    let after = json!(node.pay());
    node.chain.mine(1);
    assert_eq!(
        receipt(&node, &before).await["receipt"]["result"],
        "SUCCESS"
    );
    let refused = receipt(&node, &after).await;
    assert_eq!(refused["receipt"]["result"], "REVERT");
    assert_eq!(refused["result"], "FAILED");
    assert_eq!(refused.get("log"), None);
    assert_eq!(node.rows("").await.len(), 1);
    assert_eq!(
        balance(&node, "wallet", PAYEE_WORD, USDT_HEX).await,
        50_013_400
    );

    let other = Transfer {
        contract: Some(address(PAYER)),
        ..payment()
    };
    let other = json!(node.chain.transfer(&other)[0]);
    let paused = call(&node, "wallet", &address(PAYER).to_hex(), "paused()", "").await;
    assert_eq!(
        paused["constant_result"][0],
        format!("{:064}", 0),
        "another token"
    );
    node.chain.set_token(|token| token.paused = false);
    let resumed = json!(node.pay());
    node.chain.mine(1);
    assert_eq!(receipt(&node, &other).await["receipt"]["result"], "SUCCESS");
    assert_eq!(
        receipt(&node, &resumed).await["receipt"]["result"],
        "SUCCESS"
    );
}

#[tokio::test]
async fn a_blacklisted_account_can_receive_but_not_send() {
    let node = Node::start().await;
    node.chain.set_token(|token| {
        token.blacklisted.insert(address(PAYEE));
    });
    let received = json!(node.pay());
    let sent = Transfer {
        from: Some(address(PAYEE)),
        to: address(PAYER),
        ..payment()
    };
    let sent = json!(node.chain.transfer(&sent)[0]);
    node.chain.mine(1);
    assert_eq!(
        receipt(&node, &received).await["receipt"]["result"],
        "SUCCESS"
    );
    assert_eq!(receipt(&node, &sent).await["receipt"]["result"], "REVERT");
}

#[tokio::test]
async fn with_a_fee_recipients_get_the_rest_and_the_owner_a_second_transfer() {
    let node = Node::start().await;
    node.chain.set_token(|token| {
        token.basis_points_rate = 10;
        token.maximum_fee = "0.04".parse().unwrap();
    });
    for (amount, net, fee) in [("10", 9_990_000, 10_000), ("50.0134", 49_973_400, 40_000)] {
        let transfer = Transfer {
            amount: amount.parse().unwrap(),
            count: 2,
            ..payment()
        };
        let txid = json!(node.chain.transfer(&transfer)[1]);
        node.chain.mine(1);
        let receipt = receipt(&node, &txid).await;
        let logs = receipt["log"].as_array().unwrap();
        assert_eq!(logs.len(), 2);
        assert_eq!(logs[0]["topics"], json!([TRANSFER, PAYER_WORD, PAYEE_WORD]));
        assert_eq!(logs[0]["data"], format!("{net:064x}"));
        assert_eq!(logs[1]["topics"][1], PAYER_WORD);
        assert_ne!(logs[1]["topics"][2], PAYEE_WORD);
        assert_eq!(logs[1]["data"], format!("{fee:064x}"));
        assert_eq!(node.rows("").await[0]["value"], net.to_string());
        let owner = logs[1]["topics"][2].as_str().unwrap();
        let filter = json!({ "fromBlock": "latest", "topics": [null, null, format!("0x{owner}")] });
        let fees = node.logs(filter).await;
        let last = format!("{:#x}", events(&node).await.len() - 1);
        assert_eq!(fees.len(), 2);
        assert_eq!(fees[1]["logIndex"], last);
    }
    assert_eq!(
        balance(&node, "wallet", PAYEE_WORD, USDT_HEX).await,
        119_926_800
    );
}
