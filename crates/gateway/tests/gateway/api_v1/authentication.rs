//! Who may call, and what of a request is signed.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::{ask, change, change_as_it_is, get, get_as, refused};
use crate::keys::add_key;
use crate::merchant::sign;
use crate::rotation::{assert_signed, rotate};
use crate::test_gateway::{Keys, TestGateway, json_of};

const READING: [&str; 7] = [
    "/api/v1/project",
    "/api/v1/payments",
    "/api/v1/payments.csv",
    "/api/v1/payments/1099511627776",
    "/api/v1/events",
    "/api/v1/events/evt_00000000000000000000000000000000",
    "/api/v1/reviews",
];

const CHANGING: [(&str, &str); 9] = [
    ("PATCH", "/api/v1/project"),
    ("POST", "/api/v1/payments/1099511627776/cancel"),
    (
        "POST",
        "/api/v1/events/evt_00000000000000000000000000000000/resend",
    ),
    ("POST", "/api/v1/webhook-test"),
    ("POST", "/api/v1/reviews/a:0/accept"),
    ("POST", "/api/v1/reviews/a:0/dismiss"),
    ("POST", "/api/v1/test/pay"),
    ("POST", "/api/v1/test/time"),
    ("POST", "/api/v1/test/node"),
];

#[tokio::test]
async fn every_call_wants_a_key_and_a_signature() {
    let gateway = TestGateway::start().await;
    let wrong_key = Keys {
        api_key: "pk_test_wrong".to_owned(),
        ..gateway.keys.clone()
    };
    let wrong_secret = Keys {
        secret: "sk_test_wrong".to_owned(),
        ..gateway.keys.clone()
    };
    for path in READING {
        let bare = gateway.get(path).send().await.unwrap();
        let bare = (bare.status().as_u16(), json_of(bare).await);
        assert_eq!(refused(&bare), (401, "invalid_api_key"), "{path}");
        let answer = get_as(&gateway, &wrong_key, path).await;
        assert_eq!(refused(&answer), (401, "invalid_api_key"), "{path}");
        let answer = get_as(&gateway, &wrong_secret, path).await;
        assert_eq!(refused(&answer), (401, "invalid_signature"), "{path}");
    }
    for (method, path) in CHANGING {
        let method: Method = method.parse().unwrap();
        for (keys, code) in [
            (&wrong_key, "invalid_api_key"),
            (&wrong_secret, "invalid_signature"),
        ] {
            let answer = change(&gateway, keys, (method.clone(), path), &json!({})).await;
            assert_eq!(refused(&answer), (401, code), "{path}");
        }
    }
}

#[tokio::test]
async fn a_query_may_be_signed_and_then_nobody_can_change_it() {
    let gateway = TestGateway::start().await;
    gateway.create("ORDER_1", "50").await;
    let send = async |query: &str, signed: &str| {
        let request = gateway
            .get(&format!("/api/v1/payments?{query}"))
            .header("x-api-key", &gateway.keys.api_key)
            .header("x-signature", sign(&gateway.keys.secret, signed));
        let response = request.send().await.unwrap();
        (response.status().as_u16(), json_of(response).await)
    };
    // As it stands in the URL, and not as it is decoded.
    let query = "order_id=ORDER%5F1&limit=5";
    let (status, answer) = send(query, query).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["payments"][0]["order_id"], "ORDER_1");
    assert_eq!(send(query, "").await.0, 200);
    for signed in [
        "order_id=ORDER_1&limit=5",
        "limit=5&order_id=ORDER%5F1",
        "?",
    ] {
        let answer = send(query, signed).await;
        assert_eq!(refused(&answer), (401, "invalid_signature"), "{signed}");
        let hint = answer.1["hint"].as_str().unwrap();
        assert!(
            hint.contains("the query as it came, 26 bytes whose SHA-256"),
            "{hint}"
        );
    }
}

#[tokio::test]
async fn the_signature_of_a_request_that_reads_changes_nothing() {
    let gateway = TestGateway::start().await;
    for (method, path) in CHANGING {
        let request = Client::new()
            .request(
                method.parse().unwrap(),
                format!("{}{path}", gateway.base_url),
            )
            .header("content-type", "application/json")
            .header("x-api-key", &gateway.keys.api_key)
            .header("x-signature", sign(&gateway.keys.secret, ""));
        let response = request.send().await.unwrap();
        let answer = (response.status().as_u16(), json_of(response).await);
        assert_eq!(refused(&answer), (400, "malformed_json"), "{path}");
        // Nor does a query, which the signature of the body says nothing about.
        let answer = change(
            &gateway,
            &gateway.keys,
            (method.parse().unwrap(), &format!("{path}?by=x")),
            &json!({}),
        )
        .await;
        assert_eq!(refused(&answer), (400, "unknown_parameter"), "{path}");
    }
}

#[tokio::test]
async fn a_signed_body_is_for_one_call_and_one_thing_only() {
    let gateway = TestGateway::start().await;
    let [one, other] = [
        gateway.create("ONE", "50").await,
        gateway.create("OTHER", "60").await,
    ];
    let named = json!({"payment_id": one["payment_id"]});
    let send = async |method: Method, path: &str, body: &Value| {
        change_as_it_is(&gateway, &gateway.keys, (method, path), body).await
    };
    let cancel = |payment: &Value| format!("/api/v1/payments/{}/cancel", payment["payment_id"]);
    let answer = send(Method::POST, &cancel(&one), &json!({})).await;
    assert_eq!(refused(&answer), (422, "missing_field"));
    let answer = send(Method::POST, &cancel(&other), &named).await;
    assert_eq!(refused(&answer), (422, "id_differs"));
    for (method, path) in CHANGING {
        if path.ends_with("/cancel") {
            continue;
        }
        let answer = send(method.parse().unwrap(), path, &named).await;
        let expected = if path.ends_with("/accept") || path.ends_with("/pay") {
            (422, "missing_field")
        } else {
            (400, "unknown_parameter")
        };
        assert_eq!(refused(&answer), expected, "{path}");
    }
    let order = json!({"order_id": "ONE", "amount": "50", "payment_id": one["payment_id"]});
    let answer = send(Method::POST, &cancel(&one), &order).await;
    assert_eq!(refused(&answer), (400, "unknown_parameter"));
    let hint = answer.1["hint"].as_str().unwrap();
    assert_eq!(hint, "it takes payment_id, by and note");
    for payment in [&one, &other] {
        assert_eq!(gateway.status(payment).await["status"], "pending");
    }
    assert_eq!(send(Method::POST, &cancel(&one), &named).await.0, 200);
}

#[tokio::test]
async fn a_wrong_signature_tells_what_came_by_length_and_hash_and_nothing_of_the_secret() {
    let gateway = TestGateway::start().await;
    let body = r#"{"order_id":"a","amount":"5"}"#;
    let request = gateway
        .post("/api/create-payment.php")
        .header("content-type", "application/json")
        .header("x-api-key", &gateway.keys.api_key)
        .header("x-signature", sign("sk_test_other", body))
        .body(body);
    let answer = json_of(request.send().await.unwrap()).await;
    let hint = answer["hint"].as_str().unwrap();
    // printf '%s' '{"order_id":"a","amount":"5"}' | sha256sum
    assert!(
        hint.ends_with("what came is 29 bytes whose SHA-256 begins with b1168dc08923"),
        "{hint}"
    );
    assert!(!answer.to_string().contains(&gateway.keys.secret));
}

#[tokio::test]
async fn other_methods_are_told_which_there_are() {
    let gateway = TestGateway::start().await;
    for (path, allowed) in [
        ("/api/v1/project", "GET, PATCH"),
        ("/api/v1/payments", "GET"),
        ("/api/v1/payments/1/cancel", "POST"),
    ] {
        let request = Client::new().delete(format!("{}{path}", gateway.base_url));
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 405, "{path}");
        assert_eq!(response.headers()["allow"], allowed, "{path}");
        assert_eq!(json_of(response).await["code"], "method_not_allowed");
    }
    let unknown = ask(&gateway, &gateway.keys, "/api/v1/nothing").await;
    assert_eq!(unknown.status().as_u16(), 404);
}

#[tokio::test]
async fn a_read_only_key_asks_for_everything_and_changes_nothing() {
    let gateway = TestGateway::start().await;
    let reports = add_key(&gateway, &["--label", "Reports", "--read-only"]).await;
    assert_asks_only(&gateway, &reports, "api_key_read_only").await;
    // Its project's own key does both.
    let (status, answer) = change(
        &gateway,
        &gateway.keys,
        (Method::POST, "/api/v1/webhook-test"),
        &json!({}),
    )
    .await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn a_disabled_project_asks_for_everything_and_changes_nothing() {
    let gateway = TestGateway::start().await;
    gateway.command(&["project", "disable", "1"]).await;
    assert_asks_only(&gateway, &gateway.keys, "project_disabled").await;
    let (_, project) = get(&gateway, "/api/v1/project").await;
    assert_eq!(project["project"]["missing"][0]["code"], "project_disabled");
}

async fn assert_asks_only(gateway: &TestGateway, keys: &Keys, code: &str) {
    for path in READING {
        let status = ask(gateway, keys, path).await.status().as_u16();
        assert!(matches!(status, 200 | 404), "{path}: {status}");
    }
    let before = get(gateway, "/api/v1/project").await.1["project"]["webhook_url"].clone();
    for (method, path) in CHANGING {
        let body = json!({"webhook_url": "https://shop.example/"});
        let answer = change(gateway, keys, (method.parse().unwrap(), path), &body).await;
        assert_eq!(refused(&answer), (403, code), "{path}");
        assert!(answer.1["hint"].is_string(), "{path}");
    }
    let after = get(gateway, "/api/v1/project").await.1["project"]["webhook_url"].clone();
    assert_eq!(after, before);
    assert!(gateway.receiver.deliveries().is_empty());
}

#[tokio::test]
async fn while_a_secret_is_rotated_either_one_signs_a_body_or_a_query_and_a_test_has_both() {
    let gateway = TestGateway::start().await;
    let ends_at = gateway.devchain.now().plus_seconds(60);
    let old = gateway.keys.clone();
    let new = Keys {
        secret: rotate(&gateway, ends_at).await.unwrap(),
        ..old.clone()
    };
    let asked = async |keys: &Keys| {
        let query = "limit=1";
        let request = gateway
            .get(&format!("/api/v1/payments?{query}"))
            .header("x-api-key", &keys.api_key)
            .header("x-signature", sign(&keys.secret, query));
        request.send().await.unwrap().status().as_u16()
    };
    let tested = async |keys: &Keys| {
        let call = (Method::POST, "/api/v1/webhook-test");
        change(&gateway, keys, call, &json!({})).await
    };
    for keys in [&old, &new] {
        assert_eq!(get_as(&gateway, keys, "/api/v1/project").await.0, 200);
        assert_eq!(asked(keys).await, 200);
        let (status, answer) = tested(keys).await;
        assert_eq!(status, 200, "{answer}");
    }
    for webhook in gateway.receiver.deliveries() {
        assert_signed(&webhook, &old.secret, &[&new.secret, &old.secret]);
    }
    gateway.let_pass(60);
    assert_eq!(asked(&old).await, 401);
    assert_eq!(refused(&tested(&old).await), (401, "invalid_signature"));
    assert_eq!(asked(&new).await, 200);
    assert_eq!(tested(&new).await.0, 200);
    let last = gateway.receiver.deliveries().pop().unwrap();
    assert_signed(&last, &new.secret, &[&new.secret]);
}
