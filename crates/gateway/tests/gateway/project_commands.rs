//! `usdt-gateway project list`, `show` and `set`, and the audit log of every command that changes something

use serde_json::{Value, json};

use crate::commands::{refused, run, told};
use crate::merchant::Receiver;
use crate::test_gateway::{TestGateway, WINDOW_SECONDS, address, pay_amount};

/// The entries of the audit log, each as its action, its subject, and old and new.
async fn audit(gateway: &TestGateway, options: &[&str]) -> Vec<Value> {
    let all = told(gateway, &[&["audit"], options].concat()).await;
    let all = all.as_array().unwrap();
    for entry in all {
        assert!(entry["at"].as_str().unwrap().ends_with('Z'), "{entry}");
    }
    all.clone()
}

#[tokio::test]
async fn what_is_set_is_shown_and_holds_for_the_payments_after_it() {
    let gateway = TestGateway::start().await;
    let before = gateway.create("ORDER_1", "50").await;
    run(
        &gateway,
        &[
            "project",
            "set",
            "1",
            "--window-minutes",
            "60",
            "--late",
            "review",
            "--project-reviews",
            "off",
            "--name",
            "Büro",
        ],
    )
    .await;
    let shown = told(&gateway, &["project", "show", "1"]).await;
    assert_eq!(shown["name"], "Büro");
    assert_eq!(shown["window_minutes"], 60);
    assert_eq!(shown["late"], "review");
    assert_eq!(shown["project_reviews"], false);
    assert_eq!(shown["quarantine_hours"], 1);
    assert_eq!(shown["api_key"], gateway.keys.api_key);
    assert!(!shown.to_string().contains("sk_"), "{shown}");
    let after = gateway.create("ORDER_2", "50").await;
    let window = |payment: &Value| payment["expires_in"].as_u64().unwrap();
    assert_eq!(window(&before), WINDOW_SECONDS);
    assert_eq!(window(&after), 3_600);

    let listed = told(&gateway, &["project", "list"]).await;
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0], shown);
    let text = run(&gateway, &["project", "list"]).await;
    assert!(text.contains("Büro") && text.contains("enabled"), "{text}");

    let entries = audit(&gateway, &["--project", "1"]).await;
    let last = entries.last().unwrap();
    assert_eq!(last["action"], "project set");
    assert_eq!(
        last["old"],
        json!({
            "name": "Test shop", "window_seconds": WINDOW_SECONDS, "late": "accept",
            "project_reviews": true,
        })
    );
    assert_eq!(
        last["new"],
        json!({
            "name": "Büro", "window_seconds": 3_600, "late": "review", "project_reviews": false,
        })
    );
    // What changes nothing is no change.
    run(&gateway, &["project", "set", "1", "--name", "Büro"]).await;
    assert_eq!(audit(&gateway, &[]).await.len(), entries.len());
}

#[tokio::test]
async fn what_a_merchant_is_told_besides_is_set_and_shown_by_commands() {
    let gateway = TestGateway::start().await;
    let shown = told(&gateway, &["project", "show", "1"]).await;
    assert_eq!(shown["events"], json!([]));
    let set = |events| {
        [
            "project",
            "set",
            "1",
            "--further-retries",
            "on",
            "--events",
            events,
        ]
    };
    let text = run(&gateway, &set("payment.seen,payment.expired")).await;
    let line = "Further events:   payment.expired, payment.seen";
    assert!(
        text.contains(line) && text.contains("Further retries:  on"),
        "{text}"
    );
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.let_pass(WINDOW_SECONDS + 60);
    gateway.make_solid();
    gateway.receiver.wait_for(1, |_| true).await;
    let expired = ["webhook", "list", "--type", "payment.expired"];
    let events = told(&gateway, &expired).await;
    assert_eq!(events[0]["payment_id"], payment["payment_id"]);
    let id = events[0]["id"].as_str().unwrap();
    let text = run(&gateway, &["webhook", "show", id]).await;
    assert!(text.contains("Type    payment.expired"), "{text}");
    assert_eq!(
        told(&gateway, &["webhook", "list", "--type", "payment.paid"]).await,
        json!([])
    );
    let text = run(&gateway, &set("none")).await;
    assert!(text.contains("Further events:   none"), "{text}");
    let shown = told(&gateway, &["project", "show", "1"]).await;
    assert_eq!(
        (&shown["events"], &shown["further_retries"]),
        (&json!([]), &json!(true))
    );
}

#[tokio::test]
async fn webhooks_that_wait_go_to_the_url_that_is_set_and_its_path_is_in_no_log() {
    let gateway = TestGateway::start().await;
    gateway.receiver.answer(500);
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway.receiver.wait_for(1, |_| true).await;
    let moved = Receiver::start().await;
    // The commands' own configuration allows no private addresses.
    for (url, told) in [
        (&*moved.url, "private address"),
        ("https://169.254.169.254/", "private address"),
        ("ftp://shop.example/", "must be http or https"),
        ("https://user:pw@shop.example/", "without a user name"),
    ] {
        let error = refused(&gateway, &["project", "set", "1", "--webhook-url", url]).await;
        assert!(error.contains(told), "{error}");
    }
    let secret = "https://shop.example/hook/s3cret?token=s3cret";
    let set = run(&gateway, &["project", "set", "1", "--webhook-url", secret]).await;
    assert!(set.contains(secret), "{set}");
    let entries = audit(&gateway, &[]).await;
    let last = entries.last().unwrap();
    let url = last["new"]["webhook_url"].as_str().unwrap();
    assert!(
        url.starts_with("https://shop.example/... (SHA-256 "),
        "{url}"
    );
    assert!(!run(&gateway, &["audit"]).await.contains("s3cret"));

    gateway
        .store
        .set_webhook_url(1, &moved.url.parse().unwrap())
        .await
        .unwrap();
    gateway.database.bring_retries_forward().await;
    let told = moved.wait_for(1, |_| true).await;
    assert_eq!(told[0].json()["payment_id"], payment["payment_id"]);
}

#[tokio::test]
async fn a_setting_that_cannot_be_is_refused_and_changes_nothing() {
    let gateway = TestGateway::start().await;
    let before = told(&gateway, &["project", "show", "1"]).await;
    for (option, value, told) in [
        ("--name", "\u{202e}x", "can be seen"),
        ("--window-minutes", "0", "1..=10080"),
        ("--quarantine-hours", "8761", "0..=8760"),
        ("--most-addition", "1", "0.9999"),
        ("--late", "never", "accept"),
        ("--events", "payment.paid", "payment.expired"),
        ("--events", "", "payment.expired"),
        ("--further-retries", "3", "on"),
    ] {
        let error = refused(&gateway, &["project", "set", "1", option, value]).await;
        assert!(error.contains(told), "{error}");
    }
    let both = ["--webhook-url", "https://shop.example/", "--no-webhook-url"];
    let error = refused(&gateway, &[&["project", "set", "1"][..], &both].concat()).await;
    assert!(error.contains("cannot be used with"), "{error}");
    assert_eq!(told(&gateway, &["project", "show", "1"]).await, before);
}

#[tokio::test]
async fn every_command_that_changes_something_is_in_the_audit_log() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let mut txids = Vec::new();
    for amount in ["7", "8"] {
        txids.push(gateway.transfer(&payment, amount).to_string());
    }
    gateway.make_solid();
    gateway.catch_up().await;
    gateway.database.add_alarm().await;
    let given = address(9, 9).to_string();
    let other = address(8, 8).to_string();
    let id = payment["payment_id"].to_string();
    let before = audit(&gateway, &[]).await.len();
    for command in [
        &[
            "project",
            "add",
            "--test",
            "--name",
            "Other",
            "--address",
            &other,
        ][..],
        &["project", "brand", "1", "--name", "A \u{1f600}"],
        &["project", "origins", "1", "--add", "https://shop.example"],
        &["project", "key", "add", "1", "--label", "Till"],
        &["project", "disable", "1"],
        &["project", "enable", "1"],
        &["address", "add", "--project", "1", "--address", &given],
        &["address", "retire", &given],
        &["address", "restore", &given],
        &["review", "dismiss", &txids[0], "--note", "a gift"],
        &["review", "accept", &txids[1], "--payment", &id, "--yes"],
        &["alarm", "clear", "77"],
    ] {
        run(&gateway, command).await;
    }
    let entries = audit(&gateway, &[]).await.split_off(before);
    let actions: Vec<&str> = entries
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "project add",
            "project brand",
            "project origins",
            "project key add",
            "project disable",
            "project enable",
            "address add",
            "address retire",
            "address restore",
            "review dismiss",
            "review accept",
            "alarm clear",
        ]
    );
    for entry in &entries {
        let actor = entry["actor"].as_str().unwrap();
        assert!(actor.ends_with("(SUDO_USER alice)"), "{actor}");
        let origin = entry["origin"].as_str().unwrap();
        assert!(origin.starts_with("command on "), "{origin}");
    }
    assert_eq!(entries[0]["app_id"], 2);
    assert_eq!(entries[1]["old"]["name"], Value::Null);
    assert_eq!(entries[1]["new"]["name"], "A \u{1f600}");
    assert_eq!(entries[2]["old"], json!([]));
    assert_eq!(entries[2]["new"], json!(["https://shop.example"]));
    assert_eq!(entries[6]["new"], json!({"addresses": [given]}));
    assert_eq!(entries[7]["subject"], given);
    assert_eq!(entries[9]["new"]["note"], "a gift");
    assert_eq!(entries[10]["new"]["payment_id"], payment["payment_id"]);
    assert_eq!(entries[11]["app_id"], Value::Null);

    // Neither what only looks, nor what is refused or changes nothing.
    run(&gateway, &["project", "brand", "1"]).await;
    run(&gateway, &["address", "restore", &given]).await;
    run(&gateway, &["project", "enable", "1"]).await;
    refused(
        &gateway,
        &["address", "add", "--project", "1", "--address", &other],
    )
    .await;
    refused(&gateway, &["alarm", "clear", "77"]).await;
    assert_eq!(audit(&gateway, &[]).await.len(), before + entries.len());
    let second = audit(&gateway, &["--project", "2"]).await;
    assert_eq!(second.len(), 1);
    let text = run(&gateway, &["audit", "--limit", "11"]).await;
    assert!(text.is_ascii(), "{text}");
    assert!(
        !text.contains("sk_") && text.matches("\n  by ").count() == 11,
        "{text}"
    );
}

#[tokio::test]
async fn the_help_of_each_command_says_what_it_does() {
    let gateway = TestGateway::start().await;
    for (command, told) in [
        (
            &["project"][..],
            &[
                "list",
                "rotate-secret",
                "revoke-secret",
                "disable",
                "enable",
                "key",
            ][..],
        ),
        (
            &["project", "set"],
            &[
                "--webhook-url",
                "--window-minutes",
                "--quarantine-hours",
                "--late",
                "--project-reviews",
            ],
        ),
        (
            &["project", "rotate-secret"],
            &["--overlap", "[default: 24h]", "--json"],
        ),
        (&["project", "revoke-secret"], &["--new"]),
        (&["project", "key"], &["add", "list", "revoke"]),
        (
            &["project", "key", "add"],
            &["--label", "--read-only", "--json"],
        ),
        (&["payment"], &["show", "list", "cancel"]),
        (
            &["payment", "list"],
            &["--status", "--month", "--csv", "--json"],
        ),
        (&["webhook"], &["list", "show", "resend", "test"]),
        (
            &["webhook", "list"],
            &["--project", "--state", "no_url", "--json"],
        ),
        (&["webhook", "resend"], &["--failed-since", "webhook-id"]),
        (&["audit"], &["--project", "--json"]),
    ] {
        let help = run(&gateway, &[command, &["--help"]].concat()).await;
        for word in told {
            assert!(help.contains(word), "{command:?}: {help}");
        }
    }
}
