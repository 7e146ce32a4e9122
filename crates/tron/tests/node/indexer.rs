//! The indexer's opinion: pages, hostile rows and pages that lead nowhere.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use usdt_protocol::{Txid, UtcTime};
use usdt_tron::{Node, NodeError};

use crate::fixtures::{
    FAKE_TOKEN, LITE, TOKEN_HEX, assert_refused, assert_senseless, busy, payee, payer, token, txid,
};
use crate::scripted_node::{Answer, Asked, ScriptedNode};

fn row(number: u64) -> Value {
    json!({
        "transaction_id": txid(number),
        "token_info": {"symbol": "USDT", "address": token(), "decimals": 6, "name": "Tether USD"},
        "block_timestamp": 1_777_437_762_000_i64,
        "from": payer(), "to": payee(), "type": "Transfer", "value": "50013400",
    })
}

fn changed(number: u64, change: impl FnOnce(&mut Value)) -> Value {
    let mut row = row(number);
    change(&mut row);
    row
}

fn page(rows: &[Value], fingerprint: Option<&str>) -> Value {
    let mut meta = json!({"at": 1_777_437_762_000_i64, "page_size": rows.len()});
    if let Some(fingerprint) = fingerprint {
        meta["fingerprint"] = json!(fingerprint);
    }
    json!({"data": rows, "success": true, "meta": meta})
}

async fn transfers(client: &Node) -> Result<BTreeSet<Txid>, NodeError> {
    let since = UtcTime::from_millis(1_777_437_000_123);
    client.indexed_transfers(token(), payee(), since).await
}

async fn transfers_of(answer: impl Into<Answer>) -> Result<BTreeSet<Txid>, NodeError> {
    transfers(&ScriptedNode::always(answer).await.client()).await
}

#[tokio::test]
async fn a_payment_behind_200_rows_of_dust_is_on_the_next_page() {
    const FINGERPRINT: &str = "a+b/c=&limit=1 é";
    let elsewhere = ScriptedNode::always(json!({})).await;
    let next = format!("{}/v1/steal", elsewhere.url);
    let node = ScriptedNode::start(move |asked: &Asked| {
        let rows: Vec<Value> = (0..201).map(row).collect();
        let (first, rest) = rows.split_at(200);
        match asked.parameters.get("fingerprint").map(String::as_str) {
            None => {
                let mut page = page(first, Some(FINGERPRINT));
                page["meta"]["links"] = json!({"next": next});
                page
            }
            Some(FINGERPRINT) => page(rest, None),
            Some(other) => panic!("{other}"),
        }
    })
    .await;

    let found = transfers(&node.client()).await.unwrap();

    assert_eq!(found, (0..201).map(txid).collect());
    assert!(elsewhere.asked().is_empty());
    let asked = node.asked();
    assert_eq!(asked.len(), 2);
    for asked in asked {
        assert_eq!(
            asked.path,
            format!("/v1/accounts/{}/transactions/trc20", payee())
        );
        let mut parameters = asked.parameters;
        parameters.remove("fingerprint");
        let expected = [
            ("contract_address", token().to_string()),
            ("limit", "200".to_owned()),
            ("min_timestamp", "1777437000123".to_owned()),
            ("only_confirmed", "true".to_owned()),
            ("only_to", "true".to_owned()),
            ("order_by", "block_timestamp,asc".to_owned()),
        ];
        assert_eq!(
            parameters,
            expected
                .map(|(name, value)| (name.to_owned(), value))
                .into()
        );
    }
}

#[tokio::test]
async fn rows_of_fake_tokens_and_rows_without_sense_are_passed_over() {
    let rows = [
        changed(1, |row| row["token_info"]["address"] = json!(FAKE_TOKEN)),
        changed(2, |row| row["token_info"] = json!({})),
        changed(3, |row| row["token_info"] = json!("USDT")),
        changed(4, |row| row["type"] = json!("Approval")),
        changed(5, |row| row["type"] = json!(7)),
        changed(6, |row| row["to"] = json!(payer())),
        changed(7, |row| row["to"] = json!(null)),
        json!({}),
        json!(null),
        json!(["Transfer"]),
        changed(8, |row| {
            row["token_info"]["address"] = json!(FAKE_TOKEN);
            row["transaction_id"] = json!("nonsense");
        }),
        changed(9, |row| {
            row["token_info"]["name"] = json!("suspended for 300s");
        }),
        changed(10, |row| {
            row["token_info"] = json!({"address": format!("41{TOKEN_HEX}")});
        }),
        // Two equal transfers in one transaction are two equal rows.
        row(11),
        row(11),
    ];
    let found = transfers_of(page(&rows, None)).await.unwrap();
    assert_eq!(found, [9, 10, 11].map(txid).into());
}

#[tokio::test]
async fn a_row_of_the_token_without_a_transaction_is_an_error() {
    for id in [
        json!(null),
        json!(""),
        json!(5),
        json!(&txid(1).to_string()[1..]),
    ] {
        let rows = [row(1), changed(2, |row| row["transaction_id"] = id)];
        assert_senseless("no ID", transfers_of(page(&rows, None)).await);
    }
}

#[tokio::test]
async fn pages_that_lead_nowhere_end_in_an_error() {
    let repeated = |asked: &Asked| {
        let number = match asked.parameters.get("fingerprint").map(String::as_str) {
            None => 1,
            Some("a") => 2,
            _ => 3,
        };
        // a, b, a, …
        let next = if number == 2 { "b" } else { "a" };
        page(&[row(number)], Some(next))
    };
    let node = ScriptedNode::start(repeated).await;
    assert_senseless("a repeated fingerprint", transfers(&node.client()).await);
    assert_eq!(node.asked().len(), 3);

    let stuck = |asked: &Asked| {
        let before = asked.parameters.get("fingerprint").map_or(0, String::len);
        page(&[row(1)], Some(&"a".repeat(before + 1)))
    };
    let node = ScriptedNode::start(stuck).await;
    assert_senseless("a page without a new row", transfers(&node.client()).await);
    assert_eq!(node.asked().len(), 2);

    let nothing = page(&[], Some("a"));
    assert_senseless("an empty page before another", transfers_of(nothing).await);

    let endless = |asked: &Asked| {
        let before = asked.parameters.get("fingerprint");
        let number: u64 = before.map_or(0, |text| text.parse().unwrap());
        page(&[row(number)], Some(&(number + 1).to_string()))
    };
    let node = ScriptedNode::start(endless).await;
    assert_senseless("pages without end", transfers(&node.client()).await);
    assert_eq!(node.asked().len(), 500);
}

#[tokio::test]
async fn what_is_no_page_is_an_error_and_not_an_empty_one() {
    let mut unsuccessful = page(&[], None);
    unsuccessful["success"] = json!("true");
    let rows: Vec<Value> = (0..201).map(row).collect();
    for (what, answer) in [
        ("{}", json!({})),
        ("[]", json!([])),
        ("success is no boolean", unsuccessful),
        ("no data", json!({"success": true, "meta": {}})),
        (
            "data is no list",
            json!({"success": true, "meta": {}, "data": {}}),
        ),
        ("no meta", json!({"success": true, "data": []})),
        ("more rows than asked for", page(&rows, None)),
        ("a fingerprint that is no text", {
            let mut page = page(&[row(1)], None);
            page["meta"]["fingerprint"] = json!(5);
            page
        }),
    ] {
        assert_senseless(what, transfers_of(answer).await);
    }
    assert_senseless("bare text", transfers_of(LITE).await);
    assert_refused("Error", transfers_of(busy()).await);
    let invalid = json!({"success": false, "error": "Invalid address", "statusCode": 400});
    assert_refused("success: false", transfers_of(invalid).await);
    assert_refused("no reason", transfers_of(json!({"success": false})).await);
    assert!(transfers_of(page(&[], None)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_suspension_is_understood_with_either_status() {
    let text = r#"{"success":false,"error":"The key exceeds the frequency limit(15), and the query server is suspended for 30s","statusCode":403}"#;
    for status in [200, 403] {
        let error = transfers_of(Answer::text(status, text)).await.unwrap_err();
        assert_eq!(error.asked_patience().unwrap().as_secs(), 30, "{status}");
    }
    let wordless = json!({"success": false, "statusCode": 429});
    assert!(matches!(
        transfers_of(wordless).await,
        Err(NodeError::Throttled {
            suspended: None,
            ..
        })
    ));
}
