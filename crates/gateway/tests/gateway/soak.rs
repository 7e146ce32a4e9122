//! All that goes wrong at once, on one process: a disk that is full and has room again, descriptors
//! that run out, a node that fails, a receiver that never answers, held requests, a process that is
//! stopped and one that is killed. At the end the books balance.
//!
//! It runs for a short while with the other tests, and for as many seconds as the variable
//! `SOAK_SECONDS` says.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::disk::{SmallDisk, limit_files, start_limited};
use crate::faulty_node::Fault;
use crate::merchant::{Receiver, sign};
use crate::patience::patiently;
use crate::site::{Process, Site};
use crate::test_gateway::{pay_amount, transfer_to};

const DEFAULT_SECONDS: u64 = 20;

/// A request that takes longer is repeated: its gateway may be stopped.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Payers who follow a payment at the same time.
const FOLLOWERS: usize = 50;

#[derive(Clone, Copy, Debug)]
enum Trouble {
    FullDisk,
    NoDescriptors,
    FaultyNode,
    Stop,
    Kill,
}

const TROUBLES: [Trouble; 5] = [
    Trouble::FullDisk,
    Trouble::NoDescriptors,
    Trouble::FaultyNode,
    Trouble::Stop,
    Trouble::Kill,
];

/// A shop, as its server knows itself.
#[derive(Clone)]
struct Shop {
    name: &'static str,
    api_key: String,
    secret: String,
}

/// What a shop has asked for and its payers have sent.
#[derive(Default)]
struct Books {
    payments: Vec<Value>,
    /// Micro-USDT.
    sent: u64,
    transfers: i64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_books_balance_after_all_troubles_at_once() {
    let seconds = std::env::var("SOAK_SECONDS").ok();
    let seconds = seconds.map_or(DEFAULT_SECONDS, |text| text.parse().unwrap());
    let seed = rand::random();
    println!("{seconds} s, seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);

    let disk = SmallDisk::mount(32);
    let folder = match &disk {
        Some(disk) => tempfile::tempdir_in(disk.path()).unwrap(),
        None => tempfile::tempdir().unwrap(),
    };
    let ballast = disk.as_ref().map(|disk| disk.path().join("ballast"));
    let site = Arc::new(Site::prepare_in(folder, "disk_reserve_mib = 0").await);
    let silent = Receiver::start().await;
    silent.hold();
    let healthy = Shop {
        name: "HEALTHY",
        api_key: site.api_key.clone(),
        secret: site.secret.clone(),
    };
    let deserted = add_shop(&site, &silent.url);

    let mut gateway = start_limited(&site);
    let url = watch::Sender::new(gateway.base_url.clone());
    let done = CancellationToken::new();
    let mut shops = JoinSet::new();
    for shop in [healthy, deserted] {
        shops.spawn(trade(
            Arc::clone(&site),
            shop,
            url.subscribe(),
            done.clone(),
            StdRng::from_rng(&mut rng),
        ));
    }
    let mut followers = JoinSet::new();
    for _ in 0..FOLLOWERS {
        followers.spawn(follow(Arc::clone(&site), url.subscribe(), done.clone()));
    }

    let end = Instant::now() + Duration::from_secs(seconds);
    let mut met = [0_u32; TROUBLES.len()];
    while Instant::now() < end {
        let trouble = *TROUBLES.choose(&mut rng).unwrap();
        met[trouble as usize] += 1;
        let pause = Duration::from_millis(rng.random_range(100..1_500));
        match trouble {
            Trouble::FullDisk => fill_disk(&gateway, ballast.as_deref(), pause).await,
            Trouble::NoDescriptors => {
                limit(&gateway, "nofile", "20");
                tokio::time::sleep(pause).await;
                limit(&gateway, "nofile", "1024");
            }
            Trouble::FaultyNode => {
                let fault = match rng.random_range(0..3) {
                    0 => Fault::Answer(500, "broken"),
                    1 => Fault::Answer(200, "{}"),
                    _ => Fault::Hold,
                };
                let path = [
                    "/jsonrpc",
                    "/walletsolidity/getblock",
                    "/walletsolidity/gettransactioninfobyid",
                ];
                site.node.fail(path.choose(&mut rng).unwrap(), fault);
                tokio::time::sleep(pause).await;
                site.node.heal();
            }
            Trouble::Stop => {
                signal(&gateway, "STOP");
                tokio::time::sleep(pause).await;
                signal(&gateway, "CONT");
            }
            Trouble::Kill => {
                gateway.kill();
                gateway = start_limited(&site);
                url.send_replace(gateway.base_url.clone());
            }
        }
        // Some of it between two troubles, so that work gets done.
        tokio::time::sleep(Duration::from_millis(rng.random_range(100..800))).await;
    }
    println!("{:?}", TROUBLES.iter().zip(met).collect::<Vec<_>>());
    done.cancel();
    let books: Vec<Books> = shops.join_all().await;
    followers.join_all().await;

    site.devchain.mine(640);
    for payment in books.iter().flat_map(|books| &books.payments) {
        site.wait_until_paid(&gateway, payment).await;
    }
    balance(&site, &books).await;
    gateway.kill();
    assert!(site.database.is_sound().await);
}

/// Every transfer is recorded once, every payment is paid by one, and its shop told of one event.
async fn balance(site: &Site, books: &[Books]) {
    let payments: i64 = books
        .iter()
        .map(|books| i64::try_from(books.payments.len()).unwrap())
        .sum();
    let transfers: i64 = books.iter().map(|books| books.transfers).sum();
    let sent: u64 = books.iter().map(|books| books.sent).sum();
    println!("{payments} payments, {transfers} transfers");
    let recorded = async {
        while site.database.transfers().await < transfers {
            site.node.arrivals("", 1).await;
        }
    };
    patiently("all transfers to be recorded", recorded).await;
    let (database, sent) = (&site.database, i64::try_from(sent).unwrap());
    assert_eq!(database.transfers().await, transfers);
    assert_eq!(database.received().await, sent);
    assert_eq!(database.credited().await, payments);
    assert_eq!(database.in_review().await, transfers - payments);
    assert_eq!(database.payments().await, payments);
    assert_eq!(database.paid().await, payments);
    assert_eq!(database.webhook_events().await, payments);
    let Some(healthy) = books.iter().find(|books| books.is_of("HEALTHY")) else {
        panic!("the shop has traded nothing")
    };
    // Whatever the shop beside it does not answer.
    for payment in &healthy.payments {
        let id = &payment["payment_id"];
        let told = site
            .receiver
            .wait_for(1, |one| one.json()["payment_id"] == *id)
            .await;
        let mut bodies: Vec<_> = told
            .iter()
            .filter(|one| one.json()["payment_id"] == *id)
            .map(|one| (one.header("webhook-id").to_owned(), one.body.clone()))
            .collect();
        bodies.dedup();
        assert_eq!(bodies.len(), 1, "{id}");
    }
}

impl Books {
    fn is_of(&self, shop: &str) -> bool {
        self.payments
            .first()
            .is_some_and(|payment| payment["order_id"].as_str().unwrap().starts_with(shop))
    }
}

fn add_shop(site: &Site, webhook_url: &str) -> Shop {
    let added = site.command(&[
        "project",
        "add",
        "--json",
        "--test",
        "--name",
        "Deserted shop",
        "--window-minutes",
        "10000",
        "--webhook-url",
        webhook_url,
        "--address",
        "TSeJkUh4Qv67VNFwY8LaAxERygNdy6NQZK",
    ]);
    let keys: Value = serde_json::from_slice(&added.stdout).unwrap();
    Shop {
        name: "DESERTED",
        api_key: keys["api_key"].as_str().unwrap().to_owned(),
        secret: keys["api_secret"].as_str().unwrap().to_owned(),
    }
}

/// Creates orders and pays each, some twice, until it is done; what was asked for in vain is asked
/// for again, since it may have been done.
async fn trade(
    site: Arc<Site>,
    shop: Shop,
    url: watch::Receiver<String>,
    done: CancellationToken,
    mut rng: StdRng,
) -> Books {
    let http = Client::builder().timeout(TIMEOUT).build().unwrap();
    let mut books = Books::default();
    let mut is_unsure = false;
    while is_unsure || !done.is_cancelled() {
        let order = format!("{}_{}", shop.name, books.payments.len());
        // Prices far apart: the merchant pays no attention to what fits nothing here.
        let amount = (50 + books.payments.len()).to_string();
        let body = json!({"order_id": order, "amount": amount}).to_string();
        let base_url = url.borrow().clone();
        let asked = http
            .post(format!("{base_url}/api/create-payment.php"))
            .header("content-type", "application/json")
            .header("x-api-key", &shop.api_key)
            .header("x-signature", sign(&shop.secret, &body))
            .body(body)
            .send();
        let answer = async { asked.await.ok()?.json::<Value>().await.ok() }.await;
        let Some(payment) = answer
            .filter(|answer| answer["ok"] == true)
            .map(|answer| answer["payment"].clone())
        else {
            is_unsure = true;
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        is_unsure = false;
        let mut sent = vec![pay_amount(&payment).to_owned()];
        if rng.random_ratio(1, 4) {
            sent.push(sent[0].clone());
        }
        if rng.random_ratio(1, 4) {
            sent.push("0.777".to_owned());
        }
        for amount in sent {
            let transfer = transfer_to(&payment, &amount);
            books.sent += transfer.amount.micro();
            books.transfers += 1;
            site.devchain.transfer(&transfer);
        }
        site.devchain.mine(rng.random_range(1..=4));
        books.payments.push(payment);
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..50))).await;
    }
    books
}

/// Holds a status request, again and again.
async fn follow(site: Arc<Site>, url: watch::Receiver<String>, done: CancellationToken) {
    let http = Client::builder().timeout(TIMEOUT).build().unwrap();
    while !done.is_cancelled() {
        let id = site.database.largest_payment_id().await;
        let base_url = url.borrow().clone();
        let held = http
            .get(format!(
                "{base_url}/api/payment-status.php?payment_id={id}&wait=4"
            ))
            .send();
        tokio::select! {
            _ = held => tokio::time::sleep(Duration::from_millis(100)).await,
            () = done.cancelled() => {}
        }
    }
}

/// All that is left of a small disk; otherwise no file of the process may grow.
async fn fill_disk(gateway: &Process, ballast: Option<&Path>, pause: Duration) {
    if let Some(ballast) = ballast {
        let _ = fs::write(ballast, vec![0; 32 << 20]);
        tokio::time::sleep(pause).await;
        fs::remove_file(ballast).unwrap();
    } else {
        limit_files(gateway, Some(1 << 20));
        tokio::time::sleep(pause).await;
        limit_files(gateway, None);
    }
}

fn limit(gateway: &Process, what: &str, soft: &str) {
    let limited = Command::new("prlimit")
        .arg(format!("--pid={}", gateway.child.id()))
        .arg(format!("--{what}={soft}:"))
        .status()
        .unwrap();
    assert!(limited.success());
}

fn signal(gateway: &Process, name: &str) {
    let sent = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(gateway.child.id().to_string())
        .status()
        .unwrap();
    assert!(sent.success());
}
