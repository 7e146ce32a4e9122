//! Receipts of one transaction, and of a whole block without an index.

use serde_json::{Value, json};
use usdt_tron::{NodeError, Receipt, Transfer};

use crate::fixtures::{
    BLOCK, BLOCK_ID, FAKE_TOKEN_HEX, LITE, OTHER_WORD, PAYEE_WORD, PAYER_WORD, TOKEN_HEX, TRANSFER,
    assert_refused, assert_senseless, busy, token, txid, word,
};
use crate::scripted_node::ScriptedNode;

const BLOCK_RECEIPTS: &str = "/walletsolidity/gettransactioninfobyblocknum";

fn log(contract: &str, from: &str, micro: u64) -> Value {
    json!({"address": contract, "topics": [TRANSFER, from, PAYEE_WORD], "data": word(micro)})
}

fn receipt(number: u64, logs: &[Value]) -> Value {
    json!({
        "id": txid(number), "blockNumber": BLOCK, "blockTimeStamp": 1_777_437_762_000_i64,
        "fee": 4_493_350, "contractResult": ["00"],
        "receipt": {"energy_usage_total": 29_631, "net_usage": 345, "result": "SUCCESS"},
        "log": logs,
    })
}

fn header(number: u64, id: &str, tx_trie_root: &str) -> Value {
    json!({"blockID": id, "block_header": {"witness_signature": "55", "raw_data": {
        "number": number, "txTrieRoot": tx_trie_root, "timestamp": 1_777_445_307_000_i64,
        "version": 34,
    }}})
}

#[tokio::test]
async fn every_transfer_of_a_block_is_found_however_it_was_made() {
    let single = receipt(1, &[log(TOKEN_HEX, PAYER_WORD, 1)]);
    // The sender of the transaction is another than the one whose tokens moved.
    let transfer_from = receipt(2, &[log(TOKEN_HEX, OTHER_WORD, 2)]);
    let multisend = receipt(
        3,
        &[
            log(TOKEN_HEX, PAYER_WORD, 3),
            log(TOKEN_HEX, PAYER_WORD, 3),
            log(TOKEN_HEX, PAYER_WORD, 4),
        ],
    );
    let fake_token = receipt(4, &[log(FAKE_TOKEN_HEX, PAYER_WORD, 5)]);
    let mut failed_with_log = receipt(5, &[log(TOKEN_HEX, PAYER_WORD, 6)]);
    failed_with_log["result"] = json!("FAILED");
    failed_with_log["receipt"]["result"] = json!("OUT_OF_TIME");
    let trx = json!({
        "id": txid(6), "fee": 267_000, "blockNumber": BLOCK, "blockTimeStamp": 1,
        "contractResult": [""], "receipt": {"net_fee": 267_000},
    });
    let node = ScriptedNode::always(json!([
        single,
        transfer_from,
        multisend,
        fake_token,
        failed_with_log,
        trx
    ]))
    .await;

    let receipts = node.client().block_receipts(BLOCK).await.unwrap();

    let succeeded: Vec<bool> = receipts.iter().map(Receipt::succeeded).collect();
    assert_eq!(succeeded, [true, true, true, true, false, false]);
    let found: Vec<_> = receipts
        .iter()
        .flat_map(|receipt| receipt.transfers(token()))
        .map(
            |Transfer {
                 txid,
                 log_position,
                 amount,
                 ..
             }| (txid, log_position, amount.micro()),
        )
        .collect();
    assert_eq!(
        found,
        [
            (txid(1), 0, 1),
            (txid(2), 0, 2),
            (txid(3), 0, 3),
            (txid(3), 1, 3),
            (txid(3), 2, 4),
        ]
    );
    let asked = node.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].path, BLOCK_RECEIPTS);
    assert_eq!(asked[0].body, json!({"num": BLOCK}));
}

#[tokio::test]
async fn a_block_is_empty_only_if_its_header_says_so() {
    let receipts = async |header: Value| {
        let node = ScriptedNode::start(move |asked| {
            if asked.path == BLOCK_RECEIPTS {
                return json!([]);
            }
            assert_eq!(asked.path, "/walletsolidity/getblock");
            assert_eq!(
                asked.body,
                json!({"id_or_num": BLOCK.to_string(), "detail": false})
            );
            header.clone()
        })
        .await;
        node.client().block_receipts(BLOCK).await
    };
    let zeros = "0".repeat(64);
    assert!(
        receipts(header(BLOCK, BLOCK_ID, &zeros))
            .await
            .unwrap()
            .is_empty()
    );

    let earlier = format!("0000000003fe266a{}", &BLOCK_ID[16..]);
    let mut rootless = header(BLOCK, BLOCK_ID, &zeros);
    let raw_data = &mut rootless["block_header"]["raw_data"];
    raw_data.as_object_mut().unwrap().remove("txTrieRoot");
    for (what, header) in [
        ("a node that lags", json!({})),
        (
            "its newest block instead",
            header(BLOCK - 1, &earlier, &zeros),
        ),
        ("an ID of another block", header(BLOCK, &earlier, &zeros)),
        (
            "a block that is not empty",
            header(BLOCK, BLOCK_ID, PAYER_WORD),
        ),
        ("no root", rootless),
        ("an empty root", header(BLOCK, BLOCK_ID, "")),
        ("a short root", header(BLOCK, BLOCK_ID, "00")),
    ] {
        assert_senseless(what, receipts(header).await);
    }
    assert_refused("a busy node", receipts(busy()).await);
}

#[tokio::test]
async fn what_is_no_list_of_this_blocks_receipts_is_an_error() {
    let mut stray = receipt(2, &[]);
    stray["blockNumber"] = json!(BLOCK + 1);
    let mut nameless = receipt(2, &[]);
    nameless.as_object_mut().unwrap().remove("id");
    for (what, answer) in [
        ("{}", json!({})),
        ("null", json!(null)),
        (
            "a receipt of another block",
            json!([receipt(1, &[]), stray]),
        ),
        ("a receipt without ID", json!([receipt(1, &[]), nameless])),
        ("an empty receipt", json!([{}])),
    ] {
        let node = ScriptedNode::always(answer).await;
        assert_senseless(what, node.client().block_receipts(BLOCK).await);
    }
    let node = ScriptedNode::always(LITE).await;
    assert_senseless("bare text", node.client().block_receipts(BLOCK).await);
    let node = ScriptedNode::always(busy()).await;
    assert_refused("Error", node.client().block_receipts(BLOCK).await);
}

#[tokio::test]
async fn a_transaction_can_be_in_the_head_and_not_yet_be_solid() {
    let node = ScriptedNode::start(|asked| {
        assert_eq!(asked.body, json!({"value": txid(1)}));
        match asked.path.as_str() {
            "/wallet/gettransactioninfobyid" => receipt(1, &[]),
            "/walletsolidity/gettransactioninfobyid" => json!({}),
            other => panic!("{other}"),
        }
    })
    .await;
    let client = node.client();
    let seen = client.find_receipt(txid(1)).await.unwrap().unwrap();
    assert_eq!((seen.txid, seen.block), (txid(1), BLOCK));
    assert!(client.find_solid_receipt(txid(1)).await.unwrap().is_none());
    assert_senseless("where it must be", client.solid_receipt(txid(1)).await);
}

#[tokio::test]
async fn only_an_empty_object_means_that_there_is_no_receipt() {
    for (what, answer) in [
        ("[]", json!([])),
        ("null", json!(null)),
        ("an ID alone", json!({"id": txid(1)})),
        ("another transaction", receipt(2, &[])),
    ] {
        let node = ScriptedNode::always(answer).await;
        assert_senseless(what, node.client().find_solid_receipt(txid(1)).await);
        assert_senseless(what, node.client().find_receipt(txid(1)).await);
    }
    let node = ScriptedNode::always(LITE).await;
    assert_senseless("bare text", node.client().find_solid_receipt(txid(1)).await);
    let node = ScriptedNode::always(busy()).await;
    assert_refused("Error", node.client().find_solid_receipt(txid(1)).await);
    let throttling = json!({"Error": "The key exceeds the frequency limit(30), and the query server is suspended for 30s"});
    let node = ScriptedNode::always(throttling).await;
    let error = node.client().find_solid_receipt(txid(1)).await.unwrap_err();
    assert!(matches!(error, NodeError::Throttled { .. }));
}
