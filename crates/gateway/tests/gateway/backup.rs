//! Backup and restore, as docs/operate.md has them drilled: with real files, and a gateway that is
//! killed

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::addresses::XPUB;
use crate::site::{Process, Site};
use crate::test_gateway::{pay_amount, transfer_to};

const PRICE: &str = "9.00";

async fn create_many(site: &Site, gateway: &Process, name: &str, count: usize) -> Vec<Value> {
    let mut payments = Vec::new();
    for order in 0..count {
        let (status, answer) = site
            .ask_to_create(gateway, &format!("{name}_{order}"), PRICE)
            .await;
        assert_eq!(status, 200, "{answer}");
        payments.push(answer["payment"].clone());
    }
    payments
}

fn succeed(site: &Site, arguments: &[&str]) -> String {
    let done = site.command(arguments);
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap()
}

/// Loses the payments that were created after a backup, and puts the backup in the place of the
/// database by `put_back`. None of their amounts is given out again, and none of them pays another.
async fn drill(put_back: impl FnOnce(&Site, &Path)) {
    let site = Site::prepare().await;
    let mut gateway = site.start();
    // The first look at the chain.
    site.create(&gateway, 0).await;
    let known = create_many(&site, &gateway, "KNOWN", 5).await;
    let backup = site.data.path().join("backup.sqlite");
    succeed(&site, &["backup", backup.to_str().unwrap()]);
    let mode = fs::metadata(&backup).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let lost = create_many(&site, &gateway, "LOST", 60).await;
    gateway.kill();

    put_back(&site, &backup);
    let gateway = site.start();
    site.wait_for_status(&gateway, "/readyz", 200).await;
    let new = create_many(&site, &gateway, "NEW", 60).await;
    let given: HashSet<&str> = lost.iter().chain(&known).map(pay_amount).collect();
    for payment in &new {
        assert!(!given.contains(pay_amount(payment)), "{payment}");
    }
    for payment in lost.iter().chain(&known) {
        site.devchain
            .transfer(&transfer_to(payment, pay_amount(payment)));
    }
    site.devchain.mine(20);
    for payment in &known {
        site.wait_until_paid(&gateway, payment).await;
    }
    site.wait_until_in_review(60).await;
    site.assert_told_once(&known).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_restored_gives_no_lost_amount_out_again() {
    drill(|site, backup| {
        let said = succeed(site, &["restore", backup.to_str().unwrap()]);
        assert!(said.contains("is the database now"), "{said}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_was_put_in_place_by_hand_is_noticed_and_made_safe_by_a_command() {
    drill(|site, backup| {
        for suffix in ["-wal", "-shm"] {
            fs::remove_file(site.data.path().join(format!("gateway.sqlite{suffix}"))).unwrap();
        }
        fs::copy(backup, site.database.file()).unwrap();
        let said = site.refusal();
        assert!(said.contains("Run `usdt-gateway restored`"), "{said}");
        succeed(site, &["restored"]);
    })
    .await;
}

#[tokio::test]
async fn a_restore_is_refused_beside_a_gateway_from_a_damaged_file_and_with_another_key() {
    let site = Site::prepare().await;
    let mut gateway = site.start();
    let backup = site.data.path().join("backup.sqlite");
    let name = backup.to_str().unwrap();
    succeed(&site, &["backup", name]);
    let refused = |words: &str| {
        let before = fs::read(site.database.file()).unwrap();
        let restore = site.command(&["restore", name]);
        assert!(!restore.status.success());
        let said = String::from_utf8(restore.stderr).unwrap();
        assert!(said.contains(words), "{said}");
        assert!(fs::read(site.database.file()).unwrap() == before, "{words}");
    };
    refused("another gateway runs");
    let again = site.command(&["backup", name]);
    let said = String::from_utf8(again.stderr).unwrap();
    assert!(
        !again.status.success() && said.contains("exists already"),
        "{said}"
    );
    gateway.kill();

    let sound = fs::read(&backup).unwrap();
    let mut damaged = sound.clone();
    let half = damaged.len() / 2;
    damaged[half..].fill(0xff);
    fs::write(&backup, damaged).unwrap();
    refused("is damaged");
    fs::write(&backup, sound).unwrap();

    let key = site.data.path().join("master.key");
    let own = fs::read(&key).unwrap();
    fs::write(&key, "ab".repeat(32)).unwrap();
    refused("the master key is not the one");
    fs::write(&key, own).unwrap();
    succeed(&site, &["restore", name]);
    // What was replaced is kept.
    let kept = fs::read_dir(site.data.path()).unwrap().any(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.starts_with("gateway.sqlite.replaced-")
    });
    assert!(kept);
    drop(site.start());
}

#[tokio::test]
async fn the_same_backup_restored_twice_gives_no_amount_out_twice() {
    let site = Site::prepare().await;
    let mut gateway = site.start();
    site.create(&gateway, 0).await;
    let backup = site.data.path().join("backup.sqlite");
    let backup = backup.to_str().unwrap();
    succeed(&site, &["backup", backup]);
    let mut given = HashSet::new();
    for round in ["FIRST", "SECOND", "THIRD"] {
        for payment in create_many(&site, &gateway, round, 40).await {
            let amount = pay_amount(&payment).to_owned();
            assert!(given.insert(amount), "{round}: {payment}");
        }
        gateway.kill();
        succeed(&site, &["restore", backup]);
        gateway = site.start();
        site.wait_for_status(&gateway, "/readyz", 200).await;
    }
}

#[tokio::test]
async fn addresses_that_a_lost_database_may_have_derived_are_watched_and_not_offered() {
    let site = Site::prepare().await;
    succeed(&site, &["address", "add", "--project", "1", "--xpub", XPUB]);
    let listed = |state: &str| {
        let list = succeed(&site, &["address", "list"]);
        list.lines().filter(|line| line.contains(state)).count()
    };
    assert_eq!((listed("T"), listed("retired")), (2, 0));
    succeed(&site, &["restored"]);
    assert_eq!((listed("T"), listed("retired")), (22, 20));
}
