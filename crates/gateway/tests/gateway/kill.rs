//! The real process, killed at every point of its work, loses nothing and doubles nothing.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use usdt_devchain::{Devchain, Options};

use crate::faulty_node::{Fault, FaultyNode};
use crate::merchant::{Receiver, sign};
use crate::patience::patiently;
use crate::test_gateway::{count, json_of, open, pay_amount, transfer_to};

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

/// Enough that a transfer is not only solid but also behind the blocks that are read twice: a
/// cursor that moved too early would lose it for good.
const BLOCKS: u32 = 640;

/// A gateway in a process of its own, which can be killed and started again on the same data.
struct Process {
    child: Child,
    base_url: String,
}

struct Site {
    data: TempDir,
    config: PathBuf,
    devchain: Devchain,
    node: FaultyNode,
    receiver: Receiver,
    api_key: String,
    secret: String,
    http: Client,
}

impl Site {
    async fn prepare() -> Self {
        let devchain = Devchain::new(&Options::default());
        let node = FaultyNode::start(&devchain).await;
        let receiver = Receiver::start().await;
        let data = tempfile::tempdir().unwrap();
        let config = data.path().join("gateway.toml");
        let mut text = String::new();
        writeln!(text, "listen = \"127.0.0.1:0\"").unwrap();
        writeln!(text, "public_url = \"http://127.0.0.1\"").unwrap();
        writeln!(text, "data_dir = {:?}", data.path().to_str().unwrap()).unwrap();
        writeln!(
            text,
            "[test_chain]\nnode_url = {:?}\npoll_ms = 100",
            node.url
        )
        .unwrap();
        writeln!(text, "[webhooks]\nallow_private_addresses = true").unwrap();
        fs::write(&config, text).unwrap();
        let added = Command::new(BINARY)
            .args(["project", "add", "--json", "--test", "--name", "Shop"])
            .args(["--window-minutes", "10000", "--webhook-url", &receiver.url])
            .args([
                "--address",
                "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH",
                "--config",
            ])
            .arg(&config)
            .output()
            .unwrap();
        let keys: Value = serde_json::from_slice(&added.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&added.stderr)));
        Self {
            data,
            config,
            devchain,
            node,
            receiver,
            api_key: keys["api_key"].as_str().unwrap().to_owned(),
            secret: keys["api_secret"].as_str().unwrap().to_owned(),
            http: Client::new(),
        }
    }

    fn start(&self) -> Process {
        let mut child = Command::new(BINARY)
            .args(["serve", "--config"])
            .arg(&self.config)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = log
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("address=")?;
                rest.split_whitespace().next().map(str::to_owned)
            })
            .expect("the gateway tells its address");
        // The pipe must not fill up.
        std::thread::spawn(move || log.for_each(drop));
        Process {
            child,
            base_url: format!("http://{address}"),
        }
    }

    async fn create(&self, gateway: &Process, order: usize) -> Value {
        let body = json!({"order_id": format!("ORDER_{order}"), "amount": "50"}).to_string();
        loop {
            let response = self
                .http
                .post(format!("{}/api/create-payment.php", gateway.base_url))
                .header("content-type", "application/json")
                .header("x-api-key", &self.api_key)
                .header("x-signature", sign(&self.secret, &body))
                .body(body.clone())
                .send()
                .await
                .unwrap();
            let answer = json_of(response).await;
            if answer["ok"] == true {
                return answer["payment"].clone();
            }
            // Before the first step the chain is not known yet.
            self.node.arrivals("", 1).await;
        }
    }

    async fn wait_until_paid(&self, gateway: &Process, payment: &Value) {
        let follow = async {
            let mut version = Value::from(0);
            loop {
                let url = format!(
                    "{}/api/payment-status.php?payment_id={}&wait=25&v={version}",
                    gateway.base_url, payment["payment_id"]
                );
                let answer = json_of(self.http.get(url).send().await.unwrap()).await;
                if answer["payment"]["status"] == "paid" {
                    return;
                }
                version = answer["payment"]["version"].clone();
            }
        };
        patiently("a payment to be paid", follow).await;
    }

    async fn count(&self, sql: &'static str) -> i64 {
        count(&self.data.path().join("gateway.sqlite"), sql).await
    }

    /// Takes the database's write lock, so that the gateway gets stuck in its transaction.
    async fn lock_database(&self) -> sqlx::SqliteConnection {
        let mut connection = open(&self.data.path().join("gateway.sqlite")).await;
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut connection)
            .await
            .unwrap();
        connection
    }
}

impl Process {
    fn kill(&mut self) {
        // SIGKILL: the process gets no chance to tidy up.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_anywhere_loses_nothing_and_doubles_nothing() {
    let site = Site::prepare().await;
    let mut points = vec![
        Point::During("/walletsolidity/getblock"),
        Point::During("/jsonrpc"),
        Point::During("/walletsolidity/gettransactioninfobyid"),
        Point::During("/wallet/getblock"),
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
                site.node.fail(path, Fault::Hold);
                site.devchain.transfer(&transfer);
                site.devchain.mine(BLOCKS);
                site.node.arrivals(path, 1).await;
            }
            Point::AfterRequests(count) => {
                site.devchain.transfer(&transfer);
                site.devchain.mine(BLOCKS);
                site.node.arrivals("", *count).await;
            }
            Point::WithinTheTransaction => {
                let lock = site.lock_database().await;
                site.devchain.transfer(&transfer);
                site.devchain.mine(BLOCKS);
                site.node
                    .arrivals("/walletsolidity/gettransactioninfobyid", 1)
                    .await;
                gateway.kill();
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
        gateway.kill();
        site.node.heal();
        site.receiver.answer(200);
        gateway = site.start();
        site.wait_until_paid(&gateway, &payment).await;
        payments.push(payment);
    }

    for payment in &payments {
        let id = payment["payment_id"].clone();
        site.receiver
            .wait_for(1, |one| one.json()["payment_id"] == id)
            .await;
    }
    while site
        .count("SELECT count(*) FROM webhook_events WHERE state = 'pending'")
        .await
        > 0
    {
        site.node.arrivals("", 1).await;
    }
    let all = i64::try_from(payments.len()).unwrap();
    assert_eq!(
        site.count("SELECT count(*) FROM payments WHERE status = 'paid'")
            .await,
        all
    );
    assert_eq!(
        site.count("SELECT count(*) FROM transfers WHERE outcome = 'credited'")
            .await,
        all
    );
    assert_eq!(
        site.count("SELECT count(*) FROM transfers WHERE outcome = 'review'")
            .await,
        0
    );
    assert_eq!(site.count("SELECT count(*) FROM webhook_events").await, all);

    // A webhook may come twice, but then it is the same one.
    let mut told: HashMap<String, (String, String)> = HashMap::new();
    for one in site.receiver.deliveries() {
        assert_eq!(one.header("x-signature"), sign(&site.secret, &one.body));
        let event = (one.header("webhook-id").to_owned(), one.body.clone());
        let payment = one.json()["payment_id"].to_string();
        assert_eq!(told.entry(payment).or_insert_with(|| event.clone()), &event);
    }
    assert_eq!(told.len(), payments.len());
}
