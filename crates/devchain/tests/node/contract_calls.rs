//! The contract as wallets meet it: its interface, what calls cost, and transactions that the node
//! builds.

use serde_json::{Value, json};

use crate::support::*;
use crate::wallet::*;

fn transfer_call() -> Value {
    json!({
        "owner_address": account().to_hex(),
        "contract_address": USDT_HEX,
        "function_selector": "transfer(address,uint256)",
        "parameter": format!("{PAYEE_WORD}{AMOUNT_WORD}"),
        "fee_limit": 100_000_000,
        "call_value": 0,
    })
}

#[tokio::test]
async fn the_node_builds_a_transfer_that_needs_only_a_signature() {
    let node = Node::start().await;
    let built = node
        .post("/wallet/triggersmartcontract", transfer_call())
        .await;
    assert_eq!(built["result"], json!({ "result": true }));
    let transaction = &built["transaction"];
    assert_eq!(transaction["visible"], false);
    assert_eq!(transaction.get("signature"), None);
    let raw = &transaction["raw_data"];
    assert_eq!(
        raw["contract"][0]["parameter"]["value"],
        json!({
            "data": format!("a9059cbb{PAYEE_WORD}{AMOUNT_WORD}"),
            "owner_address": account().to_hex(),
            "contract_address": USDT_HEX,
        })
    );
    assert_eq!(raw["fee_limit"], 100_000_000);
    assert_eq!(raw["expiration"], START + 60_000);

    let sent = broadcast(&node, signed(transaction.clone())).await;
    assert_eq!(sent, json!({ "result": true, "txid": transaction["txID"] }));
    node.chain.mine(1);
    assert_eq!(
        balance(&node, "wallet", PAYEE_WORD, USDT_HEX).await,
        50_013_400
    );
}

#[tokio::test]
async fn addresses_are_in_hex_or_readable_but_never_both() {
    let node = Node::start().await;
    let mut call = transfer_call();
    call["owner_address"] = json!(account());
    call["contract_address"] = json!(USDT);
    let path = "/wallet/triggersmartcontract";
    let refused = node.post(path, call.clone()).await;
    assert_eq!(refused["result"]["code"], "OTHER_ERROR", "{refused}");
    call["visible"] = json!(true);
    let built = node.post(path, call).await;
    let transaction = &built["transaction"];
    assert_eq!(transaction["visible"], true);
    let value = &transaction["raw_data"]["contract"][0]["parameter"]["value"];
    assert_eq!(value["contract_address"], USDT);
    let sent = broadcast(&node, signed(transaction.clone())).await;
    assert_eq!(sent["result"], true, "{sent}");
}

#[tokio::test]
async fn a_contract_shows_its_interface_and_other_addresses_have_none() {
    let node = Node::start().await;
    let contract = node
        .get(&format!("/wallet/getcontract?value={USDT_HEX}"))
        .await;
    assert_eq!(contract["contract_address"], USDT_HEX);
    let entries = contract["abi"]["entrys"].as_array().unwrap();
    let entry = |name: &str| entries.iter().find(|entry| entry["name"] == name).unwrap();
    assert_eq!(
        entry("transfer"),
        &json!({
            "name": "transfer",
            "inputs": [{ "name": "_to", "type": "address" }, { "name": "_value", "type": "uint256" }],
            "outputs": [{ "type": "bool" }],
            "type": "Function",
            "stateMutability": "Nonpayable",
        })
    );
    assert_eq!(
        entry("Transfer")["inputs"][1],
        json!({ "indexed": true, "name": "to", "type": "address" })
    );
    let readable = json!({ "value": USDT, "visible": true });
    let info = node.post("/wallet/getcontractinfo", readable).await;
    assert_eq!(info["smart_contract"]["contract_address"], USDT);
    assert_eq!(info["smart_contract"]["abi"], contract["abi"]);
    let nobody = json!({ "value": PAYEE, "visible": true });
    assert_eq!(node.post("/wallet/getcontract", nobody).await, json!({}));
    let mut call = transfer_call();
    call["contract_address"] = json!(account().to_hex());
    let refused = node.post("/wallet/triggersmartcontract", call).await;
    assert_eq!(refused["result"]["code"], "CONTRACT_VALIDATE_ERROR");
    assert_eq!(refused.get("transaction"), None);
}

#[tokio::test]
async fn names_are_returned_as_texts() {
    let node = Node::start().await;
    for (function, length, hex) in [("name()", 10, "546574686572"), ("symbol()", 4, "55534454")] {
        let answer = call(&node, "wallet", USDT_HEX, function, "").await;
        let text = answer["constant_result"][0].as_str().unwrap();
        let expected = format!("{:064x}{length:064x}{hex}", 32);
        assert!(text.starts_with(&expected), "{function}: {text}");
        assert_eq!(text.len(), 192);
    }
}

#[tokio::test]
async fn a_transfer_is_estimated_by_what_its_recipient_holds() {
    let node = Node::start().await;
    let estimate = async || node.post("/wallet/estimateenergy", transfer_call()).await;
    assert_eq!(
        estimate().await,
        json!({ "result": { "result": true }, "energy_required": 130_285 })
    );
    node.pay();
    node.chain.mine(1);
    assert_eq!(estimate().await["energy_required"], 64_285);
    let tried = node
        .post("/wallet/triggerconstantcontract", transfer_call())
        .await;
    assert_eq!(tried["energy_used"], 64_285);
    assert_eq!(tried["logs"][0]["topics"][2], PAYEE_WORD);

    node.post("/dev/rules", json!({ "funds": true })).await;
    let refused = estimate().await;
    assert_eq!(refused["result"]["code"], "CONTRACT_EXE_ERROR", "no USDT");
    assert_eq!(refused.get("energy_required"), None);
    let tried = node
        .post("/wallet/triggerconstantcontract", transfer_call())
        .await;
    assert_eq!(tried["transaction"]["ret"], json!([{ "ret": "FAILED" }]));
}

#[tokio::test]
async fn prices_and_heights_are_told_as_clients_read_them() {
    let node = Node::start().await;
    let answer = node.get("/wallet/getchainparameters").await;
    let parameters = answer["chainParameter"].as_array().unwrap();
    for (key, value) in [("getEnergyFee", 100), ("getTransactionFee", 1_000)] {
        assert!(parameters.contains(&json!({ "key": key, "value": value })));
    }
    let prices = node.get("/wallet/getenergyprices").await;
    assert_eq!(prices, json!({ "prices": "0:100" }));
    let info = node.post("/wallet/getnodeinfo", json!({})).await;
    for (field, path) in [("block", "wallet"), ("solidityBlock", "walletsolidity")] {
        let block = node.post(&format!("/{path}/getnowblock"), json!({})).await;
        let number = &block["block_header"]["raw_data"]["number"];
        let id = block["blockID"].as_str().unwrap();
        assert_eq!(info[field], format!("Num:{number},ID:{id}"));
        let by_id = json!({ "value": id });
        assert_eq!(
            node.post(&format!("/{path}/getblockbyid"), by_id).await,
            block
        );
    }
}

#[tokio::test]
async fn who_has_signed_is_told_before_anything_is_sent() {
    let node = Node::start().await;
    let unsigned = transfer(&node).await.to_json();
    let weigh = async |transaction: Value| node.post("/wallet/getsignweight", transaction).await;
    let unweighed = weigh(unsigned.clone()).await;
    assert_eq!(unweighed["result"]["code"], "NOT_ENOUGH_PERMISSION");
    assert_eq!(
        unweighed["transaction"]["transaction"]["txID"],
        unsigned["txID"]
    );
    assert_eq!(
        unweighed["permission"]["keys"][0]["address"],
        account().to_hex()
    );
    let enough = weigh(signed(unsigned.clone())).await;
    assert_eq!(enough["current_weight"], 1);
    assert_eq!(enough["result"], json!({}));
    node.post("/dev/rules", json!({ "funds": true })).await;
    let nobody = weigh(unsigned).await;
    assert_eq!(nobody["result"]["message"], "Account does not exist!");
    assert_eq!(nobody.get("permission"), None);
}
