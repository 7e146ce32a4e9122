//! What `GET /metrics` says.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use reqwest::header;

use crate::free_port::free_address;
use crate::patience::patiently;
use crate::site::Site;
use crate::test_gateway::{pay_amount, transfer_to};

/// The metrics of a database and of a process, which dashboards name.
const NAMES: [(&str, &str); 22] = [
    ("usdt_gateway_alarms", "gauge"),
    ("usdt_gateway_chain_lag_seconds", "gauge"),
    ("usdt_gateway_creates_total", "counter"),
    ("usdt_gateway_database_bytes", "gauge"),
    ("usdt_gateway_disk_free_bytes", "gauge"),
    ("usdt_gateway_http_request_duration_seconds", "histogram"),
    ("usdt_gateway_http_requests_total", "counter"),
    ("usdt_gateway_live_slots", "gauge"),
    ("usdt_gateway_node_request_seconds_total", "counter"),
    ("usdt_gateway_node_requests_today", "gauge"),
    ("usdt_gateway_node_requests_total", "counter"),
    ("usdt_gateway_oldest_webhook_seconds", "gauge"),
    ("usdt_gateway_pending_payments", "gauge"),
    ("usdt_gateway_solid_block", "gauge"),
    ("usdt_gateway_transfers_day", "gauge"),
    ("usdt_gateway_transfers_in_review", "gauge"),
    ("usdt_gateway_wal_bytes", "gauge"),
    ("usdt_gateway_webhook_attempt_duration_seconds", "histogram"),
    ("usdt_gateway_webhooks_failed", "gauge"),
    ("usdt_gateway_webhooks_pending", "gauge"),
    ("usdt_gateway_write_transaction_seconds", "histogram"),
    ("usdt_gateway_writer_wait_seconds", "histogram"),
];

struct Metrics {
    kinds: BTreeMap<String, String>,
    /// By the name and labels.
    values: BTreeMap<String, f64>,
}

impl Metrics {
    async fn read(site: &Site, port: SocketAddr) -> Self {
        let url = format!("http://{port}/metrics");
        let answer = site.http.get(url).send().await.unwrap();
        assert_eq!(
            answer.headers()[header::CONTENT_TYPE],
            "text/plain; version=0.0.4; charset=utf-8"
        );
        let (mut kinds, mut values) = (BTreeMap::new(), BTreeMap::new());
        for line in answer.text().await.unwrap().lines() {
            if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert_eq!(kinds.insert(name.to_owned(), kind.to_owned()), None);
            } else if !line.starts_with('#') {
                let (name, value) = line.rsplit_once(' ').unwrap();
                let value = value.parse().unwrap();
                assert_eq!(values.insert(name.to_owned(), value), None, "{name}");
            }
        }
        Self { kinds, values }
    }

    #[track_caller]
    fn is(&self, name: &str, value: f64) {
        let found = self.values.get(&format!("usdt_gateway_{name}"));
        assert_eq!(found, Some(&value), "{name} in {:#?}", self.values);
    }
}

#[tokio::test]
async fn the_metrics_count_what_happens() {
    let site = Site::prepare().await;
    let port = free_address();
    site.configure(&format!("metrics_listen = \"{port}\""));
    let gateway = site.start();
    let payment = site.create(&gateway, 0).await;
    let (again, _) = site.ask_to_create(&gateway, "ORDER_0", "50").await;
    let (different, _) = site.ask_to_create(&gateway, "ORDER_0", "51").await;
    assert_eq!((again, different), (200, 409));
    assert_eq!(site.status_of(&gateway, "/nowhere/at/all").await, 404);

    let metrics = Metrics::read(&site, port).await;
    for result in ["created", "existing", "different_amount"] {
        metrics.is(&format!("creates_total{{result=\"{result}\"}}"), 1.0);
    }
    let route = "route=\"/api/create-payment.php\"";
    metrics.is(
        &format!("http_requests_total{{{route},status=\"2xx\"}}"),
        2.0,
    );
    metrics.is(
        &format!("http_requests_total{{{route},status=\"4xx\"}}"),
        1.0,
    );
    metrics.is("http_requests_total{route=\"none\",status=\"4xx\"}", 1.0);
    metrics.is("pending_payments", 1.0);
    metrics.is("live_slots{network=\"simulated\"}", 1.0);

    site.devchain
        .transfer(&transfer_to(&payment, pay_amount(&payment)));
    site.devchain.transfer(&transfer_to(&payment, "7.77"));
    site.devchain.mine(20);
    site.wait_until_paid(&gateway, &payment).await;
    let delivered = async {
        while site.database.events_pending().await > 0 {
            site.node.arrivals("", 1).await;
        }
    };
    patiently("the webhook", delivered).await;
    let metrics = Metrics::read(&site, port).await;
    metrics.is("pending_payments", 0.0);
    metrics.is("webhooks_pending", 0.0);
    metrics.is(
        "webhook_attempt_duration_seconds_count{result=\"delivered\"}",
        1.0,
    );
    metrics.is(
        "transfers_day{network=\"simulated\",outcome=\"credited\",detector=\"watcher\"}",
        1.0,
    );
    metrics.is("transfers_in_review", 1.0);
    let requests = metrics.values.keys();
    let of_node = |name: &&String| {
        name.starts_with("usdt_gateway_node_requests_total{network=\"simulated\",node=")
    };
    assert!(requests.filter(of_node).count() > 1);
    site.database.take_amounts().await;
    let (status, _) = site.ask_to_create(&gateway, "ORDER_1", "50").await;
    assert_eq!(status, 200);
    let metrics = Metrics::read(&site, port).await;
    metrics.is(
        "alarms{network=\"simulated\",kind=\"amounts_run_low\"}",
        1.0,
    );
    for (name, kind) in NAMES {
        assert_eq!(
            metrics.kinds.get(name).map(String::as_str),
            Some(kind),
            "{name}"
        );
    }
    assert!(metrics.values["usdt_gateway_write_transaction_seconds_count"] > 2.0);
}
