//! Transactions that a wallet has signed: what the node takes, and what it says of others.

use k256::ecdsa::SigningKey;
use serde_json::{Value, json};
use sha3::{Digest as _, Keccak256};
use usdt_protocol::txid::{Hex, decode_hex};
use usdt_protocol::{TronAddress, UtcTime};
use usdt_tron::{BlockReference, TransferTransaction};

use crate::support::*;

/// The key of an account that nobody else uses.
fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn account() -> TronAddress {
    let point = key().verifying_key().to_sec1_point(false);
    let hash: [u8; 32] = Keccak256::digest(&point.as_bytes()[1..]).into();
    TronAddress::from_abi_word(&hash)
}

/// 50.0134 USDT from the account to the payee, which is valid now.
async fn transfer(node: &Node) -> TransferTransaction {
    let head = node
        .post("/wallet/getblock", json!({ "detail": false }))
        .await;
    let time = head["block_header"]["raw_data"]["timestamp"].as_i64();
    let time = UtcTime::from_millis(time.unwrap());
    TransferTransaction {
        from: account(),
        token: address(USDT),
        to: address(PAYEE),
        amount: "50.0134".parse().unwrap(),
        reference: BlockReference::of_block(
            &decode_hex(head["blockID"].as_str().unwrap()).unwrap(),
        ),
        expiration: time.plus_seconds(60),
        timestamp: time,
        fee_limit: 100_000_000,
    }
}

/// What a wallet makes of a transaction.
fn signed(mut transaction: Value) -> Value {
    let txid = decode_hex::<32>(transaction["txID"].as_str().unwrap()).unwrap();
    let (signature, id) = key().sign_prehash_recoverable(&txid);
    let signature = format!("{}{:02x}", Hex(&signature.to_bytes()), id.to_byte() + 27);
    transaction["signature"] = json!([signature]);
    transaction
}

async fn broadcast(node: &Node, transaction: Value) -> Value {
    node.post("/wallet/broadcasttransaction", transaction).await
}

#[track_caller]
fn assert_refused(answer: &Value, code: &str) {
    assert_eq!(answer["code"], code, "{answer}");
    assert!(answer.get("result").is_none(), "{answer}");
    assert!(answer["message"].as_str().unwrap().len() > 2, "{answer}");
}

#[tokio::test]
async fn a_signed_transfer_is_mined_as_it_was_signed() {
    let node = Node::start().await;
    let transfer = transfer(&node).await;
    let sent = signed(transfer.to_json());
    let txid = json!(transfer.txid());
    let answer = broadcast(&node, sent.clone()).await;
    assert_eq!(answer, json!({ "result": true, "txid": txid }));
    assert_refused(
        &broadcast(&node, sent.clone()).await,
        "DUP_TRANSACTION_ERROR",
    );

    node.chain.mine(1);
    let by_id = json!({ "value": txid });
    let mined = node.post("/wallet/gettransactionbyid", by_id).await;
    for field in ["txID", "raw_data", "raw_data_hex", "signature"] {
        assert_eq!(mined[field], sent[field], "{field}");
    }
    assert_eq!(receipt(&node, &txid).await["receipt"]["result"], "SUCCESS");
    assert_eq!(
        balance(&node, "wallet", PAYEE_WORD, USDT_HEX).await,
        50_013_400
    );
    assert_refused(&broadcast(&node, sent).await, "DUP_TRANSACTION_ERROR");
}

#[tokio::test]
async fn a_signature_must_be_the_owners_and_of_just_this_transaction() {
    let node = Node::start().await;
    let transfer = transfer(&node).await;
    let good = signed(transfer.to_json());
    let changed = |change: fn(&mut Value)| {
        let mut transaction = good.clone();
        change(&mut transaction);
        transaction
    };
    let others = TransferTransaction {
        from: address(PAYER),
        ..transfer
    };
    for (what, transaction) in [
        ("none", transfer.to_json()),
        (
            "two",
            changed(|all| all["signature"] = json!([all["signature"][0], "00"])),
        ),
        ("too short", changed(|all| all["signature"] = json!(["00"]))),
        (
            "no point",
            changed(|all| all["signature"] = json!(["00".repeat(65)])),
        ),
        ("another account's", signed(others.to_json())),
        (
            "of another ID",
            changed(|all| all["txID"] = json!("11".repeat(32))),
        ),
        (
            "of other raw data",
            changed(|all| all["raw_data"]["fee_limit"] = json!(1)),
        ),
    ] {
        let answer = broadcast(&node, transaction).await;
        assert_eq!(answer["code"], "SIGERROR", "{what}: {answer}");
    }
    node.chain.mine(1);
    assert_eq!(balance(&node, "wallet", PAYEE_WORD, USDT_HEX).await, 0);
}

#[tokio::test]
async fn a_transaction_must_name_a_block_of_the_chain_and_be_in_its_time() {
    let node = Node::start().await;
    let good = transfer(&node).await;
    let send =
        async |transfer: TransferTransaction| broadcast(&node, signed(transfer.to_json())).await;
    let mut reference = good.reference;
    reference.hash[0] ^= 1;
    assert_refused(
        &send(TransferTransaction { reference, ..good }).await,
        "TAPOS_ERROR",
    );
    let mut reference = good.reference;
    reference.number[1] = reference.number[1].wrapping_add(1);
    assert_refused(
        &send(TransferTransaction { reference, ..good }).await,
        "TAPOS_ERROR",
    );
    for (seconds, fits) in [(0, false), (1, true), (86_400, true), (86_401, false)] {
        let expiration = good.timestamp.plus_seconds(seconds);
        let answer = send(TransferTransaction { expiration, ..good }).await;
        if fits {
            assert_eq!(answer["result"], true, "{seconds}");
        } else {
            assert_refused(&answer, "TRANSACTION_EXPIRATION_ERROR");
        }
    }
    node.chain.mine(20);
    assert_refused(&send(good).await, "TRANSACTION_EXPIRATION_ERROR");
    // The block that it names is gone.
    let fresh = transfer(&node).await;
    node.chain.fork(2, true).unwrap();
    assert_refused(&send(fresh).await, "TAPOS_ERROR");
}

#[tokio::test]
async fn only_a_transfer_of_a_contract_that_exists_and_allows_it_succeeds() {
    let node = Node::start().await;
    let good = transfer(&node).await;
    let nowhere = TransferTransaction {
        token: address(PAYER),
        ..good
    };
    let answer = broadcast(&node, signed(nowhere.to_json())).await;
    assert_refused(&answer, "CONTRACT_VALIDATE_ERROR");

    node.chain.set_token(|token| {
        token.blacklisted.insert(account());
    });
    let answer = broadcast(&node, signed(good.to_json())).await;
    assert_eq!(answer["result"], true);
    node.chain.mine(1);
    let receipt = receipt(&node, &answer["txid"]).await;
    assert_eq!(receipt["receipt"]["result"], "REVERT");
    assert_eq!(balance(&node, "wallet", PAYEE_WORD, USDT_HEX).await, 0);
}

#[tokio::test]
async fn what_is_no_transaction_is_an_error_and_the_solid_side_takes_none() {
    let node = Node::start().await;
    let mut transaction = signed(transfer(&node).await.to_json());
    transaction["raw_data_hex"] = json!("00");
    let answer = broadcast(&node, transaction).await;
    assert!(answer["Error"].is_string(), "{answer}");
    let answer = broadcast(&node, json!({})).await;
    assert!(answer["Error"].is_string(), "{answer}");
    let url = format!("{}/walletsolidity/broadcasttransaction", node.url);
    let answer = client().post(url).json(&json!({})).send().await.unwrap();
    assert_eq!(answer.status(), 404);
}
