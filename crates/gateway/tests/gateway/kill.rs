//! The real process, killed at every point of its work, loses nothing and doubles nothing.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use usdt_devchain::Transfer;

use crate::database::on_server;
use crate::faulty_node::Fault;
use crate::patience::patiently;
use crate::site::{Process, Site};
use crate::test_gateway::{pay_amount, transfer_to};

/// Enough that a transfer is not only solid but also behind the blocks that are read twice: a
/// cursor that moved too early would lose it for good.
const BLOCKS: u32 = 640;

/// Where the process is when it is killed.
enum Point {
    /// The node holds its answer to this call.
    During(&'static str),
    /// After so many more requests to the node, of whatever kind.
    AfterRequests(u64),
    /// Everything is read, and the database transaction cannot go on.
    WithinTheTransaction,
    /// The credit is committed, and the merchant has not answered the webhook.
    DuringTheWebhook,
}

/// Kills a gateway. Nobody waits for the end of its leases here.
async fn kill(site: &Site, gateway: &mut Process) {
    gateway.kill();
    site.database.age_what_was_left().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_anywhere_loses_nothing_and_doubles_nothing() {
    let site = Site::prepare().await;
    let mut points = vec![
        Point::During("/walletsolidity/getblock"),
        Point::During("/jsonrpc"),
        Point::During("/walletsolidity/gettransactioninfobyid"),
        Point::WithinTheTransaction,
        Point::DuringTheWebhook,
    ];
    points.extend((1..=10).map(Point::AfterRequests));

    let mut gateway = site.start();
    let mut payments = Vec::new();
    for (order, point) in points.iter().enumerate() {
        let payment = site.create(&gateway, order).await;
        let transfer = transfer_to(&payment, pay_amount(&payment));
        match point {
            Point::During(path) => {
                let before = site.node.arrived(path);
                site.node.fail(path, Fault::Hold);
                site.devchain.transfer(&transfer);
                site.devchain.mine(BLOCKS);
                site.node.arrived_in_all(path, before + 1).await;
            }
            Point::AfterRequests(count) => {
                let before = site.node.arrived("");
                site.devchain.transfer(&transfer);
                site.devchain.mine(BLOCKS);
                site.node.arrived_in_all("", before + count).await;
            }
            Point::WithinTheTransaction => {
                let receipt = "/walletsolidity/gettransactioninfobyid";
                let before = site.node.arrived(receipt);
                let lock = site.database.lock().await;
                site.devchain.transfer(&transfer);
                site.devchain.mine(BLOCKS);
                site.node.arrived_in_all(receipt, before + 1).await;
                kill(&site, &mut gateway).await;
                drop(lock);
            }
            Point::DuringTheWebhook => {
                site.receiver.hold();
                site.devchain.transfer(&transfer);
                site.devchain.mine(BLOCKS);
                let id = payment["payment_id"].clone();
                site.receiver
                    .wait_for(1, |one| one.json()["payment_id"] == id)
                    .await;
            }
        }
        kill(&site, &mut gateway).await;
        site.node.heal();
        site.receiver.answer(200);
        gateway = site.start();
        site.wait_until_paid(&gateway, &payment).await;
        payments.push(payment);
    }

    site.assert_told_once(&payments).await;
    assert_eq!(site.database.in_review().await, 0);
}

/// How often the process is killed at random: on a file, and on a server, where a start takes longer.
const KILLS: usize = 200;
const KILLS_ON_A_SERVER: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_again_and_again_while_payments_flow_loses_nothing_and_doubles_nothing() {
    let seed = rand::random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let site = Arc::new(Site::prepare().await);
    let mut gateway = site.start();
    let url = watch::Sender::new(gateway.base_url.clone());
    let done = CancellationToken::new();
    let shoppers = tokio::spawn(shop(
        Arc::clone(&site),
        url.subscribe(),
        done.clone(),
        StdRng::from_rng(&mut rng),
    ));
    let kills = match on_server(site.data.path()) {
        Some(_) => KILLS_ON_A_SERVER,
        None => KILLS,
    };
    for _ in 0..kills {
        // Anywhere between the start and the end of a few steps, and between two requests.
        site.node.arrivals("", rng.random_range(0..20)).await;
        tokio::time::sleep(Duration::from_micros(rng.random_range(0..20_000))).await;
        kill(&site, &mut gateway).await;
        gateway = site.start();
        url.send_replace(gateway.base_url.clone());
    }
    done.cancel();
    let (payments, surplus) = shoppers.await.unwrap();
    site.devchain.mine(BLOCKS);
    for payment in &payments {
        site.wait_until_paid(&gateway, payment).await;
    }
    site.assert_told_once(&payments).await;
    site.wait_until_in_review(surplus).await;
    // Requests that died with the process were repeated, and made no second payment.
    let all = i64::try_from(payments.len()).unwrap();
    assert_eq!(site.database.payments().await, all);
    println!("{all} payments, {surplus} transfers in review");
}

/// How often the process is killed while many create payments, and how many do at once.
const KILLS_OF_CREATING: usize = 10;
const SHOPPERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_while_many_payments_are_created_loses_none_that_was_answered() {
    let seed = rand::random();
    println!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let site = Arc::new(Site::prepare().await);
    let mut gateway = site.start();
    let url = watch::Sender::new(gateway.base_url.clone());
    let done = CancellationToken::new();
    let answered = watch::Sender::new(0);
    let shoppers: Vec<_> = (0..SHOPPERS)
        .map(|shopper| {
            let (site, url, done) = (Arc::clone(&site), url.subscribe(), done.clone());
            tokio::spawn(create_orders(site, url, done, shopper, answered.clone()))
        })
        .collect();
    for _ in 0..KILLS_OF_CREATING {
        let some_more = *answered.borrow() + rng.random_range(1..40);
        let mut counted = answered.subscribe();
        let enough = counted.wait_for(|count| *count >= some_more);
        patiently("payments", enough).await.unwrap();
        kill(&site, &mut gateway).await;
        gateway = site.start();
        url.send_replace(gateway.base_url.clone());
    }
    done.cancel();
    let (mut amounts, mut all) = (HashSet::new(), 0);
    for shopper in shoppers {
        for (order, payment) in shopper.await.unwrap().into_iter().enumerate() {
            assert!(amounts.insert(pay_amount(&payment).to_owned()), "{order}");
            let path = format!(
                "/api/payment-status.php?payment_id={}",
                payment["payment_id"]
            );
            assert_eq!(site.status_of(&gateway, &path).await, 200, "{payment}");
            all += 1;
        }
    }
    // What was created without an answer was found when it was asked for again.
    assert_eq!(site.database.payments().await, all);
    assert_eq!(site.database.amounts_held().await, all);
}

/// Creates one order after the other, each until it is answered. Returns their payments.
async fn create_orders(
    site: Arc<Site>,
    url: watch::Receiver<String>,
    done: CancellationToken,
    shopper: usize,
    answered: watch::Sender<usize>,
) -> Vec<Value> {
    let mut payments = Vec::new();
    let mut has_died = false;
    while has_died || !done.is_cancelled() {
        let base_url = url.borrow().clone();
        let order = payments.len() * SHOPPERS + shopper;
        if let Ok(payment) = site.try_create(&base_url, order).await {
            has_died = false;
            payments.push(payment);
            answered.send_modify(|count| *count += 1);
        } else {
            // The gateway is dead: it comes back elsewhere.
            has_died = true;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    payments
}

/// Creates orders and pays each, some of them twice. Returns the payments, and how many transfers
/// must be in review.
async fn shop(
    site: Arc<Site>,
    url: watch::Receiver<String>,
    done: CancellationToken,
    mut rng: StdRng,
) -> (Vec<Value>, i64) {
    let (mut payments, mut surplus) = (Vec::new(), 0);
    // Not before the last request that died was repeated: it may have made its payment.
    let mut has_died = false;
    while has_died || !done.is_cancelled() {
        let base_url = url.borrow().clone();
        let Ok(payment) = site.try_create(&base_url, payments.len()).await else {
            // The gateway is dead: it comes back elsewhere.
            has_died = true;
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        has_died = false;
        let exact = transfer_to(&payment, pay_amount(&payment));
        let count = rng.random_range(1..=2);
        surplus += i64::from(count) - 1;
        if rng.random() {
            site.devchain.transfer(&transfer_to(&payment, "0.5"));
            surplus += 1;
        }
        site.devchain.transfer(&Transfer { count, ..exact });
        site.devchain.mine(rng.random_range(1..=4));
        payments.push(payment);
        site.node.arrivals("", 1).await;
    }
    (payments, surplus)
}
