//! `GET /metrics`, on a port of its own: figures for an operator's monitoring.
//!
//! What is counted while the gateway runs stands in a registry from the start. What the database and
//! the chains say is asked anew each time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::{CONTENT_TYPE, encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::http::AppState;
use crate::http::requests::Cause;
use crate::quota;
use crate::store::{Figures, StoreError, requests_on};
use crate::webhooks::attempt_times::AttemptTimes;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfNetwork {
    network: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAlarm {
    network: String,
    kind: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTransfers {
    network: String,
    outcome: String,
    detector: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfNode {
    network: String,
    node: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequests {
    network: String,
    node: String,
    call: String,
}

struct Metrics {
    state: AppState,
    counted: Registry,
}

pub fn routes(state: &AppState, attempts: &AttemptTimes) -> Router {
    let mut counted = registry();
    state.requests.register(&mut counted);
    state.created.register(&mut counted);
    state.store.write_times().register(&mut counted);
    attempts.register(&mut counted);
    let metrics = Metrics {
        state: Arc::clone(state),
        counted,
    };
    Router::new()
        .route("/metrics", get(answer))
        .with_state(Arc::new(metrics))
}

fn registry() -> Registry {
    Registry::with_prefix("usdt_gateway")
}

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
enum MetricsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the metrics cannot be written: {0}")]
    Text(#[from] fmt::Error),
}

async fn answer(State(metrics): State<Arc<Metrics>>) -> Response {
    match metrics.text().await {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, Cause::new(&error), ()).into_response(),
    }
}

impl Metrics {
    async fn text(&self) -> Result<String, MetricsError> {
        let mut asked = registry();
        self.storage(&mut asked);
        self.node_requests(&mut asked);
        // Every gateway on a database would say the same of it, and sums would be wrong.
        if self.state.tells_of_the_whole() {
            self.chains(&mut asked).await?;
            self.quotas(&mut asked).await?;
            self.figures(&mut asked).await?;
        }
        let mut text = String::new();
        encode(&mut text, &asked)?;
        encode(&mut text, &self.counted)?;
        Ok(text)
    }

    /// The size of the data folder. Nothing where it cannot be measured.
    fn storage(&self, registry: &mut Registry) {
        let Ok(usage) = self.state.room.usage() else {
            return;
        };
        for (name, help, bytes) in [
            ("database_bytes", "Size of the database", usage.database),
            (
                "wal_bytes",
                "Size of the database's write-ahead log",
                usage.wal,
            ),
            (
                "disk_free_bytes",
                "Free space on the disk of the data folder",
                usage.disk_free,
            ),
        ] {
            one(registry, name, help, signed(bytes));
        }
    }

    /// What each node was asked, and how long that took.
    fn node_requests(&self, registry: &mut Registry) {
        let requests = Family::<OfRequests, Counter>::default();
        let seconds = Family::<OfRequests, Counter<f64, AtomicU64>>::default();
        for chain in &self.state.chains {
            for (node, call, tally) in chain.quota.requests() {
                let labels = OfRequests {
                    network: chain.network.to_string(),
                    node: node.to_owned(),
                    call: call.to_string(),
                };
                requests.get_or_create(&labels).inc_by(tally.requests);
                let took = tally.took.as_secs_f64();
                seconds.get_or_create(&labels).inc_by(took);
            }
        }
        registry.register(
            "node_requests",
            "Requests to each node since the start, by their kind",
            requests,
        );
        registry.register_with_unit(
            "node_request",
            "How long these requests took together, without waiting for the rate limit",
            Unit::Seconds,
            seconds,
        );
    }

    /// How much of each node's daily limit all gateways have used.
    async fn quotas(&self, registry: &mut Registry) -> Result<(), StoreError> {
        let today = quota::day(self.state.clock.now());
        let (mut used, mut limits) = (Vec::new(), Vec::new());
        for chain in &self.state.chains {
            let known = self.state.store.node_requests(chain.network, today).await?;
            for member in chain.quota.members() {
                let labels = OfNode {
                    network: chain.network.to_string(),
                    node: member.name.clone(),
                };
                let requests = requests_on(&known, &member.name, today);
                used.push((labels.clone(), signed(requests)));
                limits.extend(member.per_day.map(|limit| (labels, signed(limit))));
            }
        }
        each(
            registry,
            "node_requests_today",
            "Requests of all gateways to each node on this day of UTC",
            used,
        );
        each(
            registry,
            "node_requests_per_day",
            "How many a node may have on a day, where that is limited",
            limits,
        );
        Ok(())
    }

    /// How far each chain is read.
    async fn chains(&self, registry: &mut Registry) -> Result<(), StoreError> {
        let now = self.state.clock.now();
        let (mut blocks, mut lags) = (Vec::new(), Vec::new());
        for chain in &self.state.chains {
            let network = || OfNetwork {
                network: chain.network.to_string(),
            };
            if let Some(cursor) = self.state.store.cursor(chain.network).await? {
                blocks.push((network(), signed(cursor.block)));
                let lag = (now.millis() - cursor.time.millis()) / 1_000;
                lags.push((network(), lag));
            }
        }
        each(
            registry,
            "solid_block",
            "Newest final block that was read",
            blocks,
        );
        each(
            registry,
            "chain_lag_seconds",
            "How long ago the newest block was that is known to be read",
            lags,
        );
        Ok(())
    }

    /// What the database holds.
    async fn figures(&self, registry: &mut Registry) -> Result<(), StoreError> {
        let now = self.state.clock.now();
        let Figures {
            alarms,
            transfers_day,
            live_slots,
            pending_payments,
            transfers_in_review,
            pending_webhooks,
            failed_webhooks,
            oldest_webhook_at,
        } = self.state.store.figures(now).await?;
        let alarms = alarms.into_iter();
        each(
            registry,
            "alarms",
            "Open alarms",
            alarms.map(|([network, kind], count)| (OfAlarm { network, kind }, count)),
        );
        one(
            registry,
            "transfers_in_review",
            "Transfers that wait for a person, without dust",
            transfers_in_review,
        );
        each(
            registry,
            "transfers_day",
            "Transfers that were recorded in the last 24 hours, by what became of them and what found them",
            transfers_day
                .into_iter()
                .map(|([network, outcome, detector], count)| {
                    let labels = OfTransfers {
                        network,
                        outcome,
                        detector,
                    };
                    (labels, count)
                }),
        );
        let live_slots = live_slots.into_iter();
        each(
            registry,
            "live_slots",
            "Amounts that are reserved for payments, open or in quarantine",
            live_slots.map(|([network], count)| (OfNetwork { network }, count)),
        );
        one(
            registry,
            "pending_payments",
            "Payments that wait for their payer",
            pending_payments,
        );
        one(
            registry,
            "webhooks_pending",
            "Webhook events that are not delivered yet",
            pending_webhooks,
        );
        one(
            registry,
            "webhooks_failed",
            "Webhook events that were given up in the last seven days",
            failed_webhooks,
        );
        one(
            registry,
            "oldest_webhook_seconds",
            "Age of the oldest webhook event that is not delivered yet",
            oldest_webhook_at.map_or(0, |at| (now.millis() - at.millis()) / 1_000),
        );
        Ok(())
    }
}

/// A gauge without labels.
fn one(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

/// A gauge with a value for each set of labels.
fn each<L>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (L, i64)>,
) where
    L: EncodeLabelSet + Clone + fmt::Debug + Eq + std::hash::Hash + Send + Sync + 'static,
{
    let family = Family::<L, Gauge>::default();
    for (labels, value) in values {
        family.get_or_create(&labels).set(value);
    }
    registry.register(name, help, family);
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
