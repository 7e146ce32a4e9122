//! `POST /api/create-payment.php`

use std::collections::HashSet;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use usdt_gateway::payments::NewPayment;
use usdt_gateway::payments::fields::OrderId;
use usdt_gateway::store::Created;
use usdt_protocol::Usdt;
use usdt_tron::Network;

use crate::database::open_store;
use crate::faulty_node::Fault;
use crate::merchant::sign;
use crate::patience::patiently;
use crate::test_gateway::{Setup, TestGateway, WINDOW_SECONDS, json_of, pay_amount};

const BODY: &str = concat!(
    r#"{"order_id":"ORDER_12345","amount":"50.00","description":"Service payment","#,
    r#""success_url":"https://merchant-site.com/success","#,
    r#""fail_url":"https://merchant-site.com/fail"}"#,
);

async fn error_of(gateway: &TestGateway, body: &str) -> (StatusCode, String) {
    let response = gateway.create_request(body).send().await.unwrap();
    let status = response.status();
    let answer = json_of(response).await;
    assert_eq!(answer["ok"], false, "{body}: {answer}");
    (status, answer["error"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_published_example_creates_a_payment_in_the_published_shape() {
    let gateway = TestGateway::start().await;
    let response = gateway.create_request(BODY).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(
        response
            .headers()
            .get("access-control-allow-origin")
            .is_none()
    );
    let text = response.text().await.unwrap();
    let published = [
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
    ];
    let places: Vec<_> = published
        .iter()
        .map(|field| text.find(&format!("\"{field}\":")).expect(field))
        .collect();
    assert!(places.is_sorted(), "{text}");

    let answer: Value = serde_json::from_str(&text).unwrap();
    let payment = &answer["payment"];
    assert_eq!(payment["order_id"], "ORDER_12345");
    assert_eq!(payment["status"], "pending");
    assert_eq!(payment["amount"], "50.00");
    assert_eq!(payment["currency"], "USDT");
    assert_eq!(payment["network"], "TRC20");
    assert_eq!(payment["expires_at"], "2026-07-01 18:15:00");
    assert_eq!(payment["expires_in"], WINDOW_SECONDS);
    let id = payment["payment_id"].as_u64().unwrap();
    assert!((1 << 40..1 << 53).contains(&id));
    assert_eq!(
        payment["payment_url"],
        format!("{}/pay/?id={id}", gateway.base_url)
    );
    let pay_amount = pay_amount(payment);
    let tail = pay_amount.parse::<Usdt>().unwrap().micro() - 50_000_000;
    assert!(
        (100..=99_900).contains(&tail) && tail % 1_000 != 0,
        "{pay_amount}"
    );
    assert_eq!(pay_amount.split_once('.').unwrap().1.len(), 6);
}

#[tokio::test]
async fn key_then_signature_then_fields_are_checked() {
    let gateway = TestGateway::start().await;
    let send = async |key: &str, signature: &str, body: &str| {
        let response = gateway
            .post("/api/create-payment.php")
            .header("content-type", "application/json; charset=utf-8")
            .header("x-api-key", key)
            .header("x-signature", signature)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        // What stands behind the published part is additive.
        (status, text.split(",\"code\"").next().unwrap().to_owned())
    };
    let key = gateway.keys.api_key.as_str();
    let right = sign(&gateway.keys.secret, BODY);
    let invalid_key = (401, r#"{"ok":false,"error":"Invalid API key""#.to_owned());
    let invalid_signature = (401, r#"{"ok":false,"error":"Invalid signature""#.to_owned());
    assert_eq!(send("", "", "nonsense").await, invalid_key);
    assert_eq!(send("pk_test_unknown", &right, BODY).await, invalid_key);
    assert_eq!(send(key, "", BODY).await, invalid_signature);
    assert_eq!(
        send(key, &sign("sk_other", BODY), BODY).await,
        invalid_signature
    );
    assert_eq!(
        send(key, &right, &BODY.replace("50.00", "05.00")).await,
        invalid_signature
    );
    assert_eq!(send(key, "", "nonsense").await, invalid_signature);
    assert_eq!(
        send(key, &sign(&gateway.keys.secret, "nonsense"), "nonsense").await,
        (400, r#"{"ok":false,"error":"Malformed JSON""#.to_owned())
    );
    assert_eq!(send(key, &right.to_uppercase(), BODY).await.0, 200);
}

#[tokio::test]
async fn each_wrong_field_is_named() {
    let gateway = TestGateway::start().await;
    let long_id = "a".repeat(129);
    let long_text = "a".repeat(513);
    for (body, message) in [
        (json!({"amount": "1"}), "order_id is required"),
        (
            json!({"order_id": "", "amount": "1"}),
            "order_id is required",
        ),
        (
            json!({"order_id": null, "amount": "1"}),
            "order_id is required",
        ),
        (
            json!({"order_id": ["a"], "amount": "1"}),
            "order_id must be text or a number",
        ),
        (
            json!({"order_id": long_id, "amount": "1"}),
            "order_id must have 1 to 128 characters",
        ),
        (
            json!({"order_id": "a\u{0}", "amount": "1"}),
            "order_id must have 1 to 128 characters",
        ),
        (json!({"order_id": "a"}), "amount is required"),
        (
            json!({"order_id": "a", "amount": "0.00"}),
            "Amount must be greater than zero",
        ),
        (
            json!({"order_id": "a", "amount": 0}),
            "Amount must be greater than zero",
        ),
        (
            json!({"order_id": "a", "amount": "-5"}),
            "Amount must be greater than zero",
        ),
        (
            json!({"order_id": "a", "amount": -5}),
            "Amount must be greater than zero",
        ),
        (
            json!({"order_id": "a", "amount": "1,000"}),
            "Amount must be a decimal number",
        ),
        (
            json!({"order_id": "a", "amount": " 1"}),
            "Amount must be a decimal number",
        ),
        (
            json!({"order_id": "a", "amount": "1e3"}),
            "Amount must be a decimal number",
        ),
        (
            json!({"order_id": "a", "amount": "0.0000001"}),
            "Amount must be a decimal number",
        ),
        (
            json!({"order_id": "a", "amount": true}),
            "amount must be text or a number",
        ),
        (
            json!({"order_id": "a", "amount": "1000000000.01"}),
            "Amount must be at most 1000000000",
        ),
        (
            json!({"order_id": "a", "amount": "1", "description": long_text}),
            "description must",
        ),
        (
            json!({"order_id": "a", "amount": "1", "success_url": "javascript:alert(1)"}),
            "success_url must be an absolute http or https URL",
        ),
        (
            json!({"order_id": "a", "amount": "1", "fail_url": "https://a@b.example/"}),
            "fail_url must not contain a user name",
        ),
    ] {
        let (status, error) = error_of(&gateway, &body.to_string()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(error.starts_with(message), "{body}: {error}");
    }
    let exponent = r#"{"order_id":"a","amount":1e3}"#;
    assert_eq!(
        error_of(&gateway, exponent).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(gateway.database.payments().await, 0);
}

#[tokio::test]
async fn amounts_are_read_as_decimal_text_whether_string_or_number() {
    let gateway = TestGateway::start().await;
    for (order, amount, echoed) in [
        ("a", "\"50\"", "50.00"),
        ("b", "50", "50.00"),
        ("c", "50.10", "50.10"),
        ("d", "0.1", "0.10"),
        ("e", "1000000.000001", "1000000.000001"),
        ("f", "999999999.999999", "999999999.999999"),
    ] {
        let body = format!(r#"{{"order_id":"{order}","amount":{amount},"unknown":{{}}}}"#);
        let answer = json_of(gateway.create_request(&body).send().await.unwrap()).await;
        assert_eq!(answer["payment"]["amount"], echoed, "{answer}");
    }
    let numbered = r#"{"order_id":1001,"amount":"1"}"#;
    let answer = json_of(gateway.create_request(numbered).send().await.unwrap()).await;
    assert_eq!(answer["payment"]["order_id"], "1001");
}

#[tokio::test]
async fn requests_that_cannot_be_read_are_answered_in_the_same_shape() {
    let gateway = TestGateway::start().await;
    let get = gateway.get("/api/create-payment.php").send().await.unwrap();
    assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(get.headers()["allow"], "POST");
    assert_eq!(json_of(get).await["ok"], false);

    let form = gateway
        .post("/api/create-payment.php")
        .body("a=b")
        .send()
        .await
        .unwrap();
    assert_eq!(form.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(json_of(form).await["ok"], false);

    let large = format!(
        r#"{{"order_id":"a","amount":"1","x":"{}"}}"#,
        "a".repeat(16 << 10)
    );
    assert_eq!(
        error_of(&gateway, &large).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );

    let elsewhere = gateway.get("/api/nothing.php").send().await.unwrap();
    assert_eq!(elsewhere.status(), StatusCode::NOT_FOUND);
    assert_eq!(json_of(elsewhere).await["ok"], false);
}

#[tokio::test]
async fn an_order_has_one_payment_at_a_time() {
    let gateway = TestGateway::start().await;
    let first = gateway.create("ORDER_1", "50").await;
    assert_eq!(
        gateway.create("ORDER_1", "50.00").await["payment_id"],
        first["payment_id"]
    );
    let other = json!({"order_id": "ORDER_1", "amount": "51"}).to_string();
    assert_eq!(
        error_of(&gateway, &other).await,
        (
            StatusCode::CONFLICT,
            "Order ID already used with a different amount".to_owned()
        )
    );

    gateway.let_pass(WINDOW_SECONDS);
    gateway.make_solid();
    gateway
        .status_when(&first, |payment| payment["status"] == "expired")
        .await;
    let second = gateway.create("ORDER_1", "51").await;
    assert_ne!(second["payment_id"], first["payment_id"]);

    gateway.transfer(&second, pay_amount(&second));
    gateway.make_solid();
    gateway
        .status_when(&second, |payment| payment["status"] == "paid")
        .await;
    assert_eq!(
        gateway.create("ORDER_1", "51").await["payment_id"],
        second["payment_id"]
    );
    assert_eq!(
        error_of(&gateway, &other.replace("51", "50")).await.0,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn the_same_request_many_times_at_once_makes_one_payment() {
    let gateway = TestGateway::start().await;
    let requests: Vec<_> = (0..20)
        .map(|_| tokio::spawn(gateway.create_request(BODY).send()))
        .collect();
    let mut ids = Vec::new();
    for request in requests {
        let answer = json_of(request.await.unwrap().unwrap()).await;
        ids.push(answer["payment"]["payment_id"].as_u64().unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(gateway.database.payments().await, 1);
}

#[tokio::test]
async fn projects_share_no_orders() {
    let gateway = TestGateway::start().await;
    let first = gateway.create("ORDER_1", "50").await;
    let other = gateway.add_project(2, &Setup::default()).await;
    let body = r#"{"order_id":"ORDER_1","amount":"70"}"#;
    let response = gateway
        .create_request_of(&other, body)
        .send()
        .await
        .unwrap();
    let second = json_of(response).await["payment"].clone();
    assert_ne!(second["payment_id"], first["payment_id"]);
    assert_ne!(second["address"], first["address"]);
}

#[tokio::test]
async fn amounts_are_unique_and_overflow_to_the_next_address() {
    let gateway = TestGateway::start_with(Setup {
        addresses: 2,
        ..Setup::default()
    })
    .await;
    let mut seen = HashSet::new();
    for order in 0..1_000 {
        let payment = gateway.create(&order.to_string(), "50").await;
        assert!(pay_amount(&payment).ends_with("00"), "{payment}");
        let slot = (
            payment["address"].to_string(),
            payment["pay_amount"].to_string(),
        );
        assert!(seen.insert(slot));
    }
    let addresses: HashSet<_> = seen.iter().map(|(address, _)| address).collect();
    assert_eq!(addresses.len(), 2);
    assert_eq!(gateway.alarms().await, []);
}

/// What a payer types differs in more than one digit from what any other must send, and an
/// exchange that keeps a round fee leaves digits that only one payment has.
#[tokio::test]
async fn amounts_at_one_address_are_not_taken_for_each_other() {
    let gateway = TestGateway::start().await;
    let mut amounts: Vec<String> = Vec::new();
    for round in 0..10 {
        for base in ["10", "20.95", "0.95", "3.999999", "50", "50.10", "49.901"] {
            let payment = gateway.create(&format!("{base}/{round}"), base).await;
            amounts.push(format!("{:0>12}", pay_amount(&payment)));
        }
    }
    for (index, one) in amounts.iter().enumerate() {
        for other in &amounts[..index] {
            let tail = |amount: &str| amount.split_once('.').unwrap().1.to_owned();
            assert_ne!(tail(one), tail(other));
            let different = one
                .bytes()
                .zip(other.bytes())
                .filter(|(a, b)| a != b)
                .count();
            assert!(different >= 2, "{one} {other}");
            let micro = |amount: &str| amount.parse::<Usdt>().unwrap().micro();
            assert!(micro(one).abs_diff(micro(other)) >= 300, "{one} {other}");
        }
    }
}

#[tokio::test]
async fn payments_created_at_once_never_share_a_slot() {
    let gateway = TestGateway::start().await;
    let requests: Vec<_> = (0..200)
        .map(|order| format!(r#"{{"order_id":{order},"amount":"50"}}"#))
        .map(|body| tokio::spawn(gateway.create_request(&body).send()))
        .collect();
    let mut amounts = HashSet::new();
    for request in requests {
        let answer = json_of(request.await.unwrap().unwrap()).await;
        assert!(amounts.insert(pay_amount(&answer["payment"]).to_owned()));
    }
}

/// Two gateways on one database, as when one is started while the other still runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_racing_give_one_payment_per_order_and_unique_amounts() {
    let gateway = TestGateway::start().await;
    let data = gateway.data_dir();
    let stores = [open_store(data).await, open_store(data).await];
    let project = gateway
        .store
        .project(gateway.keys.app_id)
        .await
        .unwrap()
        .unwrap();
    let now = gateway.devchain.now();
    let races = (0..40).map(|order| {
        let new = NewPayment {
            order_id: OrderId::parse(&format!("ORDER_{order}")).unwrap(),
            amount: "50".parse().unwrap(),
            description: None,
            success_url: None,
            fail_url: None,
            price: None,
            metadata: None,
        };
        stores.clone().map(|store| {
            let (project, new) = (project.clone(), new.clone());
            tokio::spawn(async move {
                match store.create_payment(&project, &new, now).await.unwrap() {
                    Created::New(payment) | Created::Existing(payment) => payment,
                }
            })
        })
    });
    let races: Vec<_> = races.collect();
    let mut amounts = HashSet::new();
    for [one, other] in races {
        let (one, other) = (one.await.unwrap(), other.await.unwrap());
        assert_eq!(one, other);
        assert!(amounts.insert(one.pay_amount));
    }
    assert_eq!(gateway.database.payments().await, 40);

    assert!(gateway.database.refuses_equal_amounts().await);
}

#[tokio::test]
async fn a_flood_with_one_key_delays_no_other_project() {
    let gateway = TestGateway::start().await;
    let other = gateway.add_project(2, &Setup::default()).await;
    gateway.database.note_creations().await;
    let lock = gateway.database.lock().await;

    // As many as have a place, and one too many.
    let mut flood: JoinSet<_> = (0..265)
        .map(|order| format!(r#"{{"order_id":{order},"amount":"50"}}"#))
        .map(|body| gateway.create_request(&body).send())
        .collect();
    let refused = patiently("a refusal", flood.join_next()).await;
    let refused = refused.unwrap().unwrap().unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "1");
    let told = refused.text().await.unwrap();
    let shape = r#"{"ok":false,"error":"Too many requests","code":"too_many_requests","docs":"#;
    assert!(told.starts_with(shape), "{told}");

    let body = r#"{"order_id":"ORDER_1","amount":"50"}"#;
    let answer = tokio::spawn(gateway.create_request_of(&other, body).send());
    // It is in its line when what came after it has been refused.
    for _ in 0..3 {
        let wrong = gateway.create_request_of(&other, "{}").send().await;
        assert_eq!(wrong.unwrap().status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    lock.release().await;
    assert_eq!(answer.await.unwrap().unwrap().status(), StatusCode::OK);
    while let Some(one) = flood.join_next().await {
        assert_eq!(one.unwrap().unwrap().status(), StatusCode::OK);
    }
    let before_it = gateway.database.created_before(other.app_id).await;
    assert!(before_it < 130, "{before_it} of 264 came first");
}

#[tokio::test]
async fn live_projects_take_https_only() {
    let setup = Setup {
        network: Network::Nile,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let body = r#"{"order_id":"a","amount":"1","success_url":"http://shop.example/ok"}"#;
    let (status, error) = error_of(&gateway, body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(error, "success_url must use https, except in test mode");
    let response = gateway.create_request(BODY).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn no_payment_is_offered_while_the_chain_is_out_of_reach() {
    let gateway = TestGateway::start().await;
    gateway.catch_up().await;
    gateway
        .node
        .fail("/walletsolidity/getblock", Fault::Answer(503, ""));
    gateway.node.arrivals("/walletsolidity/getblock", 1).await;
    gateway.let_pass(660);
    let (status, error) = error_of(&gateway, BODY).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        error.starts_with("The payment network is not reachable"),
        "{error}"
    );
    gateway.node.heal();
    gateway.catch_up().await;
    gateway.create("ORDER_1", "50").await;
}
