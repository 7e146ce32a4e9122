//! A simulated node that passes for one of the main network, on time by the machine's clock, and
//! whose answers a test can replace.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use usdt_devchain::{Devchain, Options, Transfer};
use usdt_protocol::{TronAddress, Usdt, UtcTime};

const MAINNET: &str = "0x2b6653dc";

/// Blocks that are mined so that the last of them is new by the machine's clock.
const BLOCKS: u32 = 330;
const TRANSFERS_EVERY: u32 = 10;

/// An answer in the place of the node's: from the path and the body of a request.
type Script = dyn Fn(&str, &Value) -> Option<(u16, String)> + Send + Sync;

pub struct DisguisedNode {
    pub url: String,
    /// The same chain by a node that nobody scripts.
    pub sound_url: String,
    pub devchain: Devchain,
}

impl DisguisedNode {
    pub async fn start(
        script: impl Fn(&str, &Value) -> Option<(u16, String)> + Send + Sync + 'static,
    ) -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap();
        let now = UtcTime::from_millis(i64::try_from(since_epoch.as_millis()).unwrap());
        let start = now.plus_seconds(-3 * i64::from(BLOCKS));
        let devchain = Devchain::with_wall_time(&Options::starting_at(start), move || start);
        let recipient = TronAddress::from_bytes([8; 20]);
        for block in 0..BLOCKS {
            // The newest solid blocks, and those before them at intervals.
            if block % TRANSFERS_EVERY == 0 || block > BLOCKS - 40 {
                for amount in [1_000_000, 2_000_000] {
                    let amount = Usdt::from_micro(amount + u64::from(block));
                    devchain.transfer(&Transfer::new(recipient, amount));
                }
            }
            devchain.mine(1);
        }
        Self {
            url: serve(&devchain, Arc::new(script)).await,
            sound_url: serve(&devchain, Arc::new(|_, _| None)).await,
            devchain,
        }
    }

    /// One that answers as a sound node does.
    pub async fn sound() -> Self {
        Self::start(|_, _| None).await
    }
}

async fn serve(devchain: &Devchain, script: Arc<Script>) -> String {
    let router: Router = devchain.router().layer(from_fn_with_state(script, answer));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    url
}

async fn answer(State(script): State<Arc<Script>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    let asked: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if let Some((status, text)) = script(parts.uri.path(), &asked) {
        return (StatusCode::from_u16(status).unwrap(), text).into_response();
    }
    if asked["method"] == "eth_chainId" {
        return json!({"jsonrpc": "2.0", "id": 1, "result": MAINNET})
            .to_string()
            .into_response();
    }
    next.run(Request::from_parts(parts, bytes.into())).await
}
