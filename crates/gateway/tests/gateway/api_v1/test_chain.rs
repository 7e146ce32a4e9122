//! `/api/v1/test/…`: a merchant's own tests pay, let time pass and break the node.

use serde_json::{Value, json};
use usdt_protocol::Usdt;
use usdt_tron::Network;

use super::{found, post, refused};
use crate::test_gateway::{Setup, TestGateway, WINDOW_SECONDS, pay_amount};

async fn pay(gateway: &TestGateway, payment: &Value, case: &str) -> Value {
    let body = json!({"payment_id": payment["payment_id"], "case": case});
    let (status, answer) = post(gateway, "/api/v1/test/pay", &body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

fn more_than_due(payment: &Value, micro: i64) -> String {
    let due: Usdt = pay_amount(payment).parse().unwrap();
    let amount = due.micro().checked_add_signed(micro).unwrap();
    Usdt::from_micro(amount).six_decimals().to_string()
}

/// The reasons of the transfers that wait in review.
async fn reasons(gateway: &TestGateway) -> Vec<Value> {
    gateway.catch_up().await;
    let reviews = found(gateway, "/api/v1/reviews").await["reviews"].clone();
    let reviews = reviews.as_array().unwrap().iter();
    reviews.map(|review| review["reason"].clone()).collect()
}

#[tokio::test]
async fn a_payment_is_paid_exactly_and_its_webhook_comes() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let answer = pay(&gateway, &payment, "exact").await;
    let paid = gateway
        .status_when(&payment, |payment| payment["status"] == "paid")
        .await;
    assert_eq!(paid["txid"], answer["txids"][0]);
    assert_eq!(answer["amount"], payment["pay_amount"]);
    let webhook = gateway.receiver.wait_for(1, |_| true).await.remove(0);
    assert_eq!(webhook.json()["txid"], answer["txids"][0]);
}

#[tokio::test]
async fn every_way_in_which_payers_fail_has_its_case() {
    let gateway = TestGateway::start().await;
    let less = gateway.create("LESS", "50").await;
    let answer = pay(&gateway, &less, "less").await;
    assert_eq!(answer["amount"], more_than_due(&less, -1_000_000));
    let more = gateway.create("MORE", "60").await;
    let answer = pay(&gateway, &more, "more").await;
    assert_eq!(answer["amount"], more_than_due(&more, 1_000_000));
    assert_eq!(reasons(&gateway).await, ["no_match", "no_match"]);
    for payment in [&less, &more] {
        assert_eq!(gateway.status(payment).await["status"], "pending");
    }

    let twice = gateway.create("TWICE", "70").await;
    let answer = pay(&gateway, &twice, "twice").await;
    assert_eq!(answer["txids"].as_array().unwrap().len(), 2);
    assert_eq!(reasons(&gateway).await[2], "paid_twice");
    assert_eq!(gateway.status(&twice).await["status"], "paid");

    let failing = gateway.create("FAILING", "80").await;
    pay(&gateway, &failing, "failing").await;
    gateway.catch_up().await;
    let status = gateway.status(&failing).await;
    assert_eq!(status["status"], "pending");
    assert!(status["txid"].is_null());

    let late = gateway.create("LATE", "90").await;
    pay(&gateway, &late, "late").await;
    let late = gateway
        .status_when(&late, |payment| payment["status"] == "paid")
        .await;
    assert_eq!(late["late"], true);
}

#[tokio::test]
async fn an_amount_of_its_own_and_a_transfer_that_is_not_final_yet() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let body = json!({"payment_id": payment["payment_id"], "case": "exact", "amount": "12.5"});
    let (_, answer) = post(&gateway, "/api/v1/test/pay", &body).await;
    assert_eq!(answer["amount"], "12.500000");
    assert_eq!(reasons(&gateway).await, ["no_match"]);
    let body = json!({"payment_id": payment["payment_id"], "case": "exact", "confirm": false});
    let (_, answer) = post(&gateway, "/api/v1/test/pay", &body).await;
    let (_, passed) = post(&gateway, "/api/v1/test/time", &json!({"seconds": 3})).await;
    assert_eq!(passed["blocks"], 1);
    let seen = gateway
        .status_when(&payment, |payment| payment["txid"].is_string())
        .await;
    assert_eq!(
        (&seen["status"], &seen["txid"]),
        (&json!("pending"), &answer["txids"][0])
    );
}

#[tokio::test]
async fn time_passes_and_a_payment_expires() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let body = json!({"seconds": WINDOW_SECONDS + 120});
    let (status, answer) = post(&gateway, "/api/v1/test/time", &body).await;
    assert_eq!(status, 200, "{answer}");
    gateway
        .status_when(&payment, |payment| payment["status"] == "expired")
        .await;
}

#[tokio::test]
async fn a_silent_node_is_one_until_it_is_told_to_be_well() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let behave = async |answers: &str| {
        let body = json!({"answers": answers});
        assert_eq!(post(&gateway, "/api/v1/test/node", &body).await.0, 200);
    };
    behave("silent").await;
    pay(&gateway, &payment, "exact").await;
    gateway.node.arrivals("", 3).await;
    assert_eq!(gateway.status(&payment).await["status"], "pending");
    behave("behind").await;
    behave("well").await;
    gateway
        .status_when(&payment, |payment| payment["status"] == "paid")
        .await;
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_happens() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let id = &payment["payment_id"];
    for (path, body, error) in [
        ("pay", json!({"case": "exact"}), (422, "missing_field")),
        ("pay", json!({"payment_id": id}), (422, "missing_field")),
        (
            "pay",
            json!({"payment_id": id, "case": "half"}),
            (422, "invalid_value"),
        ),
        (
            "pay",
            json!({"payment_id": id, "case": "exact", "amount": "x"}),
            (422, "invalid_amount"),
        ),
        (
            "pay",
            json!({"payment_id": id, "case": "exact", "confirm": 1}),
            (422, "not_a_flag"),
        ),
        (
            "pay",
            json!({"payment_id": 1, "case": "exact"}),
            (404, "payment_not_found"),
        ),
        (
            "pay",
            json!({"payment_id": id, "how": "exact"}),
            (400, "unknown_parameter"),
        ),
        ("time", json!({}), (422, "missing_field")),
        ("time", json!({"seconds": 0}), (422, "invalid_value")),
        ("time", json!({"seconds": 86_401}), (422, "invalid_value")),
        ("time", json!({"seconds": "1.5"}), (422, "invalid_value")),
        ("node", json!({"answers": "maybe"}), (422, "invalid_value")),
    ] {
        let before = gateway.devchain.head();
        let answer = post(&gateway, &format!("/api/v1/test/{path}"), &body).await;
        assert_eq!(refused(&answer), error, "{body}");
        assert_eq!(gateway.devchain.head(), before, "{body}");
    }
}

#[tokio::test]
async fn a_live_project_pays_nothing_this_way() {
    let setup = Setup {
        network: Network::Mainnet,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let payment = gateway.create("ORDER_1", "50").await;
    for (path, body) in [
        (
            "pay",
            json!({"payment_id": payment["payment_id"], "case": "exact"}),
        ),
        ("time", json!({"seconds": 60})),
        ("node", json!({"answers": "silent"})),
    ] {
        let before = gateway.devchain.head();
        let answer = post(&gateway, &format!("/api/v1/test/{path}"), &body).await;
        assert_eq!(refused(&answer), (403, "live_project"), "{path}");
        assert_eq!(gateway.devchain.head(), before);
    }
}
