//! A chain that the gateway works with: how it is asked, and how well that goes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use usdt_protocol::TronAddress;
use usdt_tron::{Network, Node, NodeError, Pool};

use crate::config::{ChainConfig, Watch};
use crate::watcher::SharedHealth;

/// One chain, shared by whatever reads it.
#[derive(Clone, Debug)]
pub struct Chain {
    pub network: Network,
    /// The USDT contract.
    pub token: TronAddress,
    pub pool: Pool,
    pub indexer: Node,
    pub watch: Watch,
    pub poll: Duration,
    pub idle_poll: Duration,
    pub health: SharedHealth,
    /// Wakes the watcher out of its idle pause.
    pub wanted: Arc<Notify>,
}

impl Chain {
    pub fn new(config: &ChainConfig) -> Result<Self, NodeError> {
        Ok(Self {
            network: config.network,
            token: config.token,
            pool: Pool::new(&config.nodes, config.poll)?,
            indexer: Node::new(&config.indexer)?,
            watch: config.watch,
            poll: config.poll,
            idle_poll: config.idle_poll,
            health: SharedHealth::default(),
            wanted: Arc::default(),
        })
    }
}
