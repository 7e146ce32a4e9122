//! The move of a gateway from a file to PostgreSQL. These tests need a server: without one, they do
//! nothing. A project that is added asks the node, which answers on another thread.

use std::fs;

use usdt_protocol::TronAddress;

use crate::database::make;
use crate::database::relocation::{
    Stuck, contents_of_file, contents_on_server, fill, set_nul, set_orphan,
};
use crate::patience::patiently;
use crate::site::Site;
use crate::test_gateway::{pay_amount, transfer_to};

/// A site whose database is a file, and the line of configuration that names an empty database on the
/// server.
async fn prepare() -> Option<(Site, String)> {
    std::env::var_os("TEST_POSTGRES")?;
    let site = Site::prepare_on_file().await;
    let url = make(site.data.path()).await.unwrap();
    Some((site, format!("database = {url:?}")))
}

/// The same with a second project, and everything else that there can be.
async fn prepare_full() -> Option<(Site, String)> {
    let (site, line) = prepare().await?;
    assert_eq!(add_project(&site, 1), 2);
    fill(site.data.path()).await;
    Some((site, line))
}

/// Returns its number.
fn add_project(site: &Site, address: u8) -> i64 {
    let address = TronAddress::from_bytes([address; 20]).to_string();
    let name_and_address = ["--name", "Other", "--address", &address];
    let added = site.command(
        &[
            &["project", "add", "--json", "--test"][..],
            &name_and_address,
        ]
        .concat(),
    );
    assert!(added.status.success(), "{added:?}");
    let told: serde_json::Value = serde_json::from_slice(&added.stdout).unwrap();
    told["app_id"]
        .to_string()
        .trim_matches('"')
        .parse()
        .unwrap()
}

fn relocate(site: &Site) -> String {
    let moved = site.command(&["move-to-postgres"]);
    assert!(moved.status.success(), "{moved:?}");
    String::from_utf8(moved.stdout).unwrap()
}

/// Moves, which must fail with one sentence that has these words in it.
fn assert_refused(site: &Site, words: &str) {
    let refused = site.command(&["move-to-postgres"]);
    assert!(!refused.status.success(), "{refused:?}");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains(words), "{said}");
    assert_eq!(said.trim().lines().count(), 1, "{said}");
}

fn files(site: &Site) -> Vec<String> {
    let entries = fs::read_dir(site.data.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut ours: Vec<String> = names
        .filter(|name| name.starts_with("gateway.sqlite") || name.starts_with("gateway.mark"))
        .collect();
    ours.sort();
    ours
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_is_moved_to_postgres_and_only_once() {
    let Some((site, line)) = prepare_full().await else {
        return;
    };
    let (data, file) = (site.data.path(), site.database.file());
    let contents = contents_of_file(&file).await;
    for (table, (names, rows)) in &contents {
        for (place, name) in names.iter().enumerate() {
            let is_filled = rows.iter().any(|row| row[place].is_some());
            assert!(is_filled, "{table}.{name} is tried by nothing");
        }
    }
    assert_refused(&site, "does not say where to");
    site.configure(&line);
    let said = site.refusal();
    assert!(said.contains("usdt-gateway move-to-postgres"), "{said}");
    let said = relocate(&site);
    assert!(said.contains("           6 payments\n"), "{said}");
    assert_eq!(contents_on_server(data).await, contents);
    assert_eq!(files(&site), ["gateway.mark.moved", "gateway.sqlite.moved"]);
    assert_refused(&site, "already: start the gateway");
    assert_eq!(files(&site), ["gateway.mark.moved", "gateway.sqlite.moved"]);

    // The numbers go on.
    let added = site.command(&[
        "project",
        "add",
        "--json",
        "--test",
        "--name",
        "Third",
        "--address",
        "TPYmHEhy5n8TCEfYGqW2rPxsghSfzghPDn",
    ]);
    let third: serde_json::Value = serde_json::from_slice(&added.stdout).unwrap();
    assert_eq!(
        third["app_id"].to_string().trim_matches('"'),
        "3",
        "{third}"
    );

    // The file is not served by mistake.
    let text = fs::read_to_string(&site.config).unwrap();
    fs::write(&site.config, text.replace(&line, "")).unwrap();
    let said = site.refusal();
    assert!(
        said.contains("was moved to a PostgreSQL database"),
        "{said}"
    );
    // Nor by hand, since the other one has given amounts out.
    fs::rename(data.join("gateway.sqlite.moved"), &file).unwrap();
    let said = site.refusal();
    assert!(said.contains("Run `usdt-gateway restored`"), "{said}");
    // And it is not put in the place of what is there.
    site.configure(&line);
    assert_refused(&site, "a gateway lives in the database");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_postgres_refuses_leaves_nothing_there_and_is_named() {
    let Some((site, line)) = prepare_full().await else {
        return;
    };
    let data = site.data.path();
    site.configure(&line);
    for (set, words) in [
        (true, "PostgreSQL does not take what slots holds"),
        (
            false,
            "the row of review_actions with id 9 has the character U+0000 in note",
        ),
    ] {
        set_orphan(data, set).await;
        set_nul(data, !set).await;
        assert_refused(&site, words);
        assert!(contents_on_server(data).await.is_empty());
        assert_eq!(files(&site), ["gateway.mark", "gateway.sqlite"]);
        let said = site.refusal();
        assert!(said.contains("usdt-gateway move-to-postgres"), "{said}");
    }
    set_nul(data, false).await;
    let contents = contents_of_file(&site.database.file()).await;
    relocate(&site);
    assert_eq!(contents_on_server(data).await, contents);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_to_postgres_that_is_killed_begins_anew() {
    let Some((site, line)) = prepare_full().await else {
        return;
    };
    let data = site.data.path();
    site.configure(&line);
    let contents = contents_of_file(&site.database.file()).await;
    let mut stuck = Stuck::make(data).await;
    let mut process = std::process::Command::new(env!("CARGO_BIN_EXE_usdt-gateway"))
        .args(["move-to-postgres", "--config"])
        .arg(&site.config)
        .spawn()
        .unwrap();
    patiently("the move to get stuck", stuck.wait_for_another()).await;
    assert_refused(&site, "another gateway runs on the data folder");
    process.kill().unwrap();
    process.wait().unwrap();
    stuck.release().await;
    assert!(contents_on_server(data).await.is_empty());
    relocate(&site);
    assert_eq!(contents_on_server(data).await, contents);
}

/// As if it had been killed after the file got its other name, and before that of the mark; and
/// after both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_to_postgres_that_was_cut_off_at_its_end_begins_anew() {
    for cut in [&["gateway.sqlite"][..], &["gateway.sqlite", "gateway.mark"]] {
        let Some((site, line)) = prepare_full().await else {
            return;
        };
        let data = site.data.path();
        let contents = contents_of_file(&site.database.file()).await;
        for name in cut {
            fs::rename(data.join(name), data.join(format!("{name}.moved"))).unwrap();
        }
        let said = site.refusal();
        assert!(
            said.contains("was moved to a PostgreSQL database"),
            "{said}"
        );
        site.configure(&line);
        let said = site.refusal();
        assert!(said.contains("usdt-gateway move-to-postgres"), "{said}");
        relocate(&site);
        assert_eq!(contents_on_server(data).await, contents);
        assert_eq!(files(&site), ["gateway.mark.moved", "gateway.sqlite.moved"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_is_open_at_the_move_to_postgres_is_paid_after_it() {
    let Some((site, line)) = prepare().await else {
        return;
    };
    let mut gateway = site.start();
    let open = site.create(&gateway, 1).await;
    let paid = site.create(&gateway, 2).await;
    site.devchain
        .transfer(&transfer_to(&paid, pay_amount(&paid)));
    site.devchain.mine(20);
    site.wait_until_paid(&gateway, &paid).await;
    site.configure(&line);
    assert_refused(&site, "another gateway runs on the data folder");
    // Which leaves a log.
    gateway.kill();
    relocate(&site);
    let gateway = site.start();
    site.devchain
        .transfer(&transfer_to(&open, pay_amount(&open)));
    site.devchain.mine(20);
    site.wait_until_paid(&gateway, &open).await;
    site.assert_told_once(&[open, paid]).await;
    assert_refused(&site, "another gateway runs on the data folder");
}
