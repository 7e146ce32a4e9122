//! A master key that is not the gateway's own: from a file, or from the environment.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::database;
use crate::site::Site;

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");
const VARIABLE: &str = "USDT_GATEWAY_MASTER_KEY";

const KEY: &str = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8";
const OTHER: &str = "0b14d501a594442a01c6859541bcb3e8164d183d32937b851835442f69d5c94e";

fn write_key(file: &Path, key: &str) {
    fs::write(file, format!("{key}\n")).unwrap();
    fs::set_permissions(file, Permissions::from_mode(0o600)).unwrap();
}

/// A folder for a gateway that has a key beside it, and its configuration. The node does not answer.
async fn prepare(settings: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let database = database::make(folder.path()).await;
    let database = database.map_or_else(String::new, |url| format!("database = {url:?}\n"));
    let config = folder.path().join("gateway.toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\ndata_dir = {:?}\n{database}\
         {settings}\n[test_chain]\nnodes = [{{ url = \"http://127.0.0.1:1\" }}]\n",
        folder.path().join("data").to_str().unwrap()
    );
    fs::write(&config, text).unwrap();
    (folder, config)
}

/// Runs a command, which never repeats a key.
fn run(config: &Path, key: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.args(arguments).arg("--config").arg(config);
    if let Some(key) = key {
        command.env(VARIABLE, key);
    }
    let output = command.output().unwrap();
    let told = [&*output.stdout, &output.stderr].concat();
    let told = String::from_utf8(told).unwrap().to_lowercase();
    assert!(
        ![KEY, OTHER].iter().any(|key| told.contains(&key[8..16])),
        "{told}"
    );
    output
}

fn assert_refused(output: &Output, words: &str) {
    assert!(!output.status.success(), "{output:?}");
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(error.contains(words), "{error}");
    assert_eq!(error.trim().lines().count(), 1, "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_lives_with_the_key_of_a_file_and_keeps_none() {
    let data = tempfile::tempdir().unwrap();
    let key = data.path().join("shared.key");
    write_key(&key, KEY);
    let line = format!("master_key_file = {:?}", key.to_str().unwrap());
    let site = Site::prepare_in(data, &line).await;
    assert!(!site.data.path().join("master.key").exists());
    let gateway = site.start();
    site.create(&gateway, 1).await;
    drop(gateway);

    write_key(&key, OTHER);
    let refusal = site.refusal();
    assert!(
        refusal.contains("the master key is not the one"),
        "{refusal}"
    );
    fs::remove_file(&key).unwrap();
    let refusal = site.refusal();
    assert!(refusal.contains("shared.key cannot be read"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_key_is_refused_where_no_project_has_a_secret_yet() {
    let (folder, config) = prepare("").await;
    let made = run(&config, Some(KEY), &["init"]);
    assert!(made.status.success(), "{made:?}");
    assert!(!folder.path().join("data/master.key").exists());
    let listed = run(&config, Some(&KEY.to_uppercase()), &["address", "list"]);
    assert!(listed.status.success(), "{listed:?}");
    for command in [&["serve"][..], &["address", "list"], &["doctor"]] {
        let refused = run(&config, Some(OTHER), command);
        assert_refused(&refused, "the master key is not the one");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_no_key_or_open_to_others_or_given_twice_makes_no_gateway() {
    let (folder, config) = prepare("master_key_file = \"shared.key\"").await;
    let key = folder.path().join("shared.key");
    let text = fs::read_to_string(&config).unwrap();
    let text = text.replace("\"shared.key\"", &format!("{:?}", key.to_str().unwrap()));
    fs::write(&config, text).unwrap();

    write_key(&key, &KEY[2..]);
    assert_refused(&run(&config, None, &["init"]), "must hold 64 hex digits");
    write_key(&key, KEY);
    fs::set_permissions(&key, Permissions::from_mode(0o640)).unwrap();
    assert_refused(&run(&config, None, &["init"]), "is open to other users");
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    assert_refused(
        &run(&config, Some(OTHER), &["init"]),
        "take one of them away",
    );
    let made = run(&config, None, &["init"]);
    assert!(made.status.success(), "{made:?}");
    let (_folder, config) = prepare("").await;
    assert_refused(
        &run(&config, Some("x"), &["init"]),
        "must hold 64 hex digits",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_gateway_without_projects_is_not_put_back_under_another_key() {
    if std::env::var_os("TEST_POSTGRES").is_some() {
        return;
    }
    let (folder, config) = prepare("").await;
    assert!(run(&config, Some(KEY), &["init"]).status.success());
    let backup = folder.path().join("backup");
    let backup = backup.to_str().unwrap();
    assert!(
        run(&config, Some(KEY), &["backup", backup])
            .status
            .success()
    );
    let refused = run(&config, Some(OTHER), &["restore", backup]);
    assert_refused(&refused, "the master key is not the one");
    assert!(
        run(&config, Some(KEY), &["restore", backup])
            .status
            .success()
    );
}
