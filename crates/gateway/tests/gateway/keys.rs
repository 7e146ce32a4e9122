//! What the keys of a project may do, and `usdt-gateway project key`

use reqwest::Response;
use serde_json::{Value, json};

use crate::commands::{refused, run, told};
use crate::merchant::sign;
use crate::patience::patiently;
use crate::test_gateway::{Keys, Setup, TestGateway, json_of, pay_amount, published};

pub async fn add_key(gateway: &TestGateway, options: &[&str]) -> Keys {
    let key = told(
        gateway,
        &[&["project", "key", "add", "1"], options].concat(),
    )
    .await;
    Keys {
        app_id: key["app_id"].as_i64().unwrap(),
        api_key: key["api_key"].as_str().unwrap().to_owned(),
        secret: key["api_secret"].as_str().unwrap().to_owned(),
    }
}

async fn create(gateway: &TestGateway, keys: &Keys, order: &str) -> Response {
    let body = json!({"order_id": order, "amount": "50"}).to_string();
    let request = gateway.create_request_of(keys, &body);
    request.send().await.unwrap()
}

/// The status as a key sees it.
async fn signed_status(gateway: &TestGateway, keys: &Keys, payment: &Value) -> Response {
    let path = format!(
        "/api/payment-status.php?payment_id={}",
        payment["payment_id"]
    );
    let request = gateway
        .get(&path)
        .header("x-api-key", &keys.api_key)
        .header("x-signature", sign(&keys.secret, ""));
    request.send().await.unwrap()
}

async fn assert_refused(response: Response, status: u16, error: &str) {
    assert_eq!(response.status().as_u16(), status);
    let answer = json_of(response).await;
    assert!(answer.get("hint").is_some(), "{answer}");
    assert_eq!(published(answer), json!({"ok": false, "error": error}));
}

async fn last_use(gateway: &TestGateway, keys: &Keys) -> Value {
    let all = told(gateway, &["project", "key", "list", "1"]).await;
    let all = all.as_array().unwrap();
    let one = all.iter().find(|one| one["api_key"] == keys.api_key);
    one.unwrap()["last_used_at"].clone()
}

/// Returns once a key's use at the chain's time is written down.
async fn wait_for_use(gateway: &TestGateway, keys: &Keys) {
    let now = gateway.devchain.now().rfc3339();
    let written = async {
        while last_use(gateway, keys).await != now {
            gateway.node.arrivals("", 1).await;
        }
    };
    patiently("a key's use to be written down", written).await;
}

#[tokio::test]
async fn a_further_key_signs_calls_until_it_is_revoked_and_signs_no_webhook() {
    let gateway = TestGateway::start().await;
    let till = add_key(&gateway, &["--label", "Till"]).await;
    let answer = json_of(create(&gateway, &till, "ORDER_1").await).await;
    assert_eq!(answer["ok"], true, "{answer}");
    let payment = &answer["payment"];
    let seen = json_of(signed_status(&gateway, &till, payment).await).await;
    assert_eq!(seen["payment"]["order_id"], "ORDER_1");
    gateway.transfer(payment, pay_amount(payment));
    gateway.make_solid();
    let webhooks = gateway.receiver.wait_for(1, |_| true).await;
    assert_eq!(
        webhooks[0].header("x-signature"),
        sign(&gateway.keys.secret, &webhooks[0].body)
    );

    let listed = run(&gateway, &["project", "key", "list", "1"]).await;
    assert!(listed.contains("(the project's own)"), "{listed}");
    assert!(!listed.contains("sk_"), "{listed}");
    run(&gateway, &["project", "key", "revoke", "1", &till.api_key]).await;
    let refusal = create(&gateway, &till, "ORDER_2").await;
    assert_refused(refusal, 401, "Invalid API key").await;
    let again = ["project", "key", "revoke", "1", &till.api_key];
    assert!(refused(&gateway, &again).await.contains("revoked already"));
    // Its own goes on.
    gateway.create("ORDER_2", "50").await;
}

#[tokio::test]
async fn a_read_only_key_asks_and_creates_nothing() {
    let gateway = TestGateway::start().await;
    let reports = add_key(&gateway, &["--label", "Reports", "--read-only"]).await;
    let payment = gateway.create("ORDER_1", "50").await;
    let seen = json_of(signed_status(&gateway, &reports, &payment).await).await;
    assert_eq!(seen["payment"]["order_id"], "ORDER_1");
    let refusal = create(&gateway, &reports, "ORDER_2").await;
    assert_refused(refusal, 403, "API key is read-only").await;
    // Who cannot sign learns nothing of the key.
    let thief = Keys {
        secret: gateway.keys.secret.clone(),
        ..reports
    };
    let refusal = create(&gateway, &thief, "ORDER_2").await;
    assert_refused(refusal, 401, "Invalid signature").await;
    assert_eq!(gateway.database.payments().await, 1);
}

#[tokio::test]
async fn keys_of_others_and_the_projects_own_are_not_revoked() {
    let gateway = TestGateway::start().await;
    let other = gateway.add_project(2, &Setup::default()).await;
    let further = add_key(&gateway, &["--label", "Till"]).await;
    let own = gateway.keys.api_key.clone();
    for (arguments, told) in [
        (["1", &*own], "rotate-secret 1"),
        (["1", &*other.api_key], "project 1 has no such key"),
        (["2", &*further.api_key], "project 2 has no such key"),
        (["7", &*further.api_key], "no project 7"),
    ] {
        let arguments = [&["project", "key", "revoke"][..], &arguments].concat();
        let error = refused(&gateway, &arguments).await;
        assert!(error.contains(told), "{error}");
    }
    for (arguments, told) in [
        (&["add", "7", "--label", "x"][..], "no project 7"),
        (&["add", "1", "--label", "\u{200b}"], "can be seen"),
        (&["add", "1"], "--label"),
        (&["list", "7"], "no project 7"),
    ] {
        let error = refused(&gateway, &[&["project", "key"], arguments].concat()).await;
        assert!(error.contains(told), "{error}");
    }
    let answer = json_of(create(&gateway, &further, "ORDER_1").await).await;
    assert_eq!(answer["ok"], true, "{answer}");
}

#[tokio::test]
async fn a_disabled_project_gets_no_new_payment_and_its_open_ones_are_credited_and_told() {
    let gateway = TestGateway::start().await;
    let further = add_key(&gateway, &["--label", "Till"]).await;
    let payment = gateway.create("ORDER_1", "50").await;
    let said = run(&gateway, &["project", "disable", "1"]).await;
    assert!(said.contains("still watched"), "{said}");
    for keys in [&gateway.keys, &further] {
        let refusal = create(&gateway, keys, "ORDER_2").await;
        assert_refused(refusal, 403, "Project is disabled").await;
        // Not even the payment that is there already.
        let refusal = create(&gateway, keys, "ORDER_1").await;
        assert_refused(refusal, 403, "Project is disabled").await;
        let seen = json_of(signed_status(&gateway, keys, &payment).await).await;
        assert_eq!(seen["payment"]["status"], "pending");
    }
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway
        .status_when(&payment, |payment| payment["status"] == "paid")
        .await;
    gateway.receiver.wait_for(1, |_| true).await;

    let said = run(&gateway, &["project", "disable", "1"]).await;
    assert!(said.contains("already"), "{said}");
    run(&gateway, &["project", "enable", "1"]).await;
    gateway.create("ORDER_2", "50").await;
    let error = refused(&gateway, &["project", "disable", "7"]).await;
    assert!(error.contains("no project 7"), "{error}");
}

#[tokio::test]
async fn a_keys_last_use_is_written_at_most_once_a_minute_and_no_request_waits_for_it() {
    let gateway = TestGateway::start().await;
    let further = add_key(&gateway, &["--label", "Till"]).await;
    assert_eq!(last_use(&gateway, &further).await, Value::Null);
    let payment = gateway.create("ORDER_1", "50").await;
    wait_for_use(&gateway, &gateway.keys).await;
    let first = gateway.devchain.now().rfc3339();

    // Nothing can be written, and the call is answered all the same.
    let lock = gateway.database.lock().await;
    let seen = json_of(signed_status(&gateway, &further, &payment).await).await;
    assert_eq!(seen["payment"]["order_id"], "ORDER_1");
    lock.release().await;
    wait_for_use(&gateway, &further).await;

    gateway.let_pass(30);
    signed_status(&gateway, &gateway.keys, &payment).await;
    gateway.let_pass(30);
    signed_status(&gateway, &further, &payment).await;
    wait_for_use(&gateway, &further).await;
    assert_eq!(last_use(&gateway, &gateway.keys).await, first);
    signed_status(&gateway, &gateway.keys, &payment).await;
    wait_for_use(&gateway, &gateway.keys).await;
}
