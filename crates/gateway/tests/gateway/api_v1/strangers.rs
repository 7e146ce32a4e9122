//! Nothing of a project is seen or changed by another, which cannot even tell whether it is there.

use reqwest::Method;
use serde_json::json;

use super::{change, event_after, found, get_as, post};
use crate::test_gateway::{Setup, TestGateway};

#[tokio::test]
async fn a_payment_of_another_project_is_as_one_that_is_not_there() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let id = payment["payment_id"].to_string();
    for (seed, method, rest) in [(2, Method::GET, ""), (3, Method::POST, "/cancel")] {
        let other = gateway.add_project(seed, &Setup::default()).await;
        let ask = async |id: &str| {
            let path = format!("/api/v1/payments/{id}{rest}");
            if method == Method::GET {
                get_as(&gateway, &other, &path).await
            } else {
                change(&gateway, &other, (method.clone(), &path), &json!({})).await
            }
        };
        let theirs = ask(&id).await;
        assert_eq!(theirs, ask("1099511627776").await);
        assert_eq!(theirs, ask("abc").await);
        assert_eq!(
            (theirs.0, &theirs.1["code"]),
            (404, &json!("payment_not_found"))
        );
        let listed = get_as(&gateway, &other, "/api/v1/payments?order_id=ORDER_1").await;
        assert_eq!(listed.1["payments"], json!([]));
    }
    assert_eq!(gateway.status(&payment).await["status"], "pending");
}

#[tokio::test]
async fn an_event_of_another_project_is_neither_seen_nor_sent() {
    let gateway = TestGateway::start().await;
    let payment = gateway.paid("ORDER_1").await;
    let event = event_after(&gateway, &payment, 1).await;
    let id = event["event_id"].as_str().unwrap();
    let unknown = "evt_00000000000000000000000000000000";
    let other = gateway.add_project(3, &Setup::default()).await;
    let listed = get_as(&gateway, &other, "/api/v1/events").await;
    assert_eq!(listed.1["events"], json!([]));
    for id in [id, unknown] {
        let seen = get_as(&gateway, &other, &format!("/api/v1/events/{id}")).await;
        assert_eq!((seen.0, &seen.1["code"]), (404, &json!("event_not_found")));
        let path = format!("/api/v1/events/{id}/resend");
        let answer = change(&gateway, &other, (Method::POST, &path), &json!({})).await;
        assert_eq!(
            (answer.0, &answer.1["code"]),
            (404, &json!("event_not_found"))
        );
    }
    // One that was made due would wait for its attempt, or have had it.
    let after = event_after(&gateway, &payment, 1).await;
    assert_eq!(after, event);
    assert_eq!(gateway.receiver.deliveries().len(), 1);
}

#[tokio::test]
async fn a_transfer_at_another_project_s_address_is_neither_seen_nor_decided_about() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let txid = gateway.transfer(&payment, "12.000000");
    gateway.make_solid();
    gateway.catch_up().await;
    let other = gateway.add_project(2, &Setup::default()).await;
    let theirs = gateway.create_as(&other, "ORDER_1", "50").await;
    let listed = get_as(&gateway, &other, "/api/v1/reviews").await;
    assert_eq!(listed.1["reviews"], json!([]));
    let (own, unknown) = (format!("{txid}:0"), format!("{}:0", "ab".repeat(32)));
    for (path, for_payment, code) in [
        (
            format!("/api/v1/reviews/{own}/accept"),
            &theirs,
            "review_not_found",
        ),
        (
            format!("/api/v1/reviews/{unknown}/accept"),
            &theirs,
            "review_not_found",
        ),
        (
            format!("/api/v1/reviews/{own}/accept"),
            &payment,
            "payment_not_found",
        ),
        (
            format!("/api/v1/reviews/{own}/dismiss"),
            &theirs,
            "review_not_found",
        ),
        (
            "/api/v1/reviews/nonsense/dismiss".to_owned(),
            &theirs,
            "review_not_found",
        ),
    ] {
        let mut body = json!({"by": "x", "note": "x"});
        if path.ends_with("/accept") {
            body["payment_id"] = for_payment["payment_id"].clone();
            body["anyway"] = json!(true);
        }
        let (status, answer) = change(&gateway, &other, (Method::POST, &path), &body).await;
        assert_eq!((status, &answer["code"]), (404, &json!(code)), "{path}");
    }
    // Nor may the address's own project take the money for somebody else's payment.
    let path = format!("/api/v1/reviews/{own}/accept");
    let body = json!({"payment_id": theirs["payment_id"], "by": "x", "note": "x", "anyway": true});
    assert_eq!(post(&gateway, &path, &body).await.0, 404);
    assert_eq!(gateway.database.decisions().await, 0);
    let mine = found(&gateway, "/api/v1/reviews").await;
    assert_eq!(mine["reviews"][0]["state"], "review");
}
