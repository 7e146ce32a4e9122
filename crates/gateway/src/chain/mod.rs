//! A chain that the gateway works with: how it is asked, and how well that goes.

mod health;
pub mod simulator;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use usdt_protocol::payment::REQUIRED_CONFIRMATIONS;
use usdt_protocol::{TronAddress, Txid, UtcTime};
use usdt_tron::{Endpoint, Network, Node, NodeError, Pool};

pub use self::health::{Health, SharedHealth};
use self::simulator::Simulator;
use crate::config::{ChainConfig, Watch};
use crate::quota::Quota;

/// A solid block is at least this old: so many blocks follow it, three seconds apart.
const SOLID_SECONDS: i64 = REQUIRED_CONFIRMATIONS as i64 * 3;

/// Pauses between two readings are shorter than so many polls while a payment can come.
const LONGEST_PAUSE_POLLS: u32 = 6;

/// Payers are not told of a shorter delay.
const TOLD_SECONDS: u64 = 60;

/// One chain, shared by whatever reads it.
#[derive(Clone, Debug)]
pub struct Chain {
    pub network: Network,
    /// The USDT contract.
    pub token: TronAddress,
    pub pool: Pool,
    /// One of the pool's nodes where it is at the same place, so that they share a rate limit.
    pub indexer: Node,
    pub watch: Watch,
    /// Whether every block has transfers of the token: see [`ChainConfig`].
    pub every_block_pays: bool,
    pub poll: Duration,
    pub idle_poll: Duration,
    /// Where it is no real chain.
    pub simulator: Option<Simulator>,
    pub quota: Quota,
    pub health: SharedHealth,
    /// Wakes the watcher out of its idle pause.
    pub wanted: Arc<Notify>,
}

impl Chain {
    pub fn new(config: &ChainConfig) -> Result<Self, NodeError> {
        let pool = Pool::new(&config.nodes, config.poll)?;
        let place = |endpoint: &Endpoint| (endpoint.url.clone(), endpoint.api_key.clone());
        let indexer = place(&config.indexer);
        let mut nodes = config.nodes.iter().map(place);
        let shared = nodes.position(|node| node == indexer);
        let indexer = match shared.and_then(|position| pool.nodes().nth(position)) {
            Some(node) => node.clone(),
            None => Node::new(&config.indexer)?,
        };
        let is_simulated = config.network == Network::Simulated;
        let simulated = config.nodes.first().filter(|_| is_simulated);
        let simulator = simulated.map(Simulator::new).transpose()?;
        let quota = Quota::new(&pool, &config.nodes, (&indexer, &config.indexer));
        Ok(Self {
            network: config.network,
            token: config.token,
            pool,
            indexer,
            watch: config.watch,
            every_block_pays: config.every_block_pays,
            poll: config.poll,
            idle_poll: config.idle_poll,
            simulator,
            quota,
            health: SharedHealth::default(),
            wanted: Arc::default(),
        })
    }

    /// Whole seconds by which reading the chain, which is known up to `known`, is behind what it
    /// could be; 0 where that is a minute or less, or no more than the idle pause.
    pub fn delay(&self, known: UtcTime, now: UtcTime) -> u64 {
        let behind = known.plus_seconds(SOLID_SECONDS).seconds_until(now);
        if behind <= TOLD_SECONDS || !self.is_unread() {
            0
        } else {
            behind
        }
    }

    /// Whether it was last read longer ago than any pause explains.
    pub fn is_unread(&self) -> bool {
        self.health.unread_for() > self.idle_poll.max(self.poll * LONGEST_PAUSE_POLLS)
    }

    /// All nodes that are well but one, and the indexer's host: each may have receipts.
    pub fn other_sources<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Node> {
        let nodes = self.pool.ready_nodes().filter(|other| !other.is(node));
        let is_other_host = self.pool.lease_of(&self.indexer).is_none();
        nodes.chain(is_other_host.then_some(&self.indexer))
    }

    /// What the indexer lists: see [`Node::indexed_transfers`]. One that asks for patience is left
    /// alone as a node too.
    pub async fn indexed_transfers(
        &self,
        address: TronAddress,
        since: UtcTime,
    ) -> Result<BTreeSet<Txid>, NodeError> {
        let listed = self
            .indexer
            .indexed_transfers(self.token, address, since)
            .await;
        if let Err(error) = &listed
            && let Some(asked) = error.asked_patience()
            && let Some(node) = self.pool.lease_of(&self.indexer)
        {
            node.failed(Some(asked));
        }
        listed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain_of(nodes: &[Endpoint], indexer: &Endpoint) -> Chain {
        Chain::new(&ChainConfig {
            network: Network::Simulated,
            nodes: nodes.to_vec(),
            indexer: indexer.clone(),
            watch: Watch::Logs,
            every_block_pays: false,
            token: Network::Simulated.usdt_contract(),
            poll: Duration::from_secs(3),
            idle_poll: Duration::from_secs(90),
        })
        .unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn payers_are_told_of_a_delay_that_is_longer_than_a_minute_and_than_the_idle_pause() {
        let node = Endpoint::at("http://a/");
        let chain = chain_of(std::slice::from_ref(&node), &node);
        let known = UtcTime::EPOCH;
        let delay = |seconds| chain.delay(known, known.plus_seconds(seconds));
        tokio::time::advance(Duration::from_secs(90)).await;
        assert_eq!(delay(57 + 61), 0);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(delay(57 + 60), 0);
        assert_eq!(delay(57 + 61), 61);
        // A simulated chain can be ahead.
        assert_eq!(delay(-100), 0);
    }

    #[tokio::test]
    async fn the_indexer_shares_the_limit_of_the_node_at_its_url_with_its_key() {
        let endpoint = |url: &str, key: Option<&str>| Endpoint {
            api_key: key.map(str::to_owned),
            ..Endpoint::at(url)
        };
        let nodes = [
            endpoint("http://a/", None),
            endpoint("http://b/", Some("key")),
        ];
        for (indexer, shared) in [
            (endpoint("http://b/", Some("key")), true),
            (endpoint("http://b/", Some("another")), false),
            (endpoint("http://b/", None), false),
            (endpoint("http://c/", Some("key")), false),
        ] {
            let chain = chain_of(&nodes, &indexer);
            let lease = chain.pool.lease_of(&chain.indexer);
            assert_eq!(lease.is_some(), shared, "{indexer:?}");
        }
    }
}
