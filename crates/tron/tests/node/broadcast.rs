//! What a node makes of a transfer that is handed in, and what is known after its answer.

use serde_json::{Value, json};
use usdt_protocol::txid::Hex;
use usdt_protocol::{TronAddress, Usdt, UtcTime};
use usdt_tron::{
    BlockReference, Broadcast, NodeError, Refusal, SignedTransfer, TransferTransaction,
};

use crate::fixtures::{BLOCK, BLOCK_ID, LITE, assert_refused, assert_senseless, busy, token};
use crate::scripted_node::{Answer, ScriptedNode};

pub fn signed() -> SignedTransfer {
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

/// What a node makes of a transaction that it calls known, and which it shows as `shown` says.
async fn handed_in_twice(
    shown: impl Fn(&str) -> Answer + Clone + Send + Sync + 'static,
) -> (ScriptedNode, Result<Broadcast, NodeError>) {
    let node = ScriptedNode::start(move |asked| match asked.path.as_str() {
        "/wallet/broadcasttransaction" => {
            refusal("DUP_TRANSACTION_ERROR", "Dup transaction.").into()
        }
        path => shown(path),
    })
    .await;
    let taken = node.client().broadcast(&signed()).await;
    (node, taken)
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
    for place in [
        "/wallet/gettransactionfrompending",
        "/wallet/gettransactionbyid",
    ] {
        let (node, taken) = handed_in_twice(move |path| {
            let transaction = signed().to_json();
            Answer::from(if path == place {
                transaction
            } else {
                json!({})
            })
        })
        .await;
        assert_eq!(taken.unwrap(), Broadcast::Taken, "{place}");
        let asked = node.asked().pop().unwrap();
        assert_eq!(asked.path, place);
        assert_eq!(asked.body, json!({"value": signed().transfer.txid()}));
    }
    let named = json!({"result": true, "code": "SUCCESS", "txid": signed().transfer.txid()});
    assert_eq!(answered(named).await.unwrap(), Broadcast::Taken);
    assert_eq!(
        answered(json!({"result": true})).await.unwrap(),
        Broadcast::Taken
    );
}

#[tokio::test]
async fn what_the_node_calls_known_and_cannot_show_is_not_taken() {
    let (_, taken) = handed_in_twice(|_| json!({}).into()).await;
    assert_senseless("nowhere", taken);
    let other = json!({"txID": "11".repeat(32)});
    let (_, taken) = handed_in_twice(move |_| other.clone().into()).await;
    assert_senseless("another", taken);
    let (_, taken) = handed_in_twice(|_| Answer::text(405, "")).await;
    assert_refused("not served", taken);
    // A provider may lack one of the two.
    let (_, taken) = handed_in_twice(|path| {
        if path == "/wallet/gettransactionfrompending" {
            Answer::text(405, "")
        } else {
            signed().to_json().into()
        }
    })
    .await;
    assert_eq!(taken.unwrap(), Broadcast::Taken);
}

#[tokio::test]
async fn a_refusal_says_why() {
    for (code, message, why) in [
        ("SIGERROR", "Validate signature error", Refusal::Signature),
        ("TAPOS_ERROR", "Tapos check error.", Refusal::Stale),
        (
            "TRANSACTION_EXPIRATION_ERROR",
            "Transaction expired",
            Refusal::Stale,
        ),
        (
            "BANDWITH_ERROR",
            "Account resource insufficient error.",
            Refusal::Resources,
        ),
        (
            "CONTRACT_VALIDATE_ERROR",
            "Contract validate error : account [TUikLT3nTTjTkXPAuC4xUGj84vfSERCWRn] does not exist",
            Refusal::NoAccount,
        ),
        (
            "CONTRACT_VALIDATE_ERROR",
            "account not exists",
            Refusal::NoAccount,
        ),
        (
            "CONTRACT_VALIDATE_ERROR",
            "Contract validate error : Validate TransferContract error, balance is not sufficient.",
            Refusal::Balance,
        ),
        (
            "CONTRACT_VALIDATE_ERROR",
            "Contract validate error : No contract or not a valid smart contract",
            Refusal::Contract,
        ),
        ("CONTRACT_EXE_ERROR", "", Refusal::Contract),
    ] {
        let refused = answered(refusal(code, message)).await;
        assert_eq!(refused.unwrap(), Broadcast::Refused(why), "{message}");
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
    let throttled = answered(Answer::text(429, "")).await;
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
