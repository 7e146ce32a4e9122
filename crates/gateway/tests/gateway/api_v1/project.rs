//! `GET /api/v1/project` and `PATCH /api/v1/project`

use reqwest::Method;
use serde_json::{Value, json};
use usdt_tron::Network;

use super::{change, event_after, found, refused};
use crate::test_gateway::{QUARANTINE_SECONDS, Setup, TestGateway, WINDOW_SECONDS, author};

async fn shown(gateway: &TestGateway) -> Value {
    found(gateway, "/api/v1/project").await["project"].clone()
}

async fn patch(gateway: &TestGateway, body: &Value) -> (u16, Value) {
    let project = (Method::PATCH, "/api/v1/project");
    change(gateway, &gateway.keys, project, body).await
}

fn missing(project: &Value) -> Vec<&str> {
    let missing = project["missing"].as_array().unwrap().iter();
    missing.map(|one| one["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_project_sees_how_it_is_set_up() {
    let setup = Setup {
        addresses: 3,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    gateway.create("ORDER_1", "50").await;
    assert_eq!(shown(&gateway).await["price_currencies"], json!([]));
    let allowed = ["EUR", "BRL"].map(|code| code.parse().unwrap());
    gateway
        .store
        .set_currencies(gateway.keys.app_id, &allowed.into(), &author())
        .await
        .unwrap();
    let project = shown(&gateway).await;
    for (field, value) in [
        ("app_id", json!(gateway.keys.app_id)),
        ("name", json!("Test shop")),
        ("mode", json!("test")),
        ("currency", json!("USDT")),
        ("network", json!("TRC20")),
        ("price_currencies", json!(["BRL", "EUR"])),
        ("webhook_url", json!(gateway.receiver.url)),
        ("window_seconds", json!(WINDOW_SECONDS)),
        ("quarantine_seconds", json!(QUARANTINE_SECONDS)),
        ("late_policy", json!("accept")),
        ("smallest_amount", json!("0.000001")),
        ("largest_amount", json!("1000000000.00")),
        ("most_addition", json!("0.0999")),
        ("addresses_offered", json!(3)),
        ("addresses_left", json!(2)),
        ("reviews_by", json!("project")),
        ("reviews_waiting", json!(0)),
        ("last_deliveries", json!([])),
        ("server_time", json!("2026-07-01T18:00:00.000Z")),
    ] {
        assert_eq!(project[field], value, "{field}");
    }
    let text = project.to_string();
    assert!(!text.contains("sk_") && !text.contains("pk_"), "{text}");
}

#[tokio::test]
async fn what_is_missing_before_going_live_is_named_and_goes_once_it_is_there() {
    let gateway = TestGateway::start().await;
    assert_eq!(
        missing(&shown(&gateway).await),
        [
            "test_mode",
            "webhook_without_https",
            "no_webhook_delivered",
            "no_payment_paid"
        ]
    );
    let (status, without) = patch(&gateway, &json!({"webhook_url": ""})).await;
    assert_eq!(status, 200, "{without}");
    assert_eq!(
        missing(&without["project"]),
        ["test_mode", "no_webhook_url", "no_payment_paid"]
    );
    let back = json!({"webhook_url": gateway.receiver.url});
    assert_eq!(patch(&gateway, &back).await.0, 200);
    gateway.receiver.answer(404);
    let payment = gateway.paid("ORDER_1").await;
    event_after(&gateway, &payment, 1).await;
    let project = shown(&gateway).await;
    assert_eq!(
        missing(&project),
        [
            "test_mode",
            "webhook_without_https",
            "receiver_fails",
            "no_webhook_delivered"
        ]
    );
    let last = &project["last_deliveries"][0];
    assert_eq!(last["payment_id"], payment["payment_id"]);
    assert_eq!(last["last_attempt"]["http_status"], 404);

    gateway.receiver.answer(200);
    gateway.let_pass(300);
    event_after(&gateway, &payment, 2).await;
    gateway.transfer(&payment, "12.340000");
    gateway.make_solid();
    gateway.catch_up().await;
    assert_eq!(
        missing(&shown(&gateway).await),
        ["test_mode", "webhook_without_https", "reviews_waiting"]
    );
}

#[tokio::test]
async fn a_live_project_wants_https_and_a_public_address() {
    let setup = Setup {
        network: Network::Mainnet,
        allow_private_webhooks: false,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let before = shown(&gateway).await;
    assert_eq!(before["mode"], "live");
    assert!(
        missing(&before).contains(&"webhook_url_refused"),
        "{before}"
    );
    for (url, code) in [
        (json!("http://shop.example/hook"), "url_not_https"),
        (json!("https://10.0.0.7/hook"), "url_not_public"),
        (json!("https://localhost/hook"), "url_not_public"),
        (json!("https://[::1]/hook"), "url_not_public"),
        (json!("https://shop.example:0/hook"), "url_not_public"),
        (json!("https://user:word@shop.example/"), "invalid_url"),
        (json!("shop.example/hook"), "invalid_url"),
        (json!("javascript:alert(1)"), "invalid_url"),
        (
            json!(format!("https://shop.example/{}", "x".repeat(2_048))),
            "invalid_url",
        ),
        (json!(true), "not_text"),
    ] {
        let answer = patch(&gateway, &json!({"webhook_url": url})).await;
        assert_eq!(refused(&answer), (422, code), "{url}");
    }
    assert_eq!(
        refused(&patch(&gateway, &json!({})).await),
        (422, "missing_field")
    );
    assert_eq!(shown(&gateway).await["webhook_url"], before["webhook_url"]);

    let url = "https://shop.example/hook";
    let (status, answer) = patch(&gateway, &json!({"webhook_url": url, "by": "maria"})).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["project"]["webhook_url"], url);
}

#[tokio::test]
async fn what_a_project_is_told_is_set_by_its_own_call_and_written_down() {
    let gateway = TestGateway::start().await;
    let before = shown(&gateway).await;
    assert_eq!(before["events"], json!([]));
    assert_eq!(before["further_retries"], false);
    let asked = json!({
        "events": ["payment.seen", "payment.expired"], "further_retries": true, "by": "maria",
    });
    let (status, answer) = patch(&gateway, &asked).await;
    assert_eq!(status, 200, "{answer}");
    let project = &answer["project"];
    assert_eq!(
        project["events"],
        json!(["payment.expired", "payment.seen"])
    );
    assert_eq!(project["further_retries"], true);
    // What is not named stays.
    assert_eq!(project["webhook_url"], before["webhook_url"]);
    let one = json!({"events": ["payment.seen", "payment.seen"]});
    let project = patch(&gateway, &one).await.1["project"].clone();
    assert_eq!(project["events"], json!(["payment.seen"]));
    assert_eq!(project["further_retries"], true);
    for (field, value, code) in [
        ("events", json!(["payment.paid"]), "invalid_events"),
        ("events", json!(["payment.lost"]), "invalid_events"),
        ("events", json!("payment.seen"), "invalid_events"),
        ("events", json!([1]), "invalid_events"),
        ("events", json!({}), "invalid_events"),
        ("further_retries", json!("yes"), "not_a_flag"),
        ("further_retries", json!(1), "not_a_flag"),
    ] {
        let answer = patch(&gateway, &json!({field: value})).await;
        assert_eq!(refused(&answer), (422, code), "{value}");
    }
    assert_eq!(shown(&gateway).await["events"], json!(["payment.seen"]));
    let none = json!({"events": [], "further_retries": false});
    let project = patch(&gateway, &none).await.1["project"].clone();
    assert_eq!(project["events"], json!([]));
    assert_eq!(project["further_retries"], false);

    let log = gateway.store.audit_log(Some(gateway.keys.app_id), 3).await;
    let changes: Vec<Value> = log.unwrap().into_iter().filter_map(|one| one.new).collect();
    assert_eq!(
        changes,
        [
            json!({"events": ["payment.expired", "payment.seen"], "further_retries": true}),
            json!({"events": ["payment.seen"]}),
            json!({"events": [], "further_retries": false}),
        ]
    );
}
