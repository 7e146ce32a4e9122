//! The command line, as an operator uses it

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use usdt_gateway::demo;

use crate::test_gateway::json_of;

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

#[test]
fn a_project_is_added_with_a_key_pair_and_an_address_is_taken_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gateway.toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\npublic_url = \"https://pay.example.com\"\ndata_dir = {:?}\n\
         [chain]\n",
        folder.path()
    );
    fs::write(&config, text).unwrap();
    let add = |arguments: &[&str]| {
        let output = Command::new(BINARY)
            .args(["project", "add", "--name", "Shop", "--config"])
            .arg(&config)
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.success(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let address = "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH";
    let (ok, out, _) = add(&["--address", address]);
    assert!(
        ok && out.contains("API key:    pk_") && out.contains("API secret: sk_"),
        "{out}"
    );

    let (ok, _, error) = add(&["--address", address]);
    assert!(
        !ok && error.contains("belongs to another project"),
        "{error}"
    );
    let (ok, _, error) = add(&["--address", "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdh"]);
    assert!(!ok && error.contains("checksum is wrong"), "{error}");
    let (ok, _, error) = add(&["--test", "--address", address]);
    assert!(!ok && error.contains("[test_chain]"), "{error}");
    let other = "TSeJkUh4Qv67VNFwY8LaAxERygNdy6NQZK";
    let (ok, _, error) = add(&["--address", other, "--webhook-url", "https://10.0.0.1/"]);
    assert!(!ok && error.contains("private address"), "{error}");

    let checked = Command::new(BINARY)
        .args(["config", "check"])
        .arg(&config)
        .output()
        .unwrap();
    assert!(checked.status.success());
    fs::write(&config, "listen = 1").unwrap();
    let checked = Command::new(BINARY)
        .args(["config", "check"])
        .arg(&config)
        .output()
        .unwrap();
    assert!(!checked.status.success() && !checked.stderr.is_empty());
}

#[tokio::test]
async fn the_demo_can_be_driven_by_a_script_and_restarted_on_its_data() {
    let data = tempfile::tempdir().unwrap();
    let http = reqwest::Client::new();
    let mut app_ids = Vec::new();
    for _ in 0..2 {
        let shutdown = CancellationToken::new();
        let start = demo::start(
            "127.0.0.1:0".parse().unwrap(),
            data.path().to_owned(),
            shutdown.clone(),
        );
        let (running, ready) = start.await.unwrap();
        let url = format!(
            "{}/api/payment-status.php?payment_id={}&wait=25",
            ready.base_url, ready.payment_id
        );
        let status =
            async || json_of(http.get(&url).send().await.unwrap()).await["payment"].clone();
        let pressed = http
            .post(format!("{}/demo/pay", ready.base_url))
            .form(&[
                ("payment_id", ready.payment_id.to_string()),
                ("pay", "late".to_owned()),
            ])
            .send()
            .await
            .unwrap();
        assert!(pressed.status().is_success(), "{}", pressed.status());
        let mine = || {
            http.post(format!("{}/dev/mine", ready.node_url))
                .body(r#"{"blocks":20}"#)
                .send()
        };
        mine().await.unwrap();
        while status().await["status"] != "paid" {}
        loop {
            let log = json_of(http.get(&ready.webhook_log).send().await.unwrap()).await;
            if let Some(webhook) = log.as_array().unwrap().first() {
                assert_eq!(webhook["signature_valid"], Value::Bool(true));
                assert_eq!(webhook["body"]["late"], Value::Bool(true));
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        app_ids.push(ready.app_id);
        shutdown.cancel();
        running.finish().await.unwrap();
    }
    assert_eq!(app_ids[0], app_ids[1]);
}
