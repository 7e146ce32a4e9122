//! A data folder in which something is missing, damaged or alien: each is told in one sentence, and
//! nothing is made or changed.

use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;

use crate::site::Site;

/// Fails unless there is one sentence, with these words in it.
fn assert_says(said: &str, words: &str) {
    assert!(said.contains(words), "{said}");
    assert_eq!(said.trim().lines().count(), 1, "{said}");
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn only_init_makes_a_gateway_and_every_other_command_says_that_none_is_there() {
    let site = Site::prepare().await;
    let folder = site.data.path();
    let said = String::from_utf8(site.command(&["init"]).stderr).unwrap();
    assert_says(&said, "a gateway lives in");

    for name in files(folder).iter().filter(|name| *name != "gateway.toml") {
        fs::remove_file(folder.join(name)).unwrap();
    }
    for command in [
        &["serve"][..],
        &["doctor"],
        &["review", "list"],
        &["address", "list"],
        &["alarm", "clear", "1"],
        &["project", "origins", "1"],
        &["project", "brand", "1"],
        &["backup", "/nowhere/backup"],
        &["restored"],
        &[
            "project",
            "add",
            "--test",
            "--name",
            "Shop",
            "--address",
            "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH",
        ],
    ] {
        let refused = site.command(command);
        assert!(!refused.status.success(), "{command:?}");
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_says(&said, "no gateway lives in");
        assert_eq!(files(folder), ["gateway.toml"], "{command:?}");
    }
}

#[tokio::test]
async fn a_key_without_its_database_and_the_reverse_are_refused() {
    let site = Site::prepare().await;
    let (database, key) = (site.database.file(), site.data.path().join("master.key"));
    let aside = site.data.path().join("aside");
    for (missing, words) in [
        (&database, "the master key lies beside it"),
        (&key, "put the copy"),
    ] {
        fs::rename(missing, &aside).unwrap();
        assert_says(&site.refusal(), words);
        let doctor = site.command(&["doctor"]);
        assert!(!doctor.status.success());
        assert_says(&String::from_utf8(doctor.stderr).unwrap(), words);
        assert!(!missing.exists());
        fs::rename(&aside, missing).unwrap();
    }
    drop(site.start());
}

#[tokio::test]
async fn what_is_no_database_of_a_gateway_is_refused_and_left_as_it_is() {
    let site = Site::prepare().await;
    let whole = fs::read(site.database.file()).unwrap();
    let mut damaged = whole.clone();
    let half = damaged.len() / 2;
    damaged[half..].fill(0xff);
    for (bytes, words) in [
        (Vec::new(), "is not the database of a gateway"),
        (
            b"not a database, but longer than its head: ".repeat(40),
            "is damaged",
        ),
        (damaged, "is damaged"),
    ] {
        fs::write(site.database.file(), &bytes).unwrap();
        assert_says(&site.refusal(), words);
        assert!(
            fs::read(site.database.file()).unwrap() == bytes,
            "{words}: it was changed"
        );
    }
    fs::write(site.database.file(), whole).unwrap();
    drop(site.start());
}

#[tokio::test]
async fn a_log_of_another_database_is_recognised_after_a_kill() {
    let site = Site::prepare().await;
    let mut gateway = site.start();
    for order in 0..20 {
        site.create(&gateway, order).await;
    }
    let backup = site.data.path().join("backup");
    let made = site.command(&["backup", backup.to_str().unwrap()]);
    assert!(made.status.success(), "{made:?}");
    for order in 20..60 {
        site.create(&gateway, order).await;
    }
    gateway.kill();
    // The log that the kill has left belongs to what is overwritten here.
    fs::copy(&backup, site.database.file()).unwrap();
    // A command that came first would mix it in, and then nobody could tell.
    let listed = site.command(&["review", "list"]);
    let listed = String::from_utf8(listed.stderr).unwrap();
    for said in [listed, site.refusal()] {
        assert_says(&said, "Run `usdt-gateway restored`");
    }
    assert!(fs::read(site.database.file()).unwrap() == fs::read(backup).unwrap());
    let made_safe = site.command(&["restored"]);
    assert!(made_safe.status.success(), "{made_safe:?}");
    drop(site.start());
    assert_eq!(site.database.payments().await, 20);
}

#[tokio::test]
async fn a_database_without_its_log_is_recognised_after_a_kill() {
    let site = Site::prepare().await;
    let mut gateway = site.start();
    for order in 0..20 {
        site.create(&gateway, order).await;
    }
    gateway.kill();
    for suffix in ["-wal", "-shm"] {
        fs::remove_file(site.data.path().join(format!("gateway.sqlite{suffix}"))).unwrap();
    }
    assert_says(&site.refusal(), "Run `usdt-gateway restored`");
    let listed = site.command(&["review", "list"]);
    let said = String::from_utf8(listed.stderr).unwrap();
    assert_says(&said, "Run `usdt-gateway restored`");
    let made_safe = site.command(&["restored"]);
    assert!(made_safe.status.success(), "{made_safe:?}");
    drop(site.start());
}

// The doctor asks the node, which answers on another thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_for_their_owner_alone_and_a_key_that_is_not_stops_the_start() {
    let site = Site::prepare().await;
    let folder = site.data.path();
    let mode = |name: &str| {
        let metadata = fs::metadata(folder.join(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    let open_to_all = |name: &str| {
        fs::set_permissions(folder.join(name), Permissions::from_mode(0o644)).unwrap();
    };
    // The folder was there before, open to all.
    fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    open_to_all("gateway.sqlite");
    open_to_all("gateway.mark");
    let told = String::from_utf8(site.command(&["doctor"]).stdout).unwrap();
    for name in ["gateway.sqlite", "gateway.mark"] {
        assert!(
            told.contains(&format!("{name} is open to other users (mode 644)")),
            "{told}"
        );
    }
    let mut gateway = site.start();
    site.create(&gateway, 1).await;
    for name in [
        "gateway.sqlite",
        "gateway.sqlite-wal",
        "gateway.sqlite-shm",
        "gateway.mark",
    ] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    gateway.kill();
    open_to_all("master.key");
    let told = String::from_utf8(site.command(&["doctor"]).stdout).unwrap();
    assert!(told.contains("master.key is open to other users"), "{told}");
    assert_says(&site.refusal(), "chmod 600");
}

// The doctor asks the node, which answers on another thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_finds_a_page_that_was_overwritten() {
    let site = Site::prepare().await;
    let gateway = site.start();
    for order in 0..40 {
        site.create(&gateway, order).await;
    }
    drop(gateway);
    let sound = String::from_utf8(site.command(&["doctor"]).stdout).unwrap();
    assert!(sound.contains("ok       the database is sound"), "{sound}");
    let database = OpenOptions::new()
        .write(true)
        .open(site.database.file())
        .unwrap();
    let pages = database.metadata().unwrap().len() / 4_096;
    // The last page in use is a leaf of some table or index.
    let last = (pages - 1) * 4_096;
    database.write_all_at(&[0xa5; 4_096], last).unwrap();
    let told = site.command(&["doctor"]);
    assert!(!told.status.success());
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("PROBLEM  the database"), "{told}");
}

#[tokio::test]
async fn a_database_that_breaks_while_it_runs_takes_no_payments_and_is_not_ready() {
    let site = Site::prepare().await;
    let gateway = site.start();
    site.create(&gateway, 1).await;
    site.wait_for_status(&gateway, "/readyz", 200).await;
    let database = OpenOptions::new()
        .write(true)
        .open(site.database.file())
        .unwrap();
    let rest = database.metadata().unwrap().len() - 4_096;
    database
        .write_all_at(&vec![0xa5; usize::try_from(rest).unwrap()], 4_096)
        .unwrap();
    // Whatever the log does not hold is read from the file.
    site.devchain.mine(30);
    site.wait_for_status(&gateway, "/readyz", 503).await;
    site.wait_for_status(&gateway, "/healthz", 503).await;
    assert_eq!(site.status_of(&gateway, "/livez").await, 200);
    let (status, answer) = site.ask_to_create(&gateway, "ORDER_2", "50").await;
    assert!(status >= 500 && answer["ok"] == false, "{status} {answer}");
    assert!(
        gateway.log().contains("the database is damaged"),
        "{}",
        gateway.log()
    );
}
