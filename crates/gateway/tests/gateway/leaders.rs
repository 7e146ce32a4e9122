//! The lease on a network, the fence around what its holder writes, and the gateways that know of each
//! other: at the store.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use usdt_gateway::heartbeat::{self, Heartbeat, Peers};
use usdt_gateway::store::{AlarmKind, Detector, Store, StoreError};
use usdt_protocol::UtcTime;
use usdt_tron::{Block, Network};

use crate::database::{Database, on_server, open_store};
use crate::patience::patiently;
use crate::site::Site;

const NETWORK: Network = Network::Simulated;
const NOW: UtcTime = UtcTime::EPOCH;
const BLOCK: Block = Block {
    number: 7,
    time: NOW,
};

/// A database that several gateways can share; `None` where there is none.
async fn shared() -> Option<(Site, Store)> {
    let site = Site::prepare().await;
    on_server(site.data.path())?;
    let store = open_store(site.data.path()).await;
    Some((site, store))
}

fn is_deposed<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Deposed(NETWORK)))
}

#[tokio::test]
async fn one_gateway_has_the_lease_until_it_lapses_or_is_given_up() {
    let Some((site, store)) = shared().await else {
        return;
    };
    let first = store.begin_term(NETWORK, "a").await.unwrap().unwrap();
    assert!(store.begin_term(NETWORK, "b").await.unwrap().is_none());
    assert!(store.renew_term(&first, "{}").await.unwrap());

    site.database.age_lease().await;
    let second = store.begin_term(NETWORK, "b").await.unwrap().unwrap();
    assert!(!store.renew_term(&first, "{}").await.unwrap());
    // What is over cannot be given up.
    store.end_term(&first).await.unwrap();
    assert!(store.begin_term(NETWORK, "c").await.unwrap().is_none());
    store.end_term(&second).await.unwrap();
    assert!(store.begin_term(NETWORK, "c").await.unwrap().is_some());
    assert!(store.begin_term(NETWORK, "d").await.unwrap().is_none());

    // Its holder is dead, or would have renewed it by now.
    site.database.put_clock_ahead(-3_600_000).await;
    assert!(store.leads().await.unwrap()[0].is_free());
    assert!(store.begin_term(NETWORK, "d").await.unwrap().is_some());
    assert_eq!(site.database.terms().await, 4);
}

#[tokio::test]
async fn a_store_whose_term_is_over_writes_nothing() {
    let Some((site, store)) = shared().await else {
        return;
    };
    let first = store.begin_term(NETWORK, "a").await.unwrap().unwrap();
    let late = store.fenced(&first);
    late.begin_reading(NETWORK, BLOCK).await.unwrap();
    site.database.age_lease().await;
    // Nobody has it yet.
    late.record(NETWORK, &[], 8, Some(NOW), NOW).await.unwrap();
    let second = store.begin_term(NETWORK, "b").await.unwrap().unwrap();

    let recorded = late.record(NETWORK, &[], 9, Some(NOW), NOW).await;
    assert!(is_deposed(&recorded));
    let kind = AlarmKind::ChainDelayed;
    let alarm = late.set_alarm(Some(NETWORK), kind, "chain", Some("late"), NOW);
    assert!(is_deposed(&alarm.await));
    let state = usdt_tron::node::TokenState {
        paused: true,
        deprecated: false,
        fee_basis_points: 0,
        maximum_fee: "0".parse().unwrap(),
    };
    assert!(is_deposed(
        &late.set_token_state(NETWORK, &state, NOW).await
    ));
    assert_eq!(store.cursor(NETWORK).await.unwrap().unwrap().block, 8);
    assert!(store.open_alarms().await.unwrap().is_empty());

    let next = store.fenced(&second);
    next.record(NETWORK, &[], 9, Some(NOW), NOW).await.unwrap();
    next.set_alarm(Some(NETWORK), kind, "chain", Some("late"), NOW)
        .await
        .unwrap();
    assert_eq!(store.cursor(NETWORK).await.unwrap().unwrap().block, 9);
    assert_eq!(store.open_alarms().await.unwrap().len(), 1);
    // What a payer claims is recorded by any gateway.
    store
        .record_found(NETWORK, &[], Detector::Claim, NOW)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_term_is_renewed_beside_what_is_being_written() {
    let Some((site, store)) = shared().await else {
        return;
    };
    let term = store.begin_term(NETWORK, "a").await.unwrap().unwrap();
    let stuck = site.database.lock_cursors().await;
    let fenced = store.fenced(&term);
    let writing = tokio::spawn(async move { fenced.begin_reading(NETWORK, BLOCK).await });
    waiting(&site.database, 1).await;
    assert!(store.renew_term(&term, "{}").await.unwrap());
    // It was under way all the time.
    stuck.release().await;
    writing.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_next_term_waits_for_what_is_being_written() {
    let Some((site, store)) = shared().await else {
        return;
    };
    let term = store.begin_term(NETWORK, "a").await.unwrap().unwrap();
    site.database.age_lease().await;
    let stuck = site.database.lock_cursors().await;
    let fenced = store.fenced(&term);
    let writing = tokio::spawn(async move { fenced.begin_reading(NETWORK, BLOCK).await });
    waiting(&site.database, 1).await;
    let next = store.clone();
    let taking = tokio::spawn(async move { next.begin_term(NETWORK, "b").await });
    waiting(&site.database, 2).await;
    stuck.release().await;
    writing.await.unwrap().unwrap();
    assert!(taking.await.unwrap().unwrap().is_some());
    let read = store.cursor(NETWORK).await.unwrap().unwrap();
    assert_eq!(read.block, BLOCK.number);
}

/// Returns once so many connections wait for locks.
async fn waiting(database: &Database, count: i64) {
    let wait = async {
        while database.waiting_for_locks().await < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    patiently("those who wait for locks", wait).await;
}

#[tokio::test]
async fn gateways_know_how_many_they_are() {
    let Some((_site, store)) = shared().await else {
        return;
    };
    let (first, _end) = join(&store);
    let (second, end) = join(&store);
    counted(&first, 2).await;
    counted(&second, 2).await;
    end.cancel();
    counted(&first, 1).await;
}

// The doctor asks the node, which answers meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_misses_who_reads_the_chain() {
    let Some((site, store)) = shared().await else {
        return;
    };
    let (peers, _end) = join(&store);
    counted(&peers, 1).await;
    let told = site.command(&["doctor"]).stdout;
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("no gateway reads simulated"), "{told}");
}

/// Counts one more gateway among those that run, until its end.
fn join(store: &Store) -> (Peers, CancellationToken) {
    let peers = Peers::default();
    let heart = Heartbeat {
        store: store.clone(),
        me: heartbeat::identity(),
        peers: peers.clone(),
    };
    let end = CancellationToken::new();
    tokio::spawn(heart.run(end.clone()));
    (peers, end)
}

/// Returns once this gateway knows of so many.
async fn counted(peers: &Peers, count: u32) {
    let wait = async {
        while peers.running() != count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    patiently("the number of gateways", wait).await;
}
