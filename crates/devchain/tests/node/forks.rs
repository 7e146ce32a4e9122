//! Forks: the newest blocks give way to others, and nothing of them is left behind.

use serde_json::{Value, json};
use usdt_devchain::ForkError;

use crate::support::*;

async fn block(node: &Node, number: u64) -> Value {
    node.post("/wallet/getblockbynum", json!({ "num": number }))
        .await
}

/// Whether the transaction is known by its ID, by its logs, by its row, and by the balance.
async fn known(node: &Node, txid: &Value) -> [bool; 4] {
    let filter = json!({
        "fromBlock": format!("{FIRST_BLOCK:#x}"),
        "topics": [null, null, format!("0x{PAYEE_WORD}")],
    });
    [
        receipt(node, txid).await != json!({}),
        !node.logs(filter).await.is_empty(),
        !node.rows("").await.is_empty(),
        balance(node, "wallet", PAYEE_WORD, USDT_HEX).await > 0,
    ]
}

#[tokio::test]
async fn a_fork_replaces_blocks_and_drops_their_transactions() {
    let node = Node::start().await;
    let txid = json!(node.pay());
    node.chain.mine(5);
    assert_eq!(known(&node, &txid).await, [true; 4]);
    let (head, solid) = (node.chain.head(), node.chain.solid());
    let mut before = Vec::new();
    for number in head - 5..=head {
        before.push(block(&node, number).await);
    }

    let status = node.post("/dev/fork", json!({ "blocks": 5 })).await;
    assert_eq!(
        (&status["head"], &status["solid"]),
        (&json!(head), &json!(solid))
    );
    let mut parent = before[0]["blockID"].clone();
    assert_eq!(block(&node, head - 5).await, before[0]);
    for (number, old) in (head - 4..=head).zip(&before[1..]) {
        let new = block(&node, number).await;
        assert_ne!(new["blockID"], old["blockID"]);
        let [new_header, old_header] = [&new, old].map(|block| &block["block_header"]["raw_data"]);
        assert_eq!(new_header["number"], number);
        assert_eq!(new_header["parentHash"], parent);
        assert!(new_header["timestamp"].as_i64() > old_header["timestamp"].as_i64());
        parent = new["blockID"].clone();
        let old = json!({ "id_or_num": old["blockID"] });
        assert_eq!(node.post("/wallet/getblock", old).await, json!({}), "gone");
    }
    assert_eq!(known(&node, &txid).await, [false; 4]);
    node.chain.mine(25);
    assert_eq!(known(&node, &txid).await, [false; 4]);
}

#[tokio::test]
async fn kept_transactions_are_mined_again_in_a_later_block() {
    let node = Node::start().await;
    let first = json!(node.pay());
    node.chain.mine(2);
    let waiting = json!(node.pay());
    let command = json!({ "blocks": 2, "keep_transactions": true });
    node.post("/dev/fork", command).await;
    assert_eq!(known(&node, &first).await, [false; 4]);
    node.chain.mine(1);
    let head = node.chain.head();
    assert_eq!(known(&node, &first).await, [true; 4]);
    assert_eq!(receipt(&node, &first).await["blockNumber"], head);
    let transactions = block(&node, head).await["transactions"].clone();
    assert_eq!(
        [&transactions[0]["txID"], &transactions[1]["txID"]],
        [&first, &waiting]
    );
    assert_eq!(node.rows("").await.len(), 2);
    assert_eq!(
        balance(&node, "wallet", PAYEE_WORD, USDT_HEX).await,
        100_026_800
    );
}

#[tokio::test]
async fn what_lies_below_a_fork_stays() {
    let node = Node::start().await;
    let below = json!(node.pay());
    node.chain.mine(1);
    node.pay();
    node.chain.mine(1);
    node.chain.fork(1, false).unwrap();
    assert_eq!(known(&node, &below).await, [true; 4]);
    assert_eq!(node.rows("").await.len(), 1);
    assert_eq!(
        balance(&node, "wallet", PAYEE_WORD, USDT_HEX).await,
        50_013_400
    );
}

#[tokio::test]
async fn solid_blocks_cannot_be_replaced() {
    let node = Node::start().await;
    let solid = block(&node, node.chain.solid()).await;
    assert_eq!(node.chain.fork(0, false), Err(ForkError::Depth));
    assert_eq!(node.chain.fork(19, false), Err(ForkError::Depth));
    let error = node.refused("/dev/fork", r#"{"blocks": 19}"#).await;
    assert!(error.contains("between 1 and 18"), "{error}");
    node.chain.fork(18, false).unwrap();
    assert_eq!(block(&node, node.chain.solid()).await, solid);
}

#[tokio::test]
async fn a_fork_takes_the_switches_of_the_token_back() {
    let node = Node::start().await;
    node.chain.mine(1);
    node.chain.set_token(|token| token.paused = true);
    let refused = json!(node.pay());
    node.chain.mine(1);
    assert_eq!(
        receipt(&node, &refused).await["receipt"]["result"],
        "REVERT"
    );
    node.chain.fork(1, false).unwrap();
    assert!(!node.chain.token_state().paused);
    let paid = json!(node.pay());
    node.chain.mine(1);
    assert_eq!(receipt(&node, &paid).await["receipt"]["result"], "SUCCESS");
}
