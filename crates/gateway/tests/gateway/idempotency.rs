//! `Idempotency-Key`: a call that comes again has the answer that it had.

use futures_util::future::join_all;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::merchant::sign;
use crate::patience::patiently;
use crate::test_gateway::{
    Keys, QUARANTINE_SECONDS, Setup, TestGateway, WINDOW_SECONDS, json_of, pay_amount,
};

fn create(
    gateway: &TestGateway,
    keys: &Keys,
    name: &str,
    (order, amount): (&str, &str),
) -> RequestBuilder {
    let body = json!({"order_id": order, "amount": amount}).to_string();
    gateway
        .create_request_of(keys, &body)
        .header("idempotency-key", name)
}

/// The answer, and whether it was given before.
async fn answered(request: RequestBuilder) -> (u16, bool, Value) {
    let response: Response = request.send().await.unwrap();
    let is_again = response
        .headers()
        .get("idempotent-replayed")
        .is_some_and(|told| told == "true");
    (
        response.status().as_u16(),
        is_again,
        json_of(response).await,
    )
}

#[tokio::test]
async fn a_create_that_comes_again_has_the_same_answer_whatever_became_of_the_payment() {
    let gateway = TestGateway::start().await;
    let send = || answered(create(&gateway, &gateway.keys, "try-1", ("ORDER_1", "50")));
    let (status, is_again, first) = send().await;
    assert_eq!((status, is_again), (200, false));
    gateway.let_pass(WINDOW_SECONDS + 120);
    gateway
        .status_when(&first["payment"], |payment| payment["status"] == "expired")
        .await;
    // A late try of the same request makes no second payment.
    assert_eq!(send().await, (200, true, first.clone()));
    // One of another name is another request.
    let other = create(&gateway, &gateway.keys, "try-2", ("ORDER_1", "50"));
    let (_, is_again, second) = answered(other).await;
    assert!(!is_again);
    assert_ne!(
        second["payment"]["payment_id"],
        first["payment"]["payment_id"]
    );
    // After a day it is forgotten.
    gateway.let_pass(86_400 + QUARANTINE_SECONDS);
    let (_, is_again, later) = send().await;
    assert!(!is_again);
    assert_ne!(
        later["payment"]["payment_id"],
        first["payment"]["payment_id"]
    );
}

#[tokio::test]
async fn a_name_is_for_one_request_of_one_project() {
    let gateway = TestGateway::start().await;
    let own = || create(&gateway, &gateway.keys, "one", ("ORDER_1", "50"));
    let (_, _, first) = answered(own()).await;
    for asked in [("ORDER_2", "50"), ("ORDER_1", "51")] {
        let (status, is_again, answer) =
            answered(create(&gateway, &gateway.keys, "one", asked)).await;
        assert_eq!((status, is_again), (422, false));
        assert_eq!(answer["code"], "idempotency_key_reused");
    }
    // The same bytes for another call are another request.
    let (path, body) = (
        "/api/v1/webhook-test",
        json!({"order_id": "ORDER_1", "amount": "50"}).to_string(),
    );
    let elsewhere = gateway
        .post(path)
        .header("content-type", "application/json")
        .header("x-api-key", &gateway.keys.api_key)
        .header("x-signature", sign(&gateway.keys.secret, &body))
        .header("idempotency-key", "one")
        .body(body);
    assert_eq!(
        answered(elsewhere).await.2["code"],
        "idempotency_key_reused"
    );
    let other = gateway.add_project(2, &Setup::default()).await;
    let theirs = create(&gateway, &other, "one", ("ORDER_1", "50"));
    let (status, is_again, theirs) = answered(theirs).await;
    assert_eq!((status, is_again), (200, false));
    assert_ne!(
        theirs["payment"]["payment_id"],
        first["payment"]["payment_id"]
    );
    // A stranger to the secret is told nothing.
    let forged = Keys {
        secret: "sk_test_forged".to_owned(),
        ..gateway.keys.clone()
    };
    let stolen = create(&gateway, &forged, "one", ("ORDER_1", "50"));
    assert_eq!(answered(stolen).await.0, 401);
    assert_eq!(answered(own()).await, (200, true, first));
}

#[tokio::test]
async fn a_refused_request_may_come_again_with_the_same_name() {
    let gateway = TestGateway::start().await;
    let existing = gateway.create("ORDER_1", "50").await;
    let send = || answered(create(&gateway, &gateway.keys, "again", ("ORDER_1", "60")));
    assert_eq!(send().await.0, 409);
    gateway.let_pass(WINDOW_SECONDS + 120);
    gateway
        .status_when(&existing, |payment| payment["status"] == "expired")
        .await;
    let (status, is_again, answer) = send().await;
    assert_eq!((status, is_again), (200, false), "{answer}");
}

#[tokio::test]
async fn a_name_that_is_none_is_refused() {
    let gateway = TestGateway::start().await;
    for name in ["", "a b", &"x".repeat(256)] {
        let (status, _, answer) =
            answered(create(&gateway, &gateway.keys, name, ("ORDER_1", "50"))).await;
        assert_eq!(
            (status, &answer["code"]),
            (400, &json!("invalid_parameter"))
        );
    }
    let twice =
        create(&gateway, &gateway.keys, "a", ("ORDER_1", "50")).header("idempotency-key", "b");
    assert_eq!(answered(twice).await.0, 400);
    assert_eq!(gateway.database.amounts_held().await, 0);
}

#[tokio::test]
async fn a_hundred_at_once_make_one_payment_and_have_one_answer() {
    let gateway = TestGateway::start().await;
    let send = || answered(create(&gateway, &gateway.keys, "rush", ("ORDER_1", "50")));
    let answers = join_all((0..100).map(|_| send())).await;
    let (_, _, first) = &answers[0];
    for (status, _, answer) in &answers {
        assert_eq!((*status, answer), (200, first));
    }
    assert_eq!(gateway.database.amounts_held().await, 1);
    // Without a name, the order makes them one.
    let body = json!({"order_id": "ORDER_2", "amount": "50"}).to_string();
    let send = || answered(gateway.create_request(&body));
    let answers = join_all((0..100).map(|_| send())).await;
    let id = &answers[0].2["payment"]["payment_id"];
    for (status, _, answer) in &answers {
        assert_eq!((*status, &answer["payment"]["payment_id"]), (200, id));
    }
    assert_eq!(gateway.database.amounts_held().await, 2);
}

#[tokio::test]
async fn a_client_that_goes_away_finds_its_answer_when_it_comes_again() {
    let gateway = TestGateway::start().await;
    for round in 1..=5 {
        let (order, name) = (format!("ORDER_{round}"), format!("gone-{round}"));
        let body = json!({"order_id": order, "amount": "50"}).to_string();
        let head = format!(
            "POST /api/create-payment.php HTTP/1.1\r\nhost: gateway\r\n\
             content-type: application/json\r\nx-api-key: {}\r\nx-signature: {}\r\n\
             idempotency-key: {name}\r\ncontent-length: {}\r\n\r\n{body}",
            gateway.keys.api_key,
            sign(&gateway.keys.secret, &body),
            body.len(),
        );
        let address = gateway.base_url.strip_prefix("http://").unwrap();
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(head.as_bytes()).await.unwrap();
        // It has gone by the time that the payment is there.
        let created = async {
            while gateway.database.amounts_held().await < round {
                tokio::task::yield_now().await;
            }
        };
        patiently("a payment", created).await;
        drop(client);
        let again = create(&gateway, &gateway.keys, &name, (&order, "50"));
        let (status, is_again, _) = answered(again).await;
        assert_eq!((status, is_again), (200, true), "{round}");
    }
}

#[tokio::test]
async fn two_different_requests_of_one_name_at_once_are_not_both_done() {
    let gateway = TestGateway::start().await;
    let send =
        |order: &'static str| answered(create(&gateway, &gateway.keys, "clash", (order, "50")));
    let answers =
        join_all((0..10).map(|n| send(if n % 2 == 0 { "ORDER_1" } else { "ORDER_2" }))).await;
    let count = |wanted| {
        answers
            .iter()
            .filter(|(status, ..)| *status == wanted)
            .count()
    };
    assert_eq!((count(200), count(422)), (5, 5), "{answers:?}");
    assert_eq!(gateway.database.amounts_held().await, 1);
}

#[tokio::test]
async fn an_event_that_is_to_be_sent_again_is_sent_once_for_each_name() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    let webhook = gateway.receiver.wait_for(1, |_| true).await.remove(0);
    let id = webhook.header("webhook-id");
    let body = json!({"event_id": id}).to_string();
    let resend = |name: &str| {
        let request = gateway
            .post(&format!("/api/v1/events/{id}/resend"))
            .header("content-type", "application/json")
            .header("x-api-key", &gateway.keys.api_key)
            .header("x-signature", sign(&gateway.keys.secret, &body))
            .header("idempotency-key", name)
            .body(body.clone());
        answered(request)
    };
    while gateway.database.attempts().await.is_empty() {
        gateway.node.arrivals("", 1).await;
    }
    let (status, is_again, first) = resend("a").await;
    assert_eq!((status, is_again), (202, false));
    gateway.receiver.wait_for(2, |_| true).await;
    while gateway.database.attempts().await.len() < 2 {
        gateway.node.arrivals("", 1).await;
    }
    assert_eq!(resend("a").await, (202, true, first));
    assert_eq!(resend("b").await.0, 202);
    gateway.receiver.wait_for(3, |_| true).await;
    while gateway.database.attempts().await.len() < 3 {
        gateway.node.arrivals("", 1).await;
    }
    assert_eq!(gateway.receiver.deliveries().len(), 3);
}
