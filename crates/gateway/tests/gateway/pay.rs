//! `GET /pay/?id=…` and the files of the page

use reqwest::StatusCode;
use serde_json::json;

use crate::test_gateway::{TestGateway, json_of, pay_amount};

#[tokio::test]
async fn the_first_response_holds_all_that_the_payer_must_know() {
    let gateway = TestGateway::start().await;
    let body = json!({
        "order_id": "SECRET_ORDER", "amount": "50", "description": "Secret description",
        "success_url": "https://shop.example/ok?a=1&b=</script>",
    })
    .to_string();
    let answer = json_of(gateway.create_request(&body).send().await.unwrap()).await;
    let payment = &answer["payment"];
    let url = payment["payment_url"].as_str().unwrap();
    let page = gateway
        .get(url.strip_prefix(&gateway.base_url).unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let html = page.text().await.unwrap();
    let shown = pay_amount(payment).trim_end_matches('0');
    assert!(html.contains(shown), "{shown} is not in the page");
    assert!(
        html.contains("data:image/svg+xml,") && html.contains("2026-07-01T18:15:00"),
        "{html}"
    );
    // The address stands in groups for the eye; here it is put together again.
    let text: String = html
        .split('<')
        .filter_map(|tag| tag.split_once('>'))
        .map(|(_, text)| text)
        .collect();
    assert!(
        text.contains(payment["address"].as_str().unwrap()),
        "{text}"
    );
    for hidden in [
        "SECRET_ORDER",
        "Secret description",
        &gateway.keys.api_key,
        &gateway.keys.secret,
    ] {
        assert!(!html.contains(hidden), "{hidden}");
    }
    assert!(
        !html.contains("b=</script>"),
        "a URL ended the script element"
    );
}

#[tokio::test]
async fn the_page_allows_no_foreign_or_inline_code() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let page = gateway
        .get(&format!("/pay/?id={}", payment["payment_id"]))
        .send()
        .await
        .unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.headers()["referrer-policy"], "no-referrer");
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    assert_eq!(page.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn an_unknown_payment_has_a_page_that_says_so() {
    let gateway = TestGateway::start().await;
    for query in [
        "",
        "?id=",
        "?id=123",
        "?id=1099511627776",
        "?id=<script>",
        "?id=1&id=2",
    ] {
        let page = gateway.get(&format!("/pay/{query}")).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::NOT_FOUND, "{query}");
        assert!(page.headers().contains_key("content-security-policy"));
        assert!(!page.text().await.unwrap().contains("?id="), "{query}");
    }
}

#[tokio::test]
async fn health_tells_how_far_the_chain_was_read() {
    let gateway = TestGateway::start().await;
    gateway.devchain.mine(1);
    gateway.catch_up().await;
    let response = gateway.get("/healthz").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let health = json_of(response).await;
    assert_eq!(health["ok"], true);
    assert_eq!(
        health["chains"]["simulated"]["solid_block"],
        gateway.devchain.solid()
    );
    assert_eq!(
        health["chains"]["simulated"]["error"],
        serde_json::Value::Null
    );
}
