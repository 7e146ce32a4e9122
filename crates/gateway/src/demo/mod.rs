//! The demo: a gateway with a simulated chain, a shop, and a receiver for its webhooks.
//!
//! The gateway in it is the real one; only the chain is simulated, and the clock is the chain's,
//! so that mining blocks lets time pass for all.

mod bar;
mod receiver;
mod shop;
mod states;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use rand::Rng as _;
use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;
use url::Url;
use usdt_devchain::{Devchain, Options};
use usdt_protocol::txid::Hex;
use usdt_protocol::{NoCurrency, PaymentId, RedirectUrl, TronAddress, Usdt, UtcTime};
use usdt_tron::{Endpoint, Network};

use self::receiver::Receiver;
use crate::app::{App, Extra, StartError, listen};
use crate::brand::{Brand, name::BrandNameError};
use crate::clock::{Clock, SystemClock};
use crate::config::{
    ChainConfig, Config, Limits, MasterKey, PublicUrl, RateConfig, RateSource, Watch,
};
use crate::data::{self, DataError};
use crate::embedders::Embedders;
use crate::http::AppState;
use crate::payments::fields::{FieldError, OrderId};
use crate::payments::price::{Margin, NoRate};
use crate::payments::slot::MostAddition;
use crate::payments::{LatePolicy, NewPayment, ProjectId};
use crate::secrets::{ApiKey, ApiSecret, SecretError, Vault};
use crate::store::{
    AddressError, Author, CreateError, Created, NewProject, Project, Store, StoreError,
};

const NAME: &str = "Demo shop";

/// What the first payment asks for.
const FIRST_AMOUNT: Usdt = Usdt::from_micro(50_000_000);

const WINDOW: Duration = Duration::from_mins(15);
const QUARANTINE: Duration = Duration::from_hours(24);
const POLL: Duration = Duration::from_millis(500);

/// Why the demo cannot start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Addresses(#[from] AddressError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Field(#[from] FieldError),
    #[error(transparent)]
    Name(#[from] BrandNameError),
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Currency(#[from] NoCurrency),
    #[error(transparent)]
    Rate(#[from] NoRate),
    #[error("the demo's address is unusable: {0}")]
    Address(String),
    #[error("a part of the demo has died: {0}")]
    Died(#[from] JoinError),
}

/// A demo runs on small disks too. In bytes.
const DISK_RESERVE: u64 = 8 << 20;

/// USDT for one unit of each currency in which the demo's shop may price.
const RATES: [(&str, &str); 2] = [("USD", "1"), ("EUR", "1.0850")];

/// What a script or a person needs to drive the demo.
#[derive(Clone, Debug)]
pub struct Ready {
    pub base_url: String,
    pub node_url: String,
    pub api_key: String,
    pub api_secret: String,
    pub app_id: ProjectId,
    pub payment_id: PaymentId,
    pub payment_url: RedirectUrl,
    /// Where the webhooks go, unless to a receiver of the developer's own.
    pub webhook_log: String,
}

/// The parts of a demo that runs.
pub struct Running {
    gateway: JoinHandle<io::Result<()>>,
    node: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Returns once the shutdown is complete.
    pub async fn finish(self) -> Result<(), DemoError> {
        self.gateway.await??;
        self.node.await??;
        Ok(())
    }
}

/// The time of the simulated chain.
struct ChainClock(Devchain);

impl Clock for ChainClock {
    fn now(&self) -> UtcTime {
        self.0.now()
    }
}

/// The demo's own routes.
struct Demo {
    devchain: Devchain,
    receiver: Arc<Receiver>,
}

impl Demo {
    fn routes(self, state: &AppState) -> Router {
        let receiver = Router::new()
            .route(
                "/demo/webhooks",
                get(receiver::list).post(receiver::receive),
            )
            .with_state(self.receiver);
        let shop = Router::new()
            .route("/", get(shop::front_door))
            .route("/demo/thanks", get(shop::thanks))
            .route("/demo/cancelled", get(shop::cancelled));
        let bar = Router::new()
            .route("/demo/pay", post(bar::pay))
            .with_state((Arc::clone(state), self.devchain));
        shop.merge(receiver).merge(bar).merge(states::routes(state))
    }
}

/// Starts the demo and creates its first payment. The webhooks go to `webhook_url` where one is
/// given, instead of the demo's own log of them.
pub async fn start(
    address: SocketAddr,
    data_dir: PathBuf,
    webhook_url: Option<Url>,
    shutdown: CancellationToken,
) -> Result<(Running, Ready), DemoError> {
    let listener = listen(address).await?;
    let node_listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let node_url = format!("http://{}", node_listener.local_addr()?);
    let config = config(listener.local_addr()?, &base_url, &node_url, data_dir)?;

    if data::is_vacant(&config) {
        data::create(&config).await?;
    }
    let (store, vault, lock) = data::open_locked(&config).await?;
    let webhook_log = format!("{base_url}/demo/webhooks");
    let webhook_url = match webhook_url {
        Some(url) => url,
        None => parse_url(&webhook_log)?,
    };
    let (project, api_secret) = project(&store, &vault, webhook_url).await?;
    let devchain = devchain(&store).await?;
    store.close().await;
    drop(lock);

    let demo = Demo {
        devchain: devchain.clone(),
        receiver: Arc::new(Receiver::new(api_secret.clone(), devchain.clone())),
    };
    let extra = Extra {
        receivers_clock: Arc::new(SystemClock),
        bar: bar::html,
        routes: Box::new(|state| demo.routes(state)),
    };
    let clock = Arc::new(ChainClock(devchain.clone()));
    let opened = data::open_locked(&config).await?;
    let app = App::build(
        &config,
        opened,
        listener,
        clock,
        shutdown.clone().into(),
        Some(extra),
    )
    .await?;
    let store = app.store.clone();
    let node = tokio::spawn(
        devchain
            .clone()
            .run(node_listener, shutdown.cancelled_owned()),
    );
    let gateway = tokio::spawn(app.run());

    let payment_id = first_payment(&store, &project, &base_url, devchain.now()).await?;
    let ready = Ready {
        node_url,
        api_key: project.api_key.as_str().to_owned(),
        api_secret: api_secret.reveal().to_owned(),
        app_id: project.id,
        payment_id,
        payment_url: config.public_url.payment_page(payment_id),
        webhook_log,
        base_url,
    };
    Ok((Running { gateway, node }, ready))
}

fn config(
    listen: SocketAddr,
    base_url: &str,
    node_url: &str,
    data_dir: PathBuf,
) -> Result<Config, DemoError> {
    let node = Endpoint::at(node_url);
    Ok(Config {
        listen,
        public_url: PublicUrl::parse(base_url).map_err(DemoError::Address)?,
        master_key: MasterKey::Own(Vault::key_file(&data_dir)),
        data_dir,
        database: None,
        client_ip_header: None,
        chains: vec![ChainConfig {
            network: Network::Simulated,
            nodes: vec![node.clone()],
            indexer: node,
            watch: Watch::Logs,
            every_block_pays: false,
            token: Network::Simulated.usdt_contract(),
            poll: POLL,
            idle_poll: POLL,
        }],
        allow_private_webhooks: true,
        metrics_listen: None,
        disk_reserve: DISK_RESERVE,
        drain: Duration::ZERO,
        limits: Limits::default(),
        rates: RATES
            .into_iter()
            .map(fixed_rate)
            .collect::<Result<_, _>>()?,
    })
}

fn fixed_rate((currency, rate): (&str, &str)) -> Result<RateConfig, DemoError> {
    Ok(RateConfig {
        currency: currency.parse()?,
        source: RateSource::Fixed {
            rate: rate.parse()?,
            since: SystemClock.now(),
        },
        margin: Margin::default(),
        // For as long as anybody tries the demo.
        largest_age: Duration::MAX,
    })
}

fn parse_url(text: &str) -> Result<Url, DemoError> {
    Url::parse(text).map_err(|error| DemoError::Address(error.to_string()))
}

/// The demo's project; kept data keep theirs, with the webhook URL of this start.
async fn project(
    store: &Store,
    vault: &Vault,
    webhook_url: Url,
) -> Result<(Project, ApiSecret), DemoError> {
    let project = if let Some(kept) = store.first_project(Network::Simulated).await? {
        store.set_webhook_url(kept.id, &webhook_url).await?;
        kept
    } else {
        let (api_key, api_secret) = (ApiKey::generate(true)?, ApiSecret::generate(true)?);
        let new = NewProject {
            name: NAME.to_owned(),
            network: Network::Simulated,
            test: true,
            sealed_secret: vault.seal(&api_key, &api_secret)?,
            api_key,
            webhook_url: Some(webhook_url),
            late_policy: LatePolicy::Accept,
            window: WINDOW,
            quarantine: QUARANTINE,
            most_addition: MostAddition::LEAST,
            // Nobody's: there is no key to it, on any chain.
            addresses: vec![TronAddress::from_bytes(rand::rng().random())],
            account_key: None,
            embedders: Embedders::Any,
        };
        let by = Author {
            actor: NAME.to_owned(),
            origin: "demo".to_owned(),
            now: UtcTime::EPOCH,
        };
        let id = store.add_project(&new, &by).await?;
        let brand = Brand {
            name: Some(NAME.parse()?),
            ..Brand::default()
        };
        store.set_brand(id, &brand, None, &by).await?;
        let currencies = RATES.map(|(currency, _)| currency.parse());
        let currencies = currencies.into_iter().collect::<Result<_, _>>()?;
        store.set_currencies(id, &currencies, &by).await?;
        store
            .first_project(Network::Simulated)
            .await?
            .ok_or(StoreError::Corrupt("project"))?
    };
    let api_secret = vault.unseal(&project.api_key, &project.sealed_secret)?;
    Ok((project, api_secret))
}

/// A new chain, which goes on above what kept data have read of an older one.
async fn devchain(store: &Store) -> Result<Devchain, DemoError> {
    let now = SystemClock.now();
    let options = match store.cursor(Network::Simulated).await? {
        None => Options::starting_at(now),
        Some(cursor) => Options {
            first_block: cursor.block.saturating_add(1),
            // Mining on command may have pushed the older chain ahead of the time of day.
            ..Options::starting_at(now.max(cursor.time.plus_seconds(60)))
        },
    };
    Ok(Devchain::new(&options))
}

async fn first_payment(
    store: &Store,
    project: &Project,
    base_url: &str,
    now: UtcTime,
) -> Result<PaymentId, DemoError> {
    let url = |path| {
        format!("{base_url}{path}")
            .parse::<RedirectUrl>()
            .map_err(|error| DemoError::Address(error.to_string()))
    };
    let new = NewPayment {
        order_id: OrderId::parse(&format!("DEMO-{}", Hex(&rand::rng().random::<[u8; 4]>())))?,
        amount: FIRST_AMOUNT,
        description: None,
        success_url: Some(url("/demo/thanks")?),
        fail_url: Some(url("/demo/cancelled")?),
        price: None,
        metadata: None,
    };
    loop {
        match store.create_payment(project, &new, now).await {
            Ok(Created::New(payment) | Created::Existing(payment)) => return Ok(payment.id),
            // The watcher is about to reach the node for the first time.
            Err(CreateError::ChainUnknown) => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => return Err(error.into()),
        }
    }
}
