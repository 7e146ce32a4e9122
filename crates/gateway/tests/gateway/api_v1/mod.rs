//! `/api/v1/…`, as merchants' programs call it: a file for each resource.

mod audit;
mod authentication;
mod documented;
mod events;
mod payment;
mod payment_cancel;
mod payments;
mod payments_csv;
mod project;
mod reviews;
mod strangers;
mod test_chain;
mod webhook_test;

use reqwest::{Client, Method, Response};
use serde_json::Value;

use crate::merchant::sign;
use crate::test_gateway::{Keys, TestGateway, json_of};

/// A signed GET.
async fn ask(gateway: &TestGateway, keys: &Keys, path: &str) -> Response {
    gateway
        .get(path)
        .header("x-api-key", &keys.api_key)
        .header("x-signature", sign(&keys.secret, ""))
        .send()
        .await
        .unwrap()
}

/// What the gateway's own project is answered, and with which status.
async fn get(gateway: &TestGateway, path: &str) -> (u16, Value) {
    get_as(gateway, &gateway.keys, path).await
}

async fn get_as(gateway: &TestGateway, keys: &Keys, path: &str) -> (u16, Value) {
    let response = ask(gateway, keys, path).await;
    (response.status().as_u16(), json_of(response).await)
}

/// The same, which must succeed.
async fn found(gateway: &TestGateway, path: &str) -> Value {
    let (status, answer) = get(gateway, path).await;
    assert_eq!(
        (status, &answer["ok"]),
        (200, &Value::Bool(true)),
        "{answer}"
    );
    answer
}

/// The body of a call, which names what the path names.
fn naming(path: &str, body: &Value) -> Value {
    let mut body = body.clone();
    let segments: Vec<&str> = path.split(['/', '?']).collect();
    let field = match segments.get(3..) {
        Some(["payments", _, "cancel", ..]) => "payment_id",
        Some(["events", _, "resend", ..]) => "event_id",
        Some(["reviews", _, "accept" | "dismiss", ..]) => "review_id",
        _ => return body,
    };
    body[field] = segments[4].into();
    body
}

/// A request with a body, signed.
async fn change(
    gateway: &TestGateway,
    keys: &Keys,
    (method, path): (Method, &str),
    body: &Value,
) -> (u16, Value) {
    change_as_it_is(gateway, keys, (method, path), &naming(path, body)).await
}

async fn change_as_it_is(
    gateway: &TestGateway,
    keys: &Keys,
    (method, path): (Method, &str),
    body: &Value,
) -> (u16, Value) {
    let body = body.to_string();
    let response = Client::new()
        .request(method, format!("{}{path}", gateway.base_url))
        .header("content-type", "application/json")
        .header("x-api-key", &keys.api_key)
        .header("x-signature", sign(&keys.secret, &body))
        .body(body)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), json_of(response).await)
}

async fn post(gateway: &TestGateway, path: &str, body: &Value) -> (u16, Value) {
    change(gateway, &gateway.keys, (Method::POST, path), body).await
}

/// The errors of answers by their codes.
fn refused(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

/// The event of a payment once so many attempts to deliver it are written down.
async fn event_after(gateway: &TestGateway, payment: &Value, attempts: u64) -> Value {
    let path = format!("/api/v1/events?payment_id={}", payment["payment_id"]);
    loop {
        let events = found(gateway, &path).await["events"].clone();
        if events[0]["attempts"].as_u64() >= Some(attempts) {
            return events[0].clone();
        }
        gateway.node.arrivals("", 1).await;
    }
}
