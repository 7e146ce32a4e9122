//! How often a key may call, and what it is told of that.

use reqwest::Response;
use serde_json::json;
use usdt_gateway::config::Limits;

use crate::keys::add_key;
use crate::merchant::sign;
use crate::test_gateway::{Keys, Setup, TestGateway, json_of};

async fn limited(calls_per_key: u32, changes_per_key: u32) -> TestGateway {
    let limits = Limits {
        calls_per_key,
        changes_per_key,
        ..Limits::default()
    };
    let setup = Setup {
        limits,
        ..Setup::default()
    };
    TestGateway::start_with(setup).await
}

async fn ask(gateway: &TestGateway, keys: &Keys) -> Response {
    let request = gateway
        .get("/api/v1/payments")
        .header("x-api-key", &keys.api_key)
        .header("x-signature", sign(&keys.secret, ""));
    request.send().await.unwrap()
}

async fn test_webhook(gateway: &TestGateway) -> Response {
    let request = gateway
        .post("/api/v1/webhook-test")
        .header("content-type", "application/json")
        .header("x-api-key", &gateway.keys.api_key)
        .header("x-signature", sign(&gateway.keys.secret, "{}"))
        .body("{}");
    request.send().await.unwrap()
}

fn told(response: &Response) -> [&str; 2] {
    ["ratelimit-policy", "ratelimit"].map(|name| response.headers()[name].to_str().unwrap())
}

#[tokio::test]
async fn a_key_in_a_loop_is_stopped_and_told_when_it_may_go_on_and_nobody_else_feels_it() {
    let gateway = limited(3, 2).await;
    let other = add_key(&gateway, &["--label", "Till"]).await;
    let first = ask(&gateway, &gateway.keys).await;
    assert_eq!(told(&first), [r#""calls";q=3;w=60"#, r#""calls";r=2;t=60"#]);
    gateway.let_pass(18);
    let body = json!({"order_id": "O", "amount": "5"}).to_string();
    let created = gateway.create_request(&body).send().await.unwrap();
    assert_eq!(created.status(), 200);
    assert_eq!(told(&created)[1], r#""calls";r=1;t=39"#);
    let by_order = gateway
        .get("/api/payment-status.php?order_id=O")
        .header("x-api-key", &gateway.keys.api_key)
        .header("x-signature", sign(&gateway.keys.secret, ""));
    let by_order = by_order.send().await.unwrap();
    assert_eq!(told(&by_order)[1], r#""calls";r=0;t=39"#);

    for refused in [
        ask(&gateway, &gateway.keys).await,
        gateway.create_request(&body).send().await.unwrap(),
    ] {
        assert_eq!(refused.status(), 429);
        assert_eq!(told(&refused)[1], r#""calls";r=0;t=39"#);
        assert_eq!(refused.headers()["retry-after"], "39");
        assert_eq!(json_of(refused).await["code"], "too_many_requests");
    }
    // Of the same project and of the same client.
    assert_eq!(ask(&gateway, &other).await.status(), 200);
    gateway.let_pass(39);
    assert_eq!(ask(&gateway, &gateway.keys).await.status(), 200);
}

#[tokio::test]
async fn what_is_written_down_for_the_operator_has_a_narrower_limit_of_its_own() {
    let gateway = limited(3, 2).await;
    for left in [1, 0] {
        let tested = test_webhook(&gateway).await;
        let rest = format!(r#""changes";r={left};t=60"#);
        assert_eq!(told(&tested), [r#""changes";q=2;w=60"#, &rest]);
        assert_eq!(tested.status(), 200);
    }
    assert_eq!(test_webhook(&gateway).await.status(), 429);
    assert_eq!(ask(&gateway, &gateway.keys).await.status(), 200);
}

#[tokio::test]
async fn whoever_only_knows_a_key_uses_up_nothing_of_it() {
    let gateway = limited(1, 1).await;
    let forged = Keys {
        secret: "sk_test_forged".to_owned(),
        ..gateway.keys.clone()
    };
    for _ in 0..5 {
        let refused = ask(&gateway, &forged).await;
        assert_eq!(refused.status(), 401);
        assert!(refused.headers().get("ratelimit").is_none());
    }
    assert_eq!(ask(&gateway, &gateway.keys).await.status(), 200);
}

#[tokio::test]
async fn the_public_status_of_a_payment_counts_for_no_key() {
    let gateway = limited(1, 1).await;
    let payment = gateway.create("O", "5").await;
    let path = format!(
        "/api/payment-status.php?payment_id={}",
        payment["payment_id"]
    );
    for _ in 0..5 {
        let answer = gateway.get(&path).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.headers().get("ratelimit").is_none());
    }
}
