//! Gateways of two versions on one database, as while an update goes from machine to machine.

use std::process::Output;

use futures_util::future::join_all;
use usdt_gateway::store::{Form, StoreError, Update};

use crate::database::versions::{ADDS, TAKES_AWAY, later, ours};
use crate::database::{first_version, on_server, open};
use crate::patience::patiently;
use crate::site::{Process, Site};

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn assert_newer(error: &str) {
    assert!(error.contains("was changed by a newer version"), "{error}");
    assert_eq!(error.trim().lines().count(), 1, "{error}");
}

/// What a later version does with the database, as its gateway does it at its start.
async fn bring(site: &Site, form: &Form) -> Result<Update, StoreError> {
    let mut connection = open(site.data.path()).await;
    form.bring_up_to_date(&mut connection, "the database").await
}

/// The same once the server has noticed that programs have ended, and nobody holds a table.
async fn bring_once_alone(site: &Site, form: &Form) -> Update {
    let brought = async {
        loop {
            match bring(site, form).await {
                Err(StoreError::OlderRuns(_) | StoreError::Busy(_)) => {}
                brought => break brought.unwrap(),
            }
        }
    };
    patiently("older programs to be gone", brought).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_a_newer_version_has_added_to_is_worked_on_until_it_takes_away() {
    let site = Site::prepare().await;
    site.database.add_unknown_migration().await;
    let gateway = site.start();
    site.create(&gateway, 1).await;
    said(&site.command(&["project", "show", "1"]));
    drop(gateway);
    let told = said(&site.command(&["migrate"]));
    assert!(told.contains("there is nothing to do"), "{told}");

    site.database.require_unknown_migration().await;
    assert_newer(&site.refusal());
    for command in [&["project", "show", "1"][..], &["migrate"], &["doctor"]] {
        let refused = site.command(command);
        assert!(!refused.status.success(), "{command:?}");
        assert_newer(&String::from_utf8(refused.stderr).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrate_says_what_it_did_and_then_that_there_is_nothing_to_do() {
    let site = Site::prepare_on_file().await;
    std::fs::remove_file(site.data.path().join("gateway.mark")).unwrap();
    first_version::create(site.data.path()).await;
    let told = said(&site.command(&["migrate"]));
    assert!(told.contains("from migration 1 to "), "{told}");
    let told = said(&site.command(&["migrate"]));
    assert!(told.contains("there is nothing to do"), "{told}");
    assert_eq!(
        site.database.migrations().await,
        first_version::all_migrations()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrate_runs_beside_gateways_of_a_server_and_not_beside_one_of_a_file() {
    let site = Site::prepare().await;
    let gateway = site.start();
    let output = site.command(&["migrate"]);
    if on_server(site.data.path()).is_some() {
        assert!(said(&output).contains("there is nothing to do"));
    } else {
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("another gateway runs"), "{error}");
    }
    site.create(&gateway, 1).await;
}

/// So many at once that each of a gateway's connections has prepared what a create asks for.
async fn create_many(site: &Site, gateway: &Process, order: &str) {
    let orders: Vec<_> = (0..32).map(|number| format!("{order}_{number}")).collect();
    let creates = orders
        .iter()
        .map(|order| site.ask_to_create(gateway, order, "50"));
    for (status, answer) in join_all(creates).await {
        assert_eq!(status, 200, "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_adds_is_done_beside_an_older_gateway_and_what_takes_away_once_it_has_ended() {
    let site = Site::prepare().await;
    if on_server(site.data.path()).is_none() {
        return;
    }
    let mut gateway = site.start();
    site.wait_for_status(&gateway, "/readyz", 200).await;
    create_many(&site, &gateway, "BEFORE").await;
    let (count, newest) = ours();
    let [adds, takes_away] = [ADDS.0, TAKES_AWAY.0];
    let next = later(&[ADDS], 1);
    let updated = bring_once_alone(&site, &next).await;
    let added = Update {
        from: newest,
        to: adds,
    };
    assert_eq!(updated, added);
    create_many(&site, &gateway, "AFTER").await;
    said(&site.command(&["project", "show", "1"]));

    let last = later(&[ADDS, TAKES_AWAY], TAKES_AWAY.0);
    let refused = bring(&site, &last).await;
    assert!(
        matches!(refused, Err(StoreError::OlderRuns(_))),
        "{refused:?}"
    );
    assert_eq!(site.database.migrations().await, count + 1);
    site.create(&gateway, 3).await;

    gateway.kill();
    let updated = bring_once_alone(&site, &last).await;
    let taken = Update {
        from: adds,
        to: takes_away,
    };
    assert_eq!(updated, taken);
    // Neither a gateway that starts nor one that was away.
    assert_newer(&site.refusal());
    let mut connection = open(site.data.path()).await;
    let refused = next.work(&mut connection, "the database").await;
    assert!(matches!(refused, Err(StoreError::Newer(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateways_that_start_at_once_bring_the_database_up_to_date_once() {
    let site = Site::prepare().await;
    if on_server(site.data.path()).is_none() {
        return;
    }
    let last = later(&[ADDS, TAKES_AWAY], TAKES_AWAY.0);
    let updates = join_all((0..5).map(|_| bring_once_alone(&site, &last))).await;
    let (from, to) = (ours().1, TAKES_AWAY.0);
    let count = |update| updates.iter().filter(|one| **one == update).count();
    assert_eq!(count(Update { from, to }), 1, "{updates:?}");
    assert_eq!(count(Update { from: to, to }), 4, "{updates:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_does_not_wait_for_who_holds_a_table_while_others_wait_behind_it() {
    let site = Site::prepare().await;
    if on_server(site.data.path()).is_none() {
        return;
    }
    let gateway = site.start();
    let held = site.database.hold_projects().await;
    let next = later(&[ADDS], 1);
    let refused = bring(&site, &next).await;
    assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
    site.create(&gateway, 1).await;
    held.release().await;
    bring_once_alone(&site, &next).await;
}
