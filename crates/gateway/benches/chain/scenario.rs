//! A chain full of transfers, a gateway with open payments that has not seen it, and how long it
//! takes.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Instant;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::net::TcpListener;
use usdt_devchain::{Devchain, Options, Transfer};
use usdt_protocol::{TronAddress, Usdt};

use crate::process::{self, LOOK, Server};

const ADDRESSES: u32 = 100;

/// The first payment asks for this; the others differ in their tails.
const AMOUNT: u64 = 50_000_000;

/// Pays nobody's payment.
const SURPLUS: Usdt = Usdt::from_micro(7_777_777);

pub struct Scenario {
    pub blocks: u32,
    /// Transfers between others.
    pub strangers: u32,
    /// Transfers to us that fit no payment.
    pub surplus: u32,
    /// Open payments that are paid.
    pub paid: u32,
    /// Open payments in all.
    pub open: u32,
}

pub struct Measured {
    pub seconds: f64,
    pub cpu_seconds: f64,
    pub peak_bytes: u64,
}

impl Scenario {
    pub async fn run(&self) -> Measured {
        let devchain = Devchain::new(&Options::default());
        devchain.pause();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let node = format!("http://{}", listener.local_addr().unwrap());
        let served = devchain.router();
        tokio::spawn(async { axum::serve(listener, served).await });

        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let config = folder.path().join("gateway.toml");
        let data = folder.path().join("data");
        let data_dir = data.to_str().unwrap();
        let text = format!(
            "listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\ndata_dir = {data_dir:?}\n\
             [test_chain]\nnodes = [{{ url = {node:?} }}]\npoll_ms = 100\n"
        );
        fs::write(&config, text).unwrap();
        add_project(&config);
        let mut database = open(&data).await;
        self.open_payments(&mut database, &devchain).await;
        self.fill(&devchain);

        let start = Instant::now();
        let gateway = Server::gateway(&config);
        let end = i64::try_from(devchain.solid()).unwrap();
        while one(&mut database, "SELECT block FROM cursors").await < end {
            tokio::time::sleep(LOOK).await;
        }
        let measured = Measured {
            seconds: start.elapsed().as_secs_f64(),
            cpu_seconds: gateway.cpu_seconds(),
            peak_bytes: gateway.peak_bytes(),
        };
        let credited = "SELECT count(*) FROM transfers WHERE outcome = 'credited'";
        assert_eq!(one(&mut database, credited).await, i64::from(self.paid));
        let review = "SELECT count(*) FROM transfers WHERE outcome = 'review'";
        assert_eq!(one(&mut database, review).await, i64::from(self.surplus));
        measured
    }

    /// Writes the payments in one go: asking the API for each would take longer than the rest.
    async fn open_payments(&self, database: &mut SqliteConnection, devchain: &Devchain) {
        let (block, now) = (devchain.solid(), devchain.now().millis());
        let until = devchain.now().plus_seconds(10 * 86_400).millis();
        let mut tx = database.begin().await.unwrap();
        sqlx::query("INSERT INTO cursors (network, block, block_time) VALUES ('simulated', ?, ?)")
            .bind(i64::try_from(block).unwrap())
            .bind(now)
            .execute(&mut *tx)
            .await
            .unwrap();
        for payment in 0..self.open {
            let id = (1_i64 << 40) + i64::from(payment);
            let (address, amount) = slot(payment);
            sqlx::query(
                "INSERT INTO payments (id, project_id, network, order_id, status, amount,
                     pay_amount, address, created_at, expires_at)
                 VALUES (?1, 1, 'simulated', 'ORDER_' || ?1, 'pending', ?2, ?3, ?4, ?5, ?6)",
            )
            .bind(id)
            .bind(AMOUNT.cast_signed())
            .bind(amount.micro().cast_signed())
            .bind(address.to_string())
            .bind(now)
            .bind(until)
            .execute(&mut *tx)
            .await
            .unwrap();
            sqlx::query(
                "INSERT INTO slots (payment_id, network, address, amount, held_after, held_until)
                 VALUES (?, 'simulated', ?, ?, ?, ?)",
            )
            .bind(id)
            .bind(address.to_string())
            .bind(amount.micro().cast_signed())
            .bind(i64::try_from(block).unwrap())
            .bind(until)
            .execute(&mut *tx)
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// Mines the blocks, with an even share of each kind of transfer.
    fn fill(&self, devchain: &Devchain) {
        let share = |all: u32, block: u32| {
            let upto = |block: u32| u64::from(all) * u64::from(block) / u64::from(self.blocks);
            let number = |block| u32::try_from(upto(block)).unwrap();
            number(block)..number(block + 1)
        };
        for block in 0..self.blocks {
            for stranger in share(self.strangers, block) {
                devchain.transfer(&Transfer::new(account(0xff, stranger % 50_000), SURPLUS));
            }
            for surplus in share(self.surplus, block) {
                devchain.transfer(&Transfer::new(account(1, surplus % ADDRESSES), SURPLUS));
            }
            for payment in share(self.paid, block) {
                let (address, amount) = slot(payment);
                devchain.transfer(&Transfer::new(address, amount));
            }
            devchain.mine(1);
        }
        devchain.mine(20);
    }
}

fn add_project(config: &Path) {
    let addresses: Vec<String> = (0..ADDRESSES)
        .map(|number| account(1, number).to_string())
        .collect();
    let config = config.to_str().unwrap();
    process::run(&["init", "--config", config]);
    let mut arguments = vec![
        "project", "add", "--test", "--name", "Shop", "--config", config,
    ];
    for address in &addresses {
        arguments.extend(["--address", address]);
    }
    process::run(&arguments);
}

/// Address and exact amount of a payment.
fn slot(payment: u32) -> (TronAddress, Usdt) {
    let tail = u64::from(payment / ADDRESSES + 1) * 100;
    (
        account(1, payment % ADDRESSES),
        Usdt::from_micro(AMOUNT + tail),
    )
}

fn account(kind: u8, number: u32) -> TronAddress {
    let mut bytes = [kind; 20];
    bytes
        .split_at_mut(16)
        .1
        .copy_from_slice(&number.to_be_bytes());
    TronAddress::from_bytes(bytes)
}

async fn open(data: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(data.join("gateway.sqlite"));
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn one(database: &mut SqliteConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(database).await.unwrap()
}
