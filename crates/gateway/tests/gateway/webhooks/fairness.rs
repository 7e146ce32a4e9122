//! One project's dead receiver is no other project's trouble.

use serde_json::Value;

use crate::merchant::Receiver;
use crate::patience::patiently;
use crate::test_gateway::{Setup, TestGateway, pay_amount};

use super::raw_receiver::{RawReceiver, Then};

const DEAD_PROJECTS: u8 = 200;

/// Adds a project with due events and a host of its own, at that port.
async fn add_dead(gateway: &TestGateway, seed: u8, port: u16, events: i64) {
    let project = gateway.add_project(seed, &Setup::default()).await.app_id;
    let url = format!("http://127.1.1.{seed}:{port}/").parse().unwrap();
    gateway.store.set_webhook_url(project, &url).await.unwrap();
    gateway.database.add_due_events(project, events).await;
}

#[tokio::test]
async fn a_strangers_webhook_goes_out_beside_10_000_dead_events_and_many_dead_projects() {
    let gateway = TestGateway::start().await;
    let dead = RawReceiver::start("", Then::Hold).await;
    let port = dead.url.port().unwrap();
    add_dead(&gateway, 2, port, 10_000).await;
    for seed in 3..=DEAD_PROJECTS {
        add_dead(&gateway, seed, port, 3).await;
    }
    gateway.database.gather_statistics().await;
    let hanging = async {
        while dead.connections() == 0 {
            gateway.node.arrivals("", 1).await;
        }
    };
    patiently("a dead receiver to be tried", hanging).await;

    let given_up = async || {
        let attempts = gateway.database.attempts().await;
        attempts.iter().filter(|one| one.error.is_some()).count()
    };
    let before = given_up().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway.receiver.wait_for(1, |_| true).await;
    // It did not wait for the dead ones to be given up, one after the other.
    let meanwhile = given_up().await - before;
    assert!(meanwhile < usize::from(DEAD_PROJECTS), "{meanwhile}");
}

#[tokio::test]
async fn a_projects_events_go_out_oldest_first_and_a_retry_is_not_behind_the_fresh_ones() {
    let gateway = TestGateway::start().await;
    let receiver = Receiver::start().await;
    let url = receiver.url.parse().unwrap();
    let project = gateway.keys.app_id;
    receiver.answer(500);
    gateway.store.set_webhook_url(project, &url).await.unwrap();
    gateway.database.add_due_events(project, 40).await;
    receiver.wait_for(40, |_| true).await;
    // No event of the gateway's own has such a body.
    let number = |one: &crate::merchant::Delivery| {
        let body: Value = serde_json::from_str(&one.body).unwrap();
        body["order"].as_i64().unwrap()
    };
    let order: Vec<i64> = receiver.deliveries().iter().map(number).collect();
    // A few are under way at once, and one that stalls may be overtaken by many.
    let is_in_turn = |order: &[i64]| (1_i64..).zip(order).all(|(place, n)| n - place < 8);
    assert!(is_in_turn(&order), "{order:?}");

    super::wait_for_attempts(&gateway, 40).await;
    gateway.let_pass(300);
    receiver.wait_for(80, |_| true).await;
    let again: Vec<i64> = receiver.deliveries().iter().skip(40).map(number).collect();
    assert!(is_in_turn(&again), "{again:?}");
}
