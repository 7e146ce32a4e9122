//! What a node makes of a transfer that is handed in, and what is known after its answer.

use serde_json::{Value, json};
use usdt_protocol::txid::Hex;
use usdt_protocol::{TronAddress, Usdt, UtcTime};
use usdt_tron::{
    BlockReference, Broadcast, NodeError, Refusal, SignedTransfer, TransferTransaction,
};

use crate::fixtures::{BLOCK, BLOCK_ID, LITE, assert_refused, assert_senseless, busy, token};
use crate::scripted_node::{Answer, ScriptedNode};

fn signed() -> SignedTransfer {
    SignedTransfer {
        transfer: TransferTransaction {
            from: TronAddress::from_bytes([1; 20]),
            token: token(),
            to: TronAddress::from_bytes([2; 20]),
            amount: Usdt::from_micro(50_013_400),
            reference: BlockReference {
                number: [3; 2],
                hash: [4; 8],
            },
            expiration: UtcTime::from_millis(1_777_445_367_000),
            timestamp: UtcTime::from_millis(1_777_445_307_000),
            fee_limit: 100_000_000,
        },
        signature: [5; 65],
    }
}

async fn answered(answer: impl Into<Answer>) -> Result<Broadcast, NodeError> {
    let node = ScriptedNode::always(answer).await;
    node.client().broadcast(&signed()).await
}

fn refusal(code: &str, message: &str) -> Value {
    let txid = signed().transfer.txid();
    json!({"code": code, "message": Hex(message.as_bytes()).to_string(), "txid": txid})
}

#[tokio::test]
async fn a_node_gets_the_transaction_with_its_signature_as_nodes_write_it() {
    let txid = signed().transfer.txid();
    let node = ScriptedNode::always(json!({"result": true, "txid": txid})).await;
    let taken = node.client().broadcast(&signed()).await;
    assert_eq!(taken.unwrap(), Broadcast::Taken);
    let asked = node.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].path, "/wallet/broadcasttransaction");
    assert_eq!(asked[0].body, signed().to_json());
    assert_eq!(asked[0].body["signature"], json!(["05".repeat(65)]));
}

#[tokio::test]
async fn what_the_node_has_already_is_taken() {
    let twice = refusal("DUP_TRANSACTION_ERROR", "Dup transaction.");
    assert_eq!(answered(twice).await.unwrap(), Broadcast::Taken);
    let named = json!({"result": true, "code": "SUCCESS", "txid": signed().transfer.txid()});
    assert_eq!(answered(named).await.unwrap(), Broadcast::Taken);
    assert_eq!(
        answered(json!({"result": true})).await.unwrap(),
        Broadcast::Taken
    );
}

#[tokio::test]
async fn a_refusal_says_why() {
    for (code, why) in [
        ("SIGERROR", Refusal::Signature),
        ("TAPOS_ERROR", Refusal::Stale),
        ("TRANSACTION_EXPIRATION_ERROR", Refusal::Stale),
        ("BANDWITH_ERROR", Refusal::Resources),
        ("CONTRACT_VALIDATE_ERROR", Refusal::Contract),
        ("CONTRACT_EXE_ERROR", Refusal::Contract),
    ] {
        let refused = answered(refusal(code, "Validate signature error")).await;
        assert_eq!(refused.unwrap(), Broadcast::Refused(why), "{code}");
    }
}

#[tokio::test]
async fn any_other_answer_tells_nothing() {
    for code in ["SERVER_BUSY", "NO_CONNECTION", "OTHER_ERROR", "NEW_ERROR"] {
        assert_refused(code, answered(refusal(code, "no luck")).await);
    }
    let other = json!({"result": true, "txid": "11".repeat(32)});
    assert_senseless("another ID", answered(other).await);
    let both = json!({"result": true, "code": "SIGERROR"});
    assert_senseless("both", answered(both).await);
    for answer in [json!({}), json!({"result": false}), json!([])] {
        assert_senseless("neither", answered(answer).await);
    }
    assert_senseless("lite", answered(LITE).await);
    assert_refused("busy", answered(busy()).await);
    let throttled = answered(Answer::text(403, "")).await;
    assert!(matches!(throttled, Err(NodeError::Throttled { .. })));
}

#[tokio::test]
async fn a_transaction_names_the_newest_block_by_parts_of_its_id() {
    let block = json!({
        "blockID": BLOCK_ID,
        "block_header": {"raw_data": {"number": BLOCK, "timestamp": 1_777_445_307_000_i64}},
    });
    let node = ScriptedNode::always(block).await;
    let block = node.client().reference_block().await.unwrap();
    assert_eq!(block.time, UtcTime::from_millis(1_777_445_307_000));
    assert_eq!(block.reference.number, [0x26, 0x6b]);
    assert_eq!(Hex(&block.reference.hash).to_string(), "f6b6d392f654dc2e");
    assert_eq!(node.asked()[0].path, "/wallet/getblock");

    let cut = json!({
        "blockID": "0000000003fe266bf6b6",
        "block_header": {"raw_data": {"number": BLOCK, "timestamp": 1_777_445_307_000_i64}},
    });
    let node = ScriptedNode::always(cut).await;
    assert_senseless("cut", node.client().reference_block().await);
}
