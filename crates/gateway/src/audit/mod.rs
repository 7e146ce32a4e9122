//! The second opinion: checks what the watcher has read against other sources, and raises alarms.
//!
//! Each check runs on its own schedule, and one that fails is repeated soon. None of them moves
//! the watcher's cursor or takes anything back: what a check finds is credited by the same rules
//! as what the watcher finds, and everything else is for a person to look at.

mod balances;
mod blacklist;
mod indexer;
mod token;

use std::collections::HashMap;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use usdt_protocol::{TronAddress, Txid, UtcTime};
use usdt_tron::pool::Lease;
use usdt_tron::{Node, NodeError};

use crate::announcer::Announcer;
use crate::chain::Chain;
use crate::clock::SharedClock;
use crate::store::{AlarmKind, Store, StoreError};

/// A check that has failed is repeated after this many seconds.
const RETRY_SECONDS: i64 = 60;

/// The chain counts as delayed when the newest block that was read is older than this.
const DELAYED_SECONDS: i64 = 300;

/// How long to wait for a node that does not rest.
const PATIENCE: Duration = Duration::from_mins(1);

/// Why a check came to no end.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error("no node is ready to be asked")]
    NoNode,
    #[error("the chain has not been read yet")]
    NothingRead,
    #[error("the indexer lists {0}, of which the node knows nothing")]
    NoReceipt(Txid),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    /// Whether the token can be used at all.
    Token,
    /// Whether the indexer lists the same transfers.
    Indexer,
    /// Whether the token's contract has frozen an address.
    Blacklist,
    /// Whether balances add up, for each address once a day.
    Balances,
}

impl Check {
    const ALL: [Self; 4] = [Self::Token, Self::Indexer, Self::Blacklist, Self::Balances];

    const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Indexer => "indexer",
            Self::Blacklist => "blacklist",
            Self::Balances => "balances",
        }
    }

    const fn every_seconds(self) -> i64 {
        match self {
            Self::Token | Self::Indexer => 300,
            Self::Blacklist | Self::Balances => 3_600,
        }
    }

    /// After how long without success an operator must know.
    const fn stalled_seconds(self) -> i64 {
        match self {
            Self::Token | Self::Indexer => 3_600,
            Self::Blacklist | Self::Balances => 4 * 3_600,
        }
    }
}

/// When a check runs next, and when it last came to its end.
#[derive(Clone, Copy, Debug)]
struct Due {
    check: Check,
    next: UtcTime,
    succeeded: UtcTime,
}

/// Audits one network.
pub struct Auditor {
    chain: Chain,
    store: Store,
    clock: SharedClock,
    announcer: Announcer,
    started: UtcTime,
    due: Vec<Due>,
    /// Addresses whose balance did not add up at the last look, and by how much.
    suspects: HashMap<TronAddress, i128>,
}

impl Auditor {
    pub fn new(chain: Chain, store: Store, clock: SharedClock, announcer: Announcer) -> Self {
        let started = clock.now();
        let due = Check::ALL.map(|check| Due {
            check,
            next: started,
            succeeded: started,
        });
        Self {
            chain,
            store,
            clock,
            announcer,
            started,
            due: due.to_vec(),
            suspects: HashMap::new(),
        }
    }

    /// Audits until the shutdown.
    pub async fn run(mut self, shutdown: CancellationToken) {
        loop {
            let pause = self.chain.poll;
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = async {
                    self.run_due().await;
                    tokio::time::sleep(pause).await;
                } => {}
            }
        }
    }

    /// Runs the checks whose time has come.
    pub async fn run_due(&mut self) {
        if let Err(error) = self.check_delay().await {
            tracing::error!(%error, "the delay of the chain cannot be checked");
        }
        for index in 0..self.due.len() {
            let Some(Due { check, next, .. }) = self.due.get(index).copied() else {
                continue;
            };
            let now = self.clock.now();
            // A clock that was set back must not make a check wait for what is now far away.
            let latest = now.plus_seconds(check.every_seconds());
            if now < next && next <= latest {
                continue;
            }
            let again = self.run_check(check).await;
            let now = self.clock.now();
            if let Some(due) = self.due.get_mut(index) {
                match again {
                    Ok(seconds) => {
                        due.next = now.plus_seconds(seconds);
                        due.succeeded = now;
                    }
                    Err(_) => due.next = now.plus_seconds(RETRY_SECONDS),
                }
                let due = *due;
                if let Err(error) = self.report(due, again.err(), now).await {
                    tracing::error!(%error, "an alarm cannot be written down");
                }
            }
        }
    }

    /// Runs one check, and says after how many seconds to run it again.
    async fn run_check(&mut self, check: Check) -> Result<i64, AuditError> {
        match check {
            Check::Token => self.check_token().await?,
            Check::Indexer => self.compare_with_indexer().await?,
            Check::Blacklist => self.check_blacklist().await?,
            Check::Balances => return self.check_balances().await,
        }
        Ok(check.every_seconds())
    }

    /// Tells the log of a check that failed, and raises an alarm when it has failed for long.
    async fn report(
        &self,
        due: Due,
        error: Option<AuditError>,
        now: UtcTime,
    ) -> Result<(), StoreError> {
        let (network, name) = (self.chain.network, due.check.name());
        let cause = match error {
            None => None,
            Some(error) => {
                tracing::warn!(%network, check = name, %error, "a check failed");
                let stalled = due.succeeded.plus_seconds(due.check.stalled_seconds()) < now;
                if !stalled {
                    return Ok(());
                }
                Some(error.to_string())
            }
        };
        self.set_alarm(AlarmKind::AuditStalled, name, cause.as_deref())
            .await
    }

    async fn check_delay(&self) -> Result<(), StoreError> {
        let known = self.store.cursor(self.chain.network).await?;
        let known = known.map_or(self.started, |cursor| cursor.time);
        let delayed = known.plus_seconds(DELAYED_SECONDS) < self.clock.now();
        let detail = format!("the chain is known up to {known} UTC only");
        let cause = delayed.then_some(detail.as_str());
        self.set_alarm(AlarmKind::ChainDelayed, "chain", cause)
            .await
    }

    async fn set_alarm(
        &self,
        kind: AlarmKind,
        subject: &str,
        cause: Option<&str>,
    ) -> Result<(), StoreError> {
        self.store
            .set_alarm(self.chain.network, kind, subject, cause, self.clock.now())
            .await
    }

    /// Asks a node. One that throttles is left alone, by the watcher too; one that cannot answer
    /// this question may still be good for others.
    async fn ask<T>(
        &self,
        question: impl AsyncFnOnce(&Node) -> Result<T, NodeError>,
    ) -> Result<T, AuditError> {
        let node = self.node().await?;
        match question(&node).await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                if let NodeError::Throttled { suspended } = error {
                    node.failed(suspended);
                }
                Err(error.into())
            }
        }
    }

    async fn node(&self) -> Result<Lease, AuditError> {
        tokio::time::timeout(PATIENCE, self.chain.pool.pick())
            .await
            .map_err(|_| AuditError::NoNode)
    }
}
