//! Transfers found by their logs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use usdt_tron::{NodeError, Sighting, TransferLog};

use crate::fixtures::{
    BLOCK, BLOCK_ID, FAKE_TOKEN_HEX, OTHER_WORD, PAYEE_WORD, PAYER_WORD, TOKEN_HEX, TRANSFER,
    assert_refused, assert_senseless, payee, payer, token, txid, word,
};
use crate::scripted_node::ScriptedNode;

const FROM: u64 = BLOCK - 20;

fn log(number: u64, micro: u64) -> Value {
    json!({
        "address": format!("0x{TOKEN_HEX}"),
        "blockHash": format!("0x{BLOCK_ID}"),
        "blockNumber": format!("{BLOCK:#x}"),
        "data": format!("0x{}", word(micro)),
        "logIndex": "0x2",
        "removed": false,
        "topics": [format!("0x{TRANSFER}"), format!("0x{PAYER_WORD}"), format!("0x{PAYEE_WORD}")],
        "transactionHash": format!("0x{}", txid(number)),
        "transactionIndex": "0x11",
    })
}

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut log = log(9, 9);
    change(&mut log);
    log
}

fn result(logs: &[Value]) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "result": logs})
}

async fn sightings(answer: Value) -> Result<Vec<Sighting>, NodeError> {
    let node = ScriptedNode::always(answer).await;
    node.client()
        .sightings(token(), &[payee()], FROM, BLOCK)
        .await
}

async fn departures(answer: Value) -> Result<Vec<TransferLog>, NodeError> {
    let node = ScriptedNode::always(answer).await;
    node.client()
        .departures(token(), &[payer()], FROM, BLOCK)
        .await
}

#[tokio::test]
async fn all_transfers_of_the_token_are_asked_for_by_the_first_topic_alone() {
    let node = ScriptedNode::always(result(&[log(1, 50_013_400), log(2, 7)])).await;
    let found = node
        .client()
        .token_transfers(token(), BLOCK, BLOCK)
        .await
        .unwrap();
    assert_eq!(
        found,
        [(1, "50.0134"), (2, "0.000007")].map(|(number, amount)| TransferLog {
            from: payer(),
            amount: amount.parse().unwrap(),
            block: BLOCK,
            txid: txid(number),
            to: payee(),
        })
    );
    let asked = &node.asked()[0].body["params"][0];
    assert_eq!(asked["topics"], json!([format!("0x{TRANSFER}")]));
    assert_eq!(asked["fromBlock"], asked["toBlock"]);
}

#[tokio::test]
async fn recipients_are_asked_for_in_the_third_topic_and_senders_in_the_second() {
    let node = ScriptedNode::always(result(&[log(1, 50_013_400)])).await;
    let client = node.client();

    let seen = client
        .sightings(token(), &[payee()], FROM, BLOCK)
        .await
        .unwrap();
    assert_eq!(
        seen,
        [Sighting {
            txid: txid(1),
            block: BLOCK,
            from: payer(),
            to: payee(),
            amount: "50.0134".parse().unwrap(),
        }]
    );
    let gone = client
        .departures(token(), &[payer()], FROM, BLOCK)
        .await
        .unwrap();
    assert_eq!(
        gone,
        [TransferLog {
            from: payer(),
            amount: "50.0134".parse().unwrap(),
            block: BLOCK,
            txid: txid(1),
            to: payee(),
        }]
    );

    let filters: Vec<Value> = node
        .asked()
        .iter()
        .map(|asked| {
            assert_eq!(asked.path, "/jsonrpc");
            assert_eq!(asked.body["method"], "eth_getLogs");
            asked.body["params"][0].clone()
        })
        .collect();
    let filter = |topics: Value| {
        json!({
            "fromBlock": format!("{FROM:#x}"), "toBlock": format!("{BLOCK:#x}"),
            "address": [format!("0x{TOKEN_HEX}")], "topics": topics,
        })
    };
    // As an ABI word, and with the prefix of TRON's addresses in it.
    let both_forms = |word: &str| {
        let (zeros, address) = word.split_at(24);
        json!([
            format!("0x{word}"),
            format!("0x{}41{address}", &zeros[..22])
        ])
    };
    let event = format!("0x{TRANSFER}");
    assert_eq!(
        filters,
        [
            filter(json!([event, null, both_forms(PAYEE_WORD)])),
            filter(json!([event, both_forms(PAYER_WORD)])),
        ]
    );
}

#[tokio::test]
async fn only_sound_logs_of_the_token_with_the_addresses_asked_for_are_found() {
    let unsound = [
        (
            "fake token",
            changed(|log| log["address"] = json!(format!("0x{FAKE_TOKEN_HEX}"))),
        ),
        ("value 0", log(9, 0)),
        (
            "value above u64",
            changed(|log| {
                log["data"] = json!(format!("0x{}1{}", "0".repeat(47), "0".repeat(16)));
            }),
        ),
        (
            "31 bytes of data",
            changed(|log| log["data"] = json!(format!("0x{}", &word(9)[2..]))),
        ),
        (
            "four topics",
            changed(|log| {
                log["topics"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!(format!("0x{PAYEE_WORD}")));
            }),
        ),
        ("removed", changed(|log| log["removed"] = json!(true))),
    ];
    for (what, log) in &unsound {
        let answer = result(std::slice::from_ref(log));
        assert_eq!(sightings(answer.clone()).await.unwrap(), [], "{what}");
        assert_eq!(departures(answer).await.unwrap(), [], "{what}");
    }
    let other = format!("0x{OTHER_WORD}");
    let elsewhere = changed(|log| log["topics"][2] = json!(other));
    assert_eq!(sightings(result(&[elsewhere])).await.unwrap(), []);
    let by_another = changed(|log| log["topics"][1] = json!(other));
    assert_eq!(departures(result(&[by_another])).await.unwrap(), []);
}

#[tokio::test]
async fn dirty_bytes_before_an_address_hide_nothing() {
    let dirty = |word: &str| json!(format!("0x{}41{}", "f".repeat(22), &word[24..]));
    let log = changed(|log| {
        log["topics"][1] = dirty(PAYER_WORD);
        log["topics"][2] = dirty(PAYEE_WORD);
    });
    let answer = result(&[log]);
    assert_eq!(sightings(answer.clone()).await.unwrap()[0].to, payee());
    assert_eq!(departures(answer).await.unwrap()[0].from, payer());
}

#[tokio::test]
async fn a_multisend_with_two_logs_gives_two_sightings_in_any_order() {
    let amounts = async |logs: &[Value]| -> Vec<u64> {
        let seen = sightings(result(logs)).await.unwrap();
        seen.iter()
            .map(|sighting| sighting.amount.micro())
            .collect()
    };
    assert_eq!(amounts(&[log(1, 5), log(1, 5)]).await, [5, 5]);
    assert_eq!(amounts(&[log(1, 6), log(1, 5)]).await, [6, 5]);
}

#[tokio::test]
async fn an_empty_answer_that_is_filled_later_is_found_by_asking_again() {
    let indexed = Arc::new(AtomicBool::new(false));
    let ready = Arc::clone(&indexed);
    let node = ScriptedNode::start(move |_| {
        if ready.load(Ordering::SeqCst) {
            result(&[log(1, 5)])
        } else {
            result(&[])
        }
    })
    .await;
    let client = node.client();
    let seen = async || {
        client
            .sightings(token(), &[payee()], FROM, BLOCK)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(seen().await, 0);
    indexed.store(true, Ordering::SeqCst);
    assert_eq!(seen().await, 1);
}

#[tokio::test]
async fn an_answer_that_is_no_list_of_logs_in_the_range_is_an_error() {
    let early = format!("{:#x}", FROM - 1);
    let late = format!("{:#x}", BLOCK + 1);
    for (what, answer) in [
        ("{}", json!({})),
        (
            "no result",
            json!({"jsonrpc": "2.0", "id": 1, "result": null}),
        ),
        (
            "an object",
            json!({"jsonrpc": "2.0", "id": 1, "result": {}}),
        ),
        (
            "too early",
            result(&[changed(|log| log["blockNumber"] = json!(early))]),
        ),
        (
            "too late",
            result(&[log(1, 5), changed(|log| log["blockNumber"] = json!(late))]),
        ),
        (
            "a decimal number",
            result(&[changed(|log| log["blockNumber"] = json!("66987627"))]),
        ),
        (
            "no transaction",
            result(&[changed(|log| log["transactionHash"] = json!("0x12"))]),
        ),
        (
            "no topics",
            result(&[changed(|log| log["topics"] = json!(null))]),
        ),
    ] {
        assert_senseless(what, sightings(answer.clone()).await);
        assert_senseless(what, departures(answer).await);
    }
    let error = json!({"jsonrpc": "2.0", "id": 1, "error": {
        "code": -32000, "message": "block range extends beyond current head block",
    }});
    assert_refused("error", sightings(error).await);
    let throttling = json!({"jsonrpc": "2.0", "id": 1, "error": {
        "code": -32000, "message": "The key exceeds the frequency limit(30), and the query server is suspended for 30s",
    }});
    let error = sightings(throttling).await.unwrap_err();
    assert_eq!(error.asked_patience().unwrap().as_secs(), 30);
}
