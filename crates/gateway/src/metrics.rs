//! `GET /metrics`, on a port of its own: figures for an operator's monitoring.
//!
//! Format: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::data::room::Usage;
use crate::http::AppState;
use crate::http::requests::Cause;
use crate::store::StoreError;

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

pub fn routes(state: &AppState) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(state.clone())
}

async fn metrics(State(state): State<AppState>) -> Response {
    match text(&state).await {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, Cause::new(&error), ()).into_response(),
    }
}

/// A metric: its name and help, and a value for each set of labels.
struct Metric {
    name: &'static str,
    help: &'static str,
    samples: Vec<(String, i64)>,
}

async fn text(state: &AppState) -> Result<String, StoreError> {
    let now = state.clock.now();
    let figures = state.store.figures(now).await?;
    let oldest = figures.oldest_webhook_at;
    let mut chains = Vec::new();
    for chain in &state.chains {
        let label = format!("network=\"{}\"", chain.network);
        if let Some(cursor) = state.store.cursor(chain.network).await? {
            chains.push((label, cursor));
        }
    }
    let one = |value| vec![(String::new(), value)];
    let metrics = [
        Metric {
            name: "usdt_gateway_solid_block",
            help: "Newest final block that was read",
            samples: chains
                .iter()
                .map(|(label, cursor)| {
                    let block = i64::try_from(cursor.block).unwrap_or(i64::MAX);
                    (label.clone(), block)
                })
                .collect(),
        },
        Metric {
            name: "usdt_gateway_chain_lag_seconds",
            help: "How long ago the newest block was that is known to be read",
            samples: chains
                .iter()
                .map(|(label, cursor)| {
                    let seconds = (now.millis() - cursor.time.millis()) / 1_000;
                    (label.clone(), seconds)
                })
                .collect(),
        },
        Metric {
            name: "usdt_gateway_alarms",
            help: "Open alarms",
            samples: figures.alarms,
        },
        Metric {
            name: "usdt_gateway_transfers_in_review",
            help: "Transfers that wait for a person, without dust",
            samples: one(figures.transfers_in_review),
        },
        Metric {
            name: "usdt_gateway_transfers_day",
            help: "Transfers that were recorded in the last 24 hours, by what became of them and what found them",
            samples: figures.transfers_day,
        },
        Metric {
            name: "usdt_gateway_live_slots",
            help: "Amounts that are reserved for payments, open or in quarantine",
            samples: figures.live_slots,
        },
        Metric {
            name: "usdt_gateway_pending_payments",
            help: "Payments that wait for their payer",
            samples: one(figures.pending_payments),
        },
        Metric {
            name: "usdt_gateway_webhooks_pending",
            help: "Webhook events that are not delivered yet",
            samples: one(figures.pending_webhooks),
        },
        Metric {
            name: "usdt_gateway_webhooks_failed",
            help: "Webhook events that were given up in the last seven days",
            samples: one(figures.failed_webhooks),
        },
        Metric {
            name: "usdt_gateway_oldest_webhook_seconds",
            help: "Age of the oldest webhook event that is not delivered yet",
            samples: one(oldest.map_or(0, |at| (now.millis() - at.millis()) / 1_000)),
        },
    ];
    let mut text = String::new();
    for Metric {
        name,
        help,
        samples,
    } in storage(state)
        .into_iter()
        .chain([node_requests(state)])
        .chain(metrics)
    {
        let kind = kind_of(name);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}.\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let _ = if labels.is_empty() {
                writeln!(text, "{name} {value}")
            } else {
                writeln!(text, "{name}{{{labels}}} {value}")
            };
        }
    }
    Ok(text)
}

/// By the convention for names, only what grows without end is a total.
fn kind_of(name: &str) -> &'static str {
    if name.ends_with("_total") {
        "counter"
    } else {
        "gauge"
    }
}

/// What each node was asked since the start.
fn node_requests(state: &AppState) -> Metric {
    let chains = state.chains.iter();
    let requests = chains.flat_map(|chain| {
        let requests = chain.quota.requests();
        requests.map(|(node, call, count)| (chain.network, node, call, count))
    });
    Metric {
        name: "usdt_gateway_node_requests_total",
        help: "Requests to each node since the start, by their kind",
        samples: requests
            .map(|(network, node, call, count)| {
                let labels = format!("network=\"{network}\",node=\"{node}\",call=\"{call}\"");
                (labels, i64::try_from(count).unwrap_or(i64::MAX))
            })
            .collect(),
    }
}

/// The size of the data folder. Empty where it cannot be measured.
fn storage(state: &AppState) -> [Metric; 3] {
    let usage = state.room.usage().ok();
    let bytes = |of: fn(Usage) -> u64| {
        let value = usage.map(of).and_then(|bytes| i64::try_from(bytes).ok());
        value
            .map(|value| vec![(String::new(), value)])
            .unwrap_or_default()
    };
    [
        Metric {
            name: "usdt_gateway_database_bytes",
            help: "Size of the database",
            samples: bytes(|usage| usage.database),
        },
        Metric {
            name: "usdt_gateway_wal_bytes",
            help: "Size of the database's write-ahead log",
            samples: bytes(|usage| usage.wal),
        },
        Metric {
            name: "usdt_gateway_disk_free_bytes",
            help: "Free space on the disk of the data folder",
            samples: bytes(|usage| usage.disk_free),
        },
    ]
}
