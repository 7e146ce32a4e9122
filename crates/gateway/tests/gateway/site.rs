//! A gateway in a process of its own, with a node and a merchant: killed and started at will.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};

use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use usdt_devchain::{Devchain, Options};

use crate::database::{self, Database};
use crate::faulty_node::FaultyNode;
use crate::merchant::{Receiver, sign};
use crate::patience::patiently;
use crate::test_gateway::json_of;

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

/// Makes the gateway of a configuration.
pub fn init(config: &Path) {
    let made = Command::new(BINARY)
        .args(["init", "--config"])
        .arg(config)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
}

/// A gateway in a process of its own, which can be killed and started again on the same data.
pub struct Process {
    pub child: Child,
    pub base_url: String,
    log: Arc<Mutex<String>>,
}

pub struct Site {
    pub data: TempDir,
    pub database: Database,
    pub config: PathBuf,
    pub devchain: Devchain,
    pub node: FaultyNode,
    pub receiver: Receiver,
    pub api_key: String,
    pub secret: String,
    pub http: Client,
}

impl Site {
    pub async fn prepare() -> Self {
        let data = tempfile::tempdir().unwrap();
        Self::prepare_in(data, "").await
    }

    /// With its data in a folder, and more lines in its configuration.
    pub async fn prepare_in(data: TempDir, settings: &str) -> Self {
        let settings = match database::make(data.path()).await {
            Some(url) => format!("database = {url:?}\n{settings}"),
            None => settings.to_owned(),
        };
        Self::prepare_as(data, &settings, None).await
    }

    /// With a database that is a file, also where there is a server.
    pub async fn prepare_on_file() -> Self {
        Self::prepare_as(tempfile::tempdir().unwrap(), "", None).await
    }

    /// With a database of this name on a server, a shop elsewhere, and a proxy in front.
    pub async fn prepare_on_server(server: &str, name: &str, webhook_url: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let url = database::make_on(server, name, data.path()).await;
        let settings = format!("database = {url:?}\nclient_ip_header = \"x-real-ip\"");
        Self::prepare_as(data, &settings, Some(webhook_url)).await
    }

    async fn prepare_as(data: TempDir, settings: &str, webhook_url: Option<&str>) -> Self {
        let devchain = Devchain::new(&Options::default());
        let node = FaultyNode::start(&devchain).await;
        let receiver = Receiver::start().await;
        let config = data.path().join("gateway.toml");
        let mut text = String::new();
        writeln!(text, "listen = \"127.0.0.1:0\"").unwrap();
        writeln!(text, "public_url = \"http://127.0.0.1\"").unwrap();
        writeln!(text, "data_dir = {:?}", data.path().to_str().unwrap()).unwrap();
        writeln!(text, "{settings}").unwrap();
        writeln!(
            text,
            "[test_chain]\nnodes = [{{ url = {:?} }}]\npoll_ms = 100",
            node.url
        )
        .unwrap();
        writeln!(text, "[webhooks]\nallow_private_addresses = true").unwrap();
        fs::write(&config, text).unwrap();
        init(&config);
        let mut add = Command::new(BINARY);
        add.args(["project", "add", "--json", "--test", "--name", "Shop"])
            .args(["--window-minutes", "10000", "--webhook-url"])
            .arg(webhook_url.unwrap_or(&receiver.url))
            .args([
                "--address",
                "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH",
                "--config",
            ])
            .arg(&config);
        // The command asks the node, which may run on this thread.
        let added = tokio::task::spawn_blocking(move || add.output().unwrap())
            .await
            .unwrap();
        let keys: Value = serde_json::from_slice(&added.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&added.stderr)));
        Self {
            database: Database::of(data.path()),
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

    /// Runs a command of the binary with the site's configuration.
    pub fn command(&self, arguments: &[&str]) -> Output {
        Command::new(BINARY)
            .args(arguments)
            .arg("--config")
            .arg(&self.config)
            .output()
            .unwrap()
    }

    /// Runs `serve`, which must refuse. Returns what it says.
    pub fn refusal(&self) -> String {
        let refused = self.command(&["serve"]);
        assert!(!refused.status.success());
        String::from_utf8(refused.stderr).unwrap()
    }

    /// Adds lines to the top of the configuration.
    pub fn configure(&self, lines: &str) {
        let text = fs::read_to_string(&self.config).unwrap();
        fs::write(&self.config, format!("{lines}\n{text}")).unwrap();
    }

    /// Asks the gateway, which may refuse. Returns status and answer.
    pub async fn ask_to_create(
        &self,
        gateway: &Process,
        order: &str,
        amount: &str,
    ) -> (u16, Value) {
        let body = json!({"order_id": order, "amount": amount}).to_string();
        let response = self
            .http
            .post(format!("{}/api/create-payment.php", gateway.base_url))
            .header("content-type", "application/json")
            .header("x-api-key", &self.api_key)
            .header("x-signature", sign(&self.secret, &body))
            .body(body)
            .send()
            .await
            .unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// The status of a route that needs no key.
    pub async fn status_of(&self, gateway: &Process, path: &str) -> u16 {
        let url = format!("{}{path}", gateway.base_url);
        self.http.get(url).send().await.unwrap().status().as_u16()
    }

    /// Returns once a route that needs no key answers so.
    pub async fn wait_for_status(&self, gateway: &Process, path: &str, status: u16) {
        let wait = async {
            while self.status_of(gateway, path).await != status {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        patiently(path, wait).await;
    }

    pub fn start(&self) -> Process {
        self.start_in("UTC")
    }

    /// Starts the gateway on a machine of another time zone.
    pub fn start_in(&self, time_zone: &str) -> Process {
        self.start_as(Command::new(BINARY).env("TZ", time_zone))
    }

    /// Starts the gateway by a command that takes its arguments.
    pub fn start_as(&self, command: &mut Command) -> Process {
        let mut child = command
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
        let kept = Arc::new(Mutex::default());
        let keep = Arc::clone(&kept);
        // The pipe must not fill up.
        std::thread::spawn(move || {
            for line in log.map_while(Result::ok) {
                let mut kept: MutexGuard<'_, String> = keep.lock().unwrap();
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        Process {
            child,
            base_url: format!("http://{address}"),
            log: kept,
        }
    }

    /// Creates a payment; refusals are repeated until the gateway has reached the node.
    pub async fn create(&self, gateway: &Process, order: usize) -> Value {
        self.try_create(&gateway.base_url, order).await.unwrap()
    }

    /// The same with a gateway that may die.
    pub async fn try_create(&self, base_url: &str, order: usize) -> reqwest::Result<Value> {
        let amount = (50 + order).to_string();
        let body = json!({"order_id": format!("ORDER_{order}"), "amount": amount}).to_string();
        loop {
            let response = self
                .http
                .post(format!("{base_url}/api/create-payment.php"))
                .header("content-type", "application/json")
                .header("x-api-key", &self.api_key)
                .header("x-signature", sign(&self.secret, &body))
                .body(body.clone())
                .send()
                .await?;
            let answer: Value = response.json().await?;
            if answer["ok"] == true {
                return Ok(answer["payment"].clone());
            }
            // Before the first step the chain is not known yet.
            self.node.arrivals("", 1).await;
        }
    }

    pub async fn wait_until_paid(&self, gateway: &Process, payment: &Value) {
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

    /// Returns once so many transfers are in review, and no more. What was seen at the head may be
    /// credited before the rest of its block is recorded.
    pub async fn wait_until_in_review(&self, count: i64) {
        let recorded = async {
            while self.database.in_review().await < count {
                self.node.arrivals("", 1).await;
            }
        };
        patiently("transfers in review", recorded).await;
        assert_eq!(self.database.in_review().await, count);
    }

    /// Every payment is paid once, and its merchant told of one event, whatever happened.
    pub async fn assert_told_once(&self, payments: &[Value]) {
        for payment in payments {
            let id = &payment["payment_id"];
            self.receiver
                .wait_for(1, |one| one.json()["payment_id"] == *id)
                .await;
        }
        while self.database.events_pending().await > 0 {
            self.node.arrivals("", 1).await;
        }
        let all = i64::try_from(payments.len()).unwrap();
        assert_eq!(self.database.paid().await, all);
        assert_eq!(self.database.credited().await, all);
        assert_eq!(self.database.webhook_events().await, all);
        // A webhook may come twice, but then it is the same one.
        let mut told: HashMap<String, (String, String)> = HashMap::new();
        for one in self.receiver.deliveries() {
            assert_eq!(one.header("x-signature"), sign(&self.secret, &one.body));
            let event = (one.header("webhook-id").to_owned(), one.body.clone());
            let payment = one.json()["payment_id"].to_string();
            assert_eq!(told.entry(payment).or_insert_with(|| event.clone()), &event);
        }
        assert_eq!(told.len(), payments.len());
    }
}

impl Process {
    /// One whose log goes elsewhere, and whose address is not known yet.
    pub fn of(child: Child) -> Self {
        Self {
            child,
            base_url: String::new(),
            log: Arc::default(),
        }
    }

    /// What it has logged since it ran.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn kill(&mut self) {
        // SIGKILL: the process gets no chance to tidy up.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
