//! The command line, as an operator uses it

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use usdt_gateway::data::DataLock;
use usdt_gateway::demo;
use usdt_gateway::secrets::Vault;
use usdt_protocol::TronAddress;

use crate::addresses::XPUB;
use crate::database::{Database, first_version};
use crate::merchant::Receiver;
use crate::site::init;
use crate::test_gateway::json_of;

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

/// Writes a configuration whose only chain, `[chain]` or `[test_chain]`, has a node that does not
/// answer, with its data in `folder`.
fn write_config(folder: &Path, chain: &str) -> PathBuf {
    let file = folder.join("gateway.toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\ndata_dir = {:?}\n\
         [{chain}]\nnodes = [{{ url = \"http://127.0.0.1:1\" }}]\n",
        folder.to_str().unwrap()
    );
    fs::write(&file, text).unwrap();
    file
}

#[test]
fn a_project_is_added_with_a_key_pair_and_an_address_is_taken_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), "chain");
    init(&config);
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
    let address = &*TronAddress::from_bytes([3; 20]).to_string();
    let (ok, out, _) = add(&["--address", address]);
    assert!(
        ok && out.contains("API key:    pk_") && out.contains("API secret: sk_"),
        "{out}"
    );
    assert!(out.contains("no --webhook-url was given"), "{out}");

    let (ok, _, error) = add(&["--address", address]);
    assert!(
        !ok && error.contains("belongs to another project"),
        "{error}"
    );
    let (ok, _, error) = add(&["--address", "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdh"]);
    assert!(!ok && error.contains("checksum is wrong"), "{error}");
    let token = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";
    let (ok, _, error) = add(&["--address", token]);
    assert!(!ok && error.contains("the token itself"), "{error}");
    let (ok, _, error) = add(&["--test", "--address", address]);
    assert!(!ok && error.contains("[test_chain]"), "{error}");
    let other = &*TronAddress::from_bytes([4; 20]).to_string();
    let (ok, _, error) = add(&["--address", other, "--webhook-url", "https://10.0.0.1/"]);
    let setting = "private address: see webhooks.allow_private_addresses";
    assert!(!ok && error.contains(setting), "{error}");
    for name in ["", " ", "\u{200b}", "a\u{202e}b", "a\nb"] {
        let refused = Command::new(BINARY)
            .args(["project", "add", "--address", other, "--name", name])
            .arg("--config")
            .arg(&config)
            .output()
            .unwrap();
        let error = String::from_utf8(refused.stderr).unwrap();
        assert!(
            !refused.status.success() && error.contains("can be seen"),
            "{error}"
        );
    }
    let url = "https://shop.example/webhook.php";
    let (ok, out, error) = add(&["--address", other, "--webhook-url", url]);
    assert!(
        ok && out.contains(&format!("Webhooks:   to {url}\n")),
        "{out}{error}"
    );

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

#[test]
fn addresses_at_which_money_is_lost_are_refused_on_the_main_network() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), "chain");
    init(&config);
    let run = |arguments: &[&str]| {
        let output = Command::new(BINARY)
            .args(arguments)
            .arg("--config")
            .arg(&config)
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        (output.status.success(), error)
    };
    let project = ["project", "add", "--name", "Shop"];
    let good = TronAddress::from_bytes([3; 20]).to_string();
    let (ok, error) = run(&[&project[..], &["--address", &good]].concat());
    assert!(ok, "{error}");
    let published = "its key is published";
    for (option, given, why) in [
        ("--xpub", XPUB, published),
        // "test … junk", of the second account
        ("--address", "TFsmbAta1ixYj1pfG9B4jdmffgsVPs9Yuj", published),
        ("--address", "TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC", published),
        (
            "--address",
            "TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8",
            "contract of a token",
        ),
        (
            "--address",
            "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
            "the token itself",
        ),
        (
            "--address",
            "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb",
            "the zero address",
        ),
    ] {
        let add = ["address", "add", "--project", "1"];
        for command in [&project[..], &add] {
            let (ok, error) = run(&[command, &[option, given]].concat());
            assert!(!ok && error.contains(why), "{given}: {error}");
            assert_eq!(error.trim().lines().count(), 1, "{error}");
        }
    }
    // What the documents show in the place of an address is none.
    for option in ["--address", "--xpub"] {
        let (ok, error) = run(&[&project[..], &[option, "T…your address…"]].concat());
        assert!(!ok && error.contains("is not a"), "{error}");
    }
}

#[tokio::test]
async fn the_demo_calls_a_developer_s_own_receiver() {
    let receiver = Receiver::start().await;
    let data = tempfile::tempdir().unwrap();
    let mut demo = Command::new(BINARY)
        .args(["demo", "--json", "--listen", "127.0.0.1:0", "--data"])
        .arg(data.path())
        .args([
            "--webhook-url",
            &receiver.url.replace("127.0.0.1", "localhost"),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(demo.stdout.take().unwrap())
        .read_line(&mut ready)
        .unwrap();
    let ready: Value = serde_json::from_str(&ready).unwrap();
    let http = reqwest::Client::new();
    let form = [
        ("payment_id", ready["payment_id"].to_string()),
        ("pay", "exactly".to_owned()),
    ];
    let pay = format!("{}/demo/pay", ready["base_url"].as_str().unwrap());
    http.post(pay).form(&form).send().await.unwrap();
    let mine = format!("{}/dev/mine", ready["node_url"].as_str().unwrap());
    let mined = http.post(mine).body(r#"{"blocks":20}"#).send().await;
    mined.unwrap();
    let webhooks = receiver.wait_for(1, |_| true).await;
    assert_eq!(webhooks[0].json()["payment_id"], ready["payment_id"]);
    demo.kill().unwrap();
    demo.wait().unwrap();
}

#[test]
fn a_gateway_does_not_start_without_its_key_or_beside_another() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), "test_chain");
    init(&config);
    let run = |arguments: &[&str]| {
        let output = Command::new(BINARY)
            .args(arguments)
            .arg("--config")
            .arg(&config)
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let address = "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH";
    let (ok, error) = run(&[
        "project",
        "add",
        "--test",
        "--name",
        "Shop",
        "--address",
        address,
    ]);
    assert!(ok, "{error}");

    let lock = DataLock::take(folder.path()).unwrap();
    let (ok, error) = run(&["serve"]);
    assert!(!ok && error.contains("another gateway runs"), "{error}");
    drop(lock);

    let key = folder.path().join("master.key");
    fs::rename(&key, folder.path().join("kept")).unwrap();
    let (ok, error) = run(&["serve"]);
    assert!(!ok && error.contains("put the copy"), "{error}");
    assert!(!key.exists());
    fs::write(&key, "ab".repeat(32)).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let (ok, error) = run(&["serve"]);
    assert!(!ok && error.contains("not the one with which"), "{error}");
}

#[tokio::test]
async fn an_older_database_is_brought_up_to_date_only_where_no_gateway_runs_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = write_config(folder.path(), "test_chain");
    let database = Database::of(folder.path());
    Vault::create(&Vault::key_file(folder.path())).unwrap();
    first_version::create(folder.path()).await;
    let run = |arguments: &[&str]| {
        let output = Command::new(BINARY)
            .args(arguments)
            .arg("--config")
            .arg(&config)
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        (output.status.success(), error)
    };

    let lock = DataLock::take(folder.path()).unwrap();
    for (command, sentence) in [
        (&["review", "list"][..], "restart the gateway"),
        (&["address", "list"], "restart the gateway"),
        (&["serve"], "another gateway runs"),
    ] {
        let (ok, error) = run(command);
        assert!(!ok && error.contains(sentence), "{error}");
        assert_eq!(error.trim().lines().count(), 1, "{error}");
        assert_eq!(database.migrations().await, 1, "{command:?}");
    }
    drop(lock);
    let (ok, error) = run(&["review", "list"]);
    assert!(ok, "{error}");
    assert_eq!(database.migrations().await, first_version::all_migrations());
    // What is up to date can be opened beside a gateway.
    let _lock = DataLock::take(folder.path()).unwrap();
    let (ok, error) = run(&["review", "list"]);
    assert!(ok, "{error}");
}

/// A payer's phone that lost its network in the middle of a request, while the operator restarts.
#[test]
fn a_stalled_client_does_not_keep_the_gateway_from_stopping() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Command::new(BINARY)
        .args(["demo", "--json", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(demo.stdout.take().unwrap())
        .read_line(&mut ready)
        .unwrap();
    let ready: Value = serde_json::from_str(&ready).unwrap();
    let host = ready["base_url"]
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap();
    let mut stalled = TcpStream::connect(host).unwrap();
    stalled
        .write_all(b"POST /demo/webhooks HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1")
        .unwrap();
    let terminated = Command::new("kill")
        .arg("-TERM")
        .arg(demo.id().to_string())
        .status()
        .unwrap();
    assert!(terminated.success());
    assert!(demo.wait().unwrap().success());
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
            None,
            shutdown.clone(),
        );
        let (running, ready) = start.await.unwrap();
        let page = http.get(ready.payment_url.to_string()).send().await;
        let page = page.unwrap().text().await.unwrap();
        assert!(page.contains("<h1>Pay Demo shop</h1>"), "{page}");
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
