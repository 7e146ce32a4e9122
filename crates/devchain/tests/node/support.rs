//! A node on a free port with a clock that the test holds, and a client for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use usdt_devchain::{Devchain, Options, Transfer};
use usdt_protocol::{TronAddress, Txid, UtcTime};

pub const FIRST_BLOCK: u64 = 66_987_607;
pub const START: i64 = 1_777_445_307_000;
pub const USDT: &str = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";
pub const USDT_HEX: &str = "41a614f803b6fd780986a42c78ec9c7f77e6ded13c";
pub const PAYEE: &str = "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH";
pub const PAYEE_WORD: &str = "000000000000000000000000c8599111f29c1e1e061265b4af93ea1f274ad78a";
pub const PAYER: &str = "TSeJkUh4Qv67VNFwY8LaAxERygNdy6NQZK";
pub const PAYER_WORD: &str = "000000000000000000000000b6e708a39781c96bd399c7657780ff9fe9f052a8";
pub const TRANSFER: &str = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
/// 50.013400 USDT.
pub const AMOUNT_WORD: &str = "0000000000000000000000000000000000000000000000000000000002fb24d8";

/// Wall time that passes when the test says so.
#[derive(Clone)]
pub struct Wall(Arc<AtomicI64>);

impl Wall {
    pub fn pass_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

pub struct Node {
    pub chain: Devchain,
    pub wall: Wall,
    pub url: String,
    http: reqwest::Client,
}

impl Node {
    /// Serves a new chain whose clock shows [`START`]; blocks come on command only.
    pub async fn start() -> Self {
        let (chain, wall) = new_chain();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        chain.pause();
        tokio::spawn(chain.clone().run(listener, std::future::pending()));
        Self {
            chain,
            wall,
            url,
            http: client(),
        }
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.url)).json(&body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path} {body}");
        answer.json().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.get_any(path).await;
        assert_eq!(status, 200, "{path} {body}");
        body
    }

    pub async fn get_any(&self, path: &str) -> (u16, Value) {
        let url = if path.starts_with("http") {
            path.into()
        } else {
            format!("{}{path}", self.url)
        };
        let answer = self.http.get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Posts a command that is refused, and returns the sentence.
    pub async fn refused(&self, path: &str, body: &'static str) -> String {
        let request = self.http.post(format!("{}{path}", self.url)).body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 400, "{path} {body}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["ok"], false);
        answer["error"].as_str().unwrap().to_owned()
    }

    pub async fn rpc(&self, method: &str, params: Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
        let answer = self.post("/jsonrpc", request).await;
        assert_eq!(
            (&answer["jsonrpc"], &answer["id"]),
            (&json!("2.0"), &json!(7))
        );
        answer
    }

    pub async fn logs(&self, filter: Value) -> Vec<Value> {
        let answer = self.rpc("eth_getLogs", json!([filter])).await;
        answer["result"]
            .as_array()
            .unwrap_or_else(|| panic!("{answer}"))
            .clone()
    }

    pub async fn rows(&self, query: &str) -> Vec<Value> {
        let page = self
            .get(&format!("/v1/accounts/{PAYEE}/transactions/trc20?{query}"))
            .await;
        page["data"].as_array().unwrap().clone()
    }

    /// 50.0134 USDT from the payer to the payee, waiting for a block.
    pub fn pay(&self) -> Txid {
        self.chain.transfer(&payment())[0]
    }
}

/// A client that fails a test rather than hang it.
pub fn client() -> reqwest::Client {
    let limit = Duration::from_secs(30);
    reqwest::Client::builder().timeout(limit).build().unwrap()
}

pub fn new_chain() -> (Devchain, Wall) {
    let wall = Wall(Arc::new(AtomicI64::new(1_000_000)));
    let options = Options {
        first_block: FIRST_BLOCK,
        ..Options::starting_at(UtcTime::from_millis(START))
    };
    let reader = wall.clone();
    let read = move || UtcTime::from_millis(reader.0.load(Ordering::SeqCst));
    (Devchain::with_wall_time(&options, read), wall)
}

pub fn payment() -> Transfer {
    let transfer = Transfer::new(address(PAYEE), "50.0134".parse().unwrap());
    Transfer {
        from: Some(address(PAYER)),
        ..transfer
    }
}

pub fn address(text: &str) -> TronAddress {
    text.parse().unwrap()
}

/// What the holder, an ABI word, has of a token on either side of the node.
pub async fn balance(node: &Node, side: &str, holder: &str, contract: &str) -> u128 {
    let answer = call(node, side, contract, "balanceOf(address)", holder).await;
    u128::from_str_radix(answer["constant_result"][0].as_str().unwrap(), 16).unwrap()
}

pub async fn call(
    node: &Node,
    side: &str,
    contract: &str,
    function: &str,
    parameter: &str,
) -> Value {
    node.post(
        &format!("/{side}/triggerconstantcontract"),
        json!({
            "owner_address": address(PAYEE).to_hex(),
            "contract_address": contract,
            "function_selector": function,
            "parameter": parameter,
        }),
    )
    .await
}

pub async fn receipt(node: &Node, txid: &Value) -> Value {
    node.post("/wallet/gettransactioninfobyid", json!({ "value": txid }))
        .await
}

/// A transaction by command, mined.
pub async fn mined(node: &Node, command: Value) -> Value {
    let txid = node.post("/dev/transaction", command).await["txid"].clone();
    node.chain.mine(1);
    txid
}
