//! `usdt-gateway project set --show-description`: whether payers see what a payment is for

use serde_json::{Value, json};

use crate::test_gateway::{Setup, TestGateway, json_of};

const WHAT: &str = "Two <b>tickets</b> & a \"T-shirt\"";
const ESCAPED: &str = "Two &lt;b&gt;tickets&lt;/b&gt; &amp; a";

/// Runs a `project` command that must succeed, and returns what it said.
async fn project(gateway: &TestGateway, command: &str, options: &[&str]) -> String {
    let id = gateway.keys.app_id.to_string();
    let arguments = [&["project", command, &id], options].concat();
    let output = gateway.command(&arguments).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

async fn page(gateway: &TestGateway, payment: &Value) -> String {
    let path = format!("/pay/?id={}", payment["payment_id"]);
    let page = gateway.get(&path).send().await.unwrap();
    page.text().await.unwrap()
}

async fn assert_private(gateway: &TestGateway, payment: &Value) {
    let status = gateway.status(payment).await;
    assert!(status.get("description").is_none(), "{status}");
    let html = page(gateway, payment).await;
    assert!(!html.contains("tickets"), "{html}");
}

#[tokio::test]
async fn payers_see_what_a_payment_is_for_only_while_its_project_wants_that() {
    let gateway = TestGateway::start().await;
    let other = gateway.add_project(2, &Setup::default()).await;
    let body = json!({"order_id": "SECRET_ORDER", "amount": "50", "description": WHAT}).to_string();
    let mut payments = Vec::new();
    for keys in [&gateway.keys, &other] {
        let request = gateway.create_request_of(keys, &body);
        payments.push(json_of(request.send().await.unwrap()).await["payment"].clone());
    }
    let [payment, strangers] = payments.as_slice() else {
        panic!("{payments:?}");
    };
    let shown = project(&gateway, "show", &[]).await;
    assert!(shown.contains("Show description: off"), "{shown}");
    assert_private(&gateway, payment).await;
    let before = gateway.status(payment).await["version"].as_u64();

    let set = project(&gateway, "set", &["--show-description", "on"]).await;
    assert!(set.contains("Show description: on"), "{set}");
    assert_eq!(project(&gateway, "show", &[]).await, set);
    assert!(!set.contains(&gateway.keys.secret), "{set}");
    let status = gateway.status(payment).await;
    assert_eq!(status["description"], WHAT);
    assert!(status["version"].as_u64() > before, "{status}");
    let html = page(&gateway, payment).await;
    assert!(html.contains(ESCAPED), "{html}");
    for hidden in ["<b>tickets", "SECRET_ORDER"] {
        assert!(!html.contains(hidden), "{html}");
    }
    assert!(status.get("order_id").is_none(), "{status}");
    assert_private(&gateway, strangers).await;

    project(&gateway, "set", &["--show-description", "off"]).await;
    assert_private(&gateway, payment).await;
}

#[tokio::test]
async fn what_older_rules_took_is_shown_without_what_only_does_harm() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway
        .database
        .set_description("ORDER_1", "\u{202e}Cola\u{7}")
        .await;
    project(&gateway, "set", &["--show-description", "on"]).await;
    assert_eq!(gateway.status(&payment).await["description"], "Cola");
}

#[tokio::test]
async fn a_setting_that_is_missing_or_of_no_project_is_refused() {
    let gateway = TestGateway::start().await;
    for (arguments, told) in [
        (&["set", "7", "--show-description", "on"][..], "project 7"),
        (&["show", "7"], "project 7"),
        (&["set", "1", "--show-description", "maybe"], "maybe"),
        (&["set", "1"], "--show-description"),
    ] {
        let arguments = [&["project"], arguments].concat();
        let output = gateway.command(&arguments).await;
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(error.contains(told), "{error}");
    }
}
