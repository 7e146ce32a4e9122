//! `GET /api/v1/payments/{id}`

use serde_json::{Value, json};

use super::{event_after, found, post};
use crate::test_gateway::{START, TestGateway, WINDOW_SECONDS, pay_amount};

async fn timeline(gateway: &TestGateway, payment: &Value) -> Vec<Value> {
    let answer = found(
        gateway,
        &format!("/api/v1/payments/{}", payment["payment_id"]),
    )
    .await;
    assert_eq!(answer["payment"]["payment_id"], payment["payment_id"]);
    answer["timeline"].as_array().unwrap().clone()
}

fn steps(timeline: &[Value]) -> Vec<&str> {
    timeline
        .iter()
        .map(|step| step["what"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_paid_payment_tells_when_it_was_created_credited_and_told_of() {
    let gateway = TestGateway::start().await;
    gateway.receiver.answer(500);
    let payment = gateway.paid("ORDER_1").await;
    event_after(&gateway, &payment, 1).await;
    gateway.receiver.answer(200);
    gateway.let_pass(300);
    event_after(&gateway, &payment, 2).await;

    let timeline = timeline(&gateway, &payment).await;
    assert_eq!(
        steps(&timeline),
        ["created", "credited", "webhook_failed", "webhook_delivered"]
    );
    assert_eq!(timeline[0], json!({"what": "created", "at": START}));
    assert_eq!(timeline[1]["at"], payment["paid_at"]);
    assert_eq!(timeline[1]["txid"], payment["txid"]);
    assert_eq!(timeline[1]["amount"], payment["pay_amount"]);
    let attempt = &timeline[2]["attempt"];
    assert_eq!(attempt["http_status"], 500);
    assert_eq!(attempt["error"], "the receiver answered 500");
    assert_eq!(timeline[3]["attempt"]["delivered"], true);
}

#[tokio::test]
async fn a_transfer_that_is_seen_stands_at_the_end_without_a_time() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let txid = gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(3);
    gateway
        .status_when(&payment, |payment| payment["confirmations"] == 2)
        .await;
    let timeline = timeline(&gateway, &payment).await;
    assert_eq!(steps(&timeline), ["created", "seen"]);
    assert_eq!(
        timeline[1],
        json!({"what": "seen", "txid": txid, "confirmations": 2})
    );
}

#[tokio::test]
async fn money_in_review_and_what_was_decided_about_it_are_told_without_the_operator_s_name() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let txid = gateway.transfer(&payment, "49.000000");
    gateway.make_solid();
    gateway
        .status_when(&payment, |payment| payment["unmatched"].is_object())
        .await;
    let waiting = timeline(&gateway, &payment).await;
    assert_eq!(steps(&waiting), ["created", "in_review"]);
    assert_eq!(waiting[1]["reason"], "no_match");
    assert_eq!(waiting[1]["amount"], "49.000000");
    assert_eq!(waiting[1]["review_id"], format!("{txid}:0"));

    let id = payment["payment_id"].to_string();
    let name = txid.to_string();
    let accept = [
        "review",
        "accept",
        &name,
        "--payment",
        &id,
        "--yes",
        "--note",
        "agreed",
    ];
    assert!(gateway.command(&accept).await.status.success());
    let paid = timeline(&gateway, &payment).await;
    let accepted = paid.iter().find(|step| step["what"] == "accepted").unwrap();
    assert_eq!(accepted["by"], "operator");
    assert_eq!(accepted.get("note"), None);
    assert!(
        paid.iter().any(|step| step["what"] == "reviewed"),
        "{paid:?}"
    );
    assert!(!json!(paid).to_string().contains("agreed"));
}

#[tokio::test]
async fn an_expired_payment_that_is_paid_late_tells_both() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.let_pass(WINDOW_SECONDS + 120);
    gateway
        .status_when(&payment, |payment| payment["status"] == "expired")
        .await;
    let expired = timeline(&gateway, &payment).await;
    assert_eq!(steps(&expired), ["created", "expired"]);
    assert_eq!(expired[1]["at"], payment["expires_at"]);
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway
        .status_when(&payment, |payment| payment["status"] == "paid")
        .await;
    let late = timeline(&gateway, &payment).await;
    assert_eq!(steps(&late)[..3], ["created", "expired", "credited"]);
}

#[tokio::test]
async fn a_cancel_tells_who_and_why() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let path = format!("/api/v1/payments/{}/cancel", payment["payment_id"]);
    let body = json!({"by": "maria", "note": "cart abandoned"});
    assert_eq!(post(&gateway, &path, &body).await.0, 200);
    let cancelled = timeline(&gateway, &payment).await;
    assert_eq!(
        cancelled[1],
        json!({"what": "cancelled", "at": START, "by": "maria", "note": "cart abandoned"})
    );
}
