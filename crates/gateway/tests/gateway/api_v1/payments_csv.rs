//! `GET /api/v1/payments.csv`

use serde_json::json;

use super::{ask, get, refused};
use crate::test_gateway::{TestGateway, json_of};

const HEAD: &str = "payment_id,order_id,description,status,amount,pay_amount,received_amount,\
                    currency,network,address,txid,created_at,expires_at,paid_at,late";

/// The lines of a table, which end as the RFC says.
async fn lines(gateway: &TestGateway, query: &str) -> Vec<String> {
    let path = format!("/api/v1/payments.csv{query}");
    let response = ask(gateway, &gateway.keys, &path).await;
    assert_eq!(response.status().as_u16(), 200, "{query}");
    let kind = response.headers()["content-type"].to_str().unwrap();
    assert_eq!(kind, "text/csv; charset=utf-8; header=present");
    let text = response.text().await.unwrap();
    assert!(text.ends_with("\r\n"));
    text.trim_end().split("\r\n").map(str::to_owned).collect()
}

#[tokio::test]
async fn a_table_has_each_payment_once_oldest_first_and_no_formula() {
    let gateway = TestGateway::start().await;
    let body = json!({
        "order_id": "=HYPERLINK(\"https://evil.example\")", "amount": "50",
        "description": "Pizza, \"large\"",
    });
    let created = gateway
        .create_request(&body.to_string())
        .send()
        .await
        .unwrap();
    let first = json_of(created).await["payment"].clone();
    gateway.devchain.mine(1);
    let payment = gateway.paid("ORDER_2").await;
    let table = lines(&gateway, "").await;
    assert_eq!(table[0], HEAD);
    assert_eq!(table.len(), 3, "{table:?}");
    let defused = format!(
        r#"{},"'=HYPERLINK(""https://evil.example"")","Pizza, ""large""",pending,50.00,{},,USDT,TRC20,"#,
        first["payment_id"],
        first["pay_amount"].as_str().unwrap()
    );
    assert!(table[1].starts_with(&defused), "{}", table[1]);
    for part in [
        payment["txid"].as_str().unwrap(),
        payment["paid_at"].as_str().unwrap(),
        "paid,50.00",
    ] {
        assert!(table[2].contains(part), "{}", table[2]);
    }
}

#[tokio::test]
async fn a_month_or_a_time_bounds_it() {
    let gateway = TestGateway::start().await;
    gateway.create("ORDER_1", "50").await;
    for (query, rows) in [
        ("?month=2026-07", 1),
        ("?month=2026-06", 0),
        ("?month=2026-08", 0),
        ("?from=2026-07-01&to=2026-07-02", 1),
        ("?from=2026-07-02", 0),
        ("?to=2026-07-01%2018:00:00", 0),
    ] {
        assert_eq!(lines(&gateway, query).await.len(), 1 + rows, "{query}");
    }
    for (query, code) in [
        ("?month=2026-13", "invalid_parameter"),
        ("?month=2026-07&from=2026-07-01", "invalid_parameter"),
        ("?to=tomorrow", "invalid_parameter"),
        ("?limit=5", "unknown_parameter"),
    ] {
        let answer = get(&gateway, &format!("/api/v1/payments.csv{query}")).await;
        assert_eq!(refused(&answer), (400, code), "{query}");
    }
}

#[tokio::test]
async fn more_payments_than_are_read_at_once_all_come() {
    let gateway = TestGateway::start().await;
    gateway.create("ORDER_1", "50").await;
    gateway.database.add_copies("ORDER_1", 1_203).await;
    let table = lines(&gateway, "").await;
    assert_eq!(table.len(), 1 + 1 + 1_203);
    let mut ids: Vec<&str> = table[1..]
        .iter()
        .map(|row| row.split(',').next().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 1_204);
}
