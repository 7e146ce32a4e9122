//! Accounts, what they have, and what a node refuses to those who have too little.

use serde_json::{Value, json};
use usdt_tron::TransferTransaction;

use crate::support::*;
use crate::wallet::*;

const BANDWIDTH: u64 = 345;
/// In sun: energy to a recipient who holds USDT, and to one who does not.
const TO_HOLDER: u64 = 64_285 * 100;
const TO_NEWCOMER: u64 = 130_285 * 100;

/// A node that gives nothing away.
async fn strict_node() -> Node {
    let node = Node::start().await;
    node.post("/dev/rules", json!({ "funds": true })).await;
    node
}

/// Gives the account something, with a block for what comes by one.
async fn fund(node: &Node, mut what: Value) {
    what["to"] = json!(account());
    assert_eq!(node.post("/dev/fund", what).await["ok"], true);
    node.chain.mine(1);
}

async fn told(node: &Node, path: &str) -> Value {
    let body = json!({ "address": account(), "visible": true });
    node.post(path, body).await
}

async fn send(node: &Node) -> Value {
    let transfer = transfer(node).await;
    broadcast(node, signed(transfer.to_json())).await
}

/// How the transaction ended, once it is mined.
async fn end(node: &Node, sent: &Value) -> Value {
    assert_eq!(sent["result"], true, "{sent}");
    node.chain.mine(1);
    receipt(node, &sent["txid"]).await
}

#[tokio::test]
async fn without_the_rule_everybody_has_an_account_and_trx() {
    let node = Node::start().await;
    let account = told(&node, "/wallet/getaccount").await;
    assert!(account["balance"].as_u64().unwrap() > 1_000_000);
    let sent = send(&node).await;
    let info = end(&node, &sent).await;
    assert_eq!(
        info["receipt"],
        json!({
            "energy_fee": TO_HOLDER,
            "energy_usage_total": TO_HOLDER / 100,
            "net_usage": BANDWIDTH,
            "result": "SUCCESS",
        })
    );
}

#[tokio::test]
async fn who_was_never_funded_has_no_account() {
    let node = strict_node().await;
    for path in [
        "/wallet/getaccount",
        "/walletsolidity/getaccount",
        "/wallet/getaccountresource",
        "/wallet/getaccountnet",
    ] {
        assert_eq!(told(&node, path).await, json!({}), "{path}");
    }
    let indexed = node.get(&format!("/v1/accounts/{}", account())).await;
    assert_eq!(
        (&indexed["success"], &indexed["data"]),
        (&json!(true), &json!([]))
    );
    let refused = send(&node).await;
    assert_eq!(refused["code"], "CONTRACT_VALIDATE_ERROR");
    assert_eq!(
        text(&refused),
        format!(
            "Contract validate error : account [{}] does not exist",
            account()
        )
    );
    let refused = node
        .post("/wallet/getaccount", json!({ "address": account() }))
        .await;
    assert!(refused["Error"].is_string(), "hex was expected: {refused}");
}

#[tokio::test]
async fn a_transfer_is_paid_from_trx_and_the_days_free_bandwidth() {
    let node = strict_node().await;
    fund(&node, json!({ "sun": 30_000_000, "usdt": "200" })).await;
    let sent = send(&node).await;
    let info = end(&node, &sent).await;
    assert_eq!(info["fee"], TO_NEWCOMER);
    assert_eq!(
        info["receipt"],
        json!({
            "energy_fee": TO_NEWCOMER,
            "energy_usage_total": TO_NEWCOMER / 100,
            "net_usage": BANDWIDTH,
            "result": "SUCCESS",
        })
    );
    let account = told(&node, "/wallet/getaccount").await;
    assert_eq!(account["address"], json!(crate::wallet::account()));
    assert_eq!(account["balance"], 30_000_000 - TO_NEWCOMER);
    assert_eq!(account["free_net_usage"], BANDWIDTH);
    assert_eq!(
        account["owner_permission"]["keys"],
        json!([{ "address": crate::wallet::account(), "weight": 1 }])
    );
    let net = told(&node, "/wallet/getaccountnet").await;
    assert_eq!(
        (&net["freeNetUsed"], &net["freeNetLimit"]),
        (&json!(345), &json!(600))
    );

    // 255 bytes of bandwidth are left: TRX burn in their place.
    let sent = send(&node).await;
    let info = end(&node, &sent).await;
    let net_fee = BANDWIDTH * 1_000;
    assert_eq!(info["receipt"]["net_fee"], net_fee);
    assert_eq!(info["receipt"]["energy_fee"], TO_HOLDER);
    assert_eq!(info["fee"], TO_HOLDER + net_fee);

    // The solid side still has what there was before both.
    let hex = json!({ "address": crate::wallet::account().to_hex() });
    let solid = node.post("/walletsolidity/getaccount", hex).await;
    assert_eq!(solid["balance"], 30_000_000);
    let indexed = node
        .get(&format!("/v1/accounts/{}", crate::wallet::account()))
        .await;
    assert_eq!(indexed["data"][0]["trc20"], json!([{ USDT: "99973200" }]));

    // A day later the bandwidth is back.
    node.wall.pass_seconds(86_400);
    node.chain.mine(1);
    let net = told(&node, "/wallet/getaccountnet").await;
    assert_eq!(net.get("freeNetUsed"), None);
}

#[tokio::test]
async fn stakes_pay_before_trx() {
    let node = strict_node().await;
    fund(
        &node,
        json!({ "energy": 200_000, "bandwidth": 400, "usdt": "200" }),
    )
    .await;
    let sent = send(&node).await;
    let info = end(&node, &sent).await;
    assert_eq!(info.get("fee"), None, "nothing burns: {info}");
    assert_eq!(
        info["receipt"],
        json!({
            "energy_usage": 130_285,
            "energy_usage_total": 130_285,
            "net_usage": BANDWIDTH,
            "result": "SUCCESS",
        })
    );
    let resources = told(&node, "/wallet/getaccountresource").await;
    for (name, value) in [
        ("EnergyLimit", 200_000),
        ("EnergyUsed", 130_285),
        ("NetLimit", 400),
        ("NetUsed", 345),
        ("freeNetLimit", 600),
    ] {
        assert_eq!(resources[name], value, "{name}");
    }
}

#[tokio::test]
async fn without_bandwidth_and_trx_a_node_takes_nothing() {
    let node = strict_node().await;
    fund(&node, json!({ "energy": 400_000, "usdt": "200" })).await;
    let first = send(&node).await;
    assert_eq!(first["result"], true);
    // What waits counts too.
    node.wall.pass_seconds(1);
    let other = TransferTransaction {
        fee_limit: 99_000_000,
        ..transfer(&node).await
    };
    let refused = broadcast(&node, signed(other.to_json())).await;
    assert_eq!(refused["code"], "BANDWITH_ERROR");
    assert_eq!(text(&refused), "Account resource insufficient error.");
    assert_eq!(end(&node, &first).await["receipt"]["result"], "SUCCESS");
}

#[tokio::test]
async fn too_little_energy_tokens_or_fee_limit_shows_only_at_execution() {
    for (funds, fee_limit, result, fee) in [
        (
            json!({ "sun": 13_028_499, "usdt": "200" }),
            100_000_000,
            "OUT_OF_ENERGY",
            13_028_400,
        ),
        (
            json!({ "sun": 13_028_500, "usdt": "200" }),
            13_028_499,
            "OUT_OF_ENERGY",
            13_028_400,
        ),
        (
            json!({ "sun": 13_028_500, "usdt": "200" }),
            13_028_500,
            "SUCCESS",
            13_028_500,
        ),
        (
            json!({ "sun": 50_000_000, "usdt": "50.013399" }),
            100_000_000,
            "REVERT",
            184_500,
        ),
        (
            json!({ "sun": 50_000_000, "usdt": "50.0134" }),
            100_000_000,
            "SUCCESS",
            13_028_500,
        ),
    ] {
        let node = strict_node().await;
        fund(&node, funds.clone()).await;
        let transfer = TransferTransaction {
            fee_limit,
            ..transfer(&node).await
        };
        let sent = broadcast(&node, signed(transfer.to_json())).await;
        let info = end(&node, &sent).await;
        assert_eq!(info["receipt"]["result"], result, "{funds}: {info}");
        assert_eq!(info["fee"], fee, "{funds}");
        let failed = result != "SUCCESS";
        assert_eq!(info["result"] == "FAILED", failed);
        let paid = if failed { 0 } else { 50_013_400 };
        assert_eq!(balance(&node, "wallet", PAYEE_WORD, USDT_HEX).await, paid);
    }
}

#[tokio::test]
async fn fees_of_blocks_that_a_fork_replaces_are_not_paid() {
    let node = strict_node().await;
    fund(&node, json!({ "sun": 30_000_000, "usdt": "200" })).await;
    let sent = send(&node).await;
    end(&node, &sent).await;
    node.chain.fork(1, false).unwrap();
    let account = told(&node, "/wallet/getaccount").await;
    assert_eq!(account["balance"], 30_000_000);
    assert_eq!(account.get("free_net_usage"), None);
}
