//! Status answers for each second of the processor, beside a bare axum handler that returns the same
//! bytes; and what many held requests cost.

use std::env;
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::http::{HeaderName, header};
use axum::routing::get;
use futures_util::future::join_all;
use tokio::net::TcpListener;

use crate::load;
use crate::process::Server;
use crate::report::{row, row_of_most};
use crate::site::{Site, new_database};
use crate::wire::Client;

const CONNECTIONS: usize = 64;

const OPEN_PAYMENTS: u32 = 100_000;

const MOST_HELD: u64 = 10_000;

/// What one held request may cost, and all the rest.
const HELD_KB: u64 = 21 / 2;
const REST_MB: u64 = 100;

/// Runs this program as the bare handler.
pub const BARE: &str = "bare";

pub async fn beside_bare() {
    let site = Site::make(None, 1).await;
    let (gateway, payment) = site.start().await;
    let request = question(&payment);
    let body = site.data().with_file_name("answer.json");
    let mut client = Client::connect(&gateway.address).await;
    fs::write(&body, client.ask(&request).await.1).unwrap();
    let bare = tokio::task::spawn_blocking(move || {
        Server::start(
            Command::new(env::current_exe().unwrap())
                .arg(BARE)
                .arg(body),
        )
    })
    .await
    .unwrap();
    let numbers = Arc::new(AtomicU64::new(0));
    let answers = async |server: &Server| {
        let request = request.clone();
        per_processor_second(&[server], &numbers, request).await
    };
    let (bare, ours) = load::in_turns(
        async || answers(&bare).await,
        async || answers(&gateway).await,
    )
    .await;
    row(
        &format!("status answers a processor second, beside a bare handler ({bare:.0}): {ours:.0}"),
        0.5,
        ours / bare,
    );
}

/// What an answer costs must not grow with the gateways: three have three times the processors.
pub async fn of_three(server: &str) {
    let database = new_database(server, "three").await;
    let site = Site::make(Some(&database), 1).await;
    let (first, payment) = site.start().await;
    let (second, third) = (
        site.start_another("second").await,
        site.start_another("third").await,
    );
    let request = question(&payment);
    let numbers = Arc::new(AtomicU64::new(0));
    let answers =
        async |servers: &[&Server]| per_processor_second(servers, &numbers, request.clone()).await;
    let (one, three) = load::in_turns(
        async || answers(&[&first]).await,
        async || 3.0 * answers(&[&first, &second, &third]).await,
    )
    .await;
    row(
        &format!(
            "status answers of three gateways on PostgreSQL, beside one ({one:.0}): {three:.0}"
        ),
        2.5,
        three / one,
    );
}

fn question(payment: &str) -> String {
    format!("GET /api/payment-status.php?payment_id={payment} HTTP/1.1\r\nhost: gateway\r\n\r\n")
}

/// Answers of all servers together for each second of their processors together.
async fn per_processor_second(
    servers: &[&Server],
    numbers: &Arc<AtomicU64>,
    request: String,
) -> f64 {
    let spent = || {
        servers
            .iter()
            .map(|server| server.cpu_seconds())
            .sum::<f64>()
    };
    let before = spent();
    let asking = servers.iter().map(|server| {
        let request = request.clone();
        load::answers(&server.address, CONNECTIONS, numbers, move |_| {
            request.clone()
        })
    });
    let answers: f64 = join_all(asking).await.iter().map(|(count, _)| count).sum();
    answers / (spent() - before)
}

/// The handler that the gateway is compared with.
pub async fn serve_bare(body: &Path) {
    let body: &'static [u8] = fs::read(body).unwrap().leak();
    let head: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_TYPE, "application/json"),
        (header::ETAG, "W/\"1\""),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "x-api-key, x-signature"),
    ];
    let router = Router::new().route(
        "/api/payment-status.php",
        get(move || async move { (head, body) }),
    );
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    eprintln!("address={}", listener.local_addr().unwrap());
    axum::serve(listener, router).await.unwrap();
}

pub async fn memory() {
    let site = Site::make(None, 1).await;
    let (gateway, payment) = site.start().await;
    drop(gateway);
    site.open_payments(OPEN_PAYMENTS).await;
    let (gateway, _) = site.start().await;
    // Each held request needs a descriptor here too.
    let descriptors = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let room = descriptors.current.unwrap_or(u64::MAX).saturating_sub(200);
    // The gateway holds three quarters of its connections.
    let held = MOST_HELD.min(room / 2);
    let request = format!(
        "GET /api/payment-status.php?payment_id={payment}&wait=25 HTTP/1.1\r\nhost: gateway\r\n\r\n"
    );
    let mut clients = Vec::new();
    for _ in 0..held {
        let mut client = Client::connect(&gateway.address).await;
        client.send(&request).await;
        clients.push(client);
    }
    for mut client in clients {
        assert_eq!(client.answer().await.0, 200);
    }
    let most = REST_MB + held * HELD_KB / 1_000;
    let megabytes = gateway.peak_bytes() / 1_000_000;
    row_of_most(
        &format!("MB of memory with {OPEN_PAYMENTS} open payments and {held} held requests"),
        most,
        megabytes,
    );
}
