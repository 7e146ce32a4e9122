//! Answers of real nodes, as they were recorded: each is read as what it was.

use serde_json::Value;
use usdt_protocol::{TronAddress, Usdt, UtcTime};
use usdt_tron::{Network, NodeError, Receipt, TokenState, Transfer, TransferLog};

use crate::fixtures::token;
use crate::scripted_node::{Answer, ScriptedNode};

fn recorded(pointer: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../fixtures/recorded.json")).unwrap();
    all.pointer(pointer).unwrap().clone()
}

fn address(hex: &str) -> TronAddress {
    TronAddress::from_hex(hex).unwrap()
}

async fn receipt(name: &str) -> Receipt {
    let recorded = recorded(&format!("/receipts/{name}"));
    let txid = recorded["id"].as_str().unwrap().parse().unwrap();
    let node = ScriptedNode::always(recorded).await;
    let receipt = node.client().solid_receipt(txid).await.unwrap();
    assert_eq!(receipt.txid, txid);
    receipt
}

#[tokio::test]
async fn a_recorded_transfer_is_read_to_the_last_digit() {
    let receipt = receipt("usdt_transfer_3_5").await;
    assert!(receipt.succeeded() && !receipt.failed());
    let transfer = Transfer {
        txid: receipt.txid,
        log_position: 0,
        block: 66_861_993,
        block_time: UtcTime::from_millis(1_731_235_554_000),
        from: address("60e6e92e57d61a9d68b5d95275cc9667d9e6c7c9"),
        to: "TUikLT3nTTjTkXPAuC4xUGj84vfSERCWRn".parse().unwrap(),
        amount: "3.5".parse().unwrap(),
    };
    assert_eq!(receipt.transfers(token()), [transfer]);
    assert_eq!(receipt.transfers(Network::Nile.usdt_contract()), []);
}

#[tokio::test]
async fn recorded_receipts_of_a_failure_and_of_trx_move_no_token() {
    let failed = receipt("out_of_energy").await;
    assert!(failed.failed() && !failed.succeeded());
    assert_eq!(
        (failed.block, failed.transfers(token())),
        (66_860_010, vec![])
    );
    let trx = receipt("trx_transfer").await;
    assert!(!trx.failed() && !trx.succeeded());
    assert_eq!((trx.block, trx.transfers(token())), (66_862_205, vec![]));
}

#[tokio::test]
async fn the_receipts_of_a_recorded_block_are_read_as_those_of_a_transaction() {
    for name in ["usdt_transfer_3_5", "out_of_energy", "trx_transfer"] {
        let single = receipt(name).await;
        let list = Value::from(vec![recorded(&format!("/receipts/{name}"))]);
        let node = ScriptedNode::always(list).await;
        let of_block = node.client().block_receipts(single.block).await.unwrap();
        assert_eq!(of_block.len(), 1, "{name}");
        assert_eq!(of_block[0].txid, single.txid);
        assert_eq!(of_block[0].transfers(token()), single.transfers(token()));
    }
}

#[tokio::test]
async fn a_recorded_log_is_a_transfer_within_its_block_only() {
    let logs = recorded("/eth_getLogs_entry");
    let answer = serde_json::json!({"jsonrpc": "2.0", "id": 1, "result": logs});
    let node = ScriptedNode::always(answer).await;
    let client = node.client();
    let found = client.token_transfers(token(), 35_889_319, 35_889_319);
    let expected = TransferLog {
        from: address("5a67fa7cc56bd6d043a98e17d329c1dc9e14753f"),
        amount: Usdt::from_micro(0x1_f49e_91c0),
        block: 35_889_319,
        txid: "fc92e2eb478e8f71d2647c8937d4be9c2a8c6317131fd9d95c50d6d42476de63"
            .parse()
            .unwrap(),
        to: address("f7fa1c9867fe20f456d90112c6e6c5643a9baf68"),
    };
    assert_eq!(found.await.unwrap(), [expected]);
    let outside = client.token_transfers(token(), 35_889_320, 35_889_400);
    let told = outside.await.unwrap_err().to_string();
    assert!(told.contains("a log of block 35889319"), "{told}");
}

#[tokio::test]
async fn recorded_constant_calls_are_values_reverts_and_failures() {
    let calls = recorded("/constant_call");
    assert_eq!(calls.as_object().unwrap().len(), 4);
    let client = async |name: &str| {
        let node = ScriptedNode::always(calls[name].clone()).await;
        node.client()
    };
    let ok = client("ok").await;
    assert_eq!(
        ok.balance(token(), token()).await.unwrap(),
        Usdt::from_micro(6)
    );
    let reverts = client("revert_in_clear").await;
    let nothing_on = TokenState {
        paused: false,
        deprecated: false,
        fee_basis_points: 0,
        maximum_fee: Usdt::from_micro(0),
    };
    assert_eq!(reverts.token_state(token()).await.unwrap(), nothing_on);
    for (name, words) in [
        ("no_constant_calls", "this node does not support constant"),
        ("cpu_timeout", "CPU timeout for 'PUSH1' operation executing"),
    ] {
        let client = client(name).await;
        for error in [
            client.balance(token(), token()).await.unwrap_err(),
            client.token_state(token()).await.unwrap_err(),
            client.is_blacklisted(token(), token()).await.unwrap_err(),
        ] {
            assert!(matches!(error, NodeError::Refused { .. }), "{error:?}");
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}

#[tokio::test]
async fn recorded_errors_are_told_as_what_they_are() {
    const REFUSES: &str = "the node refuses";
    const THROTTLES: &str = "the node throttles us";
    const SENSELESS: &str = "the node's answer to";
    let expected = [
        (Some(REFUSES), "HTTP 401: ApiKey not exists", None),
        (
            Some(REFUSES),
            "HTTP 400: A valid account address is required.",
            None,
        ),
        (
            Some(THROTTLES),
            "HTTP 403: The key exceeds the frequency limit(30)",
            Some(30),
        ),
        (
            Some(THROTTLES),
            "HTTP 403: The key exceeds the frequency limit(15)",
            Some(30),
        ),
        (Some(THROTTLES), "HTTP 429: request rate exceeded", Some(5)),
        (Some(REFUSES), "lack of computing resources", None),
        (Some(SENSELESS), "this node is a lite fullnode", None),
        (Some(SENSELESS), "null", None),
        (Some(REFUSES), "exceed max block range: 5000", None),
        (Some(REFUSES), "method not found", None),
        (
            Some(REFUSES),
            "query returned more than 10000 results",
            None,
        ),
        (None, "", None),
    ];
    let errors = recorded("/errors");
    let errors = errors.as_array().unwrap();
    assert_eq!(errors.len(), expected.len());
    for (error, (kind, words, seconds)) in errors.iter().zip(expected) {
        let status = u16::try_from(error["status"].as_u64().unwrap()).unwrap();
        let body = match &error["text"] {
            Value::String(text) => text.clone(),
            _ => error["body"].to_string(),
        };
        let node = ScriptedNode::always(Answer::text(status, &body)).await;
        let answer = node.client().token_transfers(token(), 1, 2).await;
        let Some(kind) = kind else {
            assert_eq!(answer.unwrap(), [], "{body}");
            continue;
        };
        let error = answer.unwrap_err();
        let told = error.to_string();
        assert!(told.starts_with(kind) && told.contains(words), "{told}");
        assert!(told.contains("/jsonrpc"), "{told}");
        let asked = error.asked_patience().map(|time| time.as_secs());
        assert_eq!(asked, seconds, "{told}");
    }
}
