//! The running gateway: everything is built here, started together and stopped together.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;
use usdt_protocol::StatusAnswer;
use usdt_tron::NodeError;

use crate::announcer::Announcer;
use crate::api;
use crate::assets;
use crate::audit::Auditor;
use crate::chain::Chain;
use crate::clock::SharedClock;
use crate::config::Config;
use crate::data::{self, DataError, DataLock};
use crate::demo::Demo;
use crate::embed;
use crate::http::AppState;
use crate::http::create_queue::CreateQueue;
use crate::http::lookups::Lookups;
use crate::http::payer_limits::PayerLimits;
use crate::http::state::State;
use crate::metrics;
use crate::page;
use crate::page::template::{MissingPlace, Template};
use crate::review_follower::ReviewFollower;
use crate::secrets::Vault;
use crate::store::Store;
use crate::watcher::Watcher;
use crate::webhooks::Worker;
use crate::webhooks::target::{Sender, TargetError};

/// How long a client may still take to finish its request at the shutdown.
const DRAIN: Duration = Duration::from_secs(10);

/// Why the gateway cannot start: the operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{0} cannot be listened on: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error(transparent)]
    Webhooks(#[from] TargetError),
    #[error(transparent)]
    Page(#[from] MissingPlace),
}

/// A gateway that is built and not yet running.
pub struct App {
    pub store: Store,
    pub vault: Vault,
    listener: TcpListener,
    router: Router,
    /// Taken out by whoever wants to say when to audit.
    pub auditors: Vec<Auditor>,
    watchers: Vec<Watcher>,
    metrics: Option<(TcpListener, Router)>,
    worker: Worker,
    review_follower: ReviewFollower,
    shutdown: CancellationToken,
    data_lock: DataLock,
}

impl App {
    /// Opens the database and builds all parts. `demo` adds the demo's own routes.
    pub async fn build(
        config: &Config,
        listener: TcpListener,
        clock: SharedClock,
        shutdown: CancellationToken,
        demo: Option<Demo>,
    ) -> Result<Self, StartError> {
        let (store, vault, data_lock) = data::open_locked(&config.data_dir).await?;
        let announcer = Announcer::default();
        let chains: Vec<Chain> = config
            .chains
            .iter()
            .map(Chain::new)
            .collect::<Result<_, _>>()?;
        let template = Template::parse(assets::PAGE)?;
        let state = Arc::new(State {
            store: store.clone(),
            vault: vault.clone(),
            clock: Arc::clone(&clock),
            announcer: announcer.clone(),
            lookups: Lookups::default(),
            claim_limits: PayerLimits::for_claims(),
            wallet_limits: PayerLimits::for_wallets(),
            creates: CreateQueue::default(),
            still: template.still(),
            template,
            public_url: config.public_url.clone(),
            client_ip_header: config.client_ip_header.clone(),
            chains: chains.clone(),
            shutdown: shutdown.clone(),
            demo: demo.is_some(),
        });
        let worker = Worker {
            store: store.clone(),
            vault: vault.clone(),
            clock: Arc::clone(&clock),
            sender: Sender::new(config.allow_private_webhooks)?,
            credited: Arc::clone(&announcer.credited),
        };
        let review_follower = ReviewFollower {
            store: store.clone(),
            announcer: announcer.clone(),
        };
        let metrics = match config.metrics_listen {
            Some(address) => Some((listen(address).await?, metrics::routes(&state))),
            None => None,
        };
        let router = router(&state, demo);
        let mut watchers = Vec::new();
        let mut auditors = Vec::new();
        for chain in chains {
            watchers.push(Watcher::new(
                chain.clone(),
                store.clone(),
                Arc::clone(&clock),
                announcer.clone(),
            ));
            auditors.push(Auditor::new(
                chain,
                store.clone(),
                Arc::clone(&clock),
                announcer.clone(),
            ));
        }
        Ok(Self {
            store,
            vault,
            listener,
            router,
            auditors,
            watchers,
            metrics,
            worker,
            review_follower,
            shutdown,
            data_lock,
        })
    }

    /// Runs until the shutdown, and then finishes what is under way.
    pub async fn run(self) -> io::Result<()> {
        let mut workers = JoinSet::new();
        for watcher in self.watchers {
            workers.spawn(watcher.run(self.shutdown.clone()));
        }
        for auditor in self.auditors {
            workers.spawn(auditor.run(self.shutdown.clone()));
        }
        workers.spawn(self.worker.run(self.shutdown.clone()));
        workers.spawn(self.review_follower.run(self.shutdown.clone()));
        if let Some((listener, router)) = self.metrics {
            let shutdown = self.shutdown.clone().cancelled_owned();
            let server = axum::serve(listener, router).with_graceful_shutdown(shutdown);
            workers.spawn(async {
                if let Err(error) = server.await {
                    tracing::error!(%error, "the metrics are not served any more");
                }
            });
        }
        let service = self
            .router
            .into_make_service_with_connect_info::<SocketAddr>();
        let server = axum::serve(self.listener, service)
            .with_graceful_shutdown(self.shutdown.clone().cancelled_owned());
        let worker_died = async {
            // A worker ends early only by a panic; better to stop than to go on half alive.
            while let Some(ended) = workers.join_next().await {
                if let Err(error) = ended {
                    return io::Error::other(error);
                }
            }
            pending().await
        };
        let shutdown = self.shutdown.clone();
        let drained = async {
            shutdown.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        };
        let result = tokio::select! {
            result = server.into_future() => result,
            () = drained => Ok(()),
            error = worker_died => Err(error),
        };
        self.shutdown.cancel();
        while workers.join_next().await.is_some() {}
        self.store.close().await;
        drop(self.data_lock);
        result
    }
}

/// Listens where the configuration says.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| StartError::Listen(address, error))
}

fn router(state: &AppState, demo: Option<Demo>) -> Router {
    let mut router = Router::new()
        .merge(api::routes())
        .merge(page::routes(state))
        .merge(embed::routes())
        .route("/healthz", get(healthz))
        .fallback(not_found)
        .with_state(Arc::clone(state));
    if let Some(demo) = demo {
        router = router.merge(demo.routes(state));
    }
    router
        .layer(CatchPanicLayer::custom(|_| {
            let answer = Json(StatusAnswer::error("Internal error"));
            (StatusCode::INTERNAL_SERVER_ERROR, answer).into_response()
        }))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(|request: &Request| {
                    // Neither headers, which hold keys, nor the query.
                    let (method, path) = (request.method(), request.uri().path());
                    tracing::debug_span!("request", %method, path)
                })
                // Whatever made the answer an error has said so with its cause.
                .on_failure(()),
        )
}

async fn not_found() -> impl IntoResponse {
    (
        StatusCode::NOT_FOUND,
        Json(StatusAnswer::error("Not found")),
    )
}

/// `GET /healthz`: whether the gateway works, and how far it has read each chain.
async fn healthz(axum::extract::State(state): axum::extract::State<AppState>) -> impl IntoResponse {
    let healthy = state.store.ping().await.is_ok();
    let chains: serde_json::Map<_, _> = state
        .chains
        .iter()
        .map(|chain| (chain.network.to_string(), json!(chain.health.snapshot())))
        .collect();
    let status = if healthy {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let answer = json!({
        "ok": healthy,
        "version": env!("CARGO_PKG_VERSION"),
        "server_time": state.clock.now().rfc3339(),
        "chains": chains,
    });
    (
        status,
        [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
        Json(answer),
    )
}
