//! `usdt-gateway payment`: a payment by whatever somebody has of it, and a month's as a table

use std::collections::BTreeSet;

use serde_json::Value;

use crate::commands::{refused, run, told};
use crate::merchant::sign;
use crate::test_gateway::{TestGateway, address, json_of, pay_amount};

#[tokio::test]
async fn a_payment_is_found_by_whatever_somebody_has_of_it_with_all_that_became_of_it() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_ü", "50").await;
    gateway.create("ORDER_2", "60").await;
    let short = gateway.transfer(&payment, "20").to_string();
    gateway.make_solid();
    gateway.catch_up().await;
    let id = payment["payment_id"].to_string();
    run(
        &gateway,
        &["review", "accept", &short, "--payment", &id, "--yes"],
    )
    .await;
    let webhook = gateway.receiver.wait_for(1, |_| true).await.remove(0);
    for what in [
        &*id,
        "ORDER_ü",
        &short,
        "50",
        "50.00",
        pay_amount(&payment),
        "20",
    ] {
        let found = told(&gateway, &["payment", "show", what]).await;
        assert_eq!(found["payment_id"], payment["payment_id"], "{what}");
        assert_eq!(found["transfers"][0]["amount"], "20.000000");
        assert_eq!(found["webhook"]["id"], webhook.header("webhook-id"));
        assert_eq!(found["webhook"]["body"], webhook.body);
    }
    let text = run(&gateway, &["payment", "show", &id]).await;
    for word in [
        "paid:",
        "(Test shop)",
        r#"Order:    "ORDER_\u00fc""#,
        "50.00 USDT, to pay 50.",
        "with 20.000000",
        &format!("{short}:0, 20.000000 USDT: credited"),
        "accepted at",
        "(SUDO_USER alice)",
        "State   ",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(text.is_ascii(), "{text}");
}

#[tokio::test]
async fn of_several_payments_that_are_alike_all_are_listed_and_of_none_it_is_said() {
    let gateway = TestGateway::start().await;
    for order in ["ORDER_1", "ORDER_2"] {
        gateway.create(order, "50").await;
    }
    let shared = address(1, 0).to_string();
    let listed = run(&gateway, &["payment", "show", &shared]).await;
    assert!(
        listed.contains("ORDER_1") && listed.contains("ORDER_2"),
        "{listed}"
    );
    assert!(listed.contains("show one by its ID"), "{listed}");
    let txid = "ab".repeat(32);
    let error = refused(&gateway, &["payment", "show", &txid]).await;
    assert!(error.contains(&format!("review show {txid}")), "{error}");
    let error = refused(&gateway, &["payment", "show", "ORDER_3"]).await;
    assert!(error.contains("no payment has this"), "{error}");
}

#[tokio::test]
async fn payments_are_listed_by_project_status_and_month_and_written_as_a_table() {
    let gateway = TestGateway::start().await;
    let body = r#"{"order_id":"=1+1","amount":"50","description":"5\" pizza, \"large\""}"#;
    let response = gateway
        .post("/api/create-payment.php")
        .header("content-type", "application/json")
        .header("x-api-key", &gateway.keys.api_key)
        .header("x-signature", sign(&gateway.keys.secret, body))
        .body(body)
        .send();
    let payment = json_of(response.await.unwrap()).await["payment"].clone();
    let listed = told(
        &gateway,
        &["payment", "list", "--project", "1", "--status", "pending"],
    )
    .await;
    assert_eq!(listed[0]["payment_id"], payment["payment_id"]);
    for options in [["--status", "pending"], ["--month", "2026-07"]] {
        let one = told(&gateway, &[&["payment", "list"][..], &options].concat()).await;
        assert_eq!(one[0]["payment_id"], payment["payment_id"]);
    }
    for options in [["--status", "paid"], ["--month", "2026-08"]] {
        let none = told(&gateway, &[&["payment", "list"][..], &options].concat()).await;
        assert_eq!(none, Value::Array(Vec::new()));
    }
    let text = run(&gateway, &["payment", "list", "--month", "2026-07"]).await;
    assert!(text.contains(r#""=1+1""#), "{text}");

    let csv = [
        "payment",
        "list",
        "--csv",
        "--project",
        "1",
        "--month",
        "2026-07",
    ];
    let table = run(&gateway, &csv).await;
    let rows: Vec<&str> = table.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 2, "{table}");
    assert!(rows[0].starts_with("payment_id,order_id,"), "{table}");
    let row = format!(
        r#"{},"'=1+1","5"" pizza, ""large""",pending,50.00,"#,
        payment["payment_id"]
    );
    assert!(rows[1].starts_with(&row), "{table}");

    for (options, told) in [
        (&["--csv", "--project", "1"][..], "--month"),
        (&["--csv", "--month", "2026-07"], "--project"),
        (&["--month", "2026-13"], "such as 2026-07"),
        (&["--project", "7"], "no project 7"),
    ] {
        let error = refused(&gateway, &[&["payment", "list"], options].concat()).await;
        assert!(error.contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_table_of_many_payments_of_one_moment_has_each_of_them_once() {
    let gateway = TestGateway::start().await;
    gateway.database.add_expired_payments(1, 1_001).await;
    let csv = [
        "payment",
        "list",
        "--csv",
        "--project",
        "1",
        "--month",
        "1970-01",
    ];
    let table = run(&gateway, &csv).await;
    let ids: Vec<&str> = table
        .split_terminator("\r\n")
        .skip(1)
        .map(|row| row.split(',').next().unwrap())
        .collect();
    assert_eq!(ids.len(), 1_001);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 1_001);
    let newest = told(&gateway, &["payment", "list", "--limit", "7"]).await;
    assert_eq!(newest.as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn a_payment_is_given_up_once_and_only_while_nothing_was_seen() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let id = payment["payment_id"].to_string();
    let cancel = ["payment", "cancel", &id, "--note", "asked by phone"];
    for _ in 0..2 {
        let said = run(&gateway, &cancel).await;
        assert!(said.contains(&format!("{id} is failed")), "{said}");
    }
    assert_eq!(gateway.status(&payment).await["status"], "failed");
    let shown = told(&gateway, &["payment", "show", &id]).await;
    assert_eq!(shown["cancellation"]["note"], "asked by phone");
    let text = run(&gateway, &["payment", "show", &id]).await;
    for word in ["Given up: ", "(SUDO_USER alice)", "\"asked by phone\""] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let audit = told(&gateway, &["audit"]).await;
    let mut entries = audit.as_array().unwrap().iter();
    let entry = entries.find(|one| one["action"] == "payment cancel");
    assert_eq!(entry.unwrap()["subject"], id);
    assert_eq!(entries.count(), 0);

    let paid = gateway.create("ORDER_2", "60").await;
    gateway.transfer(&paid, pay_amount(&paid));
    gateway.make_solid();
    gateway
        .status_when(&paid, |payment| payment["status"] == "paid")
        .await;
    let id = paid["payment_id"].to_string();
    for (id, told) in [
        (&*id, "the payment is paid"),
        ("1099511627776", "no such payment"),
        ("ORDER_1", "invalid value"),
    ] {
        let error = refused(&gateway, &["payment", "cancel", id]).await;
        assert!(error.contains(told), "{error}");
    }
}
