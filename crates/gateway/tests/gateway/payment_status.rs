//! `GET /api/payment-status.php`

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::merchant::sign;
use crate::test_gateway::{Keys, Setup, TestGateway, json_of, pay_amount, published};

fn path(payment: &Value) -> String {
    format!(
        "/api/payment-status.php?payment_id={}",
        payment["payment_id"]
    )
}

async fn signed(gateway: &TestGateway, keys: &Keys, path: &str) -> (StatusCode, Value) {
    let response = gateway
        .get(path)
        .header("x-api-key", &keys.api_key)
        .header("x-signature", sign(&keys.secret, ""))
        .send()
        .await
        .unwrap();
    (response.status(), json_of(response).await)
}

#[tokio::test]
async fn the_public_view_holds_nothing_of_the_merchant_and_the_signed_view_all() {
    let gateway = TestGateway::start().await;
    let body = json!({
        "order_id": "SECRET_ORDER", "amount": "50", "description": "Secret description",
        "success_url": "https://shop.example/ok", "fail_url": "https://shop.example/no",
    })
    .to_string();
    let answer = json_of(gateway.create_request(&body).send().await.unwrap()).await;
    let payment = &answer["payment"];

    let response = gateway.get(&path(payment)).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let public = response.text().await.unwrap();
    for hidden in [
        "SECRET_ORDER",
        "Secret description",
        "order_id",
        "pk_",
        "sk_",
        "app_id",
    ] {
        assert!(!public.contains(hidden), "{public}");
    }
    let public: Value = serde_json::from_str(&public).unwrap();
    let view = &public["payment"];
    assert_eq!(view["success_url"], "https://shop.example/ok");
    assert_eq!(view["fail_url"], "https://shop.example/no");
    assert_eq!(view["confirmations"], 0);
    assert_eq!(view["required_confirmations"], 19);
    assert_eq!(view["version"], 1);

    let (status, full) = signed(&gateway, &gateway.keys, &path(payment)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(full["payment"]["order_id"], "SECRET_ORDER");
    assert_eq!(full["payment"]["description"], "Secret description");
}

#[tokio::test]
async fn a_wrong_key_or_signature_is_an_error_and_no_downgrade() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let wrong_secret = Keys {
        secret: "sk_test_wrong".into(),
        ..gateway.keys.clone()
    };
    let wrong_key = Keys {
        api_key: "pk_test_wrong".into(),
        ..gateway.keys.clone()
    };
    for (keys, error) in [
        (wrong_secret, "Invalid signature"),
        (wrong_key, "Invalid API key"),
    ] {
        let (status, answer) = signed(&gateway, &keys, &path(&payment)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(published(answer), json!({"ok": false, "error": error}));
    }
    let key_only = gateway
        .get(&path(&payment))
        .header("x-api-key", &gateway.keys.api_key);
    assert_eq!(
        key_only.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_project_does_not_see_the_payments_of_another() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let other = gateway.add_project(2, &Setup::default()).await;
    let (status, answer) = signed(&gateway, &other, &path(&payment)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(answer["error"], "Payment not found");
}

#[tokio::test]
async fn unknown_ids_are_answered_alike_and_only_guessing_is_slowed_down() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let ask = async |id: &str| {
        gateway
            .get(&format!("/api/payment-status.php?payment_id={id}"))
            .send()
            .await
            .unwrap()
    };
    let unknown = ["1099511627776", "9007199254740991", "1099511627777"];
    // What cannot be an ID was cut or garbled, and is no guess.
    let garbled = ["123", "-1", "abc", "1e15", "%ff%fe", "9007199254740992"];
    for guess in 0..60 {
        for id in [
            unknown[guess % unknown.len()],
            garbled[guess % garbled.len()],
        ] {
            let response = ask(id).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{id}");
            assert_eq!(response.headers()["access-control-allow-origin"], "*");
            let text = response.text().await.unwrap();
            let docs = format!("{}/docs/errors#payment_not_found", gateway.base_url);
            let told = format!(
                r#"{{"ok":false,"error":"Payment not found","code":"payment_not_found","docs":"{docs}"}}"#
            );
            assert_eq!(text, told);
        }
    }
    let refused = ask(unknown[0]).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "60");
    assert_eq!(json_of(refused).await["error"], "Too many requests");
    let page = gateway.get("/pay/?id=1099511627776").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::TOO_MANY_REQUESTS);

    // Payers behind the same address are answered.
    let known = payment["payment_id"].to_string();
    assert_eq!(ask(&known).await.status(), StatusCode::OK);
    let page = gateway.get(&format!("/pay/?id={known}")).send().await;
    assert_eq!(page.unwrap().status(), StatusCode::OK);
    // Having found one does not let it guess on.
    let refused = ask(unknown[0]).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);

    gateway.let_pass(60);
    assert_eq!(ask(unknown[0]).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_client_that_does_not_stop_guessing_is_refused_everything_for_a_while() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    for _ in 0..600 {
        let guess = gateway.get("/api/payment-status.php?payment_id=1099511627776");
        guess.send().await.unwrap();
    }
    let refused = gateway.get(&path(&payment)).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);

    // A project has nothing to guess, and is not slowed down.
    let (status, _) = signed(&gateway, &gateway.keys, &path(&payment)).await;
    assert_eq!(status, StatusCode::OK);

    gateway.let_pass(60);
    assert_eq!(
        gateway.get(&path(&payment)).send().await.unwrap().status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    let gateway = TestGateway::start().await;
    for (query, error) in [
        ("", "payment_id is required"),
        (
            "?payment_id=1099511627776&wait=x",
            "wait must be a number of seconds",
        ),
        ("?payment_id=1099511627776&v=x", "v must be a version"),
        ("?payment_id=%20%0A", "payment_id is required"),
    ] {
        let response = gateway
            .get(&format!("/api/payment-status.php{query}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(
            published(json_of(response).await),
            json!({"ok": false, "error": error})
        );
    }
    let posted = gateway
        .post("/api/payment-status.php")
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(posted.headers()["allow"], "GET");
}

#[tokio::test]
async fn the_etag_saves_the_answer_until_something_changes() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let response = gateway.get(&path(&payment)).send().await.unwrap();
    let etag = response.headers()["etag"].to_str().unwrap().to_owned();
    let again = gateway
        .get(&path(&payment))
        .header("if-none-match", &etag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.headers()["etag"].to_str().unwrap(), etag);

    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    let changed = gateway
        .get(&format!("{}&wait=25", path(&payment)))
        .header("if-none-match", &etag)
        .send()
        .await
        .unwrap();
    assert_eq!(changed.status(), StatusCode::OK);
    assert_ne!(changed.headers()["etag"].to_str().unwrap(), etag);
}

#[tokio::test]
async fn a_held_request_is_answered_when_the_payment_changes() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let held: Vec<_> = (0..5)
        .map(|_| {
            tokio::spawn(
                gateway
                    .get(&format!("{}&wait=25&v=1", path(&payment)))
                    .send(),
            )
        })
        .collect();
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(1);
    for request in held {
        let answer = json_of(request.await.unwrap().unwrap()).await;
        assert_eq!(answer["payment"]["status"], "pending");
        assert!(answer["payment"]["txid"].is_string(), "{answer}");
    }
    // What has changed already is not waited for, and the end of the wait is an answer.
    let behind = gateway
        .get(&format!("{}&wait=25&v=1", path(&payment)))
        .send()
        .await
        .unwrap();
    assert_eq!(json_of(behind).await["payment"]["version"], 2);
    let waited = gateway
        .get(&format!("{}&wait=1&v=2", path(&payment)))
        .send()
        .await
        .unwrap();
    assert_eq!(waited.status(), StatusCode::OK);
}
