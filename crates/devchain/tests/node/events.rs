//! Events that the indexer tells of contracts, transactions and blocks.

use serde_json::{Value, json};
use usdt_devchain::Transfer;

use crate::support::*;

async fn events(node: &Node, path: &str) -> Vec<Value> {
    let page = node.get(&format!("/v1/{path}")).await;
    assert_eq!(page["success"], true);
    let rows = page["data"].as_array().unwrap().clone();
    assert_eq!(page["meta"]["page_size"], rows.len());
    rows
}

#[tokio::test]
async fn a_transfer_is_an_event_of_its_transaction_contract_and_block() {
    let node = Node::start().await;
    let txid = node.pay();
    assert_eq!(
        events(&node, &format!("transactions/{txid}/events")).await,
        Vec::<Value>::new()
    );
    node.chain.mine(1);
    let (from, to) = (
        format!("0x{}", &PAYER_WORD[24..]),
        format!("0x{}", &PAYEE_WORD[24..]),
    );
    let mut event = json!({
        "block_number": FIRST_BLOCK + 21,
        "block_timestamp": START + 3_000,
        "caller_contract_address": USDT,
        "contract_address": USDT,
        "event_index": 0,
        "event_name": "Transfer",
        "event": "Transfer(address indexed from, address indexed to, uint256 value)",
        "result": {
            "0": from, "1": to, "2": "50013400",
            "from": from, "to": to, "value": "50013400",
        },
        "result_type": { "from": "address", "to": "address", "value": "uint256" },
        "transaction_id": txid,
        "_unconfirmed": true,
    });
    let paths = [
        format!("transactions/{txid}/events"),
        format!("contracts/{USDT}/events"),
        format!("blocks/{}/events", FIRST_BLOCK + 21),
    ];
    for path in &paths {
        assert_eq!(events(&node, path).await, [event.clone()], "{path}");
        let confirmed = events(&node, &format!("{path}?only_confirmed=true")).await;
        assert_eq!(confirmed, Vec::<Value>::new());
    }
    assert_eq!(events(&node, "blocks/latest/events").await, [event.clone()]);

    node.chain.mine(19);
    event.as_object_mut().unwrap().remove("_unconfirmed");
    for path in &paths {
        let confirmed = events(&node, &format!("{path}?only_confirmed=true")).await;
        assert_eq!(confirmed, [event.clone()], "{path}");
    }
    assert_eq!(
        events(&node, "blocks/latest/events").await,
        Vec::<Value>::new()
    );
    let (status, body) = node.get_any("/v1/contracts/here/events").await;
    assert_eq!((status, &body["success"]), (400, &json!(false)));
}

#[tokio::test]
async fn events_of_a_contract_come_in_pages_and_by_name() {
    let node = Node::start().await;
    node.chain.transfer(&Transfer {
        count: 3,
        ..payment()
    });
    node.chain.mine(1);
    node.chain.set_token(|token| {
        token.blacklisted.insert(address(PAYER));
    });
    node.chain.mine(1);
    let path = format!("contracts/{USDT}/events");
    let all = events(&node, &path).await;
    assert_eq!(all.len(), 4);
    assert_eq!(all[0]["event_name"], "AddedBlackList", "the newest first");
    let user = format!("0x{}", &PAYER_WORD[24..]);
    assert_eq!(all[0]["result"], json!({ "0": user, "_user": user }));
    let named = events(&node, &format!("{path}?event_name=Transfer")).await;
    assert_eq!(named, all[1..]);

    let mut url = format!("/v1/{path}?limit=3&order_by=block_timestamp,asc");
    let mut found = Vec::new();
    loop {
        let page = node.get(&url).await;
        found.extend(page["data"].as_array().unwrap().clone());
        match page["meta"]["links"]["next"].as_str() {
            Some(next) => next.clone_into(&mut url),
            None => break,
        }
    }
    found.reverse();
    assert_eq!(found, all);
}
