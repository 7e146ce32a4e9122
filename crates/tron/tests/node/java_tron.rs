//! Answers that a real java-tron gave on a private network, word for word.

use serde_json::Value;
use usdt_protocol::{TronAddress, Usdt};
use usdt_tron::{Broadcast, Node, NodeError, Refusal};

use crate::broadcast::signed;
use crate::scripted_node::{Answer, ScriptedNode};

const RECORDED: &str = include_str!("../fixtures/java_tron.json");

/// Blocks of the recorded network: the newest, the newest solid one, and one with a transfer.
const HEAD: u64 = 111;
const SOLID: u64 = 92;
const BLOCK: u64 = 79;

fn recorded(name: &str) -> Value {
    let all: Value = serde_json::from_str(RECORDED).unwrap();
    all[name].clone()
}

fn token() -> TronAddress {
    TronAddress::from_hex("414127ab44b64ee7cad537aac8b500b436b4dcd347").unwrap()
}

fn answer(entry: &Value) -> Answer {
    let text = match &entry["answer"] {
        Value::String(text) => text.clone(),
        json => json.to_string(),
    };
    Answer::text(
        u16::try_from(entry["status"].as_u64().unwrap()).unwrap(),
        &text,
    )
}

/// A node that answers these questions as the real one did, and no others.
async fn node(names: &'static [&'static str]) -> Node {
    let node = ScriptedNode::start(move |asked| {
        names
            .iter()
            .map(|name| recorded(name))
            .find(|entry| entry["path"] == asked.path && is_asked(entry, &asked.body))
            .map_or_else(|| Answer::text(404, "not recorded"), |entry| answer(&entry))
    })
    .await;
    node.client()
}

/// The number of a JSON-RPC call is the caller's.
fn is_asked(entry: &Value, body: &Value) -> bool {
    let (entry, body) = (&entry["asked"], body);
    match (entry.get("params"), body.get("params")) {
        (Some(recorded), Some(asked)) => recorded == asked,
        _ => entry == body,
    }
}

#[tokio::test]
async fn blocks_and_heights_are_read() {
    let node = node(&[
        "getblock-solid",
        "getblock-head",
        "getblock-solid-by-number",
        "getblock-solid-above-solid-below-head",
    ])
    .await;
    assert_eq!(node.solid_block().await.unwrap().number, SOLID);
    assert_eq!(node.head_block().await.unwrap().number, HEAD);
    assert_eq!(node.solid_block_at(78).await.unwrap().number, 78);
    let not_yet = node.solid_block_at(HEAD).await.unwrap_err();
    assert!(matches!(not_yet, NodeError::Senseless { .. }), "{not_yet}");
}

#[tokio::test]
async fn logs_of_a_token_and_their_receipts_tell_of_the_same_transfers() {
    let node = node(&[
        "jsonrpc-eth_getLogs-token-topic-with-transfers",
        "receipts-block-solid-full",
        "receipt-solid-known",
    ])
    .await;
    let logs = node.token_transfers(token(), 78, SOLID).await.unwrap();
    let amounts: Vec<u64> = logs.iter().map(|log| log.amount.micro()).collect();
    assert_eq!(amounts, [1_000_000_000_000, 50_000_000_000, 10_000_000]);
    assert_eq!(logs[0].block, BLOCK);

    let receipts = node.block_receipts(BLOCK).await.unwrap();
    assert_eq!(receipts.len(), 4);
    let in_block: Vec<_> = receipts
        .iter()
        .flat_map(|receipt| receipt.transfers(token()))
        .collect();
    let alone = node.solid_receipt(logs[0].txid).await.unwrap();
    assert_eq!(alone.transfers(token()), in_block);
    assert_eq!(in_block.len(), 1);
    assert_eq!(
        (in_block[0].to, in_block[0].amount),
        (logs[0].to, logs[0].amount)
    );
}

#[tokio::test]
async fn what_is_not_there_is_told_from_what_is_empty() {
    let node = node(&[
        "jsonrpc-eth_getLogs-no-transfers",
        "receipts-block-solid-above",
        "receipts-block-solid-not-yet-solid",
        "getblock-solid-above-solid-below-head",
        "receipt-solid-unknown",
        "receipt-solid-known-not-solid",
        "receipt-head-known-not-solid",
        "receipt-head-out-of-energy",
        "receipt-head-token-paused",
    ])
    .await;
    for block in [HEAD, 100_111] {
        assert!(node.block_receipts(block).await.is_err(), "{block}");
    }
    let value = |name: &str| {
        recorded(name)["asked"]["value"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap()
    };
    let unknown = value("receipt-solid-unknown");
    assert!(node.find_solid_receipt(unknown).await.unwrap().is_none());
    let young = value("receipt-solid-known-not-solid");
    assert!(node.find_solid_receipt(young).await.unwrap().is_none());
    let seen = node.find_receipt(young).await.unwrap().unwrap();
    assert!(seen.succeeded() && !seen.transfers(token()).is_empty());
    for name in ["receipt-head-out-of-energy", "receipt-head-token-paused"] {
        let failed = node.find_receipt(value(name)).await.unwrap().unwrap();
        assert!(
            failed.failed() && failed.transfers(token()).is_empty(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn refusals_of_logs_and_of_unknown_paths_are_told_in_the_nodes_words() {
    for (name, words) in [
        ("jsonrpc-unknown-method", "method not found"),
        ("jsonrpc-eth_getLogs-5-topics", "topics size should be <= 4"),
    ] {
        let node = ScriptedNode::always(answer(&recorded(name))).await;
        let error = node
            .client()
            .token_transfers(token(), 1, 2)
            .await
            .unwrap_err();
        assert!(matches!(error, NodeError::Refused { .. }), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
    // The solid side under the port of the head's.
    let node = node(&["path-walletsolidity-on-8090"]).await;
    let error = node.solid_block().await.unwrap_err().to_string();
    assert!(error.contains("405"), "{error}");
}

#[tokio::test]
async fn what_became_of_a_broadcast_is_told_from_its_answer() {
    let refused = |why| Some(Broadcast::Refused(why));
    for (name, outcome) in [
        ("broadcast-ok", Some(Broadcast::Taken)),
        ("broadcast-no-account", refused(Refusal::NoAccount)),
        ("broadcast-bandwidth-short", refused(Refusal::Resources)),
        ("broadcast-signature-altered", refused(Refusal::Signature)),
        ("broadcast-expired", refused(Refusal::Stale)),
        ("broadcast-tapos-hash-wrong", refused(Refusal::Stale)),
        // The node had refused this one, and noted its ID: there is nothing to show.
        ("trxcache-2-no-account-again", None),
    ] {
        let mut recorded = recorded(name);
        // The transaction was another one.
        recorded["answer"]["txid"] = Value::from(signed().transfer.txid().to_string());
        let node = ScriptedNode::start(move |asked| {
            if recorded["path"] == asked.path {
                answer(&recorded)
            } else {
                Answer::text(200, "{}")
            }
        })
        .await;
        match (node.client().broadcast(&signed()).await, outcome) {
            (Ok(found), Some(expected)) => assert_eq!(found, expected, "{name}"),
            (Err(NodeError::Senseless { .. }), None) => {}
            (found, _) => panic!("{name}: {found:?}"),
        }
    }
}

#[tokio::test]
async fn the_tokens_contract_is_asked() {
    let node = node(&["constant-solid-balanceOf", "constant-solid-isBlackListed"]).await;
    let asked = |name: &str| {
        let word = recorded(name)["asked"]["parameter"]
            .as_str()
            .unwrap()
            .to_owned();
        TronAddress::from_hex(&format!("41{}", &word[24..])).unwrap()
    };
    let holder = asked("constant-solid-balanceOf");
    let held = node.balance(token(), holder).await.unwrap();
    assert_eq!(held, Usdt::from_micro(1_000_000_000_000));
    let payer = asked("constant-solid-isBlackListed");
    assert!(!node.is_blacklisted(token(), payer).await.unwrap());

    // A function that the contract lacks reverts; a contract that is none and a node that does not
    // support such calls are errors.
    for (name, words) in [
        ("constant-solid-no-such-function", None),
        (
            "constant-solid-no-such-contract",
            Some("Smart contract is not exist"),
        ),
        (
            "off-constant-paused-solid",
            Some("does not support constant"),
        ),
    ] {
        let node = ScriptedNode::always(answer(&recorded(name))).await;
        let state = node.client().token_state(token()).await;
        match words {
            None => assert!(!state.unwrap().paused),
            Some(words) => {
                let error = state.unwrap_err().to_string();
                assert!(error.contains(words), "{error}");
            }
        }
    }
}
