//! The configuration of a gateway, parsed from a TOML file into types that cannot be wrong.

mod chain;
mod database;
mod limits;
mod master_key;
mod rates;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::HeaderName;
use serde::Deserialize;
use usdt_protocol::{PaymentId, RedirectUrl};
use usdt_tron::Network;

use self::chain::ChainSection;
pub use self::chain::{ChainConfig, Watch};
pub use self::database::DatabaseUrl;
use self::limits::LimitsSection;
pub use self::limits::{Limits, Patience};
pub use self::master_key::MasterKey;
use self::rates::RateSection;
pub use self::rates::{RateConfig, RateSource};

/// What is wrong with a configuration: the operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, #[source] io::Error),
    /// Without the line itself, which may hold a password or a key.
    #[error("{file} is not a configuration: line {line}: {why}")]
    Malformed {
        file: PathBuf,
        line: usize,
        why: String,
    },
    #[error("{field}: {why}")]
    Field {
        /// The setting's name, with its section.
        field: String,
        /// What is wrong with it.
        why: String,
    },
}

/// How a gateway runs.
#[derive(Clone, Debug)]
pub struct Config {
    pub listen: SocketAddr,
    pub public_url: PublicUrl,
    pub data_dir: PathBuf,
    /// A database on a server; otherwise it is a file in the data folder.
    pub database: Option<DatabaseUrl>,
    /// The key that opens the secrets in the database.
    pub master_key: MasterKey,
    /// The header in which a trusted proxy writes the client's address.
    pub client_ip_header: Option<HeaderName>,
    /// The chains to watch: the live one, the simulated one of test projects, or both.
    pub chains: Vec<ChainConfig>,
    /// Whether webhooks may go to addresses of this machine and its network.
    pub allow_private_webhooks: bool,
    /// Where the metrics are served; not for the public.
    pub metrics_listen: Option<SocketAddr>,
    /// Bytes of the disk that are kept for crediting: with less, no payment is created.
    pub disk_reserve: u64,
    /// From the signal to stop until connections are refused.
    pub drain: Duration,
    /// How many clients are served at once, and how long each may take.
    pub limits: Limits,
    /// Where the rates of other currencies come from.
    pub rates: Vec<RateConfig>,
}

/// The address under which payers reach the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(RedirectUrl);

impl PublicUrl {
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_end_matches('/');
        let url: RedirectUrl = text
            .parse()
            .map_err(|error| format!("{error}, such as https://pay.example.com"))?;
        if Some(url.host()) != text.split_once("://").map(|(_, rest)| rest) {
            return Err("must have no path, query or fragment".to_owned());
        }
        Ok(Self(url))
    }

    pub fn is_https(&self) -> bool {
        self.0.is_https()
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The URL of a payment's page.
    pub fn payment_page(&self, id: PaymentId) -> RedirectUrl {
        let page = format!("{}/pay/?id={id}", self.0);
        // A host can be no longer than 253 bytes, so the URL stays a sound one.
        page.parse().unwrap_or_else(|_| self.0.clone())
    }

    /// Where an error of the API is explained.
    pub fn error_docs(&self, code: &str) -> String {
        format!("{}/docs/errors#{code}", self.0)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    listen: SocketAddr,
    public_url: String,
    data_dir: PathBuf,
    database: Option<String>,
    database_password_file: Option<PathBuf>,
    master_key_file: Option<PathBuf>,
    client_ip_header: Option<String>,
    metrics_listen: Option<SocketAddr>,
    disk_reserve_mib: Option<u32>,
    #[serde(default)]
    drain_seconds: u16,
    chain: Option<ChainSection>,
    test_chain: Option<ChainSection>,
    #[serde(default)]
    webhooks: WebhookSection,
    #[serde(default)]
    limits: LimitsSection,
    #[serde(default)]
    rates: BTreeMap<String, RateSection>,
}

/// What crediting needs of a disk that has the database.
const DISK_RESERVE_MIB: u32 = 256;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookSection {
    #[serde(default)]
    allow_private_addresses: bool,
}

/// Where the text is no configuration, and why, in words that hold nothing of its values.
fn malformed(file: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
    let start = error.span().map_or(0, |span| span.start);
    let line = 1 + text
        .bytes()
        .take(start)
        .filter(|byte| *byte == b'\n')
        .count();
    let why = match error.message() {
        told if told.starts_with("invalid ") => match told.rsplit_once("expected ") {
            Some((_, expected)) => format!("its value must be {expected}"),
            None => "its value is not one that is understood".to_owned(),
        },
        told => told.lines().next().unwrap_or_default().to_owned(),
    };
    ConfigError::Malformed {
        file: file.to_owned(),
        line,
        why,
    }
}

impl Config {
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable(path.to_owned(), error))?;
        let file: Document =
            toml::from_str(&text).map_err(|error| malformed(path, &text, &error))?;
        let field = |field: &str| {
            let field = field.to_owned();
            move |why: String| ConfigError::Field { field, why }
        };
        let mut chains = Vec::new();
        if let Some(section) = file.chain {
            chains.push(chain::live(section)?);
        }
        if let Some(section) = file.test_chain {
            chains.push(chain::test(section)?);
        }
        if chains.is_empty() {
            let why = "add a [chain] for live projects, a [test_chain] for test projects, or both";
            return Err(field("chain")(why.to_owned()));
        }
        let client_ip_header = file
            .client_ip_header
            .map(|name| name.parse::<HeaderName>())
            .transpose()
            .map_err(|_| field("client_ip_header")("is not the name of a header".to_owned()))?;
        let database = match file.database {
            Some(text) => Some(database(&text, file.database_password_file.as_deref())?),
            None if file.database_password_file.is_some() => {
                let why = "is of no use without `database`";
                return Err(field("database_password_file")(why.to_owned()));
            }
            None => None,
        };
        let usual_reserve = database.as_ref().map_or(DISK_RESERVE_MIB, |_| 0);
        Ok(Self {
            listen: file.listen,
            public_url: PublicUrl::parse(&file.public_url).map_err(field("public_url"))?,
            master_key: MasterKey::read(&file.data_dir, file.master_key_file)?,
            data_dir: file.data_dir,
            database,
            client_ip_header,
            chains,
            allow_private_webhooks: file.webhooks.allow_private_addresses,
            metrics_listen: file.metrics_listen,
            disk_reserve: u64::from(file.disk_reserve_mib.unwrap_or(usual_reserve)) << 20,
            drain: Duration::from_secs(file.drain_seconds.into()),
            limits: limits::parse(file.limits)?,
            rates: rates::parse(file.rates, file.webhooks.allow_private_addresses)?,
        })
    }

    /// How a network is read.
    pub fn chain(&self, network: Network) -> Option<&ChainConfig> {
        self.chains.iter().find(|chain| chain.network == network)
    }

    /// The network on which new projects live.
    pub fn network(&self, test: bool) -> Option<Network> {
        self.chains
            .iter()
            .map(|chain| chain.network)
            .find(|network| (*network == Network::Simulated) == test)
    }
}

fn database(text: &str, password_file: Option<&Path>) -> Result<DatabaseUrl, ConfigError> {
    let password = password_file
        .map(|path| {
            fs::read_to_string(path)
                .map_err(|error| ConfigError::Unreadable(path.to_owned(), error))
        })
        .transpose()?;
    let password = password
        .as_deref()
        .map(|text| text.trim_end_matches(['\r', '\n']));
    DatabaseUrl::parse(text, password).map_err(|why| ConfigError::Field {
        field: "database".to_owned(),
        why,
    })
}

#[cfg(test)]
mod tests {
    use usdt_tron::Endpoint;

    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.toml");
        fs::write(&path, text).unwrap();
        Config::read(&path)
    }

    const HEAD: &str = r#"
        listen = "127.0.0.1:8080"
        public_url = "https://pay.example.com/"
        data_dir = "/var/lib/usdt-gateway"
    "#;

    const OWN: &str = "[[chain.nodes]]\nurl = \"http://10.0.0.2:8090\"\n";

    #[test]
    fn what_is_malformed_is_told_by_its_line_and_never_shows_a_value() {
        for slip in [
            "master_key = \"s3cret\"",
            "databse = \"postgres://pay:s3cret@db/pay\"",
            "database_password_file = [\"s3cret\"]",
            "database = \"postgres://pay:s3cret@db/pay",
            "metrics_listen = \"s3cret\"",
        ] {
            let told = read(&format!("\n{slip}\n{HEAD}[chain]\n")).unwrap_err();
            let told = told.to_string();
            assert!(told.contains("line 2: "), "{told}");
            assert!(!told.contains("s3cret"), "{told}");
        }
    }

    #[test]
    fn a_live_chain_needs_only_its_section() {
        let config = read(&format!("{HEAD}[chain]")).unwrap();
        let [chain] = config.chains.as_slice() else {
            panic!("{config:?}")
        };
        assert_eq!(chain.network, Network::Mainnet);
        let [node] = chain.nodes.as_slice() else {
            panic!("{chain:?}")
        };
        assert_eq!(node.url, "https://api.trongrid.io/");
        assert_eq!(chain.indexer.url, node.url);
        assert_eq!(chain.watch, Watch::Logs);
        assert_eq!(chain.token, Network::Mainnet.usdt_contract());
        let id = PaymentId::try_from(1 << 40).unwrap();
        assert_eq!(
            config.public_url.payment_page(id).as_str(),
            "https://pay.example.com/pay/?id=1099511627776"
        );
    }

    #[test]
    fn several_nodes_with_a_key_each_are_kept_in_their_order() {
        let text = format!(
            r#"{HEAD}
            [chain]
            watch = "receipts"
            [[chain.nodes]]
            url = "http://10.0.0.2:8090"
            solidity_url = "http://10.0.0.2:8091"
            jsonrpc_url = "http://10.0.0.2:8545"
            requests_per_second = 200
            [[chain.nodes]]
            api_key = "second"
            [chain.indexer]
            api_key = "third"
            "#
        );
        let config = read(&text).unwrap();
        let chain = config.chain(Network::Mainnet).unwrap();
        assert_eq!(chain.watch, Watch::Receipts);
        let nodes: Vec<_> = chain
            .nodes
            .iter()
            .map(|node| (node.url.as_str(), node.api_key.as_deref()))
            .collect();
        assert_eq!(
            nodes,
            [
                ("http://10.0.0.2:8090/", None),
                ("https://api.trongrid.io/", Some("second"))
            ]
        );
        let parts = |node: &Endpoint| (node.solidity_url.clone(), node.jsonrpc_url.clone());
        let own = |url: &str| Some(url.to_owned());
        assert_eq!(
            parts(&chain.nodes[0]),
            (own("http://10.0.0.2:8091/"), own("http://10.0.0.2:8545/"))
        );
        assert_eq!(parts(&chain.nodes[1]), (None, None));
        assert_eq!(chain.indexer.url, "https://api.trongrid.io/");
        assert_eq!(chain.indexer.api_key.as_deref(), Some("third"));
    }

    #[test]
    fn the_indexer_is_the_public_node_with_its_key_unless_another_is_named() {
        let own = r#"{ url = "http://10.0.0.2:8090" }"#;
        let indexer = |text: String| {
            let config = read(&format!("{HEAD}{text}")).unwrap();
            let indexer = &config.chains[0].indexer;
            (indexer.url.clone(), indexer.api_key.clone())
        };
        let public = "https://api.trongrid.io/".to_owned();
        let keyed = r#"{ api_key = "first" }, { api_key = "second" }"#;
        for (text, expected) in [
            (format!("[chain]\nnodes = [{own}]"), (public.clone(), None)),
            (
                format!("[chain]\nnodes = [{own}, {keyed}]"),
                (public, Some("first".to_owned())),
            ),
            (
                format!("[chain]\nnetwork = \"nile\"\nnodes = [{own}]"),
                ("https://nile.trongrid.io/".to_owned(), None),
            ),
            (
                format!("[chain]\nindexer = {own}"),
                ("http://10.0.0.2:8090/".to_owned(), None),
            ),
            (
                format!("[test_chain]\nnodes = [{own}]"),
                ("http://10.0.0.2:8090/".to_owned(), None),
            ),
        ] {
            assert_eq!(indexer(text.clone()), expected, "{text}");
        }
    }

    #[test]
    fn trongrid_with_a_key_has_a_daily_limit_and_others_only_as_configured() {
        let text = format!(
            r#"{HEAD}
            [chain]
            nodes = [
                {{ api_key = "free" }},
                {{ api_key = "paid", requests_per_day = 2000000 }},
                {{}},
                {{ url = "https://trongrid.io.example", api_key = "key" }},
                {{ url = "http://10.0.0.2:8090", requests_per_day = 5000 }},
            ]
            "#
        );
        let config = read(&text).unwrap();
        let nodes = &config.chain(Network::Mainnet).unwrap().nodes;
        let limits: Vec<_> = nodes
            .iter()
            .map(|node| node.requests_per_day.map(std::num::NonZeroU32::get))
            .collect();
        assert_eq!(
            limits,
            [Some(100_000), Some(2_000_000), None, None, Some(5_000)]
        );
    }

    #[test]
    fn each_mistake_is_named() {
        for (text, message) in [
            (HEAD.to_owned(), "chain: add a [chain]"),
            (
                format!("{HEAD}[chain]\nnetwork = \"ethereum\""),
                "chain.network: must be mainnet",
            ),
            (
                format!("{HEAD}[chain]\nnetwork = \"simulated\""),
                "belongs into [test_chain]",
            ),
            (format!("{HEAD}[test_chain]"), "test_chain.nodes: must be"),
            (
                format!("{HEAD}[[chain.nodes]]\nrequests_per_second = 0"),
                "nonzero",
            ),
            (
                format!("{HEAD}[[chain.nodes]]\nurl = \"ftp://node\""),
                "chain.nodes: must be",
            ),
            (
                format!("{HEAD}[[chain.nodes]]\nsolidity_url = \"http://10.0.0.2:8091\""),
                "chain.nodes.url: must be there too",
            ),
            (
                format!("{HEAD}{OWN}solidity_url = \"10.0.0.2:8091\""),
                "chain.nodes.solidity_url: must be an http or https URL without /walletsolidity",
            ),
            (
                format!("{HEAD}{OWN}jsonrpc_url = \"http://10.0.0.2:8545/jsonrpc\""),
                "chain.nodes.jsonrpc_url: must be an http or https URL without /jsonrpc",
            ),
            (
                format!("{HEAD}[chain.indexer]\nsolidity_url = \"http://10.0.0.2:8091\""),
                "unknown field `solidity_url`",
            ),
            (
                format!("{HEAD}[chain]\ntoken = \"T123\""),
                "chain.token: not a TRON address",
            ),
            (
                format!("{HEAD}[chain]\npoll_ms = 1"),
                "chain.poll_ms: must be at least 100",
            ),
            (
                format!("{HEAD}[chain]\npoll_ms = 180001"),
                "and at most 180000",
            ),
            (
                format!("{HEAD}[chain]\nidle_poll_ms = 180001"),
                "chain.idle_poll_ms: must be at least poll_ms and at most 180000",
            ),
            (format!("{HEAD}[chain]\nnode = 1"), "unknown field `node`"),
            (
                format!("{HEAD}[chain]\n[limits]\nconnection = 1"),
                "unknown field `connection`",
            ),
            (
                format!("{HEAD}[chain]\n[limits]\nidle_seconds = 0"),
                "nonzero",
            ),
            (
                format!("{HEAD}[chain]\n[limits]\nconnections = 9\nheld_requests = 9"),
                "limits.held_requests: must be less",
            ),
            (
                format!("client_ip_header = \"a b\"\n{HEAD}[chain]"),
                "client_ip_header: is not",
            ),
            (
                format!("{}[chain]", HEAD.replace("https://pay", "pay")),
                "public_url: must be",
            ),
        ] {
            let error = read(&text).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
