//! The second opinion: checks what the watcher has read against other sources, and raises alarms.
//!
//! Each check runs on its own schedule, and one that fails is repeated soon. None of them moves
//! the watcher's cursor or takes anything back: what a check finds is credited by the same rules
//! as what the watcher finds, and everything else is for a person to look at.

mod amounts;
mod balances;
mod blacklist;
mod checks;
mod delay;
mod indexer;
mod missed;
mod open_payments;
mod token;

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use usdt_protocol::{TronAddress, Txid, UtcTime};
use usdt_tron::pool::Lease;
use usdt_tron::{Node, NodeError, Receipt};

use self::checks::Checks;
use self::open_payments::OpenPayments;
use crate::chain::Chain;
use crate::clock::SharedClock;
use crate::store::{AlarmKind, Store, StoreError};

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
    #[error("the watcher does not come to block {0}")]
    NotReadUpTo(u64),
    #[error("the indexer lists {0}, of which the node knows nothing")]
    NoReceipt(Txid),
    #[error("more transactions than one run looks up; the next goes on")]
    TooMany,
    #[error("it took longer than {} minutes", .0.as_secs() / 60)]
    TooSlow(Duration),
    #[error("{address} cannot be compared: {cause}")]
    Address {
        address: TronAddress,
        #[source]
        cause: Box<AuditError>,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Audits one network.
pub struct Auditor {
    context: Context,
    checks: Checks,
    open_payments: OpenPayments,
}

impl Auditor {
    pub fn new(chain: Chain, store: Store, clock: SharedClock) -> Self {
        let started = clock.now();
        Self {
            context: Context {
                chain,
                store,
                clock,
                started,
            },
            checks: Checks::new(started),
            open_payments: OpenPayments::default(),
        }
    }

    /// Audits until the shutdown. The delay of the chain and the addresses of open payments are
    /// watched beside the other checks, so that none of them can hold that up.
    pub async fn run(self, shutdown: CancellationToken) {
        let Self {
            context,
            mut checks,
            mut open_payments,
        } = self;
        let pause = context.chain.poll;
        let delay = async {
            loop {
                context.check_delay().await;
                tokio::time::sleep(pause).await;
            }
        };
        let open = async {
            loop {
                tokio::time::sleep(open_payments::EVERY).await;
                context.watch_open(&mut open_payments).await;
            }
        };
        let others = async {
            loop {
                checks.run_due(&context).await;
                tokio::time::sleep(pause).await;
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = delay => {}
            () = open => {}
            () = others => {}
        }
    }

    /// Asks the indexer about the addresses of open payments.
    pub async fn watch_open(&mut self) {
        self.context.watch_open(&mut self.open_payments).await;
    }

    /// Looks at the delay of the chain, and then runs the checks whose time has come.
    pub async fn run_due(&mut self) {
        self.context.check_delay().await;
        self.checks.run_due(&self.context).await;
    }
}

/// What all checks work with.
struct Context {
    chain: Chain,
    store: Store,
    clock: SharedClock,
    started: UtcTime,
}

impl Context {
    async fn watch_open(&self, open_payments: &mut OpenPayments) {
        let network = self.chain.network;
        match open_payments.run(self).await {
            Ok(()) => open_payments.has_failed = false,
            // Told once, since it is tried again every few seconds.
            Err(error) if !open_payments.has_failed => {
                open_payments.has_failed = true;
                tracing::warn!(%network, %error, "the indexer cannot tell of open payments");
            }
            Err(error) => {
                tracing::debug!(%network, %error, "the indexer cannot tell of open payments");
            }
        }
    }

    /// The receipt of a transaction in a solid block, from a node or, where that refuses, from any
    /// source that has it.
    async fn solid_receipt(&self, txid: Txid) -> Result<Option<Receipt>, AuditError> {
        let node = self.node().await?;
        match node.find_solid_receipt(txid).await {
            Ok(receipt) => Ok(receipt),
            Err(error) => {
                if error.sends_us_away() {
                    node.failed(error.asked_patience());
                }
                for other in self.chain.other_sources(&node) {
                    if let Ok(Some(receipt)) = other.find_solid_receipt(txid).await {
                        return Ok(Some(receipt));
                    }
                }
                Err(error.into())
            }
        }
    }

    /// Opens an alarm or keeps it open while it has a cause, and closes it otherwise.
    async fn set_alarm(
        &self,
        kind: AlarmKind,
        subject: &str,
        cause: Option<&str>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store
            .set_alarm(Some(self.chain.network), kind, subject, cause, now)
            .await
    }

    /// Opens an alarm that a person has to close.
    async fn raise(&self, kind: AlarmKind, subject: &str, detail: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store
            .raise(Some(self.chain.network), kind, subject, detail, now)
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
                if error.sends_us_away() {
                    node.failed(error.asked_patience());
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
