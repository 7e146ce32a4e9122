//! `GET /api/v1/payments`

use std::collections::BTreeSet;

use serde_json::Value;

use super::{found, get, post, refused};
use crate::test_gateway::{START, TestGateway, pay_amount};

fn orders(answer: &Value) -> Vec<&str> {
    let payments = answer["payments"].as_array().unwrap().iter();
    payments
        .map(|payment| payment["order_id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn payments_are_listed_newest_first_with_all_that_the_project_may_see() {
    let gateway = TestGateway::start().await;
    assert_eq!(
        found(&gateway, "/api/v1/payments").await,
        serde_json::json!({"ok": true, "payments": [], "next_cursor": null})
    );
    let first = gateway.create("ORDER_1", "50").await;
    gateway.devchain.mine(1);
    gateway.create("ORDER_2", "60").await;
    let answer = found(&gateway, "/api/v1/payments").await;
    assert_eq!(orders(&answer), ["ORDER_2", "ORDER_1"]);
    let payment = &answer["payments"][1];
    assert_eq!(payment["created_at"], START);
    for field in [
        "payment_id",
        "status",
        "amount",
        "pay_amount",
        "address",
        "payment_url",
    ] {
        assert_eq!(payment[field], first[field], "{field}");
    }
}

#[tokio::test]
async fn pages_join_without_a_gap_or_a_repeat_while_payments_are_created() {
    let gateway = TestGateway::start().await;
    // Several of the same millisecond.
    for order in 0..7 {
        gateway.create(&format!("OLD_{order}"), "50").await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/payments?limit=2".to_owned();
    for turn in 0.. {
        let answer = found(&gateway, &path).await;
        seen.extend(orders(&answer).iter().map(|order| (*order).to_owned()));
        gateway.create(&format!("NEW_{turn}"), "50").await;
        gateway.devchain.mine(1);
        let Some(cursor) = answer["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/v1/payments?limit=2&cursor={cursor}");
    }
    let distinct: BTreeSet<_> = seen.iter().cloned().collect();
    assert_eq!(distinct.len(), seen.len(), "{seen:?}");
    let old: BTreeSet<_> = (0..7).map(|order| format!("OLD_{order}")).collect();
    assert!(old.is_subset(&distinct), "{seen:?}");
}

#[tokio::test]
async fn each_filter_finds_what_it_says() {
    let gateway = TestGateway::start().await;
    let open = gateway.create("OPEN", "50").await;
    let given_up = gateway.create("GIVEN_UP", "70").await;
    let path = format!("/api/v1/payments/{}/cancel", given_up["payment_id"]);
    assert_eq!(post(&gateway, &path, &serde_json::json!({})).await.0, 200);
    let paid = gateway.paid("PAID").await;
    let seen = gateway.create("SEEN", "80").await;
    let txid = gateway.transfer(&seen, pay_amount(&seen));
    gateway.devchain.mine(1);
    gateway
        .status_when(&seen, |payment| payment["txid"].is_string())
        .await;
    let (paid_by, to_pay) = (paid["txid"].as_str().unwrap(), pay_amount(&open));
    let now = found(&gateway, "/api/v1/project").await["project"]["server_time"].clone();
    let now = now.as_str().unwrap();
    for (query, expected) in [
        ("status=pending".to_owned(), &["SEEN", "OPEN"][..]),
        ("status=paid".to_owned(), &["PAID"]),
        ("status=failed".to_owned(), &["GIVEN_UP"]),
        ("status=expired".to_owned(), &[]),
        ("order_id=OPEN".to_owned(), &["OPEN"]),
        ("order_id=open".to_owned(), &[]),
        (format!("txid={paid_by}"), &["PAID"]),
        (format!("txid={txid}"), &["SEEN"]),
        (format!("txid={}", "00".repeat(32)), &[]),
        ("amount=50".to_owned(), &["PAID", "OPEN"]),
        ("amount=70.00".to_owned(), &["GIVEN_UP"]),
        (format!("amount={to_pay}"), &["OPEN"]),
        ("amount=50&status=paid".to_owned(), &["PAID"]),
        (format!("created_to={START}"), &[]),
        (
            "created_to=2026-07-01T18:00:01Z".to_owned(),
            &["GIVEN_UP", "OPEN", "PAID"],
        ),
        (
            "created_from=2026-07-01T18:00:00.001Z".to_owned(),
            &["SEEN"],
        ),
        (format!("created_from={now}"), &[]),
        (
            "created_from=2026-07-01&created_to=2026-07-02&limit=1".to_owned(),
            &["SEEN"],
        ),
        // Absent and empty are the same.
        ("status=&limit=1".to_owned(), &["SEEN"]),
    ] {
        let answer = found(&gateway, &format!("/api/v1/payments?{query}")).await;
        let mut listed = orders(&answer);
        let mut expected = expected.to_vec();
        // Those of the same millisecond come in any order.
        listed.sort_unstable();
        expected.sort_unstable();
        assert_eq!(listed, expected, "{query}");
    }
}

#[tokio::test]
async fn money_in_review_leads_to_the_payment_with_which_it_is_shown() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("SHORT", "50").await;
    let txid = gateway.transfer(&payment, "49.000000");
    gateway.make_solid();
    gateway
        .status_when(&payment, |payment| payment["unmatched"].is_object())
        .await;
    let answer = found(&gateway, &format!("/api/v1/payments?txid={txid}")).await;
    assert_eq!(orders(&answer), ["SHORT"]);
    assert_eq!(answer["payments"][0]["unmatched"]["amount"], "49.000000");
}

#[tokio::test]
async fn a_parameter_that_is_wrong_or_unknown_is_named() {
    let gateway = TestGateway::start().await;
    for (query, code, error) in [
        (
            "state=paid",
            "unknown_parameter",
            "Unknown parameter \"state\"",
        ),
        (
            "Status=paid",
            "unknown_parameter",
            "Unknown parameter \"Status\"",
        ),
        (
            "limit=1&limit=2",
            "unknown_parameter",
            "Unknown parameter \"limit\"",
        ),
        (
            "%ff=1",
            "unknown_parameter",
            "Unknown parameter \"\u{fffd}\"",
        ),
        (
            "status=open",
            "invalid_parameter",
            "status must be pending, paid, expired or failed",
        ),
        (
            "limit=0",
            "invalid_parameter",
            "limit must be a number from 1 to 100",
        ),
        (
            "limit=101",
            "invalid_parameter",
            "limit must be a number from 1 to 100",
        ),
        (
            "limit=-1",
            "invalid_parameter",
            "limit must be a number from 1 to 100",
        ),
        (
            "created_from=yesterday",
            "invalid_parameter",
            "created_from must be a time in UTC, such as 2026-07-01 18:00:00, \
             2026-07-01T18:00:00Z or 2026-07-01",
        ),
        (
            "txid=0xabc",
            "invalid_parameter",
            "txid must be a transaction ID of 64 hex digits",
        ),
        (
            "amount=5e1",
            "invalid_parameter",
            "amount must be a decimal number such as 50.00",
        ),
        (
            "amount=99999999999",
            "invalid_parameter",
            "amount must be a decimal number such as 50.00",
        ),
        (
            "cursor=nonsense",
            "invalid_parameter",
            "cursor must be the next_cursor of an answer of this call",
        ),
        // Of another list: r.0.1
        (
            "cursor=ci4wLjE",
            "invalid_parameter",
            "cursor must be the next_cursor of an answer of this call",
        ),
    ] {
        let answer = get(&gateway, &format!("/api/v1/payments?{query}")).await;
        assert_eq!(refused(&answer), (400, code), "{query}");
        assert_eq!(answer.1["error"], error, "{query}");
        assert!(answer.1["hint"].is_string(), "{query}");
    }
}

#[tokio::test]
async fn the_status_endpoint_finds_an_order_s_payment_for_its_project_only() {
    let gateway = TestGateway::start().await;
    let path = "/api/payment-status.php?order_id=ORDER%201";
    let given_up = gateway.create("ORDER 1", "50").await;
    assert_eq!(
        found(&gateway, path).await["payment"]["payment_id"],
        given_up["payment_id"]
    );
    let cancel = format!("/api/v1/payments/{}/cancel", given_up["payment_id"]);
    assert_eq!(post(&gateway, &cancel, &serde_json::json!({})).await.0, 200);
    assert_eq!(found(&gateway, path).await["payment"]["status"], "failed");
    // As a create is answered: with the payment that is open or paid.
    let paid = gateway.create("ORDER 1", "60").await;
    gateway.transfer(&paid, pay_amount(&paid));
    gateway.make_solid();
    gateway
        .status_when(&paid, |payment| payment["status"] == "paid")
        .await;
    let answer = found(&gateway, path).await;
    assert_eq!(answer["payment"]["payment_id"], paid["payment_id"]);
    assert_eq!(answer["payment"]["order_id"], "ORDER 1");

    let anybody = gateway.get(path).send().await.unwrap();
    assert_eq!(anybody.status().as_u16(), 400);
    let anybody = crate::test_gateway::json_of(anybody).await;
    assert_eq!(anybody["error"], "payment_id is required");
    let other = gateway
        .add_project(2, &crate::test_gateway::Setup::default())
        .await;
    for (keys, path) in [
        (&other, path),
        (&gateway.keys, "/api/payment-status.php?order_id=ORDER+2"),
        (&gateway.keys, "/api/payment-status.php?order_id=ORDER+1+"),
    ] {
        let answer = super::get_as(&gateway, keys, path).await;
        assert_eq!(refused(&answer), (404, "payment_not_found"), "{path}");
    }
}

#[tokio::test]
async fn what_no_database_can_hold_is_refused() {
    let gateway = TestGateway::start().await;
    for path in [
        "/api/v1/payments?order_id=a%00b",
        "/api/v1/payments.csv?month=%00",
        "/api/payment-status.php?order_id=%00",
    ] {
        let answer = get(&gateway, path).await;
        assert_eq!(refused(&answer), (400, "invalid_parameter"), "{path}");
    }
}
