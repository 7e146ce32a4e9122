//! What a project asks to be told besides that payments are paid.

use serde_json::{Value, json};

use super::raw_receiver::{RawReceiver, Then};
use crate::database::Write;
use crate::merchant::{Delivery, sign, sign_standard};
use crate::patience::patiently;
use crate::test_gateway::{START, TestGateway, WINDOW_SECONDS, author, json_of, pay_amount};
use usdt_gateway::payments::event_type::EventType;

const ALL: [&str; 3] = ["payment.expired", "payment.review", "payment.seen"];

/// Lets the gateway's own project ask for these events.
async fn ask_for(gateway: &TestGateway, kinds: &[&str]) {
    let events = EventType::asked_for(kinds.iter().copied()).unwrap();
    let by = author();
    gateway
        .store
        .change_settings(
            gateway.keys.app_id,
            |settings| settings.events = events,
            (&by).into(),
        )
        .await
        .unwrap();
}

fn is_type(kind: &str) -> impl Fn(&Delivery) -> bool {
    move |one| one.json()["type"] == kind
}

fn is_paid(one: &Delivery) -> bool {
    one.json()["status"] == "paid"
}

/// A payment that is seen, and then paid.
async fn paid(gateway: &TestGateway, order: &str) -> Value {
    let payment = gateway.create(order, "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(3);
    gateway
        .status_when(&payment, |payment| payment["confirmations"] == 2)
        .await;
    gateway.make_solid();
    gateway
        .status_when(&payment, |payment| payment["status"] == "paid")
        .await
}

async fn expired(gateway: &TestGateway, order: &str) -> Value {
    let payment = gateway.create(order, "50").await;
    gateway.let_pass(WINDOW_SECONDS + 60);
    gateway.make_solid();
    gateway
        .status_when(&payment, |payment| payment["status"] == "expired")
        .await
}

#[tokio::test]
async fn a_project_that_has_asked_for_nothing_is_told_only_what_is_paid() {
    let gateway = TestGateway::start().await;
    paid(&gateway, "ORDER_1").await;
    let short = gateway.create("ORDER_2", "50").await;
    gateway.transfer(&short, "12.000000");
    gateway.make_solid();
    expired(&gateway, "ORDER_3").await;
    ask_for(&gateway, &ALL).await;
    let last = expired(&gateway, "ORDER_4").await;
    let deliveries = gateway.receiver.wait_for(2, |_| true).await;
    let bodies: Vec<Value> = deliveries.iter().map(Delivery::json).collect();
    assert_eq!(bodies[0]["status"], "paid");
    assert_eq!(bodies[0].get("type"), None);
    // What had happened before it asked is not told later.
    assert_eq!(bodies[1]["payment_id"], last["payment_id"]);
    assert_eq!(gateway.database.notices().await, 1);
}

#[tokio::test]
async fn each_event_that_a_project_asks_for_is_told_once_and_is_no_payment() {
    let gateway = TestGateway::start().await;
    ask_for(&gateway, &ALL).await;
    let payment = paid(&gateway, "ORDER_1").await;
    let again = gateway.transfer(&payment, pay_amount(&payment));
    let other = gateway.transfer(&payment, "12.340000");
    gateway.transfer(&payment, "0.010000");
    gateway.make_solid();
    gateway.catch_up().await;
    let late = expired(&gateway, "ORDER_2").await;
    gateway.receiver.wait_for(4, |one| !is_paid(one)).await;
    gateway.let_pass(7_200);
    gateway.catch_up().await;
    let deliveries = gateway.receiver.wait_for(1, is_paid).await;
    assert_eq!(deliveries.len(), 5);
    for webhook in &deliveries {
        assert_eq!(
            webhook.header("x-signature"),
            sign(&gateway.keys.secret, &webhook.body)
        );
        let standard = sign_standard(&gateway.keys.secret, webhook);
        assert_eq!(webhook.header("webhook-signature"), standard);
    }
    let told = |kind: &'static str| {
        let of_kind = deliveries.iter().filter(move |one| is_type(kind)(one));
        of_kind.map(Delivery::json).collect::<Vec<Value>>()
    };
    for body in ALL.into_iter().flat_map(told) {
        assert_eq!(body["app_id"], gateway.keys.app_id);
        assert_eq!(body.get("status"), None, "{body}");
    }
    let seen = deliveries.iter().find(|one| is_type("payment.seen")(one));
    let from = told("payment.seen")[0]["transfer"]["from"].clone();
    assert_eq!(
        seen.unwrap().body,
        format!(
            concat!(
                r#"{{"type":"payment.seen","app_id":{},"at":"{}","payment_id":{},"#,
                r#""order_id":"ORDER_1","amount":"50.00","pay_amount":{},"currency":"USDT","#,
                r#""network":"TRC20","transfer":{{"txid":{},"amount":{},"from":{},"address":{}}}}}"#,
            ),
            gateway.keys.app_id,
            seen.unwrap().json()["at"].as_str().unwrap(),
            payment["payment_id"],
            payment["pay_amount"],
            payment["txid"],
            payment["pay_amount"],
            from,
            payment["address"]
        )
    );
    let expiry = &told("payment.expired")[..];
    assert_eq!(expiry.len(), 1);
    assert_eq!(expiry[0]["payment_id"], late["payment_id"]);
    assert_eq!(expiry[0]["order_id"], "ORDER_2");
    assert_eq!(expiry[0]["expires_at"], late["expires_at"]);
    let reviews = told("payment.review");
    assert_eq!(reviews.len(), 2, "{reviews:?}");
    let of = |txid: &str| {
        let found = reviews.iter().find(|one| one["transfer"]["txid"] == txid);
        found.unwrap()
    };
    let twice = of(&again.to_string());
    assert_eq!(twice["reason"], "paid_twice");
    assert_eq!(twice["payment_id"], payment["payment_id"]);
    assert_eq!(twice["review_id"], format!("{again}:0"));
    let stray = of(&other.to_string());
    assert_eq!(stray["reason"], "no_match");
    assert_eq!(stray.get("payment_id"), None, "{stray}");
    assert_eq!(stray["transfer"]["amount"], "12.340000");
    assert!(stray["at"].as_str() >= Some(START));
}

#[tokio::test]
async fn a_transfer_that_a_fork_moves_is_told_once_and_its_successor_again() {
    let gateway = TestGateway::start().await;
    ask_for(&gateway, &["payment.seen"]).await;
    let payment = gateway.create("ORDER_1", "50").await;
    let first = gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(5);
    gateway
        .status_when(&payment, |payment| payment["confirmations"] == 4)
        .await;
    gateway.devchain.fork(5, true).unwrap();
    gateway.devchain.mine(3);
    gateway.catch_up().await;
    gateway.receiver.wait_for(1, |_| true).await;
    assert_eq!(gateway.database.notices().await, 1);

    // Withdrawn, which nobody is told, and sent once more.
    gateway.devchain.fork(8, false).unwrap();
    gateway.devchain.mine(25);
    gateway
        .status_when(&payment, |payment| payment["txid"].is_null())
        .await;
    assert_eq!(gateway.database.notices().await, 1);
    let second = gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(1);
    let deliveries = gateway.receiver.wait_for(2, is_type("payment.seen")).await;
    let txid = |one: &Delivery| one.json()["transfer"]["txid"].as_str().unwrap().to_owned();
    let told: Vec<String> = deliveries.iter().map(txid).collect();
    assert_eq!(told, [first.to_string(), second.to_string()]);
}

#[tokio::test]
async fn what_is_told_and_that_it_is_told_are_one() {
    let gateway = TestGateway::start().await;
    ask_for(&gateway, &ALL).await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.database.refuse(Write::Notice).await;
    gateway.let_pass(WINDOW_SECONDS + 60);
    gateway.make_solid();
    // It has been read and could not be written, more than once.
    gateway.node.arrivals("/jsonrpc", 6).await;
    assert_eq!(gateway.status(&payment).await["status"], "pending");
    gateway.database.allow().await;
    gateway
        .status_when(&payment, |payment| payment["status"] == "expired")
        .await;
    gateway
        .receiver
        .wait_for(1, is_type("payment.expired"))
        .await;
}

#[tokio::test]
async fn a_payment_is_told_at_once_whatever_becomes_of_other_events() {
    let gateway = TestGateway::start().await;
    ask_for(&gateway, &ALL).await;
    // Refused ones are no sign of a receiver that fails.
    gateway.receiver.answer(501);
    expired(&gateway, "ORDER_1").await;
    let tried = async {
        while gateway.database.notice_attempts().await == 0 {
            gateway.node.arrivals("", 1).await;
        }
    };
    patiently("an attempt", tried).await;
    assert!(!gateway.database.receiver_fails().await);

    // Many that hang hold one connection, and no place of a payment's.
    let hanging = RawReceiver::start("", Then::Hold).await;
    let project = gateway.keys.app_id;
    let set_url = async |url| gateway.store.set_webhook_url(project, url).await.unwrap();
    set_url(&hanging.url).await;
    gateway.database.add_due_notices(project, 1_000).await;
    let begun = async {
        while hanging.connections() == 0 {
            gateway.node.arrivals("", 1).await;
        }
    };
    patiently("an event to hang", begun).await;
    paid(&gateway, "ORDER_2").await;
    let told = async {
        while hanging.connections() < 2 {
            gateway.node.arrivals("", 1).await;
        }
    };
    patiently("the payment to be told", told).await;
    assert_eq!(gateway.database.notice_attempts().await, 1);
    assert_eq!(hanging.connections(), 2);
}

#[tokio::test]
async fn an_events_schedule_and_its_resending_are_those_of_a_payment() {
    let gateway = TestGateway::start().await;
    ask_for(&gateway, &["payment.expired"]).await;
    gateway.receiver.answer(500);
    expired(&gateway, "ORDER_1").await;
    for (attempts, minutes) in [(1, 5), (2, 15), (3, 60)] {
        let written = async {
            while gateway.database.notice_attempts().await < attempts {
                gateway.node.arrivals("", 1).await;
            }
        };
        patiently("an attempt", written).await;
        gateway.let_pass(minutes * 60);
    }
    let path = "/api/v1/events?type=payment.expired&state=failed";
    let given_up = async {
        loop {
            let answer = gateway
                .get(path)
                .header("x-api-key", &gateway.keys.api_key)
                .header("x-signature", sign(&gateway.keys.secret, ""));
            let events = json_of(answer.send().await.unwrap()).await["events"].clone();
            if events != json!([]) {
                return events[0].clone();
            }
            gateway.node.arrivals("", 1).await;
        }
    };
    let event = patiently("the event to be given up", given_up).await;
    assert_eq!(event["attempts"], 4);
    gateway.receiver.answer(200);
    let id = event["event_id"].as_str().unwrap();
    let body = json!({"event_id": id}).to_string();
    let answer = gateway
        .post(&format!("/api/v1/events/{id}/resend"))
        .header("content-type", "application/json")
        .header("x-api-key", &gateway.keys.api_key)
        .header("x-signature", sign(&gateway.keys.secret, &body))
        .body(body);
    assert_eq!(answer.send().await.unwrap().status(), 202);
    let deliveries = gateway.receiver.wait_for(5, |_| true).await;
    assert!(deliveries.iter().all(|one| one.body == deliveries[0].body));
    assert!(deliveries.iter().all(|one| one.header("webhook-id") == id));
}
