//! `GET /livez`, `/readyz` and `/healthz`: whether the process lives, whether it can do its work,
//! and how it stands.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::AppState;
use super::state::State as Shared;
use crate::store::Store;

/// A writer that takes longer is stuck.
const WRITE_TIMEOUT: Duration = Duration::from_secs(3);

/// Whoever asks again so soon gets the answer of before: these routes are open to everybody.
const KEPT: Duration = Duration::from_secs(1);

/// A chain that is behind by more takes no new payments.
const MOST_DELAY_SECONDS: u64 = 600;

/// Tries from time to time whether the database can be written.
#[derive(Debug, Default)]
pub struct WriteProbe(Mutex<Option<(Instant, Option<String>)>>);

impl WriteProbe {
    /// Why nothing can be written; `None` where all is well.
    async fn failure(&self, store: &Store) -> Option<String> {
        // Those who ask at the same time wait for one attempt.
        let mut last = self.0.lock().await;
        if let Some((at, failure)) = &*last
            && at.elapsed() < KEPT
        {
            return failure.clone();
        }
        let failure = match tokio::time::timeout(WRITE_TIMEOUT, store.try_writing()).await {
            Ok(Ok(())) => store.damage().map(|_| "is damaged".to_owned()),
            Ok(Err(error)) => {
                store.observe(&error);
                tracing::error!(%error, "the database cannot be written");
                Some("cannot be written".to_owned())
            }
            Err(_) => Some("is locked, or does not answer".to_owned()),
        };
        *last = Some((Instant::now(), failure.clone()));
        failure
    }
}

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/healthz", get(healthz))
}

/// Whether the process lives: it answers.
async fn livez() -> Response {
    answer(true, json!({"ok": true}))
}

/// Whether the gateway can take payments and credit them.
async fn readyz(State(state): State<AppState>) -> Response {
    let mut problems = Vec::new();
    let mut degraded = Vec::new();
    if state.draining.is_cancelled() {
        problems.push("shutting down".to_owned());
    }
    if let Some(failure) = state.write_probe.failure(&state.store).await {
        problems.push(format!("the database {failure}"));
    }
    for chain in &state.chains {
        if chain.health.snapshot().degraded {
            degraded.push(format!(
                "{}: a node's index of logs is unsound, and blocks are read by their receipts",
                chain.network
            ));
        }
        match state.store.cursor(chain.network).await {
            Ok(Some(cursor)) => {
                let behind = cursor.time.seconds_until(state.clock.now());
                if behind > MOST_DELAY_SECONDS {
                    problems.push(format!("{} is read {behind} s late", chain.network));
                }
            }
            Ok(None) => problems.push(format!("{} was never read", chain.network)),
            Err(error) => {
                tracing::error!(%error, "the database cannot be read");
                problems.push("the database cannot be read".to_owned());
            }
        }
    }
    let ok = problems.is_empty();
    answer(
        ok,
        json!({"ok": ok, "problems": problems, "degraded": degraded}),
    )
}

/// Whether the database works, and how far each chain is read.
async fn healthz(State(state): State<AppState>) -> Response {
    let ok = state.write_probe.failure(&state.store).await.is_none();
    answer(ok, health(&state, ok))
}

fn health(state: &Shared, ok: bool) -> Value {
    let chains: serde_json::Map<_, _> = state
        .chains
        .iter()
        .map(|chain| (chain.network.to_string(), json!(chain.health.snapshot())))
        .collect();
    json!({
        "ok": ok,
        "version": env!("CARGO_PKG_VERSION"),
        "server_time": state.clock.now().rfc3339(),
        "chains": chains,
    })
}

fn answer(ok: bool, body: Value) -> Response {
    let status = if ok {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (status, no_store, Json(body)).into_response()
}
