//! A gateway in this process, on a simulated chain whose time moves only by mining.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_util::sync::{CancellationToken, DropGuard};
use usdt_devchain::{Devchain, Options, Transfer};
use usdt_gateway::addresses::AccountKey;
use usdt_gateway::app::App;
use usdt_gateway::audit::Auditor;
use usdt_gateway::clock::Clock;
use usdt_gateway::config::{ChainConfig, Config, Limits, MasterKey, PublicUrl, RateConfig, Watch};
use usdt_gateway::data;
use usdt_gateway::embedders::Embedders;
use usdt_gateway::payments::LatePolicy;
use usdt_gateway::payments::slot::MostAddition;
use usdt_gateway::secrets::{ApiKey, ApiSecret, Vault};
use usdt_gateway::store::{Author, NewProject, Store};
use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};
use usdt_tron::{Endpoint, Network};

use crate::database::{self, Database, on_server};
use crate::faulty_node::FaultyNode;
use crate::merchant::{Receiver, sign};
use crate::openapi;
use crate::patience::patiently;

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

/// The configuration for commands, in the data folder.
const CONFIG: &str = "gateway.toml";

pub const START: &str = "2026-07-01 18:00:00";
const POLL: Duration = Duration::from_millis(20);

pub const WINDOW_SECONDS: u64 = 900;
pub const QUARANTINE_SECONDS: u64 = 3_600;

struct ChainClock(Devchain);

impl Clock for ChainClock {
    fn now(&self) -> UtcTime {
        self.0.now()
    }
}

/// A project and its keys.
#[derive(Clone, Debug)]
pub struct Keys {
    pub app_id: i64,
    pub api_key: String,
    pub secret: String,
}

pub struct TestGateway {
    pub base_url: String,
    pub devchain: Devchain,
    pub node: FaultyNode,
    /// Asked where the first does not answer, in a [`Setup`] with two.
    pub second_node: Option<FaultyNode>,
    pub store: Store,
    pub database: Database,
    pub vault: Vault,
    pub keys: Keys,
    pub receiver: Receiver,
    pub network: Network,
    auditor: Mutex<Auditor>,
    http: Client,
    data: TempDir,
    _shutdown: DropGuard,
}

/// How a test's gateway differs from the usual one.
pub struct Setup {
    pub network: Network,
    pub late_policy: LatePolicy,
    pub allow_private_webhooks: bool,
    pub addresses: usize,
    pub account_key: Option<AccountKey>,
    pub most_addition: MostAddition,
    pub embedders: Embedders,
    pub window_seconds: u64,
    pub watch: Watch,
    /// Every block has transfers of strangers, and the gateway knows that.
    pub every_block_pays: bool,
    pub idle_poll: Duration,
    pub two_nodes: bool,
    pub limits: Limits,
    pub rates: Vec<RateConfig>,
    /// The header in which a proxy writes the client's address.
    pub client_ip_header: Option<&'static str>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            network: Network::Simulated,
            late_policy: LatePolicy::Accept,
            allow_private_webhooks: true,
            addresses: 1,
            account_key: None,
            most_addition: MostAddition::LEAST,
            embedders: Embedders::none(),
            window_seconds: WINDOW_SECONDS,
            watch: Watch::Logs,
            every_block_pays: false,
            idle_poll: POLL,
            two_nodes: false,
            limits: Limits::default(),
            rates: Vec::new(),
            client_ip_header: None,
        }
    }
}

impl TestGateway {
    pub async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    pub async fn start_with(setup: Setup) -> Self {
        let start: UtcTime = START.parse().unwrap();
        let token = setup.network.usdt_contract();
        let options = Options {
            token,
            strangers: if setup.every_block_pays { 5 } else { 0 },
            ..Options::starting_at(start)
        };
        let devchain = Devchain::with_wall_time(&options, move || start);
        let node = FaultyNode::start(&devchain).await;
        let receiver = Receiver::start().await;
        let data = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let listen = listener.local_addr().unwrap();
        let base_url = format!("http://{listen}");
        let second_node = if setup.two_nodes {
            Some(FaultyNode::start(&devchain).await)
        } else {
            None
        };
        let endpoint = |node: &FaultyNode| Endpoint::at(&node.url);
        let nodes: Vec<Endpoint> = [Some(&node), second_node.as_ref()]
            .into_iter()
            .flatten()
            .map(endpoint)
            .collect();
        let server = database::make(data.path()).await;
        let config = Config {
            listen,
            public_url: PublicUrl::parse(&base_url).unwrap(),
            data_dir: data.path().to_owned(),
            master_key: MasterKey::Own(Vault::key_file(data.path())),
            database: on_server(data.path()),
            client_ip_header: setup.client_ip_header.map(|name| name.parse().unwrap()),
            chains: vec![ChainConfig {
                network: setup.network,
                indexer: nodes[0].clone(),
                nodes,
                watch: setup.watch,
                every_block_pays: setup.every_block_pays,
                token,
                poll: POLL,
                idle_poll: setup.idle_poll,
            }],
            metrics_listen: None,
            disk_reserve: 0,
            drain: Duration::ZERO,
            limits: setup.limits,
            rates: setup.rates.clone(),
            allow_private_webhooks: setup.allow_private_webhooks,
        };
        let text = format!(
            "listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\ndata_dir = {:?}\n{}\n\
             [test_chain]\nnodes = [{{ url = {:?} }}]\n",
            data.path().to_str().unwrap(),
            server.map_or_else(String::new, |url| format!("database = {url:?}")),
            node.url
        );
        fs::write(data.path().join(CONFIG), text).unwrap();
        let shutdown = CancellationToken::new();
        let clock = Arc::new(ChainClock(devchain.clone()));
        data::create(&config).await.unwrap();
        let mut app = App::build(
            &config,
            data::open_locked(&config).await.unwrap(),
            listener,
            clock,
            shutdown.clone().into(),
            None,
        )
        .await
        .unwrap();
        let (store, vault) = (app.store.clone(), app.vault.clone());
        // They run when a test wants it.
        let auditor = app.take_auditors().pop().unwrap();
        tokio::spawn(app.run());
        let mut gateway = Self {
            base_url,
            devchain,
            node,
            second_node,
            store,
            database: Database::of(data.path()),
            vault,
            keys: Keys {
                app_id: 0,
                api_key: String::new(),
                secret: String::new(),
            },
            receiver,
            network: setup.network,
            auditor: Mutex::new(auditor),
            http: Client::new(),
            data,
            _shutdown: shutdown.drop_guard(),
        };
        gateway.keys = gateway.add_project(1, &setup).await;
        gateway.wait_for_cursor().await;
        gateway
    }

    /// Adds a project with addresses that `seed` makes its own.
    pub async fn add_project(&self, seed: u8, setup: &Setup) -> Keys {
        let test = self.network == Network::Simulated;
        let (api_key, secret) = (
            ApiKey::generate(test).unwrap(),
            ApiSecret::generate(test).unwrap(),
        );
        let project = NewProject {
            name: "Test shop".to_owned(),
            network: self.network,
            test,
            sealed_secret: self.vault.seal(&api_key, &secret).unwrap(),
            api_key: api_key.clone(),
            webhook_url: Some(self.receiver.url.parse().unwrap()),
            late_policy: setup.late_policy,
            window: Duration::from_secs(setup.window_seconds),
            quarantine: Duration::from_secs(QUARANTINE_SECONDS),
            most_addition: setup.most_addition,
            addresses: (0..setup.addresses)
                .map(|n| address(seed, u8::try_from(n).unwrap()))
                .collect(),
            account_key: setup.account_key.clone(),
            embedders: setup.embedders.clone(),
        };
        let app_id = self.store.add_project(&project, &author()).await.unwrap();
        Keys {
            app_id,
            api_key: api_key.as_str().to_owned(),
            secret: secret.reveal().to_owned(),
        }
    }

    async fn wait_for_cursor(&self) {
        let begun = async {
            while self.store.cursor(self.network).await.unwrap().is_none() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        patiently("the first look at the chain", begun).await;
    }

    /// A request to create a payment, signed by the gateway's own project.
    pub fn create_request(&self, body: &str) -> RequestBuilder {
        self.create_request_of(&self.keys, body)
    }

    /// A request to create a payment, signed by a project.
    pub fn create_request_of(&self, keys: &Keys, body: &str) -> RequestBuilder {
        self.post("/api/create-payment.php")
            .header("content-type", "application/json")
            .header("x-api-key", &keys.api_key)
            .header("x-signature", sign(&keys.secret, body))
            .body(body.to_owned())
    }

    /// Creates a payment of `amount` for `order_id`, which must succeed.
    pub async fn create(&self, order_id: &str, amount: &str) -> Value {
        self.create_as(&self.keys, order_id, amount).await
    }

    /// Creates a payment of another project.
    pub async fn create_as(&self, keys: &Keys, order_id: &str, amount: &str) -> Value {
        let body = json!({"order_id": order_id, "amount": amount}).to_string();
        let answer = json_of(self.create_request_of(keys, &body).send().await.unwrap()).await;
        assert_eq!(answer["ok"], true, "{answer}");
        answer["payment"].clone()
    }

    /// Creates a payment of 50 USDT and pays it.
    pub async fn paid(&self, order_id: &str) -> Value {
        let payment = self.create(order_id, "50").await;
        self.transfer(&payment, pay_amount(&payment));
        self.make_solid();
        self.status_when(&payment, |payment| payment["status"] == "paid")
            .await
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base_url))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.base_url))
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.base_url))
    }

    /// The public status of a payment, as it is told to whoever has heard of its last version.
    pub async fn status(&self, payment: &Value) -> Value {
        let id = &payment["payment_id"];
        let stored = self.store.payment(id.as_u64().unwrap().try_into().unwrap());
        let version = stored.await.unwrap().unwrap().version;
        let path = format!("/api/payment-status.php?payment_id={id}&v={version}");
        json_of(self.get(&path).send().await.unwrap()).await["payment"].clone()
    }

    /// The public status once `wanted` holds. Waits as the page does.
    pub async fn status_when(&self, payment: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
        let follow = async {
            let mut status = self.status(payment).await;
            while !wanted(&status) {
                let path = format!(
                    "/api/payment-status.php?payment_id={}&wait=25&v={}",
                    payment["payment_id"], status["version"]
                );
                status = json_of(self.get(&path).send().await.unwrap()).await["payment"].clone();
            }
            status
        };
        patiently("a payment's status", follow).await
    }

    /// Returns once the gateway has read all that is solid now, and looked at the head.
    pub async fn catch_up(&self) {
        let (solid, head) = (self.devchain.solid(), self.devchain.head());
        loop {
            let cursor = self.store.cursor(self.network).await.unwrap().unwrap();
            if cursor.block >= solid {
                break;
            }
            self.node.arrivals("", 1).await;
        }
        // A whole further step has seen this head.
        self.node.arrivals("/walletsolidity/getblock", 2).await;
        assert_eq!(self.devchain.head(), head);
    }

    /// The kinds and subjects of the alarms that are open.
    pub async fn alarms(&self) -> Vec<(&'static str, String)> {
        let alarms = self.store.open_alarms().await.unwrap();
        let alarms = alarms.into_iter();
        alarms
            .map(|alarm| (alarm.kind.as_str(), alarm.subject))
            .collect()
    }

    /// Runs the audits whose time has come.
    pub async fn audit(&self) {
        self.auditor.lock().await.run_due().await;
    }

    /// Asks the indexer about the addresses of open payments.
    pub async fn watch_open_payments(&self) {
        self.auditor.lock().await.watch_open().await;
    }

    /// Returns once so many more steps of the watcher have begun, at whichever node.
    pub async fn steps(&self, count: u64) {
        const STEP: &str = "/walletsolidity/getblock";
        let Some(second) = &self.second_node else {
            return self.node.arrivals(STEP, count).await;
        };
        for _ in 0..count {
            tokio::select! {
                () = self.node.arrivals(STEP, 1) => {}
                () = second.arrivals(STEP, 1) => {}
            }
        }
    }

    /// Runs the audits whose time has come after so many more blocks, all of which are read.
    pub async fn audit_after(&self, blocks: u32) {
        self.devchain.mine(blocks);
        self.catch_up().await;
        self.audit().await;
    }

    /// Hands a transfer of the token in, to be mined by the next block.
    pub fn transfer(&self, payment: &Value, amount: &str) -> Txid {
        self.devchain.transfer(&transfer_to(payment, amount))[0]
    }

    /// Mines so many blocks that everything before them is solid.
    pub fn make_solid(&self) {
        self.devchain.mine(20);
    }

    /// Mines until the chain's time has passed `seconds` from now.
    pub fn let_pass(&self, seconds: u64) {
        self.devchain.mine(u32::try_from(seconds / 3 + 1).unwrap());
    }

    /// Where the gateway keeps its data.
    pub fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// Runs a command of the real binary on the gateway's data, beside it, as the user `alice`.
    pub async fn command(&self, arguments: &[&str]) -> Output {
        let config = self.data.path().join(CONFIG);
        let mut command = Command::new(BINARY);
        command
            .args(arguments)
            .arg("--config")
            .arg(config)
            .env("SUDO_USER", "alice");
        // The gateway runs on this thread, and the command may have to wait for it.
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }
}

/// Who changes what no command changes here.
pub fn author() -> Author {
    Author {
        actor: "a test".to_owned(),
        origin: "test".to_owned(),
        now: UtcTime::EPOCH,
    }
}

/// An address of the project that was added with `seed`.
pub fn address(seed: u8, number: u8) -> TronAddress {
    TronAddress::from_bytes([
        seed, number, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
    ])
}

pub fn transfer_to(payment: &Value, amount: &str) -> Transfer {
    let to: TronAddress = payment["address"].as_str().unwrap().parse().unwrap();
    let amount: Usdt = amount.parse().unwrap();
    Transfer::new(to, amount)
}

pub fn pay_amount(payment: &Value) -> &str {
    payment["pay_amount"].as_str().unwrap()
}

/// The answer, which is one that the description of the API has.
pub async fn json_of(response: Response) -> Value {
    let (url, status) = (response.url().clone(), response.status().as_u16());
    let text = response.text().await.unwrap();
    let answer = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    openapi::assert_described(&url, status, &answer);
    answer
}

/// An error's answer without what is additive.
pub fn published(mut answer: Value) -> Value {
    if let Some(fields) = answer.as_object_mut() {
        for added in ["code", "docs", "hint"] {
            fields.remove(added);
        }
    }
    answer
}
