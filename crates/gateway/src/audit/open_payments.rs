//! Asks the indexer often about the addresses at which payments are open, so that a transfer which
//! the watcher's source hides is credited within seconds and not within minutes.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::Instant;
use usdt_protocol::{TronAddress, Txid};

use super::missed::Missed;
use super::{AuditError, Context};
use crate::store::Cursor;

/// How often it is asked.
pub(super) const EVERY: Duration = Duration::from_secs(10);

/// Addresses that are asked for each time: where there are more, they take turns.
const AT_A_TIME: usize = 3;

/// Seconds of the list that are looked at: the indexer may be late.
const SINCE_SECONDS: i64 = 1_800;

/// Transactions of one address that are looked up each time.
const MOST_RECEIPTS: usize = 20;

/// Whose turn it is, and what is known.
#[derive(Default)]
pub(super) struct OpenPayments {
    turns: HashMap<TronAddress, u64>,
    turn: u64,
    missed: Missed,
    /// The indexer has asked for patience.
    quiet_until: Option<Instant>,
    /// The last question came to no end.
    pub(super) has_failed: bool,
}

impl OpenPayments {
    pub async fn run(&mut self, context: &Context) -> Result<(), AuditError> {
        if self.quiet_until.is_some_and(|until| Instant::now() < until) {
            return Ok(());
        }
        let network = context.chain.network;
        let cursor = context.store.cursor(network).await?;
        let cursor = cursor.ok_or(AuditError::NothingRead)?;
        let mut addresses = context
            .store
            .addresses_with_open_payments(network, cursor.time)
            .await?;
        addresses.sort_by_key(|address| self.turns.get(address).copied());
        self.turns.retain(|address, _| addresses.contains(address));
        let mut first_failure = Ok(());
        for address in addresses.into_iter().take(AT_A_TIME) {
            self.turn += 1;
            self.turns.insert(address, self.turn);
            let looked = self.look_at(context, address, cursor).await;
            if let Err(AuditError::Node(error)) = &looked
                && error.sends_us_away()
            {
                let quiet = error.asked_patience().unwrap_or(EVERY);
                self.quiet_until = Some(Instant::now() + quiet);
                return looked;
            }
            first_failure = first_failure.and(looked);
        }
        first_failure
    }

    /// Looks up all that is listed of one address and not recorded. One that has no receipt yet keeps
    /// no other from its own.
    async fn look_at(
        &mut self,
        context: &Context,
        address: TronAddress,
        cursor: Cursor,
    ) -> Result<(), AuditError> {
        let since = cursor.time.plus_seconds(-SINCE_SECONDS);
        let listed = context.chain.indexed_transfers(address, since).await?;
        let recorded = context
            .store
            .recorded_transactions(context.chain.network, address, since)
            .await?;
        let recorded: HashSet<Txid> = recorded.into_iter().map(|one| one.txid).collect();
        let unknown: Vec<Txid> = listed
            .into_iter()
            .filter(|txid| !recorded.contains(txid) && !self.missed.is_settled(txid))
            .take(MOST_RECEIPTS)
            .collect();
        let mut first_failure = Ok(());
        for txid in unknown {
            let looked = self.missed.look_up(context, txid, cursor).await;
            first_failure = first_failure.and(looked);
        }
        first_failure
    }
}
