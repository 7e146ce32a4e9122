//! `POST /api/v1/webhook-test`

use std::net::Ipv4Addr;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{change, post, refused};
use crate::merchant::sign;
use crate::test_gateway::{Setup, TestGateway};

const PATH: &str = "/api/v1/webhook-test";

async fn tested(gateway: &TestGateway) -> Value {
    let (status, answer) = post(gateway, PATH, &json!({})).await;
    assert_eq!(status, 200, "{answer}");
    answer["test"].clone()
}

async fn set_url(gateway: &TestGateway, url: Value) {
    let body = json!({"webhook_url": url});
    let project = (Method::PATCH, "/api/v1/project");
    let (status, answer) = change(gateway, &gateway.keys, project, &body).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn a_test_is_signed_as_a_webhook_and_can_be_taken_for_no_payment() {
    let gateway = TestGateway::start().await;
    let told = tested(&gateway).await;
    let sent = &gateway.receiver.deliveries()[0];
    assert_eq!(
        sent.header("x-signature"),
        sign(&gateway.keys.secret, &sent.body)
    );
    assert_eq!(sent.header("webhook-id"), told["event_id"]);
    let body = sent.json();
    assert_eq!(body["type"], "test");
    for field in [
        "status",
        "payment_id",
        "order_id",
        "amount",
        "pay_amount",
        "txid",
    ] {
        assert!(body.get(field).is_none(), "{body}");
    }
    assert_eq!(told["body"], sent.body);
    assert_eq!(told["delivered"], true);
    assert_eq!(told["http_status"], 200);
    assert_eq!(told["error"], Value::Null);
    assert_eq!(gateway.database.webhook_events().await, 0);
}

#[tokio::test]
async fn the_answer_says_in_words_what_is_wrong_with_a_receiver() {
    let gateway = TestGateway::start().await;
    gateway.receiver.answer(302);
    let redirected = tested(&gateway).await;
    assert_eq!(redirected["delivered"], false);
    assert_eq!(redirected["http_status"], 302);
    assert_eq!(redirected["error"], "the receiver answered 302");

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let closed = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    set_url(&gateway, json!(closed)).await;
    let unreachable = tested(&gateway).await;
    assert_eq!(unreachable["delivered"], false);
    assert_eq!(unreachable["http_status"], Value::Null);
    let error = unreachable["error"].as_str().unwrap();
    assert!(error.contains("refused"), "{error}");

    set_url(&gateway, Value::Null).await;
    let answer = post(&gateway, PATH, &json!({})).await;
    assert_eq!(refused(&answer), (409, "no_webhook_url"));
}

#[tokio::test]
async fn a_test_does_not_reach_private_addresses() {
    let setup = Setup {
        allow_private_webhooks: false,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let told = tested(&gateway).await;
    assert_eq!(told["delivered"], false);
    assert!(
        told["error"].as_str().unwrap().contains("private address"),
        "{told}"
    );
    assert!(gateway.receiver.deliveries().is_empty());
}

#[tokio::test]
async fn a_project_tries_its_receiver_ten_times_a_minute_and_no_more() {
    let gateway = TestGateway::start().await;
    for _ in 0..10 {
        tested(&gateway).await;
    }
    let answer = post(&gateway, PATH, &json!({})).await;
    assert_eq!(refused(&answer), (429, "too_many_requests"));
    assert_eq!(gateway.receiver.deliveries().len(), 10);
    gateway.let_pass(60);
    tested(&gateway).await;
}
