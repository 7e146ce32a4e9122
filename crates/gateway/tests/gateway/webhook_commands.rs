//! `usdt-gateway webhook`: what a merchant was told, and how to tell it again

use serde_json::{Value, json};

use crate::commands::{refused, run, told};
use crate::merchant::sign;
use crate::patience::patiently;
use crate::site::Site;
use crate::test_gateway::{TestGateway, pay_amount};

async fn pay(gateway: &TestGateway, order: &str) {
    let payment = gateway.create(order, "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway
        .status_when(&payment, |payment| payment["status"] == "paid")
        .await;
}

/// The events in a state, once there are so many.
async fn events_that_are(gateway: &TestGateway, state: &str, count: usize) -> Vec<Value> {
    let listed = async {
        loop {
            let events = told(
                gateway,
                &["webhook", "list", "--project", "1", "--state", state],
            )
            .await;
            if let Value::Array(events) = events
                && events.len() == count
            {
                return events;
            }
            gateway.node.arrivals("", 1).await;
        }
    };
    patiently("events in a state", listed).await
}

/// Lets every attempt fail until the gateway gives the events up.
async fn give_up(gateway: &TestGateway, events: usize) -> Vec<Value> {
    for attempts in 1..=4 {
        let failed = async {
            while gateway.database.attempts().await.len() < attempts * events {
                gateway.node.arrivals("", 1).await;
            }
        };
        patiently("failed attempts", failed).await;
        gateway.database.bring_retries_forward().await;
    }
    events_that_are(gateway, "failed", events).await
}

#[tokio::test]
async fn a_delivered_event_is_sent_again_with_the_same_bytes_and_the_same_id() {
    let gateway = TestGateway::start().await;
    pay(&gateway, "ORDER_\u{fc}\u{1f600}").await;
    let first = gateway.receiver.wait_for(1, |_| true).await.remove(0);
    let event = events_that_are(&gateway, "delivered", 1).await.remove(0);
    assert_eq!(event["id"], first.header("webhook-id"));
    assert_eq!(event["attempts"], 1);

    let id = first.header("webhook-id");
    run(&gateway, &["webhook", "resend", id]).await;
    let both = gateway.receiver.wait_for(2, |_| true).await;
    assert_eq!(both[1].body, first.body);
    assert_eq!(both[1].header("webhook-id"), id);
    assert_eq!(
        both[1].header("x-signature"),
        sign(&gateway.keys.secret, &first.body)
    );
    let event = events_that_are(&gateway, "delivered", 1).await.remove(0);
    assert_eq!(event["attempts"], 2);
    let shown = told(&gateway, &["webhook", "show", id]).await;
    assert_eq!(shown["body"], first.body);
    assert_eq!(shown["attempts"][1]["http_status"], 200);
    // What a merchant wrote does nothing to a terminal.
    let text = run(&gateway, &["webhook", "show", id]).await;
    assert!(text.contains("Attempt 2 at"), "{text}");
    assert!(text.is_ascii(), "{text}");
    let audit = told(&gateway, &["audit"]).await;
    let last = audit.as_array().unwrap().last().unwrap();
    assert_eq!(last["action"], "webhook resend");
    assert_eq!(last["subject"], id);
    assert_eq!(last["old"], json!({"state": "delivered"}));
}

#[tokio::test]
async fn an_event_that_was_given_up_is_sent_again_and_given_up_again_or_delivered() {
    let gateway = TestGateway::start().await;
    gateway.receiver.answer(503);
    pay(&gateway, "ORDER_1").await;
    let failed = give_up(&gateway, 1).await.remove(0);
    assert_eq!(failed["error"], "the receiver answered 503");
    let id = failed["id"].as_str().unwrap();
    let listed = run(&gateway, &["webhook", "list"]).await;
    assert!(
        listed.contains(id) && listed.contains("answered 503"),
        "{listed}"
    );

    run(&gateway, &["webhook", "resend", id]).await;
    gateway.receiver.wait_for(5, |_| true).await;
    let failed = events_that_are(&gateway, "failed", 1).await.remove(0);
    assert_eq!(failed["attempts"], 5);
    gateway.receiver.answer(200);
    run(&gateway, &["webhook", "resend", id]).await;
    let delivered = events_that_are(&gateway, "delivered", 1).await.remove(0);
    assert_eq!(delivered["attempts"], 6);
}

#[tokio::test]
async fn all_events_that_were_given_up_since_a_time_are_sent_again() {
    let gateway = TestGateway::start().await;
    gateway.receiver.answer(500);
    for order in ["ORDER_1", "ORDER_2"] {
        pay(&gateway, order).await;
    }
    give_up(&gateway, 2).await;
    gateway.receiver.answer(200);
    let resend = ["webhook", "resend", "--project", "1", "--failed-since"];
    let late = run(&gateway, &[&resend[..], &["2027-01-01"]].concat()).await;
    assert!(late.contains("No event"), "{late}");
    let said = run(&gateway, &[&resend[..], &["2026-07-01 18:00:00"]].concat()).await;
    assert!(said.contains("at once: 2"), "{said}");
    events_that_are(&gateway, "delivered", 2).await;
}

#[tokio::test]
async fn an_event_of_a_project_without_a_url_waits_for_one_and_is_sent_then() {
    let gateway = TestGateway::start().await;
    run(&gateway, &["project", "set", "1", "--no-webhook-url"]).await;
    pay(&gateway, "ORDER_1").await;
    let event = events_that_are(&gateway, "no_url", 1).await.remove(0);
    let id = event["id"].as_str().unwrap();
    let error = refused(&gateway, &["webhook", "resend", id]).await;
    assert!(error.contains("project set 1 --webhook-url"), "{error}");
    gateway
        .store
        .set_webhook_url(1, &gateway.receiver.url.parse().unwrap())
        .await
        .unwrap();
    run(&gateway, &["webhook", "resend", id]).await;
    events_that_are(&gateway, "delivered", 1).await;
}

#[tokio::test]
async fn what_is_not_there_or_is_being_sent_is_not_sent_again() {
    let gateway = TestGateway::start().await;
    gateway.receiver.hold();
    pay(&gateway, "ORDER_1").await;
    let held = gateway.receiver.wait_for(1, |_| true).await.remove(0);
    for (arguments, told) in [
        (
            &["resend", held.header("webhook-id")][..],
            "being sent already",
        ),
        (&["resend", "evt_7"], "no webhook event \"evt_7\""),
        (&["show", "evt_7"], "no webhook event \"evt_7\""),
        (&["resend"], "--project"),
        (&["resend", "--project", "1"], "--failed-since"),
        (
            &["resend", "--project", "7", "--failed-since", "2026-07-01"],
            "no project 7",
        ),
        (
            &["resend", "--project", "1", "--failed-since", "soon"],
            "must be one of UTC",
        ),
        (&["list", "--project", "7"], "no project 7"),
        (&["list", "--state", "lost"], "delivered"),
    ] {
        let error = refused(&gateway, &[&["webhook"], arguments].concat()).await;
        assert!(error.contains(told), "{error}");
    }
    assert_eq!(gateway.receiver.deliveries().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_is_tried_with_a_signed_event_that_is_no_payment() {
    let site = Site::prepare().await;
    let test = |project: &str| {
        let output = site.command(&["webhook", "test", project]);
        let said = if output.status.success() {
            output.stdout
        } else {
            output.stderr
        };
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    let (delivered, said) = test("1");
    assert!(
        delivered && said.contains("Delivered after ") && said.contains("with 200"),
        "{said}"
    );
    let sent = site.receiver.deliveries().pop().unwrap();
    assert!(said.contains(&sent.body), "{said}");
    assert_eq!(sent.json()["type"], "test");
    assert_eq!(sent.json().get("status"), None);
    assert_eq!(sent.header("x-signature"), sign(&site.secret, &sent.body));
    site.receiver.answer(503);
    let (delivered, said) = test("1");
    assert!(!delivered && said.contains("answered 503"), "{said}");
    let (_, said) = test("7");
    assert!(said.contains("no project 7"), "{said}");
    site.command(&["project", "set", "1", "--no-webhook-url"]);
    let (_, said) = test("1");
    assert!(said.contains("has no webhook URL"), "{said}");
    let gateway = site.start();
    site.create(&gateway, 1).await;
    let listed = site.command(&["webhook", "list", "--json"]).stdout;
    assert_eq!(String::from_utf8(listed).unwrap().trim(), "[]");
}
