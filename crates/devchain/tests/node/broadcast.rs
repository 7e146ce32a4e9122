//! Transactions that a wallet has signed: what the node takes, and what it says of others.

use serde_json::{Value, json};
use usdt_protocol::txid::{Hex, decode_hex_bytes};
use usdt_tron::TransferTransaction;

use crate::support::*;
use crate::wallet::*;

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
    for (seconds, fits) in [(2, false), (3, true), (86_400, true), (86_401, false)] {
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
    assert_eq!(
        text(&answer),
        "Contract validate error : No contract or not a smart contract"
    );
    let greedy = TransferTransaction {
        fee_limit: 15_000_000_001,
        ..good
    };
    let answer = broadcast(&node, signed(greedy.to_json())).await;
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
async fn a_node_makes_the_bytes_from_the_raw_data_alone() {
    let node = Node::start().await;
    let transfer = transfer(&node).await;
    let mut sent = signed(transfer.to_json());
    let txid = json!(transfer.txid());
    sent.as_object_mut().unwrap().remove("raw_data_hex");
    sent["txID"] = json!("11".repeat(32));
    let answer = broadcast(&node, sent).await;
    assert_eq!(answer, json!({ "result": true, "txid": txid }));
    let by_id = json!({ "value": txid });
    let waiting = node
        .post("/wallet/gettransactionfrompending", by_id.clone())
        .await;
    assert_eq!(waiting["raw_data"], transfer.to_json()["raw_data"]);
    let all = node
        .post("/wallet/gettransactionlistfrompending", json!({}))
        .await;
    assert_eq!(all, json!({ "txId": [txid] }));
    let size = node.get("/wallet/getpendingsize").await;
    assert_eq!(size, json!({ "pendingSize": 1 }));

    node.chain.mine(1);
    for path in ["gettransactionfrompending", "gettransactionlistfrompending"] {
        let answer = node.post(&format!("/wallet/{path}"), by_id.clone()).await;
        assert_eq!(answer, json!({}), "{path}");
    }
    assert_eq!(receipt(&node, &txid).await["receipt"]["result"], "SUCCESS");
}

#[tokio::test]
async fn a_readable_transaction_is_taken_and_answered_readably() {
    let node = Node::start().await;
    let mut sent = signed(transfer(&node).await.to_json());
    let value = &mut sent["raw_data"]["contract"][0]["parameter"]["value"];
    value["owner_address"] = json!(account());
    value["contract_address"] = json!(USDT);
    let answer = broadcast(&node, sent.clone()).await;
    assert_refused(&answer, "CONTRACT_VALIDATE_ERROR");
    assert_eq!(text(&answer), "Contract validate error : No contract!");
    sent["visible"] = json!(true);
    let answer = broadcast(&node, sent.clone()).await;
    assert_eq!(answer["result"], true, "{answer}");
    let again = broadcast(&node, sent).await;
    assert_eq!(again["message"], "Dup transaction.");

    node.chain.mine(1);
    let by_id = json!({ "value": answer["txid"], "visible": true });
    let info = node
        .post("/wallet/gettransactioninfobyid", by_id.clone())
        .await;
    assert_eq!(info["contract_address"], USDT);
    assert_eq!(info["log"][0]["address"], USDT);
    let mined = node.post("/wallet/gettransactionbyid", by_id).await;
    let value = &mined["raw_data"]["contract"][0]["parameter"]["value"];
    assert_eq!(value["owner_address"], json!(account()));
}

#[tokio::test]
async fn a_transaction_in_hex_is_answered_in_clear_text() {
    let node = Node::start().await;
    let transfer = transfer(&node).await;
    let sent = signed(transfer.to_json());
    let raw = decode_hex_bytes(sent["raw_data_hex"].as_str().unwrap()).unwrap();
    // The fields 1 and 2 of a transaction: what is signed, and a signature.
    let length = u8::try_from(raw.len() - 128).unwrap();
    let hex = format!(
        "0a{:02x}01{}1241{}",
        length | 0x80,
        Hex(&raw),
        sent["signature"][0].as_str().unwrap()
    );
    let hand_in = async |hex: &str| {
        let body = json!({ "transaction": hex });
        node.post("/wallet/broadcasthex", body).await
    };
    let answer = hand_in(&hex).await;
    assert_eq!(
        (&answer["result"], &answer["code"], &answer["message"]),
        (&json!(true), &json!("SUCCESS"), &json!("")),
    );
    assert_eq!(answer["txid"], json!(transfer.txid()));
    let said: Value = serde_json::from_str(answer["transaction"].as_str().unwrap()).unwrap();
    assert_eq!(said["signature"], sent["signature"]);
    let again = hand_in(&hex).await;
    assert_eq!(
        (&again["result"], &again["code"], &again["message"]),
        (
            &json!(false),
            &json!("DUP_TRANSACTION_ERROR"),
            &json!("Dup transaction.")
        ),
    );
    assert!(hand_in("00").await["Error"].is_string());
}

#[tokio::test]
async fn a_node_with_a_cache_of_ids_takes_no_second_look() {
    let node = Node::start().await;
    let rules = node
        .post("/dev/rules", json!({ "transaction_cache": true }))
        .await;
    assert_eq!(
        rules["rules"],
        json!({ "funds": false, "transaction_cache": true })
    );
    let good = signed(transfer(&node).await.to_json());
    let mut bad = good.clone();
    bad["signature"] = json!([]);
    assert_refused(&broadcast(&node, bad).await, "SIGERROR");
    let answer = broadcast(&node, good.clone()).await;
    assert_refused(&answer, "DUP_TRANSACTION_ERROR");
    assert_eq!(text(&answer), "Transaction already exists.");
    let by_id = json!({ "value": answer["txid"] });
    for path in ["gettransactionfrompending", "gettransactionbyid"] {
        let known = node.post(&format!("/wallet/{path}"), by_id.clone()).await;
        assert_eq!(known, json!({}), "it never came in: {path}");
    }

    node.post("/dev/rules", json!({ "transaction_cache": false }))
        .await;
    assert_eq!(broadcast(&node, good).await["result"], true);
}

#[tokio::test]
async fn what_is_no_transaction_is_an_error_and_the_solid_side_takes_none() {
    let node = Node::start().await;
    let answer = broadcast(&node, json!({})).await;
    assert!(answer["Error"].is_string(), "{answer}");
    let mut other = signed(transfer(&node).await.to_json());
    other["raw_data"]["contract"][0]["type"] = json!("TransferContract");
    let answer = broadcast(&node, other.clone()).await;
    assert!(answer["Error"].is_string(), "{answer}");
    other["raw_data"]["contract"] = json!([]);
    let answer = broadcast(&node, other).await;
    assert_refused(&answer, "CONTRACT_VALIDATE_ERROR");
    let url = format!("{}/walletsolidity/broadcasttransaction", node.url);
    let answer = client().post(url).json(&json!({})).send().await.unwrap();
    assert_eq!(answer.status(), 405);
}
