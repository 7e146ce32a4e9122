//! Receipts that were recorded on the main network, through the whole gateway: the one that moves
//! USDT pays, the others do not.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::Uri;
use axum::{Json, Router};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use usdt_gateway::app::App;
use usdt_gateway::clock::Clock;
use usdt_gateway::config::{ChainConfig, Config, Limits, MasterKey, PublicUrl, Watch};
use usdt_gateway::data;
use usdt_gateway::embedders::Embedders;
use usdt_gateway::payments::LatePolicy;
use usdt_gateway::payments::slot::MostAddition;
use usdt_gateway::secrets::{ApiKey, ApiSecret, Vault};
use usdt_gateway::store::NewProject;
use usdt_protocol::UtcTime;
use usdt_tron::{Endpoint, Network};

use crate::database::{self, Database, on_server};
use crate::merchant::{Receiver, sign};
use crate::patience::patiently;
use crate::test_gateway::{author, json_of};

const RECIPIENT: &str = "TUikLT3nTTjTkXPAuC4xUGj84vfSERCWRn";
const POLL: Duration = Duration::from_millis(20);

/// Blocks around the recorded transfer, which is in block 66 861 993.
const BEFORE: u64 = 66_861_960;
const AFTER: u64 = 66_862_230;

fn recorded(name: &str) -> Value {
    let all = include_str!("../../../tron/tests/fixtures/recorded.json");
    let all: Value = serde_json::from_str(all).unwrap();
    all["receipts"][name].clone()
}

/// The main network as far as it was recorded, up to a solid block that the test sets. Other blocks
/// are empty.
#[derive(Clone)]
struct Mainnet {
    solid: Arc<AtomicU64>,
}

impl Mainnet {
    fn solid(&self) -> u64 {
        self.solid.load(Ordering::SeqCst)
    }

    /// Blocks of those days are three seconds apart.
    fn time(block: u64) -> UtcTime {
        let paid = &recorded("usdt_transfer_3_5");
        let blocks = block.cast_signed() - paid["blockNumber"].as_i64().unwrap();
        UtcTime::from_millis(paid["blockTimeStamp"].as_i64().unwrap() + blocks * 3_000)
    }

    fn receipts(&self) -> Vec<Value> {
        ["usdt_transfer_3_5", "out_of_energy", "trx_transfer"]
            .map(recorded)
            .into_iter()
            .filter(|receipt| receipt["blockNumber"].as_u64().unwrap() <= self.solid())
            .collect()
    }

    fn block(number: u64) -> Value {
        json!({"blockID": format!("{number:016x}{}", "0".repeat(48)), "block_header": {"raw_data": {
            "number": number, "timestamp": Self::time(number).millis(), "txTrieRoot": "0".repeat(64),
        }}})
    }

    fn logs(&self, filter: &Value) -> Value {
        let block = |name: &str| {
            let text = filter[name].as_str().unwrap();
            u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap_or(u64::MAX)
        };
        let asked = block("fromBlock")..=block("toBlock");
        let mut logs = Vec::new();
        for receipt in self.receipts() {
            let number = receipt["blockNumber"].as_u64().unwrap();
            if !asked.contains(&number) {
                continue;
            }
            for log in receipt["log"].as_array().into_iter().flatten() {
                let prefixed = |text: &Value| format!("0x{}", text.as_str().unwrap());
                let topics: Vec<String> = log["topics"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(prefixed)
                    .collect();
                logs.push(json!({
                    "address": prefixed(&log["address"]), "data": prefixed(&log["data"]),
                    "topics": topics, "blockNumber": format!("{number:#x}"), "removed": false,
                    "transactionHash": prefixed(&receipt["id"]), "logIndex": "0x0",
                }));
            }
        }
        Value::from(logs)
    }

    async fn serve(&self) -> String {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async { axum::serve(listener, router).await });
        url
    }
}

async fn answer(State(chain): State<Mainnet>, uri: Uri, body: String) -> Json<Value> {
    let asked: Value = serde_json::from_str(&body).unwrap_or_default();
    let mut receipts = chain.receipts().into_iter();
    let path = uri.path().rsplit('/').next().unwrap();
    Json(match path {
        "getblock" => {
            let number = asked["id_or_num"]
                .as_str()
                .map(|text| text.parse().unwrap());
            Mainnet::block(number.unwrap_or(chain.solid()))
        }
        "gettransactioninfobyid" => receipts
            .rfind(|receipt| receipt["id"] == asked["value"])
            .unwrap_or_else(|| json!({})),
        "gettransactioninfobyblocknum" => receipts
            .filter(|receipt| receipt["blockNumber"] == asked["num"])
            .collect(),
        "jsonrpc" => json!({"jsonrpc": "2.0", "id": 1, "result": chain.logs(&asked["params"][0])}),
        other => json!({"Error": format!("{other} was not recorded")}),
    })
}

/// A minute after the newest solid block, as on the real network.
struct ChainClock(Mainnet);

impl Clock for ChainClock {
    fn now(&self) -> UtcTime {
        Mainnet::time(self.0.solid()).plus_seconds(57)
    }
}

struct Gateway {
    base_url: String,
    api_key: ApiKey,
    secret: ApiSecret,
    data: tempfile::TempDir,
    receiver: Receiver,
    http: Client,
}

impl Gateway {
    async fn start(chain: &Mainnet, watch: Watch, shutdown: &CancellationToken) -> Self {
        let (data, receiver) = (tempfile::tempdir().unwrap(), Receiver::start().await);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let listen = listener.local_addr().unwrap();
        let base_url = format!("http://{listen}");
        let node = Endpoint::at(chain.serve().await);
        database::make(data.path()).await;
        let config = Config {
            listen,
            public_url: PublicUrl::parse(&base_url).unwrap(),
            data_dir: data.path().to_owned(),
            master_key: MasterKey::Own(Vault::key_file(data.path())),
            database: on_server(data.path()),
            client_ip_header: None,
            chains: vec![ChainConfig {
                network: Network::Mainnet,
                indexer: node.clone(),
                nodes: vec![node],
                watch,
                token: Network::Mainnet.usdt_contract(),
                every_block_pays: true,
                poll: POLL,
                idle_poll: POLL,
            }],
            metrics_listen: None,
            disk_reserve: 0,
            drain: Duration::ZERO,
            limits: Limits::default(),
            rates: Vec::new(),
            allow_private_webhooks: true,
        };
        data::create(&config).await.unwrap();
        let clock = Arc::new(ChainClock(chain.clone()));
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
        drop(app.take_auditors());
        let (api_key, secret) = (
            ApiKey::generate(false).unwrap(),
            ApiSecret::generate(false).unwrap(),
        );
        let project = NewProject {
            name: "Shop".to_owned(),
            network: Network::Mainnet,
            test: false,
            sealed_secret: app.vault.seal(&api_key, &secret).unwrap(),
            api_key: api_key.clone(),
            webhook_url: Some(receiver.url.parse().unwrap()),
            late_policy: LatePolicy::Accept,
            window: Duration::from_mins(15),
            quarantine: Duration::from_hours(1),
            most_addition: MostAddition::LEAST,
            addresses: vec![RECIPIENT.parse().unwrap()],
            account_key: None,
            embedders: Embedders::none(),
        };
        let store = app.store.clone();
        store.add_project(&project, &author()).await.unwrap();
        tokio::spawn(app.run());
        let begun = async {
            while store.cursor(Network::Mainnet).await.unwrap().is_none() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        patiently("the first look at the chain", begun).await;
        Self {
            base_url,
            api_key,
            secret,
            data,
            receiver,
            http: Client::new(),
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let request = self
            .http
            .post(format!("{}{path}", self.base_url))
            .header("content-type", "application/json")
            .header("x-api-key", self.api_key.as_str())
            .header("x-signature", sign(self.secret.reveal(), &body))
            .body(body);
        let answer = json_of(request.send().await.unwrap()).await;
        assert_eq!(answer["ok"], true, "{answer}");
        answer
    }

    async fn status(&self, query: &str) -> Value {
        let url = format!(
            "{}/api/payment-status.php?payment_id={query}",
            self.base_url
        );
        let answer = json_of(self.http.get(url).send().await.unwrap()).await;
        answer["payment"].clone()
    }
}

#[tokio::test]
async fn a_recorded_transfer_pays_and_recorded_failures_and_trx_do_not() {
    for watch in [Watch::Logs, Watch::Receipts] {
        let chain = Mainnet {
            solid: Arc::new(AtomicU64::new(BEFORE)),
        };
        let shutdown = CancellationToken::new();
        let gateway = Gateway::start(&chain, watch, &shutdown).await;
        let order = json!({"order_id": "ORDER_1", "amount": "3.4"});
        let created = gateway.post("/api/create-payment.php", &order).await;
        let id = &created["payment"]["payment_id"];
        assert_eq!(created["payment"]["address"], RECIPIENT);
        // The amount was not ours to choose.
        let database = Database::of(gateway.data.path());
        database.draw_amount("ORDER_1", "3.5").await;

        chain.solid.store(AFTER, Ordering::SeqCst);
        let mut status = gateway.status(&id.to_string()).await;
        let paid = async {
            while status["status"] == "pending" {
                let held = format!("{id}&wait=25&v={}", status["version"]);
                status = gateway.status(&held).await;
            }
        };
        patiently("the payment", paid).await;
        let transfer = recorded("usdt_transfer_3_5");
        assert_eq!(status["status"], "paid", "{watch:?}: {status}");
        assert_eq!(status["txid"], transfer["id"]);
        assert_eq!(status["received_amount"], "3.500000");
        assert_eq!(status["paid_at"], "2024-11-10 10:45:54");
        let told = gateway.receiver.wait_for(1, |_| true).await[0].json();
        assert_eq!(told["txid"], transfer["id"]);

        for (name, result) in [("out_of_energy", "failed"), ("trx_transfer", "not_usdt")] {
            let claim = json!({"payment_id": id, "txid": recorded(name)["id"]});
            let answer = gateway.post("/api/claim.php", &claim).await;
            assert_eq!(answer["claim"]["result"], result, "{answer}");
        }
        assert_eq!(database.transfers().await, 1);
        shutdown.cancel();
    }
}
