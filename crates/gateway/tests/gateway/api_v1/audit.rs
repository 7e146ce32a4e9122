//! What a merchant changes by the API, as the operator's audit log tells it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{change, event_after, found, post, refused};
use crate::keys::add_key;
use crate::test_gateway::TestGateway;

async fn entries(gateway: &TestGateway) -> Vec<Value> {
    let output = gateway.command(&["audit", "--json"]).await;
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The transfers that wait, once so many do.
async fn reviews(gateway: &TestGateway) -> Vec<String> {
    gateway.make_solid();
    gateway.catch_up().await;
    let reviews = found(gateway, "/api/v1/reviews").await["reviews"].clone();
    let reviews = reviews.as_array().unwrap().iter();
    let ids = reviews.map(|review| review["review_id"].as_str().unwrap().to_owned());
    ids.collect()
}

#[tokio::test]
async fn each_change_has_its_entry_that_says_which_key_whom_why_and_from_where() {
    let gateway = TestGateway::start().await;
    let till = add_key(&gateway, &["--label", "Till"]).await;
    let paid = gateway.paid("PAID").await;
    let event = event_after(&gateway, &paid, 1).await["event_id"].clone();
    let open = gateway.create("OPEN", "60").await;
    let short = gateway.create("SHORT", "70").await;
    gateway.transfer(&short, "7.000000");
    gateway.transfer(&short, "8.000000");
    let waiting = reviews(&gateway).await;
    let before = entries(&gateway).await.len();
    let secret = format!("{}?token=s3cret", gateway.receiver.url);
    let reason = json!({"by": "maria (till 2)", "note": "as agreed"});
    let with = |fields: Value| {
        let mut all = reason.clone();
        let more = fields.as_object().unwrap().clone();
        all.as_object_mut().unwrap().extend(more);
        all
    };
    for (method, path, body) in [
        (
            Method::PATCH,
            "/api/v1/project".to_owned(),
            with(json!({"webhook_url": secret})),
        ),
        (
            Method::POST,
            format!("/api/v1/payments/{}/cancel", open["payment_id"]),
            reason.clone(),
        ),
        (
            Method::POST,
            format!("/api/v1/events/{}/resend", event.as_str().unwrap()),
            reason.clone(),
        ),
        (
            Method::POST,
            format!("/api/v1/reviews/{}/accept", waiting[0]),
            with(json!({"payment_id": short["payment_id"], "anyway": true})),
        ),
        (
            Method::POST,
            format!("/api/v1/reviews/{}/dismiss", waiting[1]),
            reason.clone(),
        ),
    ] {
        let (status, answer) = change(&gateway, &till, (method, &path), &body).await;
        assert!(status < 300, "{path}: {answer}");
    }
    let entries = entries(&gateway).await.split_off(before);
    let told: Vec<Value> = entries
        .iter()
        .map(|entry| {
            json!([
                entry["action"],
                entry["subject"],
                entry["old"],
                entry["new"]
            ])
        })
        .collect();
    let url = |entry: &Value| entry["webhook_url"].as_str().unwrap().to_owned();
    let (old, new) = (url(&entries[0]["old"]), url(&entries[0]["new"]));
    assert!(old != new && new.contains("/... (SHA-256 "), "{new}");
    let id = &short["payment_id"];
    assert_eq!(
        told,
        [
            json!(["project set", null, {"webhook_url": old}, {"webhook_url": new, "note": "as agreed"}]),
            json!(["payment cancel", open["payment_id"].to_string(), {"status": "pending"},
                {"status": "failed", "note": "as agreed"}]),
            json!(["webhook resend", event, {"state": "delivered"}, {"note": "as agreed"}]),
            json!(["review accept", waiting[0], {"outcome": "review"},
                {"payment_id": id, "note": "as agreed"}]),
            json!(["review dismiss", waiting[1], {"outcome": "review"},
                {"payment_id": null, "note": "as agreed"}]),
        ]
    );
    for entry in &entries {
        assert_eq!(entry["app_id"], 1);
        let actor = format!("key {} of project 1 (maria (till 2))", till.api_key);
        assert_eq!(entry["actor"], actor);
        assert_eq!(entry["origin"], "API, from 127.0.0.1");
        assert_eq!(entry["at"], gateway.devchain.now().rfc3339());
    }
    let text = gateway.command(&["audit"]).await;
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(
        !text.contains("s3cret") && !text.contains("sk_test"),
        "{text}"
    );
    // To the merchant it is whom it has named.
    let path = format!("/api/v1/payments/{}", open["payment_id"]);
    let cancelled = found(&gateway, &path).await["timeline"][1].clone();
    assert_eq!(cancelled["what"], "cancelled");
    assert_eq!(cancelled["by"], "maria (till 2)");
    assert_eq!(cancelled["note"], "as agreed");
}

#[tokio::test]
async fn what_asks_tries_is_refused_or_comes_again_has_none() {
    let gateway = TestGateway::start().await;
    let paid = gateway.paid("PAID").await;
    let event = event_after(&gateway, &paid, 1).await["event_id"].clone();
    let open = gateway.create("OPEN", "60").await;
    gateway.transfer(&open, "7.000000");
    let waiting = reviews(&gateway).await;
    let other = gateway.create("OTHER", "80").await;
    let cancel = format!("/api/v1/payments/{}/cancel", other["payment_id"]);
    assert_eq!(post(&gateway, &cancel, &json!({})).await.0, 200);
    let before = entries(&gateway).await;
    assert_eq!(before.last().unwrap()["action"], "payment cancel");

    for path in [
        "/api/v1/project",
        "/api/v1/payments",
        "/api/v1/events",
        "/api/v1/reviews",
    ] {
        found(&gateway, path).await;
    }
    gateway.receiver.hold();
    let resend = format!("/api/v1/events/{}/resend", event.as_str().unwrap());
    let accept = format!("/api/v1/reviews/{}/accept", waiting[0]);
    let cancel_paid = format!("/api/v1/payments/{}/cancel", paid["payment_id"]);
    let reason = json!({"payment_id": paid["payment_id"], "by": "x", "note": "x"});
    assert_eq!(post(&gateway, &cancel, &json!({})).await.0, 200);
    for (path, body, code) in [
        (&cancel_paid, json!({}), "payment_paid"),
        (&accept, reason, "acceptance_doubtful"),
    ] {
        let answer = post(&gateway, path, &body).await;
        assert_eq!(refused(&answer), (409, code));
    }
    let project = (Method::PATCH, "/api/v1/project");
    let same = json!({"webhook_url": gateway.receiver.url, "note": "the same"});
    let (status, answer) = change(&gateway, &gateway.keys, project, &same).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(entries(&gateway).await, before);

    // Asked for twice, it is sent again once.
    for _ in 0..2 {
        assert_eq!(post(&gateway, &resend, &json!({})).await.0, 202);
    }
    let after = entries(&gateway).await;
    assert_eq!(after.len(), before.len() + 1);
    assert_eq!(after.last().unwrap()["new"], Value::Null);
    gateway.receiver.answer(200);
    let (status, answer) = post(&gateway, "/api/v1/webhook-test", &json!({})).await;
    assert_eq!(
        (status, &answer["test"]["delivered"]),
        (200, &json!(true)),
        "{answer}"
    );
    assert_eq!(entries(&gateway).await, after);
}
