//! A simulated node behind a door that can be told to give false answers, or none.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use usdt_devchain::Devchain;

use crate::patience::patiently;

/// What the door does with a request instead of letting it through.
#[derive(Clone, Debug)]
pub enum Fault {
    Answer(u16, &'static str),
    /// Refuses requests for the logs of more blocks than this.
    LogRange(u64),
    /// Never answers, until the fault is lifted; then the request fails.
    Hold,
}

struct Door {
    faults: watch::Sender<HashMap<&'static str, Fault>>,
    arrived: Mutex<HashMap<String, u64>>,
    arrivals: watch::Sender<u64>,
}

/// A node that serves `devchain`, which mines on command only.
#[derive(Clone)]
pub struct FaultyNode {
    pub url: String,
    door: Arc<Door>,
}

impl FaultyNode {
    pub async fn start(devchain: &Devchain) -> Self {
        let door = Arc::new(Door {
            faults: watch::Sender::new(HashMap::new()),
            arrived: Mutex::default(),
            arrivals: watch::Sender::new(0),
        });
        let router: Router = devchain
            .router()
            .layer(from_fn_with_state(Arc::clone(&door), pass));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, door }
    }

    /// Answers requests for `path` with a fault from now on.
    pub fn fail(&self, path: &'static str, fault: Fault) {
        self.door.faults.send_modify(|faults| {
            faults.insert(path, fault);
        });
    }

    /// Answers requests for `path` truly again.
    pub fn lift(&self, path: &'static str) {
        self.door.faults.send_modify(|faults| {
            faults.remove(path);
        });
    }

    pub fn heal(&self) {
        self.door.faults.send_modify(HashMap::clear);
    }

    /// Returns once `count` more requests for `path` have arrived. An empty path is any.
    pub async fn arrivals(&self, path: &str, count: u64) {
        self.arrived_in_all(path, self.arrived(path) + count).await;
    }

    /// Returns once so many requests for `path` have arrived since the beginning.
    pub async fn arrived_in_all(&self, path: &str, count: u64) {
        let mut arrivals = self.door.arrivals.subscribe();
        let enough = async {
            while self.arrived(path) < count {
                arrivals.changed().await.unwrap();
            }
        };
        patiently("requests to the node", enough).await;
    }

    /// How many requests for `path` have arrived so far.
    pub fn arrived(&self, path: &str) -> u64 {
        let arrived = self.door.arrived.lock().unwrap();
        arrived
            .iter()
            .filter(|(at, _)| at.starts_with(path))
            .map(|(_, count)| count)
            .sum()
    }
}

async fn pass(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    *door
        .arrived
        .lock()
        .unwrap()
        .entry(path.clone())
        .or_default() += 1;
    door.arrivals.send_modify(|count| *count += 1);
    let mut faults = door.faults.subscribe();
    let fault = faults.borrow_and_update().get(path.as_str()).cloned();
    match fault {
        None => next.run(request).await,
        Some(Fault::Answer(status, body)) => {
            (StatusCode::from_u16(status).unwrap(), body).into_response()
        }
        Some(Fault::LogRange(most)) => {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            let asked: Value = serde_json::from_slice(&body).unwrap();
            let block = |name: &str| {
                let text = asked["params"][0][name].as_str().unwrap();
                u64::from_str_radix(text.trim_start_matches("0x"), 16).ok()
            };
            // The newest block has no number.
            if let (Some(from), Some(to)) = (block("fromBlock"), block("toBlock"))
                && to - from >= most
            {
                let error = json!({"code": -32_602, "message": "exceed max block range"});
                return Json(json!({"jsonrpc": "2.0", "id": 1, "error": error})).into_response();
            }
            next.run(Request::from_parts(parts, body.into())).await
        }
        Some(Fault::Hold) => {
            let _ = faults
                .wait_for(|faults| !faults.contains_key(path.as_str()))
                .await;
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}
