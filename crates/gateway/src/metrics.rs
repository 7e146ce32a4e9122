//! `GET /metrics`, on a port of its own: figures for an operator's monitoring.
//!
//! Format: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.

use std::fmt::Write as _;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::http::AppState;
use crate::store::StoreError;

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

pub fn routes(state: &AppState) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(state.clone())
}

async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    match text(&state).await {
        Ok(text) => (StatusCode::OK, [(header::CONTENT_TYPE, CONTENT_TYPE)], text),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be read");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            (
                status,
                [(header::CONTENT_TYPE, CONTENT_TYPE)],
                String::new(),
            )
        }
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
    } in metrics
    {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}.\n# TYPE {name} gauge");
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
