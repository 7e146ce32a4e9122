//! What histories share: a database that is emptied in between, and the connections to the node.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use usdt_devchain::{Devchain, Options};
use usdt_gateway::audit::Auditor;
use usdt_gateway::chain::Chain;
use usdt_gateway::clock::Clock;
use usdt_gateway::config::{ChainConfig, DatabaseUrl, Watch};
use usdt_gateway::embedders::Embedders;
use usdt_gateway::payments::LatePolicy;
use usdt_gateway::payments::event_type::EventType;
use usdt_gateway::payments::slot::MostAddition;
use usdt_gateway::secrets::{ApiKey, ApiSecret, Vault};
use usdt_gateway::store::{Author, NewProject, Project, Settings, Store};
use usdt_gateway::watcher::Watcher;
use usdt_protocol::{TronAddress, UtcTime};
use usdt_tron::{Endpoint, Network};

use crate::database::{self, Database, on_server};
use crate::door::Door;
use crate::line::Line;

pub const NETWORK: Network = Network::Simulated;
pub const WINDOW: Duration = Duration::from_secs(150);
pub const QUARANTINE: Duration = Duration::from_mins(10);

const START: &str = "2026-07-01 18:00:00";

/// A file system in memory, where there is one: nothing here outlives the process.
const MEMORY: &str = "/dev/shm";

/// The chain's time, and how wrong the gateway's clock is.
pub struct WrongClock {
    devchain: Devchain,
    pub ahead_seconds: AtomicI64,
}

impl Clock for WrongClock {
    fn now(&self) -> UtcTime {
        self.devchain
            .now()
            .plus_seconds(self.ahead_seconds.load(Ordering::Relaxed))
    }
}

/// The way to a server, which can break.
pub struct Server {
    pub line: Line,
    url: DatabaseUrl,
}

impl Server {
    /// Where the database of a data folder is on one.
    async fn of(data: &Path) -> Option<Self> {
        let url = on_server(data)?;
        let mut url = url.reveal().clone();
        let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432));
        let line = Line::to(server).await;
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(line.port)).unwrap();
        let url = DatabaseUrl::parse(url.as_str(), None).unwrap();
        Some(Self { line, url })
    }
}

pub struct Site {
    pub door: Door,
    pub store: Store,
    /// The same for whoever leads: on a server, its writes are fenced.
    leader: Store,
    /// Where the database is not a file.
    pub server: Option<Server>,
    pub database: Database,
    vault: Vault,
    logs: Chain,
    receipts: Chain,
    data: TempDir,
}

impl Site {
    pub async fn prepare() -> Self {
        let door = Door::open().await;
        let data = if Path::new(MEMORY).is_dir() {
            tempfile::tempdir_in(MEMORY).unwrap()
        } else {
            tempfile::tempdir().unwrap()
        };
        let endpoint = Endpoint::at(&door.url);
        let chain = |watch| {
            let config = ChainConfig {
                network: NETWORK,
                nodes: vec![endpoint.clone()],
                indexer: endpoint.clone(),
                watch,
                every_block_pays: false,
                token: NETWORK.usdt_contract(),
                // A node that fails rests for this long at first.
                poll: Duration::from_micros(10),
                idle_poll: Duration::from_micros(10),
            };
            Chain::new(&config).unwrap()
        };
        database::make(data.path()).await;
        let server = Server::of(data.path()).await;
        let store = match &server {
            Some(server) => Store::create_on(&server.url, data.path()).await.unwrap(),
            None => Store::create(data.path()).await.unwrap(),
        };
        Self {
            leader: store.clone(),
            store,
            server,
            database: Database::open(data.path()).await,
            vault: Vault::create(&Vault::key_file(data.path())).unwrap(),
            logs: chain(Watch::Logs),
            receipts: chain(Watch::Receipts),
            door,
            data,
        }
    }

    /// Forgets everything, and puts a new chain behind the door.
    pub async fn renew(&mut self, busy: bool) -> Devchain {
        self.database.clear().await;
        let start: UtcTime = START.parse().unwrap();
        let options = Options {
            strangers: u32::from(busy),
            ..Options::starting_at(start)
        };
        let devchain = Devchain::with_wall_time(&options, move || start);
        self.door.put_behind(&devchain);
        devchain
    }

    /// A process that died left this behind: the database, opened anew.
    pub async fn reopen_store(&mut self) {
        self.store.close().await;
        self.store = match &self.server {
            Some(server) => Store::open_on(&server.url, self.data.path()).await.unwrap(),
            None => Store::open(self.data.path()).await.unwrap(),
        };
    }

    /// Whoever leads is not heard of any more, and another one leads from here on.
    pub async fn lead_anew(&mut self) {
        self.leader = self.store.clone();
        if self.server.is_none() {
            return;
        }
        self.database.lapse_leases().await;
        let begun = self.store.begin_term(NETWORK, "histories").await;
        let term = begun.unwrap().unwrap();
        self.leader = self.store.fenced(&term);
    }

    pub fn clock(devchain: &Devchain) -> Arc<WrongClock> {
        Arc::new(WrongClock {
            devchain: devchain.clone(),
            ahead_seconds: AtomicI64::new(0),
        })
    }

    pub fn watcher(&self, watch: Watch, clock: &Arc<WrongClock>, busy: bool) -> Watcher {
        let chain = Chain {
            every_block_pays: busy,
            ..self.chain(watch).clone()
        };
        let clock = Arc::clone(clock);
        Watcher::new(chain, self.leader.clone(), clock)
    }

    pub fn auditor(&self, clock: &Arc<WrongClock>) -> Auditor {
        let clock = Arc::clone(clock);
        Auditor::new(self.logs.clone(), self.leader.clone(), clock)
    }

    pub fn chain(&self, watch: Watch) -> &Chain {
        match watch {
            Watch::Logs => &self.logs,
            Watch::Receipts => &self.receipts,
        }
    }

    pub async fn add_project(
        &self,
        late_policy: LatePolicy,
        addresses: Vec<TronAddress>,
        now: UtcTime,
    ) -> Project {
        let (api_key, secret) = (
            ApiKey::generate(true).unwrap(),
            ApiSecret::generate(true).unwrap(),
        );
        let project = NewProject {
            name: "Shop".to_owned(),
            network: NETWORK,
            test: true,
            sealed_secret: self.vault.seal(&api_key, &secret).unwrap(),
            api_key,
            webhook_url: None,
            late_policy,
            window: WINDOW,
            quarantine: QUARANTINE,
            most_addition: MostAddition::LEAST,
            addresses,
            account_key: None,
            embedders: Embedders::none(),
        };
        let id = self
            .store
            .add_project(&project, &author(now))
            .await
            .unwrap();
        let tell = |settings: &mut Settings| {
            settings.events = EventType::ALL.into_iter().skip(1).collect();
        };
        let by = author(now);
        let told = self.store.change_settings(id, tell, (&by).into());
        assert!(told.await.unwrap());
        self.store.project(id).await.unwrap().unwrap()
    }
}

/// Who changes what no command changes here.
pub fn author(now: UtcTime) -> Author {
    Author {
        actor: "operator".to_owned(),
        origin: "history".to_owned(),
        now,
    }
}
