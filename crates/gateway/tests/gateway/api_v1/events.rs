//! `GET /api/v1/events`, `GET /api/v1/events/{id}` and `POST /api/v1/events/{id}/resend`

use serde_json::{Value, json};

use super::{change, event_after, found, get, paid, post, refused};
use crate::test_gateway::TestGateway;
use reqwest::Method;

async fn whole(gateway: &TestGateway, event: &Value) -> Value {
    let path = format!("/api/v1/events/{}", event["event_id"].as_str().unwrap());
    found(gateway, &path).await["event"].clone()
}

async fn resend(gateway: &TestGateway, event: &Value) -> (u16, Value) {
    let id = event["event_id"].as_str().unwrap();
    post(gateway, &format!("/api/v1/events/{id}/resend"), &json!({})).await
}

#[tokio::test]
async fn an_event_shows_the_exact_bytes_and_each_attempt() {
    let gateway = TestGateway::start().await;
    gateway.receiver.answer(503);
    let payment = paid(&gateway, "ORDER_1").await;
    let event = event_after(&gateway, &payment, 1).await;
    assert_eq!(event["type"], "payment.paid");
    assert_eq!(event["state"], "pending");
    assert_eq!(event["payment_id"], payment["payment_id"]);
    assert!(event["next_attempt_at"].is_string());

    let event = whole(&gateway, &event).await;
    let sent = &gateway.receiver.deliveries()[0];
    assert_eq!(event["body"], sent.body);
    assert_eq!(event["event_id"], sent.header("webhook-id"));
    let attempt = &event["deliveries"][0];
    assert_eq!(attempt["number"], 1);
    assert_eq!(attempt["http_status"], 503);
    assert_eq!(attempt["delivered"], false);
    assert_eq!(attempt["error"], "the receiver answered 503");
    assert_eq!(attempt["excerpt"], "");
    assert!(attempt["duration_ms"].as_i64() >= Some(0));
}

#[tokio::test]
async fn an_event_that_was_given_up_is_sent_once_more_on_request_with_the_same_bytes() {
    let gateway = TestGateway::start().await;
    gateway.receiver.answer(500);
    let payment = paid(&gateway, "ORDER_1").await;
    for (attempts, minutes) in [(1, 5), (2, 15), (3, 60)] {
        event_after(&gateway, &payment, attempts).await;
        gateway.let_pass(minutes * 60);
    }
    let event = event_after(&gateway, &payment, 4).await;
    assert_eq!(event["state"], "failed");
    assert_eq!(event["next_attempt_at"], Value::Null);
    let failed = found(&gateway, "/api/v1/events?state=failed").await;
    assert_eq!(failed["events"][0]["event_id"], event["event_id"]);

    // One that fails again is given up again.
    let (status, answer) = resend(&gateway, &event).await;
    assert_eq!(status, 202, "{answer}");
    let again = event_after(&gateway, &payment, 5).await;
    assert_eq!(again["state"], "failed");
    gateway.receiver.answer(200);
    assert_eq!(resend(&gateway, &event).await.0, 202);
    let delivered = event_after(&gateway, &payment, 6).await;
    assert_eq!(delivered["state"], "delivered");
    let deliveries = gateway.receiver.deliveries();
    assert!(deliveries.iter().all(|one| one.body == deliveries[0].body));

    // Also one that was taken, for a shop that has lost it.
    assert_eq!(resend(&gateway, &event).await.0, 202);
    event_after(&gateway, &payment, 7).await;
    assert_eq!(gateway.receiver.deliveries().len(), 7);
}

#[tokio::test]
async fn an_event_without_a_url_is_sent_once_there_is_one() {
    let gateway = TestGateway::start().await;
    let project = (Method::PATCH, "/api/v1/project");
    let none = json!({"webhook_url": null});
    let (status, answer) = change(&gateway, &gateway.keys, project.clone(), &none).await;
    assert_eq!(status, 200, "{answer}");
    let payment = paid(&gateway, "ORDER_1").await;
    let event = event_after(&gateway, &payment, 0).await;
    assert_eq!(event["state"], "no_url");
    assert_eq!(
        refused(&resend(&gateway, &event).await),
        (409, "no_webhook_url")
    );
    let url = json!({"webhook_url": gateway.receiver.url});
    assert_eq!(change(&gateway, &gateway.keys, project, &url).await.0, 200);
    assert_eq!(resend(&gateway, &event).await.0, 202);
    gateway.receiver.wait_for(1, |_| true).await;
}

#[tokio::test]
async fn requests_to_send_again_at_once_send_it_once() {
    let gateway = TestGateway::start().await;
    let payment = paid(&gateway, "ORDER_1").await;
    let event = event_after(&gateway, &payment, 1).await;
    gateway.receiver.hold();
    let (one, two, three) = tokio::join!(
        resend(&gateway, &event),
        resend(&gateway, &event),
        resend(&gateway, &event)
    );
    assert_eq!([one.0, two.0, three.0], [202; 3]);
    gateway.receiver.wait_for(2, |_| true).await;
    // While it is under way, it is due already.
    assert_eq!(resend(&gateway, &event).await.0, 202);
    gateway.receiver.answer(200);
    event_after(&gateway, &payment, 2).await;
    gateway.node.arrivals("", 100).await;
    assert_eq!(gateway.receiver.deliveries().len(), 2);
}

#[tokio::test]
async fn events_are_listed_newest_first_in_pages_and_found_by_their_payment() {
    let gateway = TestGateway::start().await;
    for order in ["ORDER_1", "ORDER_2", "ORDER_3"] {
        let payment = paid(&gateway, order).await;
        event_after(&gateway, &payment, 1).await;
    }
    let first = found(&gateway, "/api/v1/events?limit=2").await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = found(&gateway, &format!("/api/v1/events?limit=2&cursor={cursor}")).await;
    assert_eq!(rest["next_cursor"], Value::Null);
    let events = first["events"].as_array().unwrap().iter();
    let events: Vec<&Value> = events.chain(rest["events"].as_array().unwrap()).collect();
    assert_eq!(events.len(), 3);
    let times: Vec<&str> = events
        .iter()
        .map(|one| one["created_at"].as_str().unwrap())
        .collect();
    assert!(
        times.is_sorted_by(|newer, older| newer >= older),
        "{times:?}"
    );
    let delivered = found(&gateway, "/api/v1/events?state=delivered").await;
    assert_eq!(delivered["events"].as_array().unwrap().len(), 3);
    let path = format!("/api/v1/events?created_from={}", times[0].replace(' ', "T"));
    assert_eq!(
        found(&gateway, &path).await["events"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    for (query, code) in [
        ("state=paid", "invalid_parameter"),
        ("payment_id=abc", "invalid_parameter"),
        ("status=failed", "unknown_parameter"),
        ("cursor=cC4wLjE", "invalid_parameter"),
    ] {
        let answer = get(&gateway, &format!("/api/v1/events?{query}")).await;
        assert_eq!(refused(&answer), (400, code), "{query}");
    }
    for id in ["evt_0", "x", "evt_00000000000000000000000000000000", "%27"] {
        let answer = get(&gateway, &format!("/api/v1/events/{id}")).await;
        assert_eq!(refused(&answer), (404, "event_not_found"), "{id}");
    }
}
