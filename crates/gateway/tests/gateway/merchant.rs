//! A merchant: signs requests, and receives webhooks.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::watch;
use usdt_protocol::txid::Hex;

use crate::openapi;
use crate::patience::patiently;

/// HMAC-SHA256 in hex, as merchants compute it.
pub fn sign(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    Hex(&mac.finalize().into_bytes()).to_string()
}

/// A signature of Standard Webhooks, as their libraries compute it.
pub fn sign_standard(secret: &str, webhook: &Delivery) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    for part in [
        webhook.header("webhook-id"),
        ".",
        webhook.header("webhook-timestamp"),
        ".",
        &webhook.body,
    ] {
        mac.update(part.as_bytes());
    }
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// A webhook as it came in.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub headers: HeaderMap,
    pub body: String,
}

impl Delivery {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// The event, which is one that the description of the API has.
    pub fn json(&self) -> Value {
        let event = serde_json::from_str(&self.body).unwrap();
        openapi::assert_event_described(&event);
        event
    }
}

#[derive(Default)]
struct Log {
    deliveries: watch::Sender<Vec<Delivery>>,
    /// What to answer; `None` holds the request.
    answer: watch::Sender<Option<u16>>,
}

/// A merchant's webhook receiver.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    log: Arc<Log>,
}

impl Receiver {
    pub async fn start() -> Self {
        let log = Arc::new(Log::default());
        log.answer.send_replace(Some(200));
        let router = Router::new()
            .route("/webhook", post(receive))
            .with_state(Arc::clone(&log));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, log }
    }

    pub fn answer(&self, status: u16) {
        self.log.answer.send_replace(Some(status));
    }

    /// Takes webhooks without ever answering.
    pub fn hold(&self) {
        self.log.answer.send_replace(None);
    }

    pub fn deliveries(&self) -> Vec<Delivery> {
        self.log.deliveries.borrow().clone()
    }

    /// Returns all deliveries once there are that many for which `wanted` holds.
    pub async fn wait_for(
        &self,
        count: usize,
        wanted: impl Fn(&Delivery) -> bool,
    ) -> Vec<Delivery> {
        let mut deliveries = self.log.deliveries.subscribe();
        let matching = |all: &Vec<Delivery>| all.iter().filter(|one| wanted(one)).count();
        let enough = deliveries.wait_for(|all| matching(all) >= count);
        patiently("webhooks", enough).await.unwrap().clone()
    }
}

async fn receive(State(log): State<Arc<Log>>, headers: HeaderMap, body: String) -> StatusCode {
    log.deliveries
        .send_modify(|all| all.push(Delivery { headers, body }));
    let mut answer = log.answer.subscribe();
    let status = answer.wait_for(Option::is_some).await.unwrap().unwrap();
    StatusCode::from_u16(status).unwrap()
}
