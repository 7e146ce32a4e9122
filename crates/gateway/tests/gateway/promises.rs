//! What merchants rely on beside the published words, a test for each: whoever changes one of these breaks shops.

use reqwest::StatusCode;
use serde_json::{Value, json};
use usdt_protocol::{Usdt, UtcTime};
use usdt_tron::Network;

use crate::merchant::sign;
use crate::test_gateway::{Setup, TestGateway, WINDOW_SECONDS, json_of, pay_amount, transfer_to};

/// What a signed create of this body is answered.
async fn create(gateway: &TestGateway, body: &str) -> (u16, Value) {
    let response = gateway.create_request(body).send().await.unwrap();
    (response.status().as_u16(), json_of(response).await)
}

fn path(payment: &Value) -> String {
    format!(
        "/api/payment-status.php?payment_id={}",
        payment["payment_id"]
    )
}

/// The project's own view.
async fn seen(gateway: &TestGateway, payment: &Value) -> Value {
    let request = gateway
        .get(&path(payment))
        .header("x-api-key", &gateway.keys.api_key)
        .header("x-signature", sign(&gateway.keys.secret, ""));
    json_of(request.send().await.unwrap()).await["payment"].clone()
}

async fn until(gateway: &TestGateway, payment: &Value, status: &str) -> Value {
    gateway
        .status_when(payment, |payment| payment["status"] == status)
        .await
}

fn names(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[tokio::test]
async fn promise_of_the_two_views_of_a_payment() {
    let gateway = TestGateway::start().await;
    let body = r#"{"order_id":"O","amount":"50","description":"d"}"#;
    let payment = create(&gateway, body).await.1["payment"].clone();
    let own = seen(&gateway, &payment).await;
    let anyone = gateway.status(&payment).await;
    for field in ["order_id", "description"] {
        assert!(
            own.get(field).is_some() && anyone.get(field).is_none(),
            "{field}"
        );
    }
    for (key, signature, code) in [
        (gateway.keys.api_key.as_str(), "00", "invalid_signature"),
        ("pk_test_x", "00", "invalid_api_key"),
    ] {
        let request = gateway.get(&path(&payment));
        let request = request
            .header("x-api-key", key)
            .header("x-signature", signature);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(json_of(response).await["code"], code);
    }
}

#[tokio::test]
async fn promise_of_ids_that_are_integers_and_cannot_be_walked() {
    let gateway = TestGateway::start().await;
    let mut ids = Vec::new();
    for order in 0..20 {
        let payment = gateway.create(&format!("O{order}"), "50").await;
        ids.push(payment["payment_id"].as_u64().unwrap());
    }
    assert!(
        ids.iter().all(|id| (1 << 40..1 << 53).contains(id)),
        "{ids:?}"
    );
    ids.sort_unstable();
    assert!(ids.windows(2).all(|pair| pair[1] - pair[0] > 1), "{ids:?}");
}

#[tokio::test]
async fn promise_of_times_in_utc_and_of_a_countdown_that_ends_at_0() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("O", "50").await;
    let expires: UtcTime = payment["expires_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(payment["expires_at"], expires.to_string());
    assert_eq!(payment["server_time"], "2026-07-01T18:00:00.000Z");
    assert_eq!(payment["expires_in"], WINDOW_SECONDS);
    gateway.let_pass(WINDOW_SECONDS + 60);
    assert_eq!(until(&gateway, &payment, "expired").await["expires_in"], 0);
}

#[tokio::test]
async fn promise_of_the_published_fields_in_their_order_and_of_further_ones_behind() {
    let gateway = TestGateway::start().await;
    let body = r#"{"order_id":"O","amount":"50","success_url":"https://s.example/","fail_url":"https://f.example/"}"#;
    let response = gateway.create_request(body).send().await.unwrap();
    let text = response.text().await.unwrap();
    let mut rest = text.as_str();
    for field in [
        "ok",
        "payment",
        "payment_id",
        "order_id",
        "status",
        "amount",
        "pay_amount",
        "currency",
        "network",
        "address",
        "payment_url",
        "expires_at",
        "expires_in",
        "server_time",
    ] {
        let (_, behind) = rest
            .split_once(&format!("\"{field}\":"))
            .unwrap_or_else(|| panic!("{field}"));
        rest = behind;
    }
    let answer: Value = serde_json::from_str(&text).unwrap();
    let own = seen(&gateway, &answer["payment"]).await;
    for field in [
        "success_url",
        "fail_url",
        "confirmations",
        "required_confirmations",
        "version",
    ] {
        assert!(names(&own).contains(&field), "{field}");
    }
    assert_eq!(own["required_confirmations"], 19);
}

#[tokio::test]
async fn promise_of_an_etag_and_of_a_request_that_is_held() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("O", "50").await;
    let ask = |path: String| gateway.get(&path).header("if-none-match", "W/\"1\"");
    let same = ask(path(&payment)).send().await.unwrap();
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    let held = tokio::spawn(ask(format!("{}&wait=25", path(&payment))).send());
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(1);
    let changed = held.await.unwrap().unwrap();
    assert_eq!(changed.status(), StatusCode::OK);
    assert_eq!(json_of(changed).await["payment"]["version"], 2);
}

#[tokio::test]
async fn promise_of_one_payment_for_an_order_for_ever() {
    let gateway = TestGateway::start().await;
    let first = gateway.create("O", "50").await;
    let body = r#"{"order_id":"O","amount":"51"}"#;
    let conflict = (409, "Order ID already used with a different amount");
    let told = |answer: &(u16, Value)| (answer.0, answer.1["error"].as_str().unwrap().to_owned());
    assert_eq!(
        told(&create(&gateway, body).await),
        (conflict.0, conflict.1.to_owned())
    );
    assert_eq!(
        gateway.create("O", "50.00").await["payment_id"],
        first["payment_id"]
    );
    let new = r#"{"order_id":"P","amount":"50"}"#;
    let (one, two) = tokio::join!(create(&gateway, new), create(&gateway, new));
    assert_eq!(
        one.1["payment"]["payment_id"],
        two.1["payment"]["payment_id"]
    );
    // Paid, it stays the order's.
    gateway.transfer(&first, pay_amount(&first));
    gateway.make_solid();
    until(&gateway, &first, "paid").await;
    let again = gateway.create("O", "50").await;
    assert_eq!(
        (&again["payment_id"], &again["status"]),
        (&first["payment_id"], &json!("paid"))
    );
    // Expired, it makes room for another.
    let expired = gateway.create("Q", "50").await;
    gateway.let_pass(WINDOW_SECONDS + 60);
    until(&gateway, &expired, "expired").await;
    assert_ne!(
        gateway.create("Q", "50").await["payment_id"],
        expired["payment_id"]
    );
}

#[tokio::test]
async fn promise_of_amounts_that_are_decimal_text() {
    let gateway = TestGateway::start().await;
    for (number, (sent, echoed)) in [
        (r#""50""#, "50.00"),
        ("50.10", "50.10"),
        ("50.000001", "50.000001"),
        (r#""05.00""#, "5.00"),
        ("1000000000", "1000000000.00"),
    ]
    .into_iter()
    .enumerate()
    {
        let body = format!(r#"{{"order_id":"O{number}","amount":{sent}}}"#);
        let (status, answer) = create(&gateway, &body).await;
        assert_eq!(
            (status, &answer["payment"]["amount"]),
            (200, &json!(echoed)),
            "{sent}"
        );
    }
    for (sent, code) in [
        ("0", "amount_not_positive"),
        ("-5", "amount_not_positive"),
        (r#""0.00""#, "amount_not_positive"),
        ("1e2", "invalid_amount"),
        ("0.0000001", "invalid_amount"),
        (r#""+5""#, "invalid_amount"),
        (r#"" 5""#, "invalid_amount"),
        (r#""1,000.00""#, "invalid_amount"),
        (r#""٥""#, "invalid_amount"),
        (r#""5.""#, "invalid_amount"),
        ("1000000000.000001", "amount_too_large"),
        ("true", "not_text"),
        ("null", "missing_field"),
    ] {
        let body = format!(r#"{{"order_id":"O","amount":{sent}}}"#);
        let (status, answer) = create(&gateway, &body).await;
        assert_eq!((status, &answer["code"]), (422, &json!(code)), "{sent}");
    }
}

#[tokio::test]
async fn promise_of_a_pay_amount_that_is_unique_and_has_six_decimals() {
    let gateway = TestGateway::start().await;
    let mut seen = std::collections::BTreeSet::new();
    for order in 0..30 {
        let payment = gateway.create(&format!("O{order}"), "50").await;
        let text = pay_amount(&payment);
        let micro = text.parse::<Usdt>().unwrap().micro();
        assert_eq!(text.split_once('.').unwrap().1.len(), 6, "{text}");
        assert!((50_000_100..=50_099_900).contains(&micro), "{text}");
        assert!(
            micro % 100 == 0 && micro % 1_000 != 0,
            "the last used decimal: {text}"
        );
        assert!(seen.insert(micro), "{text}");
    }
}

#[tokio::test]
async fn promise_of_the_codes_of_http_and_of_the_order_of_checks() {
    let gateway = TestGateway::start().await;
    let (key, secret) = (gateway.keys.api_key.clone(), gateway.keys.secret.clone());
    let send = async |kind: &str, key: &str, secret: &str, body: &str| {
        let request = gateway
            .post("/api/create-payment.php")
            .header("content-type", kind)
            .header("x-api-key", key)
            .header("x-signature", sign(secret, body))
            .body(body.to_owned());
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let answer = json_of(response).await;
        assert_eq!(answer["ok"], false, "{answer}");
        (status, answer["code"].as_str().unwrap().to_owned())
    };
    let (json, wrong) = ("application/json", "{\"amount\":0}");
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(16 << 10));
    for (kind, key, secret, body, expected) in [
        (
            "text/plain",
            "pk_x",
            "sk_x",
            wrong,
            (415, "unsupported_media_type"),
        ),
        (
            json,
            "pk_x",
            "sk_x",
            large.as_str(),
            (413, "body_too_large"),
        ),
        (json, "pk_x", "sk_x", wrong, (401, "invalid_api_key")),
        (
            json,
            key.as_str(),
            "sk_x",
            wrong,
            (401, "invalid_signature"),
        ),
        (json, &key, &secret, "{", (400, "malformed_json")),
        (json, &key, &secret, "[]", (400, "no_object")),
        (json, &key, &secret, wrong, (422, "missing_field")),
    ] {
        let answer = send(kind, key, secret, body).await;
        assert_eq!((answer.0, answer.1.as_str()), expected);
    }
    let wrong_method = gateway.get("/api/create-payment.php").send().await.unwrap();
    assert_eq!(wrong_method.status(), StatusCode::METHOD_NOT_ALLOWED);
    let unknown = gateway.get("/api/payment-status.php?payment_id=1099511627776");
    assert_eq!(
        unknown.send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn promise_of_the_limits_of_fields() {
    let gateway = TestGateway::start().await;
    let long = |count: usize| "é".repeat(count);
    let url = |count: usize| format!("https://shop.example/{}", "x".repeat(count - 21));
    for (field, value, status) in [
        ("order_id", long(128), 200),
        ("order_id", long(129), 422),
        ("order_id", "a\nb".to_owned(), 422),
        ("description", long(512), 200),
        ("description", long(513), 422),
        ("success_url", url(2_048), 200),
        ("success_url", url(2_049), 422),
        (
            "success_url",
            "https://user:word@shop.example/".to_owned(),
            422,
        ),
        ("success_url", "/relative".to_owned(), 422),
        ("fail_url", "javascript:alert(1)".to_owned(), 422),
        ("nobody_knows_this", "x".to_owned(), 200),
    ] {
        let mut body = json!({"order_id": format!("{field}{status}"), "amount": "5"});
        body[field] = json!(value);
        assert_eq!(
            create(&gateway, &body.to_string()).await.0,
            status,
            "{field} {value}"
        );
    }
}

#[tokio::test]
async fn promise_of_an_event_whose_bytes_never_change_and_that_can_be_sent_again() {
    let gateway = TestGateway::start().await;
    gateway.receiver.answer(500);
    let payment = gateway.create("O", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    let first = gateway.receiver.wait_for(1, |_| true).await.remove(0);
    let id = first.header("webhook-id").to_owned();
    let resend = format!("/api/v1/events/{id}/resend");
    let body = json!({"event_id": id}).to_string();
    let request = gateway
        .post(&resend)
        .header("content-type", "application/json")
        .header("x-api-key", &gateway.keys.api_key)
        .header("x-signature", sign(&gateway.keys.secret, &body))
        .body(body);
    while gateway.database.attempts().await.is_empty() {
        gateway.node.arrivals("", 1).await;
    }
    assert_eq!(request.send().await.unwrap().status(), StatusCode::ACCEPTED);
    let again = gateway.receiver.wait_for(2, |_| true).await.remove(1);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("webhook-id"), id);
}

#[tokio::test]
async fn promise_of_what_becomes_of_late_short_and_double_payments() {
    let gateway = TestGateway::start().await;
    let [late, short, twice] = [
        gateway.create("LATE", "50").await,
        gateway.create("SHORT", "60").await,
        gateway.create("TWICE", "70").await,
    ];
    gateway.transfer(&short, "59.000000");
    gateway
        .devchain
        .transfer(&transfer_to(&twice, pay_amount(&twice)));
    gateway
        .devchain
        .transfer(&transfer_to(&twice, pay_amount(&twice)));
    gateway.make_solid();
    until(&gateway, &twice, "paid").await;
    gateway.let_pass(WINDOW_SECONDS + 60);
    until(&gateway, &late, "expired").await;
    gateway.transfer(&late, pay_amount(&late));
    gateway.make_solid();
    assert_eq!(until(&gateway, &late, "paid").await["late"], true);
    assert_eq!(gateway.status(&short).await["status"], "expired");
    assert_eq!(gateway.database.in_review().await, 2);
    assert_eq!(gateway.database.webhook_events().await, 2);
}

#[tokio::test]
async fn promise_of_test_keys_on_the_simulated_chain_and_of_https_elsewhere() {
    let test = TestGateway::start().await;
    assert!(test.keys.api_key.starts_with("pk_test_"));
    assert!(test.keys.secret.starts_with("sk_test_"));
    let live = Setup {
        network: Network::Mainnet,
        ..Setup::default()
    };
    let live = TestGateway::start_with(live).await;
    assert!(!live.keys.api_key.starts_with("pk_test_"));
    let body = r#"{"order_id":"O","amount":"5","success_url":"http://shop.example/"}"#;
    assert_eq!(create(&test, body).await.0, 200);
    let (status, answer) = create(&live, body).await;
    assert_eq!((status, &answer["code"]), (422, &json!("url_not_https")));
}

#[tokio::test]
async fn promise_that_the_return_urls_are_public_and_the_order_is_not() {
    let gateway = TestGateway::start().await;
    let body = r#"{"order_id":"O-SECRET","amount":"5","success_url":"https://shop.example/ok"}"#;
    let payment = create(&gateway, body).await.1["payment"].clone();
    let public = gateway.status(&payment).await;
    assert_eq!(public["success_url"], "https://shop.example/ok");
    assert!(!public.to_string().contains("O-SECRET"));
}
