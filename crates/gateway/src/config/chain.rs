//! How one chain is read: its nodes, its token, and how often they are asked.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;
use url::Url;
use usdt_protocol::TronAddress;
use usdt_tron::{Endpoint, Network};

use super::ConfigError;

const DEFAULT_POLL_MS: u64 = 3_000;
const LEAST_POLL_MS: u64 = 100;
const DEFAULT_IDLE_POLL_MS: u64 = 60_000;

/// A solid block is a minute old when it comes, and one that is older than five is an alarm.
const MOST_POLL_MS: u64 = 180_000;

/// Below what `TronGrid` allows with a key: 15 a second.
const PUBLIC_REQUESTS_PER_SECOND: Option<NonZeroU32> = NonZeroU32::new(10);

/// What `TronGrid` allows an account, whatever the number of its keys:
/// <https://developers.tron.network/reference/rate-limits>.
const PUBLIC_REQUESTS_PER_DAY: Option<NonZeroU32> = NonZeroU32::new(100_000);

/// The domain of `TronGrid`'s nodes.
const TRON_GRID: &str = "trongrid.io";

/// Where the watcher finds transfers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Watch {
    /// In the node's index of logs, which answers for thousands of blocks at once; what is found
    /// is proven by its receipt.
    #[default]
    Logs,
    /// In the receipts of every block: independent of any index, and two requests for a block.
    Receipts,
}

/// How one chain is read.
#[derive(Clone, Debug)]
pub struct ChainConfig {
    pub network: Network,
    /// The nodes to ask, the preferred one first.
    pub nodes: Vec<Endpoint>,
    /// The indexer that gives the second opinion.
    pub indexer: Endpoint,
    pub watch: Watch,
    /// Whether every block has transfers of the token, as on the main network: one of which the index
    /// of logs shows none is then not believed to be empty.
    pub every_block_pays: bool,
    /// The USDT contract.
    pub token: TronAddress,
    /// Between two looks at the chain.
    pub poll: Duration,
    /// The same while no amount is reserved for any payment.
    pub idle_poll: Duration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChainSection {
    network: Option<String>,
    #[serde(default)]
    nodes: Vec<NodeSection>,
    indexer: Option<IndexerSection>,
    #[serde(default)]
    watch: Watch,
    token: Option<String>,
    poll_ms: Option<u64>,
    idle_poll_ms: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeSection {
    url: Option<String>,
    solidity_url: Option<String>,
    jsonrpc_url: Option<String>,
    api_key: Option<String>,
    requests_per_second: Option<NonZeroU32>,
    requests_per_day: Option<NonZeroU32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexerSection {
    url: Option<String>,
    api_key: Option<String>,
    requests_per_second: Option<NonZeroU32>,
    requests_per_day: Option<NonZeroU32>,
}

impl From<IndexerSection> for NodeSection {
    fn from(indexer: IndexerSection) -> Self {
        Self {
            url: indexer.url,
            api_key: indexer.api_key,
            requests_per_second: indexer.requests_per_second,
            requests_per_day: indexer.requests_per_day,
            ..Self::default()
        }
    }
}

pub(super) fn live(section: ChainSection) -> Result<ChainConfig, ConfigError> {
    let error = |why: String| field("chain", "network", why);
    let name = section.network.as_deref().unwrap_or("mainnet");
    let network: Network = name.parse().map_err(|why| error(format!("{why}")))?;
    if network == Network::Simulated {
        return Err(error(
            "a simulated chain belongs into [test_chain]".to_owned(),
        ));
    }
    chain(section, network, "chain")
}

pub(super) fn test(section: ChainSection) -> Result<ChainConfig, ConfigError> {
    if section
        .network
        .as_deref()
        .is_some_and(|name| name != Network::Simulated.as_str())
    {
        let why = "test projects live on the simulated chain only";
        return Err(field("test_chain", "network", why.to_owned()));
    }
    chain(section, Network::Simulated, "test_chain")
}

fn chain(
    section: ChainSection,
    network: Network,
    name: &'static str,
) -> Result<ChainConfig, ConfigError> {
    let nodes = if section.nodes.is_empty() {
        vec![endpoint(NodeSection::default(), network, (name, "nodes"))?]
    } else {
        section
            .nodes
            .into_iter()
            .map(|node| endpoint(node, network, (name, "nodes")))
            .collect::<Result<_, _>>()?
    };
    let indexer = match (section.indexer, nodes.first()) {
        (None, Some(node)) if network == Network::Simulated => node.clone(),
        (None, _) => public_indexer(&nodes, network, (name, "indexer"))?,
        (Some(indexer), _) => endpoint(indexer.into(), network, (name, "indexer"))?,
    };
    let token = match section.token {
        None => network.usdt_contract(),
        Some(text) => text
            .parse()
            .map_err(|error| field(name, "token", format!("{error}")))?,
    };
    let poll_ms = section.poll_ms.unwrap_or(DEFAULT_POLL_MS);
    if !(LEAST_POLL_MS..=MOST_POLL_MS).contains(&poll_ms) {
        let why = format!("must be at least {LEAST_POLL_MS} and at most {MOST_POLL_MS}");
        return Err(field(name, "poll_ms", why));
    }
    // Simulated chains jump ahead: what has not been looked at for long is soon far behind.
    let default_idle = if network == Network::Simulated {
        poll_ms
    } else {
        DEFAULT_IDLE_POLL_MS.max(poll_ms)
    };
    let idle_poll_ms = section.idle_poll_ms.unwrap_or(default_idle);
    if !(poll_ms..=MOST_POLL_MS).contains(&idle_poll_ms) {
        let why = format!("must be at least poll_ms and at most {MOST_POLL_MS}");
        return Err(field(name, "idle_poll_ms", why));
    }
    Ok(ChainConfig {
        network,
        nodes,
        indexer,
        watch: section.watch,
        every_block_pays: network == Network::Mainnet && token == network.usdt_contract(),
        token,
        poll: Duration::from_millis(poll_ms),
        idle_poll: Duration::from_millis(idle_poll_ms),
    })
}

/// The network's public node, which has an indexer: as one of the nodes if it is among them.
fn public_indexer(
    nodes: &[Endpoint],
    network: Network,
    setting: (&str, &str),
) -> Result<Endpoint, ConfigError> {
    let public = endpoint(NodeSection::default(), network, setting)?;
    let known = nodes.iter().find(|node| node.url == public.url);
    Ok(known.cloned().unwrap_or(public))
}

fn endpoint(
    node: NodeSection,
    network: Network,
    (section, setting): (&str, &str),
) -> Result<Endpoint, ConfigError> {
    let url = node
        .url
        .as_deref()
        .or(network.public_node())
        .and_then(web_url)
        .ok_or_else(|| {
            let why = "must be nodes with the http or https URL of a TRON node each";
            field(section, setting, why.to_owned())
        })?;
    if node.url.is_none() && (node.solidity_url.is_some() || node.jsonrpc_url.is_some()) {
        let why = "must be there too: solidity_url and jsonrpc_url are ports of the same node";
        return Err(field(section, &format!("{setting}.url"), why.to_owned()));
    }
    let part = |text: Option<String>, key: &str, added: &str| {
        let base = |text: String| {
            base_of(&text, added).ok_or_else(|| {
                let why =
                    format!("must be an http or https URL without {added}, which the gateway adds");
                field(section, &format!("{setting}.{key}"), why)
            })
        };
        text.map(base).transpose()
    };
    let unlimited = network == Network::Simulated;
    let default = PUBLIC_REQUESTS_PER_SECOND.filter(|_| !unlimited);
    let is_counted = is_tron_grid(&url) && node.api_key.is_some();
    let default_day = PUBLIC_REQUESTS_PER_DAY.filter(|_| is_counted);
    Ok(Endpoint {
        url: url.into(),
        solidity_url: part(node.solidity_url, "solidity_url", "/walletsolidity")?,
        jsonrpc_url: part(node.jsonrpc_url, "jsonrpc_url", "/jsonrpc")?,
        api_key: node.api_key,
        requests_per_second: node.requests_per_second.or(default),
        requests_per_day: node.requests_per_day.or(default_day),
    })
}

fn is_tron_grid(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let before = host.strip_suffix(TRON_GRID);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

fn web_url(text: &str) -> Option<Url> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// A URL to which `added` will be added, and which so cannot end in it.
fn base_of(text: &str, added: &str) -> Option<String> {
    let url = web_url(text)?;
    let ends_in_it = url.path().trim_end_matches('/').ends_with(added);
    (!ends_in_it).then(|| url.into())
}

fn field(section: &str, setting: &str, why: String) -> ConfigError {
    ConfigError::Field {
        field: format!("{section}.{setting}"),
        why,
    }
}
