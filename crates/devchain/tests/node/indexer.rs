//! The indexer: filters, order, and pages that neither skip nor repeat a row.

use std::collections::HashSet;

use serde_json::{Value, json};
use usdt_devchain::Transfer;

use crate::support::*;

/// Blocks with 3, 1 and 4 transfers to the payee and one that the payee sends.
async fn node_with_nine_rows() -> Node {
    let node = Node::start().await;
    for count in [3, 1, 4] {
        node.chain.transfer(&Transfer { count, ..payment() });
        node.chain.mine(1);
    }
    let sent = Transfer {
        from: Some(address(PAYEE)),
        ..Transfer::new(address(PAYER), "1".parse().unwrap())
    };
    node.chain.transfer(&sent);
    node.chain.mine(1);
    node
}

async fn all_pages(node: &Node, query: &str) -> Vec<Value> {
    let mut url = format!("/v1/accounts/{PAYEE}/transactions/trc20?{query}");
    let mut rows = Vec::new();
    loop {
        let page = node.get(&url).await;
        let data = page["data"].as_array().unwrap();
        assert_eq!(page["meta"]["page_size"], data.len());
        rows.extend(data.clone());
        let meta = &page["meta"];
        assert_eq!(
            meta.get("fingerprint").is_some(),
            meta.get("links").is_some()
        );
        match meta.get("links") {
            Some(links) => url = links["next"].as_str().unwrap().to_owned(),
            None => return rows,
        }
    }
}

#[tokio::test]
async fn pages_together_are_the_whole_list_in_either_order() {
    let node = node_with_nine_rows().await;
    let whole = node.rows("").await;
    assert_eq!(whole.len(), 9);
    let ids: HashSet<&str> = whole
        .iter()
        .map(|row| row["transaction_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 9);
    let times: Vec<i64> = whole
        .iter()
        .map(|row| row["block_timestamp"].as_i64().unwrap())
        .collect();
    assert!(
        times.is_sorted_by(|later, earlier| later >= earlier),
        "newest first: {times:?}"
    );
    let reversed: Vec<Value> = whole.iter().rev().cloned().collect();

    for limit in [1, 2, 3, 8, 9, 200] {
        let newest_first = format!("limit={limit}&order_by=block_timestamp%2Cdesc");
        assert_eq!(
            all_pages(&node, &newest_first).await,
            whole,
            "limit {limit}"
        );
        let oldest_first = format!("limit={limit}&order_by=block_timestamp,asc");
        assert_eq!(
            all_pages(&node, &oldest_first).await,
            reversed,
            "limit {limit}"
        );
    }
}

#[tokio::test]
async fn a_row_that_comes_between_two_pages_shifts_nothing() {
    let node = node_with_nine_rows().await;
    let whole = node.rows("").await;
    let path = format!("/v1/accounts/{PAYEE}/transactions/trc20?limit=5");
    let first = node.get(&path).await;
    node.pay();
    node.chain.mine(1);
    let second = node
        .get(first["meta"]["links"]["next"].as_str().unwrap())
        .await;
    assert_eq!(first["data"].as_array().unwrap(), &whole[..5]);
    assert_eq!(second["data"].as_array().unwrap(), &whole[5..]);
}

#[tokio::test]
async fn a_fingerprint_is_good_for_the_same_parameters_only() {
    let node = node_with_nine_rows().await;
    let path = format!("/v1/accounts/{PAYEE}/transactions/trc20?limit=5&only_to=true");
    let fingerprint = node.get(&path).await["meta"]["fingerprint"]
        .as_str()
        .unwrap()
        .to_owned();
    let turned_round = format!(
        "/v1/accounts/{PAYEE}/transactions/trc20?fingerprint={fingerprint}&only_to=true&limit=5"
    );
    assert_eq!(
        node.get(&turned_round).await["data"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    for query in [
        format!("limit=5&fingerprint={fingerprint}"),
        "limit=5&only_to=true&fingerprint=nonsense".to_owned(),
    ] {
        let url = format!("/v1/accounts/{PAYEE}/transactions/trc20?{query}");
        let (status, body) = node.get_any(&url).await;
        assert_eq!((status, &body["success"]), (400, &json!(false)), "{query}");
    }
}

#[tokio::test]
async fn pages_hold_twenty_rows_by_default_and_two_hundred_at_most() {
    let node = Node::start().await;
    node.chain.transfer(&Transfer {
        count: 201,
        ..payment()
    });
    node.chain.mine(1);
    assert_eq!(node.rows("").await.len(), 20);
    assert_eq!(node.rows("limit=200").await.len(), 200);
    assert_eq!(node.rows("limit=1000").await.len(), 200);
    assert_eq!(all_pages(&node, "limit=200").await.len(), 201);
}

#[tokio::test]
async fn rows_are_filtered_by_direction_time_and_finality() {
    let node = node_with_nine_rows().await;
    let time_of = |block: i64| START + 3_000 * block;
    for (query, expected) in [
        ("only_to=true".to_owned(), 8),
        ("only_from=true".to_owned(), 1),
        (format!("min_timestamp={}", time_of(3)), 5),
        (format!("min_timestamp={}", time_of(3) + 1), 1),
        (format!("max_timestamp={}", time_of(2)), 4),
        (
            format!("min_timestamp={}&max_timestamp={}", time_of(2), time_of(2)),
            1,
        ),
        ("only_confirmed=true".to_owned(), 0),
        ("only_unconfirmed=true".to_owned(), 9),
    ] {
        assert_eq!(node.rows(&query).await.len(), expected, "{query}");
    }
    node.chain.mine(17);
    assert_eq!(node.rows("only_confirmed=true").await.len(), 4);
    assert_eq!(node.rows("only_unconfirmed=true").await.len(), 5);
}

#[tokio::test]
async fn an_account_goes_by_base58_or_hex_and_others_are_refused() {
    let node = node_with_nine_rows().await;
    let hex = address(PAYEE).to_hex();
    let page = node
        .get(&format!("/v1/accounts/{hex}/transactions/trc20"))
        .await;
    assert_eq!(page["data"].as_array().unwrap().len(), 9);
    let (status, body) = node.get_any("/v1/accounts/TUEZ/transactions/trc20").await;
    assert_eq!(status, 400);
    assert_eq!(
        body,
        json!({ "success": false, "error": "A valid account address is required.", "statusCode": 400 })
    );
    for query in [
        "only_confirmed=true&only_unconfirmed=true",
        "limit=0",
        "limit=x",
        "order_by=value",
    ] {
        let url = format!("/v1/accounts/{PAYEE}/transactions/trc20?{query}");
        assert_eq!(node.get_any(&url).await.0, 400, "{query}");
    }
}
