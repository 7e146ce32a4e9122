//! The running gateway: everything is built here, started together and stopped together.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use usdt_tron::NodeError;

use crate::api;
use crate::assets;
use crate::assets::template::{MissingPlace, Template};
use crate::audit::Auditor;
use crate::chain::Chain;
use crate::changes::Changes;
use crate::clock::SharedClock;
use crate::config::Config;
use crate::data::room::Room;
use crate::data::{DataError, DataLock};
use crate::embed;
use crate::follower::Follower;
use crate::heartbeat::{self, Heartbeat, Peers};
use crate::housekeeper::Housekeeper;
use crate::http::client_addresses::{self, ClientAddresses};
use crate::http::connections::Connections;
use crate::http::create_counts::CreateCounts;
use crate::http::create_queue::CreateQueue;
use crate::http::descriptors::Capacity;
use crate::http::health::{self, WriteProbe};
use crate::http::held::Held;
use crate::http::key_limits::KeyLimits;
use crate::http::lookups::Lookups;
use crate::http::other_versions::OtherVersions;
use crate::http::payer_limits::PayerLimits;
use crate::http::request_counts::RequestCounts;
use crate::http::requests::{self, RequestIds};
use crate::http::server;
use crate::http::state::State;
use crate::http::webhook_calls::WebhookCalls;
use crate::http::{AppState, Bar};
use crate::key_keeper::{KeyKeeper, KeyUses};
use crate::known::Known;
use crate::leader::Leader;
use crate::metrics;
use crate::page;
use crate::quota_keeper::Keeper;
use crate::rates::Rates;
use crate::reference;
use crate::secrets::Vault;
use crate::store::Store;
use crate::webhooks::Worker;
use crate::webhooks::attempt_times::AttemptTimes;
use crate::webhooks::sender::{Limits as WebhookLimits, SendError, Sender};

/// How long a client may still take to finish its request at the shutdown.
const DRAIN: Duration = Duration::from_secs(10);

/// Open connections to the metrics, which few ask for.
const METRICS_CONNECTIONS: usize = 16;

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
    Webhooks(#[from] SendError),
    #[error(transparent)]
    Page(#[from] MissingPlace),
}

/// How the gateway is told to stop: first that nothing new comes here, and then to end.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    pub draining: CancellationToken,
    pub shutdown: CancellationToken,
}

impl From<CancellationToken> for Stop {
    /// Both at once.
    fn from(shutdown: CancellationToken) -> Self {
        Self {
            draining: shutdown.clone(),
            shutdown,
        }
    }
}

/// What makes a gateway a demo.
pub struct Extra {
    /// What the clocks of receivers show, where that of the gateway is the simulated chain's.
    pub receivers_clock: SharedClock,
    pub bar: Bar,
    pub routes: Box<dyn FnOnce(&AppState) -> Router + Send>,
}

/// A gateway that is built and not yet running.
pub struct App {
    pub store: Store,
    pub vault: Vault,
    listener: TcpListener,
    router: Router,
    connections: Connections,
    state: AppState,
    leaders: Vec<Leader>,
    keepers: Vec<Keeper>,
    heartbeat: Heartbeat,
    metrics: Option<(TcpListener, Router, Connections)>,
    worker: Worker,
    follower: Follower,
    housekeeper: Housekeeper,
    shutdown: CancellationToken,
    data_lock: DataLock,
}

impl App {
    /// Builds all parts on an open database. `extra` is what a demo adds.
    pub async fn build(
        config: &Config,
        (store, vault, data_lock): (Store, Vault, DataLock),
        listener: TcpListener,
        clock: SharedClock,
        stop: Stop,
        extra: Option<Extra>,
    ) -> Result<Self, StartError> {
        let shutdown = stop.shutdown;
        // Before a page of this version names them.
        let shared = store.share_assets(assets::immutable(), clock.now()).await;
        shared.map_err(DataError::from)?;
        let changes = Changes::default();
        let known = Arc::new(Known::new(store.commits()));
        let room = Room::new(store.clone(), config.disk_reserve);
        let me = heartbeat::identity();
        let peers = Peers::default();
        let chains = config.chains.iter().map(Chain::new);
        let chains = chains.collect::<Result<Vec<_>, _>>()?;
        let leader = |chain| Leader::new(chain, store.clone(), Arc::clone(&clock), me.id.clone());
        let leaders: Vec<_> = chains.iter().cloned().map(leader).collect();
        let template = Template::parse(assets::PAGE)?;
        let capacity = Capacity::of(&config.limits);
        let sender = Sender::new(config.allow_private_webhooks, WebhookLimits::default())?;
        let receivers_clock = receivers_clock(extra.as_ref(), &clock);
        let state = Arc::new(State {
            store: store.clone(),
            vault: vault.clone(),
            clock: Arc::clone(&clock),
            receivers_clock: Arc::clone(&receivers_clock),
            changes: changes.clone(),
            known: Arc::clone(&known),
            key_uses: KeyUses::default(),
            lookups: Lookups::default(),
            claim_limits: PayerLimits::for_claims(&peers),
            wallet_limits: PayerLimits::for_wallets(&peers),
            key_limits: KeyLimits::new(&config.limits),
            rates: Rates::new(&config.rates, config.allow_private_webhooks)?,
            webhooks: WebhookCalls::new(&sender),
            creates: CreateQueue::default(),
            created: CreateCounts::default(),
            requests: RequestCounts::default(),
            still: template.still(),
            template,
            other_versions: OtherVersions::default(),
            public_url: config.public_url.clone(),
            client_addresses: ClientAddresses::new(config.client_ip_header.clone()),
            held: Held::within(&capacity),
            chains: chains.clone(),
            led: leaders.first().map(Leader::led),
            room: room.clone(),
            write_probe: WriteProbe::default(),
            draining: stop.draining,
            shutdown: shutdown.clone(),
            bar: extra.as_ref().map(|extra| extra.bar),
        });
        let worker = Worker {
            store: store.clone(),
            vault: vault.clone(),
            clock: Arc::clone(&clock),
            receivers_clock,
            sender,
            attempt_times: AttemptTimes::default(),
            credited: Arc::clone(&state.webhooks.due),
        };
        let follower = Follower {
            store: store.clone(),
            changes,
            known,
            credited: Arc::clone(&state.webhooks.due),
            chains: chains.clone(),
        };
        let housekeeper = Housekeeper {
            store: store.clone(),
            clock: Arc::clone(&clock),
            room,
        };
        let metrics = listen_for_metrics(config, &state, &worker.attempt_times).await?;
        let ids = request_ids(config);
        let router = requests::with_ids(router(&state, extra), ids, &state.requests);
        let keeper = |(chain, leader): (Chain, &Leader)| {
            Keeper::new(chain, store.clone(), Arc::clone(&clock), leader.led())
        };
        let keepers = chains.into_iter().zip(&leaders).map(keeper).collect();
        let heartbeat = Heartbeat {
            store: store.clone(),
            me,
            peers,
        };
        Ok(Self {
            store,
            vault,
            listener,
            router,
            connections: connections(config, capacity.connections),
            state,
            leaders,
            keepers,
            heartbeat,
            metrics,
            worker,
            follower,
            housekeeper,
            shutdown,
            data_lock,
        })
    }

    /// Auditors for whoever wants to say when to audit: the gateway itself does not then.
    pub fn take_auditors(&mut self) -> Vec<Auditor> {
        self.leaders.iter_mut().map(Leader::take_auditor).collect()
    }

    /// Runs until the shutdown, and then finishes what is under way.
    pub async fn run(mut self) -> io::Result<()> {
        let mut workers = JoinSet::new();
        for leader in self.leaders {
            workers.spawn(leader.run(self.shutdown.clone()));
        }
        for keeper in self.keepers {
            workers.spawn(keeper.run(self.shutdown.clone()));
        }
        workers.spawn(self.worker.run(self.shutdown.clone()));
        workers.spawn(self.follower.run(self.shutdown.clone()));
        workers.spawn(self.housekeeper.run(self.shutdown.clone()));
        let key_keeper = KeyKeeper {
            store: self.store.clone(),
            clock: Arc::clone(&self.state.clock),
            uses: self.state.key_uses.clone(),
        };
        workers.spawn(key_keeper.run(self.shutdown.clone()));
        let (rates, clock) = (self.state.rates.clone(), Arc::clone(&self.state.clock));
        workers.spawn(rates.follow_sources(clock, self.shutdown.clone()));
        workers.spawn(client_addresses::watch(
            self.state,
            self.heartbeat.me.host.clone(),
            self.shutdown.clone(),
        ));
        workers.spawn(self.heartbeat.run(self.shutdown.clone()));
        if let Some((listener, router, connections)) = self.metrics {
            let shutdown = self.shutdown.clone();
            workers.spawn(server::serve(listener, router, connections, shutdown));
        }
        let shutdown = self.shutdown.clone();
        let server = server::serve(self.listener, self.router, self.connections, shutdown);
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
            () = server => Ok(()),
            () = drained => Ok(()),
            error = worker_died => Err(error),
            error = self.data_lock.lost() => Err(io::Error::other(error)),
        };
        self.shutdown.cancel();
        let finished = async {
            while workers.join_next().await.is_some() {}
            self.store.close().await;
        };
        if result.is_ok() {
            finished.await;
        } else if tokio::time::timeout(DRAIN, finished).await.is_err() {
            // A database that does not answer would keep a process that has failed.
            tracing::warn!("what was under way is not waited for");
        }
        drop(self.data_lock);
        result
    }
}

fn receivers_clock(extra: Option<&Extra>, clock: &SharedClock) -> SharedClock {
    Arc::clone(extra.map_or(clock, |extra| &extra.receivers_clock))
}

/// A proxy's own, where there is one.
const fn request_ids(config: &Config) -> RequestIds {
    match config.client_ip_header {
        Some(_) => RequestIds::Given,
        None => RequestIds::Own,
    }
}

/// At most so many at once.
fn connections(config: &Config, most: usize) -> Connections {
    Connections::new(most, config.limits.patience, config.public_url.clone())
}

/// Where the figures are for, if anybody asks for them.
async fn listen_for_metrics(
    config: &Config,
    state: &AppState,
    attempt_times: &AttemptTimes,
) -> Result<Option<(TcpListener, Router, Connections)>, StartError> {
    let Some(address) = config.metrics_listen else {
        return Ok(None);
    };
    let routes = metrics::routes(state, attempt_times);
    Ok(Some((
        listen(address).await?,
        requests::with_ids(routes, RequestIds::Own, &state.requests),
        connections(config, METRICS_CONNECTIONS),
    )))
}

/// Listens where the configuration says.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| StartError::Listen(address, error))
}

fn router(state: &AppState, extra: Option<Extra>) -> Router {
    let mut router = Router::new()
        .merge(api::routes(state))
        .merge(page::routes(state))
        .merge(reference::routes(state))
        .merge(embed::routes())
        .merge(health::routes())
        .fallback(not_found)
        .with_state(Arc::clone(state));
    if let Some(extra) = extra {
        router = router.merge((extra.routes)(state));
    }
    router
}

async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}
