//! `GET /api/v1/reviews`, `POST /api/v1/reviews/{id}/accept` and `…/dismiss`

use serde_json::{Value, json};
use usdt_protocol::Usdt;

use super::{found, get, post, refused};
use crate::test_gateway::{TestGateway, pay_amount};

/// Sends `amount` to the payment's address, and returns its review once it is there.
async fn reviewed(gateway: &TestGateway, payment: &Value, amount: &str) -> Value {
    let txid = gateway.transfer(payment, amount).to_string();
    gateway.make_solid();
    gateway.catch_up().await;
    let reviews = found(gateway, "/api/v1/reviews").await["reviews"].clone();
    let mut reviews = reviews.as_array().unwrap().clone().into_iter();
    reviews.find(|review| review["txid"] == txid).unwrap()
}

async fn decide(
    gateway: &TestGateway,
    review: &Value,
    decision: &str,
    body: &Value,
) -> (u16, Value) {
    let id = review["review_id"].as_str().unwrap();
    post(gateway, &format!("/api/v1/reviews/{id}/{decision}"), body).await
}

fn accepting(payment: &Value) -> Value {
    json!({"payment_id": payment["payment_id"], "by": "maria", "note": "agreed with the payer"})
}

fn dismissing() -> Value {
    json!({"by": "maria", "note": "not ours"})
}

#[tokio::test]
async fn what_waits_is_listed_with_the_payments_it_may_be_meant_for() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let review = reviewed(&gateway, &payment, "49.000000").await;
    assert_eq!(review["amount"], "49.000000");
    assert_eq!(review["reason"], "no_match");
    assert_eq!(review["state"], "review");
    assert_eq!(review["address"], payment["address"]);
    assert_eq!(review["candidates"][0]["payment_id"], payment["payment_id"]);
    assert_eq!(review["candidates"][0]["order_id"], "ORDER_1");
    // Dust is nobody's payment.
    gateway.transfer(&payment, "0.000001");
    gateway.make_solid();
    gateway.catch_up().await;
    reviewed(&gateway, &payment, "30.000000").await;
    let first = found(&gateway, "/api/v1/reviews?limit=1").await;
    assert_eq!(first["reviews"][0]["txid"], review["txid"]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = found(
        &gateway,
        &format!("/api/v1/reviews?limit=1&cursor={cursor}"),
    )
    .await;
    assert_eq!(rest["reviews"][0]["amount"], "30.000000");
    assert_eq!(rest["next_cursor"], Value::Null);
    let answer = get(&gateway, "/api/v1/reviews?state=all").await;
    assert_eq!(refused(&answer), (400, "unknown_parameter"));
}

#[tokio::test]
async fn an_accepted_transfer_pays_and_tells_by_webhook_and_record_who_decided() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let due = pay_amount(&payment).parse::<Usdt>().unwrap().micro();
    let more = Usdt::from_micro(due + 1_000_000).six_decimals().to_string();
    let review = reviewed(&gateway, &payment, &more).await;
    let (status, answer) = decide(&gateway, &review, "accept", &accepting(&payment)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["result"], "paid");
    assert_eq!(answer["payment"]["status"], "paid");
    assert_eq!(answer["payment"]["received_amount"], more);
    let webhooks = gateway.receiver.wait_for(1, |_| true).await;
    assert_eq!(webhooks[0].json()["received_amount"], more);
    let again = decide(&gateway, &review, "accept", &accepting(&payment)).await;
    assert_eq!(refused(&again), (409, "review_settled"));
    let dismissed = decide(&gateway, &review, "dismiss", &dismissing()).await;
    assert_eq!(refused(&dismissed), (409, "review_settled"));
    let path = format!("/api/v1/payments/{}", payment["payment_id"]);
    let timeline = found(&gateway, &path).await["timeline"].clone();
    let accepted = timeline.as_array().unwrap().iter();
    let accepted = accepted
        .clone()
        .find(|step| step["what"] == "accepted")
        .unwrap();
    assert_eq!(accepted["by"], "maria");
    assert_eq!(accepted["note"], "agreed with the payer");
    let shown = gateway
        .command(&["review", "show", review["txid"].as_str().unwrap()])
        .await;
    let shown = String::from_utf8(shown.stdout).unwrap();
    let by = format!(
        r#""key {} of project {} (maria)" accepted it"#,
        gateway.keys.api_key, gateway.keys.app_id
    );
    assert!(shown.contains(&by), "{shown}");
}

#[tokio::test]
async fn what_is_doubtful_is_told_and_done_only_when_it_is_wanted_anyway() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let review = reviewed(&gateway, &payment, "12.000000").await;
    let mut body = accepting(&payment);
    let answer = decide(&gateway, &review, "accept", &body).await;
    assert_eq!(refused(&answer), (409, "acceptance_doubtful"));
    let hint = answer.1["hint"].as_str().unwrap();
    assert!(hint.contains("12.000000 USDT do not reach the"), "{hint}");
    assert_eq!(gateway.status(&payment).await["status"], "pending");

    // The other part makes it whole.
    let due = pay_amount(&payment).parse::<Usdt>().unwrap().micro();
    let rest = Usdt::from_micro(due - 12_000_000)
        .six_decimals()
        .to_string();
    let other = reviewed(&gateway, &payment, &rest).await;
    body["with"] = json!([other["review_id"]]);
    let (status, answer) = decide(&gateway, &review, "accept", &body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["payment"]["received_amount"], payment["pay_amount"]);

    let more = reviewed(&gateway, &payment, "5.000000").await;
    let mut body = accepting(&payment);
    let answer = decide(&gateway, &more, "accept", &body).await;
    assert_eq!(refused(&answer), (409, "acceptance_doubtful"));
    body["anyway"] = json!(true);
    let (status, answer) = decide(&gateway, &more, "accept", &body).await;
    assert_eq!(
        (status, &answer["result"]),
        (200, &json!("added")),
        "{answer}"
    );
}

#[tokio::test]
async fn who_and_why_must_be_said_and_each_wrong_field_is_named() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let review = reviewed(&gateway, &payment, "12.000000").await;
    let id = &payment["payment_id"];
    for (body, error) in [
        (json!({"payment_id": id, "note": "x"}), "by is required"),
        (json!({"payment_id": id, "by": "x"}), "note is required"),
        (json!({"by": "x", "note": "x"}), "payment_id is required"),
        (
            json!({"payment_id": id, "by": "a\nb", "note": "x"}),
            "by must have 1 to 64 characters without control characters",
        ),
        (
            json!({"payment_id": id, "by": "x", "note": "x".repeat(513)}),
            "note must have 1 to 512 characters without control characters",
        ),
        (
            json!({"payment_id": id, "by": "x", "note": "x", "anyway": "yes"}),
            "anyway must be true or false",
        ),
        (
            json!({"payment_id": id, "by": "x", "note": "x", "with": "abc"}),
            "with must be a list of other transfers in review, each by its review_id",
        ),
        (
            json!({"payment_id": id, "by": "x", "note": "x", "with": [review["review_id"]]}),
            "with must be a list of other transfers in review, each by its review_id",
        ),
    ] {
        let (status, answer) = decide(&gateway, &review, "accept", &body).await;
        assert_eq!((status, &answer["error"]), (422, &json!(error)), "{body}");
    }
    assert_eq!(gateway.database.decisions().await, 0);
}

#[tokio::test]
async fn a_dismissed_transfer_leaves_the_list_and_can_still_be_accepted() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let review = reviewed(&gateway, &payment, "12.000000").await;
    let (status, answer) = decide(&gateway, &review, "dismiss", &dismissing()).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["review"]["state"], "dismissed");
    assert_eq!(
        found(&gateway, "/api/v1/reviews").await["reviews"],
        json!([])
    );
    let again = decide(&gateway, &review, "dismiss", &dismissing()).await;
    assert_eq!(refused(&again), (409, "review_dismissed"));
    let mut body = accepting(&payment);
    body["anyway"] = json!(true);
    assert_eq!(decide(&gateway, &review, "accept", &body).await.0, 200);
}

#[tokio::test]
async fn of_two_who_accept_at_once_one_is_told_that_it_is_done() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let review = reviewed(&gateway, &payment, "12.000000").await;
    let mut body = accepting(&payment);
    body["anyway"] = json!(true);
    let (one, two) = tokio::join!(
        decide(&gateway, &review, "accept", &body),
        decide(&gateway, &review, "accept", &body)
    );
    let mut statuses = [one.0, two.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{one:?} {two:?}");
    assert_eq!(gateway.database.webhook_events().await, 1);
}

#[tokio::test]
async fn an_operator_may_keep_decisions_to_itself() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let review = reviewed(&gateway, &payment, "12.000000").await;
    let app_id = gateway.keys.app_id.to_string();
    let set = async |to: &str| {
        let arguments = ["project", "set", &app_id, "--project-reviews", to];
        let output = gateway.command(&arguments).await;
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let told = set("off").await;
    assert!(told.contains("Project reviews:  off"), "{told}");
    assert!(told.contains("Show description: off"), "{told}");
    for (decision, body) in [("accept", accepting(&payment)), ("dismiss", dismissing())] {
        let answer = decide(&gateway, &review, decision, &body).await;
        assert_eq!(refused(&answer), (403, "reviews_by_operator"), "{decision}");
    }
    let project = found(&gateway, "/api/v1/project").await;
    assert_eq!(project["project"]["reviews_by"], "operator");
    // It is still told what waits.
    let listed = found(&gateway, "/api/v1/reviews").await;
    assert_eq!(listed["reviews"][0]["txid"], review["txid"]);
    set("on").await;
    let dismissed = decide(&gateway, &review, "dismiss", &dismissing()).await;
    assert_eq!(dismissed.0, 200);
}
