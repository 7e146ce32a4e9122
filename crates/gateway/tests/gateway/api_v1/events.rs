//! `GET /api/v1/events`, `GET /api/v1/events/{id}` and `POST /api/v1/events/{id}/resend`

use serde_json::{Value, json};
use usdt_protocol::UtcTime;

use super::{change, event_after, found, get, get_as, post, refused};
use crate::test_gateway::{Setup, TestGateway, WINDOW_SECONDS};
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
    let payment = gateway.paid("ORDER_1").await;
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
    let payment = gateway.paid("ORDER_1").await;
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
async fn a_project_that_wants_it_is_tried_for_three_days_more_at_growing_distances() {
    let gateway = TestGateway::start().await;
    let further = async |is_on: bool| {
        let project = (Method::PATCH, "/api/v1/project");
        let wanted = json!({"further_retries": is_on});
        let (status, answer) = change(&gateway, &gateway.keys, project, &wanted).await;
        assert_eq!(status, 200, "{answer}");
    };
    further(true).await;
    gateway.receiver.answer(500);
    let payment = gateway.paid("ORDER_1").await;
    let time = |value: &Value| value.as_str().unwrap().parse::<UtcTime>().unwrap();
    let hours = 3_600;
    let waits = [
        300,
        900,
        hours,
        3 * hours,
        6 * hours,
        12 * hours,
        24 * hours,
    ];
    for (attempts, wait) in (1..).zip(waits) {
        let event = event_after(&gateway, &payment, attempts).await;
        assert_eq!(event["state"], "pending");
        let deliveries = whole(&gateway, &event).await["deliveries"].clone();
        let last = deliveries.as_array().unwrap().last().unwrap();
        let next = time(&event["next_attempt_at"]);
        assert_eq!(next, time(&last["at"]).plus_seconds(wait), "{attempts}");
        gateway.database.bring_retries_forward().await;
    }
    // Whoever does not want it any more is not tried again, and what was given up stays so.
    let event = event_after(&gateway, &payment, 8).await;
    assert_eq!(event["state"], "pending");
    further(false).await;
    gateway.database.bring_retries_forward().await;
    let event = event_after(&gateway, &payment, 9).await;
    assert_eq!(event["state"], "failed");
    further(true).await;
    assert_eq!(resend(&gateway, &event).await.0, 202);
    let event = event_after(&gateway, &payment, 10).await;
    assert_eq!(event["state"], "failed");

    // One that was given up before has what is left.
    further(false).await;
    let payment = gateway.paid("ORDER_2").await;
    for attempts in 1..4 {
        event_after(&gateway, &payment, attempts).await;
        gateway.database.bring_retries_forward().await;
    }
    let event = event_after(&gateway, &payment, 4).await;
    assert_eq!(event["state"], "failed");
    further(true).await;
    assert_eq!(resend(&gateway, &event).await.0, 202);
    let event = event_after(&gateway, &payment, 5).await;
    assert_eq!(event["state"], "pending");
}

#[tokio::test]
async fn an_event_without_a_url_is_sent_once_there_is_one() {
    let gateway = TestGateway::start().await;
    let project = (Method::PATCH, "/api/v1/project");
    let none = json!({"webhook_url": null});
    let (status, answer) = change(&gateway, &gateway.keys, project.clone(), &none).await;
    assert_eq!(status, 200, "{answer}");
    let payment = gateway.paid("ORDER_1").await;
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
    let payment = gateway.paid("ORDER_1").await;
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
async fn events_of_every_type_are_in_one_list_and_found_by_their_type() {
    let gateway = TestGateway::start().await;
    let asked = json!({"events": ["payment.review", "payment.expired"]});
    let project = (Method::PATCH, "/api/v1/project");
    let (status, answer) = change(&gateway, &gateway.keys, project, &asked).await;
    assert_eq!(status, 200, "{answer}");
    let first = gateway.paid("ORDER_1").await;
    event_after(&gateway, &first, 1).await;
    gateway.let_pass(3);
    let stray = gateway.transfer(&first, "12.340000");
    gateway.make_solid();
    gateway.catch_up().await;
    gateway.let_pass(3);
    let second = gateway.create("ORDER_2", "50").await;
    gateway.let_pass(WINDOW_SECONDS + 60);
    gateway.make_solid();
    gateway
        .status_when(&second, |payment| payment["status"] == "expired")
        .await;
    gateway.receiver.wait_for(3, |_| true).await;

    let mut listed = Vec::new();
    let mut path = "/api/v1/events?limit=1".to_owned();
    loop {
        let page = found(&gateway, &path).await;
        let event = &page["events"][0];
        listed.push((event["type"].clone(), event["payment_id"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/v1/events?limit=1&cursor={cursor}");
    }
    let kinds = |kind: &str, payment: &Value| (json!(kind), payment["payment_id"].clone());
    assert_eq!(
        listed,
        [
            kinds("payment.expired", &second),
            (json!("payment.review"), Value::Null),
            kinds("payment.paid", &first),
        ]
    );
    for (kind, _) in &listed {
        let path = format!("/api/v1/events?type={}", kind.as_str().unwrap());
        let events = found(&gateway, &path).await["events"].clone();
        assert_eq!(events.as_array().unwrap().len(), 1, "{events}");
        assert_eq!(events[0]["type"], *kind);
    }
    let review = found(&gateway, "/api/v1/events?type=payment.review").await["events"][0].clone();
    let shown = whole(&gateway, &review).await;
    assert!(shown["body"].as_str().unwrap().contains(&stray.to_string()));
    let answer = get(&gateway, "/api/v1/events?type=payment.lost").await;
    assert_eq!(refused(&answer), (400, "invalid_parameter"));
    // Each is a step in its payment's life, and of nobody else's.
    let path = format!("/api/v1/payments/{}", second["payment_id"]);
    let timeline = found(&gateway, &path).await["timeline"].clone();
    let told = timeline.as_array().unwrap().last().unwrap();
    assert_eq!(told["what"], "webhook_delivered", "{timeline}");
    assert_eq!(told["type"], "payment.expired", "{timeline}");
    let other = gateway.add_project(2, &Setup::default()).await;
    let path = format!("/api/v1/events/{}", review["event_id"].as_str().unwrap());
    let answer = get_as(&gateway, &other, &path).await;
    assert_eq!(refused(&answer), (404, "event_not_found"));
}

#[tokio::test]
async fn events_are_listed_newest_first_in_pages_and_found_by_their_payment() {
    let gateway = TestGateway::start().await;
    for order in ["ORDER_1", "ORDER_2", "ORDER_3"] {
        let payment = gateway.paid(order).await;
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

#[tokio::test]
async fn an_event_is_not_sent_without_end() {
    let gateway = TestGateway::start().await;
    let payment = gateway.paid("ORDER_1").await;
    for attempts in 1..100 {
        let event = event_after(&gateway, &payment, attempts).await;
        assert_eq!(resend(&gateway, &event).await.0, 202, "{attempts}");
    }
    let event = event_after(&gateway, &payment, 100).await;
    let answer = resend(&gateway, &event).await;
    assert_eq!(refused(&answer), (409, "resent_too_often"));
    assert_eq!(gateway.receiver.deliveries().len(), 100);
}
