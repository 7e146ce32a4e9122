//! Three gateways behind nginx, on one PostgreSQL, with a node and a shop in PHP: each is killed,
//! stopped and cut off at random while payers pay. At the end no payment is lost or credited twice,
//! no webhook is missing, and every page that was held has its news.
//!
//! It runs for a short while with the other tests, where there is a PostgreSQL, and for as many seconds
//! as the variable `SYSTEM_SECONDS` says.

mod balancer;
mod member;
mod postgres;
mod shop;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use reqwest::Client;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use usdt_devchain::Devchain;

use self::balancer::Balancer;
use self::member::Member;
use self::postgres::Postgres;
use self::shop::{Account, Shop};
use crate::faulty_node::Fault;
use crate::patience::patiently;
use crate::site::Site;
use crate::test_gateway::{pay_amount, transfer_to};

const DEFAULT_SECONDS: u64 = 30;

const GATEWAYS: usize = 3;

/// Buyers who wait for the shop at the same time.
const BUYERS: usize = 4;

/// Payers who have not yet paid, or have no news yet.
const MOST_PAYERS: usize = 200;

/// For so long a question is held where there is no news.
const HELD: Duration = Duration::from_secs(25);

/// As the page gives a question up.
const HELD_TIMEOUT: Duration = Duration::from_secs(28);

const DATABASE: &str = "system";

#[derive(Clone, Copy, Debug)]
enum Trouble {
    Kill,
    /// Goes on after a while as if nothing had happened.
    Stop,
    Restart,
    Cut,
    Silence,
    DatabaseCrash,
    ConnectionsEnd,
    FaultyNode,
    Balancer,
    Shop,
}

const TROUBLES: [Trouble; 10] = [
    Trouble::Kill,
    Trouble::Stop,
    Trouble::Restart,
    Trouble::Cut,
    Trouble::Silence,
    Trouble::DatabaseCrash,
    Trouble::ConnectionsEnd,
    Trouble::FaultyNode,
    Trouble::Balancer,
    Trouble::Shop,
];

/// All that works together.
struct System {
    site: Site,
    postgres: Postgres,
    members: Vec<Member>,
    balancer: Balancer,
    shop: Shop,
}

/// What payers have done and seen.
#[derive(Default)]
struct Books {
    paying: AtomicUsize,
    paid: AtomicUsize,
    transfers: AtomicUsize,
    /// Pages that were told at the end of a hold that nothing is new, where something was.
    missed: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_gateways_lose_nothing_whatever_dies() {
    let seconds = std::env::var("SYSTEM_SECONDS").ok();
    let seconds = seconds.map_or(DEFAULT_SECONDS, |text| text.parse().unwrap());
    let Some(mut system) = System::start().await else {
        return;
    };
    let seed = rand::random();
    println!("{seconds} s, seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let done = CancellationToken::new();
    let books = Arc::new(Books::default());
    let mut buyers = JoinSet::new();
    for number in 0..BUYERS {
        buyers.spawn(buy(
            Buyer {
                shop: format!("{}/checkout.php", system.shop.url),
                gateways: system.balancer.url.clone(),
                devchain: system.site.devchain.clone(),
                http: client(),
            },
            number,
            (Arc::clone(&books), done.clone()),
        ));
    }
    let miner = tokio::spawn(mine(system.site.devchain.clone()));

    let end = Instant::now() + Duration::from_secs(seconds);
    let mut met = [0_u32; TROUBLES.len()];
    while Instant::now() < end {
        let trouble = *TROUBLES.choose(&mut rng).unwrap();
        met[trouble as usize] += 1;
        system.suffer(trouble, &mut rng).await;
        // Some of it between two troubles, so that work gets done.
        tokio::time::sleep(Duration::from_millis(rng.random_range(300..2_000))).await;
        for member in &mut system.members {
            member.look_after();
        }
    }
    println!("{:?}", TROUBLES.iter().zip(met).collect::<Vec<_>>());
    done.cancel();
    system.settle(buyers, &books).await;
    miner.abort();
}

impl System {
    /// `None` where a part of it is not installed here.
    async fn start() -> Option<Self> {
        let mut shop = Shop::new().await;
        let postgres = Postgres::start().await?;
        let server = Postgres::url(postgres.port, "postgres");
        let webhook = format!("{}/shop.php/webhook", shop.url);
        let site = Site::prepare_on_server(&server, DATABASE, &webhook).await;
        let mut members = Vec::new();
        for _ in 0..GATEWAYS {
            members.push(Member::start(&site, &postgres, DATABASE).await);
        }
        let ports: Vec<_> = members.iter().map(|member| member.port).collect();
        let balancer = Balancer::start(&ports)?;
        let is_open = shop.open(&Account {
            gateway: &balancer.url,
            api_key: &site.api_key,
            secret: &site.secret,
        });
        is_open.then_some(Self {
            site,
            postgres,
            members,
            balancer,
            shop,
        })
    }

    async fn suffer(&mut self, trouble: Trouble, rng: &mut StdRng) {
        let pause = Duration::from_millis(rng.random_range(100..3_000));
        // Now and then long enough for another gateway to take over.
        let long = if rng.random_ratio(1, 4) {
            pause * 4
        } else {
            pause
        };
        let chosen = rng.random_range(0..self.members.len());
        let member = &mut self.members[chosen];
        match trouble {
            Trouble::Kill => {
                member.kill();
                tokio::time::sleep(pause).await;
            }
            Trouble::Stop => {
                member.signal("STOP");
                tokio::time::sleep(long).await;
                member.signal("CONT");
            }
            Trouble::Restart => member.stop(),
            Trouble::Cut | Trouble::Silence => {
                match trouble {
                    Trouble::Cut => member.to_database.cut(),
                    _ => member.to_database.fall_silent(),
                }
                tokio::time::sleep(long).await;
                member.to_database.mend();
            }
            Trouble::DatabaseCrash => {
                self.postgres.crash();
                tokio::time::sleep(pause).await;
                self.postgres.start_again().await;
            }
            Trouble::ConnectionsEnd => self.site.database.end_connections().await,
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
                self.site.node.fail(path.choose(rng).unwrap(), fault);
                tokio::time::sleep(pause).await;
                self.site.node.heal();
            }
            Trouble::Balancer => self.balancer.restart(),
            Trouble::Shop => {
                self.shop.close();
                tokio::time::sleep(pause).await;
                self.open_shop();
            }
        }
    }

    fn open_shop(&mut self) {
        self.shop.open(&Account {
            gateway: &self.balancer.url,
            api_key: &self.site.api_key,
            secret: &self.site.secret,
        });
    }

    /// All troubles are over: every payer has the news, and the books balance.
    async fn settle(&mut self, mut buyers: JoinSet<JoinSet<()>>, books: &Books) {
        let everybody = async {
            while let Some(payers) = buyers.join_next().await {
                payers.unwrap().join_all().await;
            }
        };
        // One that was cut off may end later.
        let looking_after = async {
            loop {
                for member in &mut self.members {
                    member.look_after();
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        let told = tokio::time::timeout(Duration::from_secs(150), async {
            tokio::select! {
                () = everybody => {}
                () = looking_after => {}
            }
        })
        .await;
        let paid = books.paid.load(Ordering::Relaxed);
        // Something may happen between the end of a hold and the next question.
        let missed = books.missed.load(Ordering::Relaxed);
        assert!(missed * 100 <= paid, "{missed} of {paid} missed their news");
        let transfers = books.transfers.load(Ordering::Relaxed);
        println!("{paid} payers have paid by {transfers} transfers");
        assert!(told.is_ok(), "{}", self.logs());

        let database = &self.site.database;
        // What the closed shop did not take is due after minutes.
        let delivered = async {
            while database.events_pending().await > 0 {
                database.bring_retries_forward().await;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        patiently("all webhooks", delivered).await;
        let [paid, transfers] = [paid, transfers].map(|count| i64::try_from(count).unwrap());
        let recorded = async {
            while database.transfers().await < transfers {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        patiently("all transfers to be recorded", recorded).await;
        assert_eq!(database.transfers().await, transfers);
        assert_eq!(database.credited().await, paid);
        assert_eq!(database.in_review().await, transfers - paid);
        assert_eq!(database.paid().await, paid);
        assert_eq!(database.webhook_events().await, paid);
        assert_eq!(database.events_failed().await, 0);
        let (booked, unbooked) = self.shop.books().await;
        assert_eq!(unbooked, Vec::<String>::new());
        assert_eq!(i64::try_from(booked).unwrap(), paid);
    }

    fn logs(&self) -> String {
        let logs: Vec<_> = self.members.iter().map(Member::log).collect();
        logs.join("\n\n")
    }
}

/// Blocks come as long as there is a payer.
async fn mine(devchain: Devchain) {
    loop {
        devchain.mine(1);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A browser at an address of its own.
fn client() -> Client {
    let [a, b, c] = rand::random();
    Client::builder()
        .timeout(HELD_TIMEOUT)
        .local_address(IpAddr::from([127, a, b, c]))
        .build()
        .unwrap()
}

#[derive(Clone)]
struct Buyer {
    /// Where orders are placed.
    shop: String,
    gateways: String,
    devchain: Devchain,
    http: Client,
}

/// Places orders until it is done. Returns those who still pay.
async fn buy(
    buyer: Buyer,
    number: usize,
    (books, done): (Arc<Books>, CancellationToken),
) -> JoinSet<()> {
    let mut payers = JoinSet::new();
    let mut order = 0;
    while !done.is_cancelled() {
        if books.paying.load(Ordering::Relaxed) >= MOST_PAYERS {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        }
        let payment = buyer.place(&format!("BUYER_{number}_{order}"), order).await;
        books.paying.fetch_add(1, Ordering::Relaxed);
        let payer = Buyer {
            http: client(),
            ..buyer.clone()
        };
        payers.spawn(pay(payer, payment, Arc::clone(&books)));
        order += 1;
    }
    payers
}

/// Pays, sometimes twice, and looks at the page until it says so.
async fn pay(buyer: Buyer, payment: Value, books: Arc<Books>) {
    let transfers = if rand::random_ratio(1, 10) { 2 } else { 1 };
    tokio::time::sleep(Duration::from_millis(rand::random_range(0..2_000))).await;
    let transfer = transfer_to(&payment, pay_amount(&payment));
    for _ in 0..transfers {
        buyer.devchain.transfer(&transfer);
    }
    books.transfers.fetch_add(transfers, Ordering::Relaxed);
    buyer.follow(&payment, &books).await;
    books.paid.fetch_add(1, Ordering::Relaxed);
    books.paying.fetch_sub(1, Ordering::Relaxed);
}

impl Buyer {
    /// As a browser that is reloaded until it shows the payment.
    async fn place(&self, order: &str, number: usize) -> Value {
        let amount = format!("{}.00", 50 + number);
        let url = format!("{}?order={order}&amount={amount}", self.shop);
        loop {
            let asked = self.http.get(&url).send();
            let answer = async { asked.await.ok()?.error_for_status().ok()?.json().await.ok() };
            if let Some(payment) = answer.await {
                return payment;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Holds a question for news again and again, until the payment is paid.
    async fn follow(&self, payment: &Value, books: &Books) {
        let mut version = payment["version"].clone();
        let mut wait = HELD.as_secs();
        loop {
            let url = format!(
                "{}/api/payment-status.php?payment_id={}&wait={wait}&v={version}",
                self.gateways, payment["payment_id"]
            );
            let since = Instant::now();
            let asked = self.http.get(url).send();
            let answer = async { asked.await.ok()?.json::<Value>().await.ok() }.await;
            let Some(answer) = answer.filter(|answer| answer["ok"] == true) else {
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            };
            let is_new = answer["payment"]["version"] != version;
            if wait == 0 && is_new {
                books.missed.fetch_add(1, Ordering::Relaxed);
            }
            // A gateway that is stopped answers later, before it has looked for news.
            let (held, second) = (since.elapsed(), Duration::from_secs(1));
            let is_over = !is_new && held >= HELD && held < HELD + second;
            wait = if is_over { 0 } else { HELD.as_secs() };
            if answer["payment"]["status"] == "paid" {
                return;
            }
            version = answer["payment"]["version"].clone();
        }
    }
}
