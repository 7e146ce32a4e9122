//! `usdt-gateway address` and `project add`, as an operator uses them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use usdt_devchain::{Devchain, Options};
use usdt_gateway::addresses::AccountKey;
use usdt_protocol::TronAddress;
use usdt_tron::Network;

use crate::addresses::{DERIVED, XPUB};
use crate::faulty_node::{Fault, FaultyNode};
use crate::site::init;

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");
const NO_KEY: &str = "TMVQGm1qAQYVdetCeGRRkTWYYrLXuHK2HC";

/// An operator with a configuration and, at first, no project.
struct Operator {
    data: TempDir,
    config: PathBuf,
    devchain: Devchain,
    node: FaultyNode,
}

/// What a command said.
struct Said {
    ok: bool,
    out: String,
    error: String,
}

impl Operator {
    async fn start() -> Self {
        let devchain = Devchain::new(&Options::default());
        devchain.mine(20);
        let node = FaultyNode::start(&devchain).await;
        let data = tempfile::tempdir().unwrap();
        let config = data.path().join("gateway.toml");
        let text = format!(
            "listen = \"127.0.0.1:0\"\npublic_url = \"https://pay.example.com\"\n\
             data_dir = {:?}\n[test_chain]\nnodes = [{{ url = {:?} }}]\n",
            data.path().to_str().unwrap(),
            node.url
        );
        fs::write(&config, text).unwrap();
        init(&config);
        Self {
            data,
            config,
            devchain,
            node,
        }
    }

    async fn run(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(BINARY);
        // Where the arguments are sound, the configuration is read.
        command
            .args(&arguments[..2])
            .arg("--config")
            .arg(&self.config)
            .args(&arguments[2..]);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = output.await.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said {
            ok: output.status.success(),
            out: text(output.stdout),
            error: text(output.stderr),
        }
    }

    /// Adds a project with `arguments` and returns its ID.
    async fn project(&self, arguments: &[&str]) -> String {
        let fixed = ["project", "add", "--test", "--json", "--name", "Shop"];
        let said = self.run(&[&fixed, arguments].concat()).await;
        assert!(said.ok, "{}", said.error);
        let keys: Value = serde_json::from_str(&said.out).unwrap();
        keys["app_id"].to_string()
    }

    async fn list(&self, project: &str) -> Value {
        let said = self
            .run(&["address", "list", "--json", "--project", project])
            .await;
        assert!(said.ok, "{}", said.error);
        serde_json::from_str(&said.out).unwrap()
    }

    async fn is_refused(&self, arguments: &[&str], why: &str) {
        let said = self.run(arguments).await;
        assert!(!said.ok, "{arguments:?}: {}", said.out);
        assert!(said.error.contains(why), "{arguments:?}: {}", said.error);
    }

    fn freeze(&self, address: &str) {
        let address: TronAddress = address.parse().unwrap();
        self.devchain.set_token(|state| {
            state.blacklisted.insert(address);
        });
        self.devchain.mine(20);
    }
}

#[tokio::test]
async fn addresses_are_derived_added_listed_retired_and_restored() {
    let operator = Operator::start().await;
    let id = operator.project(&["--address", NO_KEY]).await;
    let said = operator
        .run(&[
            "address",
            "add",
            "--project",
            &id,
            "--xpub",
            XPUB,
            "--count",
            "3",
        ])
        .await;
    assert!(said.ok && said.error.is_empty(), "{}", said.error);
    assert!(said.out.ends_with(&format!("{}\n", DERIVED.join("\n"))));

    let listed = operator.list(&id).await;
    let expected = json!({
        "app_id": id.parse::<i64>().unwrap(),
        "network": "simulated",
        "address": DERIVED[1],
        "position": 2,
        "key_index": 1,
        "live_slots": 0,
        "retired": false,
        "blacklisted": false,
    });
    assert_eq!(listed[2], expected);
    assert_eq!(listed[0]["key_index"], Value::Null);
    assert_eq!(listed.as_array().unwrap().len(), 4);

    assert!(operator.run(&["address", "retire", DERIVED[1]]).await.ok);
    assert_eq!(operator.list(&id).await[2]["retired"], true);
    let table = operator.run(&["address", "list"]).await.out;
    let line = table
        .lines()
        .find(|line| line.contains(DERIVED[1]))
        .unwrap();
    assert!(line.contains("0/1") && line.contains("retired"), "{table}");
    assert!(operator.run(&["address", "restore", DERIVED[1]]).await.ok);
    assert_eq!(operator.list(&id).await[2]["retired"], false);

    let other = operator.project(&["--xpub", &another_key()]).await;
    let only = operator.list(&other).await[0]["address"].clone();
    let said = operator
        .run(&["address", "retire", only.as_str().unwrap()])
        .await;
    assert!(
        said.ok && said.error.contains("no address left"),
        "{}",
        said.error
    );
}

/// The public key of another account, made of the known one by another chain code.
fn another_key() -> String {
    let mut bytes = bs58::decode(XPUB).with_check(None).into_vec().unwrap();
    bytes[13] ^= 1;
    let key = bs58::encode(bytes).with_check().into_string();
    key.parse::<AccountKey>().unwrap();
    key
}

#[tokio::test]
async fn what_cannot_be_an_address_of_the_project_is_refused() {
    let operator = Operator::start().await;
    let id = operator.project(&["--xpub", XPUB]).await;
    let other = operator.project(&["--address", NO_KEY]).await;
    let add = ["address", "add", "--project"];
    let token = Network::Simulated.usdt_contract().to_string();
    for (arguments, why) in [
        (
            vec![&*id, "--address", &*token],
            "address of the token itself",
        ),
        (vec![&id, "--address", NO_KEY], "belongs to another project"),
        (vec![&id, "--address", DERIVED[0]], "has the address"),
        (
            vec![&id, "--address", DERIVED[1], "--address", DERIVED[1]],
            "is given twice",
        ),
        (
            vec![&id, "--address", DERIVED[1], "--address", "TSeJ"],
            "address 2 is not a TRON address",
        ),
        (
            vec![&id, "--address", "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdh"],
            "checksum is wrong",
        ),
        (
            vec![&id, "--xpub", &another_key()],
            "has an account key already",
        ),
        (
            vec![&other, "--xpub", XPUB],
            "key belongs to another project",
        ),
        (
            vec![&other, "--xpub", &XPUB.replace("Cd", "Ce")],
            "checksum is wrong",
        ),
        (vec!["77", "--address", DERIVED[1]], "no project 77"),
        (vec![&id], "--address"),
    ] {
        operator
            .is_refused(&[&add[..], &arguments].concat(), why)
            .await;
    }
    operator
        .is_refused(&["address", "retire", DERIVED[2]], "belongs to no project")
        .await;
    operator
        .is_refused(&["project", "add", "--test", "--name", "x"], "--address")
        .await;
    assert_eq!(operator.list(&id).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_frozen_address_is_refused_and_an_unreachable_node_is_told_of() {
    let operator = Operator::start().await;
    operator.freeze(DERIVED[0]);
    let add = ["project", "add", "--test", "--name", "Shop"];
    for arguments in [["--address", DERIVED[0]], ["--xpub", XPUB]] {
        operator
            .is_refused(&[&add[..], &arguments].concat(), "has frozen TUEZ")
            .await;
    }
    let id = operator.project(&["--address", NO_KEY]).await;
    for arguments in [["--address", DERIVED[0]], ["--xpub", XPUB]] {
        let arguments = [&["address", "add", "--project", &id], &arguments[..]].concat();
        operator.is_refused(&arguments, "has frozen TUEZ").await;
    }
    operator.node.fail(
        "/walletsolidity/triggerconstantcontract",
        Fault::Answer(503, ""),
    );
    let said = operator
        .run(&["address", "add", "--project", &id, "--address", DERIVED[0]])
        .await;
    assert!(
        said.ok && said.error.contains("will check later"),
        "{}",
        said.error
    );
    assert_eq!(operator.list(&id).await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_private_key_is_refused_and_never_repeated() {
    let operator = Operator::start().await;
    let id = operator.project(&["--address", NO_KEY]).await;
    let hex = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee01";
    let zprv = format!("zprv{}", "AWgYBBk7JR8G".repeat(9));
    let keys = [
        hex.to_owned(),
        format!("0x{hex}"),
        "KwDiBf89QgGbjEhKnhXJuH7LrciVrZi3qYjgd9M7rFU73sVHnoWn".to_owned(),
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi".to_owned(),
        zprv,
        "legal winner thank year wave sausage worth useful legal winner thank yellow".to_owned(),
    ];
    let project = ["project", "add", "--test", "--name", "Shop"];
    let add = ["address", "add", "--project", &id];
    for key in &keys {
        for arguments in [
            [&project[..], &["--address", key]].concat(),
            [&project[..], &["--xpub", key]].concat(),
            [&project[..], &[&format!("--address={key}")]].concat(),
            [&add[..], &["--address", key]].concat(),
            [&add[..], &["--xpub", key]].concat(),
            [&add[..], &["--address", DERIVED[0], key]].concat(),
            [&add[..], &["--count", key]].concat(),
            vec!["address", "add", "--project", key],
            vec!["address", "retire", key],
            vec!["address", key],
        ] {
            let said = operator.run(&arguments).await;
            assert!(!said.ok, "{arguments:?}");
            let why = "is a private key or a recovery phrase";
            assert!(said.error.contains(why), "{arguments:?}: {}", said.error);
            let all = said.out + &said.error;
            for part in key.split(' ').filter(|part| part.len() > 5) {
                assert!(!all.contains(part), "{arguments:?}: {all}");
            }
        }
    }
    let unquoted: Vec<&str> = keys[5].split(' ').collect();
    let arguments = [&add[..], &["--address"], &unquoted].concat();
    let said = operator.run(&arguments).await;
    assert!(!said.ok && !said.error.contains("winner"), "{}", said.error);

    // What is no key but may hold one is not repeated either.
    for garbage in ["legal winner thank", "c0ffee00c0ffee00"] {
        for option in ["--address", "--xpub"] {
            let said = operator.run(&[&add[..], &[option, garbage]].concat()).await;
            assert!(!said.ok && !said.error.contains(garbage), "{}", said.error);
        }
        let said = operator.run(&["address", "retire", garbage]).await;
        assert!(!said.ok && !said.error.contains(garbage), "{}", said.error);
    }
    assert_eq!(operator.list(&id).await.as_array().unwrap().len(), 1);
    let database = fs::read(operator.data.path().join("gateway.sqlite")).unwrap();
    assert!(
        !database
            .windows(16)
            .any(|part| part == &hex.as_bytes()[..16])
    );
}
