//! Compares what the watcher has recorded with the indexer's list of transfers.
//!
//! The indexer reads the chain by another way than the node's logs, so that a gap in one of them
//! does not stay unseen. It is only believed as far as a receipt proves it.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use usdt_protocol::{TronAddress, Txid, UtcTime};
use usdt_tron::{Node, NodeError, Receipt, Transfer};

use super::missed::Missed;
use super::{AuditError, Context};
use crate::store::{AlarmKind, AuditedAddress, Cursor};

/// Seconds before the last comparison that are compared once more, since the indexer may list a
/// transfer late.
const OVERLAP_SECONDS: i64 = 1_800;

/// How far back the first comparison of an address looks, and one after a long pause.
const LONGEST_SECONDS: i64 = 7 * 86_400;

/// How long the indexer may take to list a transfer.
const LAG_SECONDS: i64 = 600;

/// How many transactions are looked up by their receipts in one run.
pub(super) const MOST_RECEIPTS: usize = 200;

/// How long the comparison of one address may take.
const LIMIT: Duration = Duration::from_mins(2);

/// The comparison of one network, and what it need not do twice.
#[derive(Default)]
pub(super) struct Comparison {
    /// When an address was last compared, or tried to, as a number that grows: one that fails
    /// must not keep the others from their turn. Of another process's turns the database knows those
    /// that have.
    turns: HashMap<TronAddress, u64>,
    turn: u64,
    missed: Missed,
}

/// What the comparison of an address has shown.
pub(super) struct Compared {
    /// Recorded transactions that the indexer does not list and that their receipts prove, by
    /// the times of their blocks.
    unlisted: BTreeSet<(UtcTime, Txid)>,
    /// Why the comparison has to be repeated.
    pub(super) unsettled: Option<AuditError>,
}

impl Comparison {
    /// Compares the transfers to all addresses that a payment may still come to.
    pub(super) async fn run(&mut self, context: &Context) -> Result<(), AuditError> {
        let network = context.chain.network;
        let cursor = context.store.cursor(network).await?;
        let cursor = cursor.ok_or(AuditError::NothingRead)?;
        let mut addresses = context.store.addresses_in_use(network).await?;
        addresses.sort_by_key(|audited| {
            let turn = self.turns.get(&audited.address).copied();
            (turn, audited.stopped_at, audited.compared_until)
        });
        let mut receipts_left = MOST_RECEIPTS;
        let mut first_failure = None;
        for audited in addresses {
            self.turn += 1;
            self.turns.insert(audited.address, self.turn);
            let settle = self.settle(context, &audited, cursor, &mut receipts_left);
            let settled = tokio::time::timeout(LIMIT, settle)
                .await
                .unwrap_or(Err(AuditError::TooSlow(LIMIT)));
            let Err(cause) = settled else {
                continue;
            };
            let throttled = matches!(&cause, AuditError::Node(error) if error.sends_us_away());
            if throttled || matches!(cause, AuditError::TooSlow(_)) {
                let now = context.clock.now();
                context
                    .store
                    .set_stopped(network, audited.address, now)
                    .await?;
            }
            first_failure.get_or_insert(AuditError::Address {
                address: audited.address,
                cause: Box::new(cause),
            });
            if throttled {
                break;
            }
        }
        first_failure.map_or(Ok(()), Err)
    }

    /// Compares an address, and notes how far that has settled it.
    async fn settle(
        &mut self,
        context: &Context,
        audited: &AuditedAddress,
        cursor: Cursor,
        receipts_left: &mut usize,
    ) -> Result<(), AuditError> {
        let compared = self
            .compare(context, audited, cursor, receipts_left)
            .await?;
        let (kind, subject) = (AlarmKind::UnknownToIndexer, audited.address.to_string());
        let oldest = compared.unlisted.first().copied();
        if let Some((since, txid)) = oldest {
            let detail = format!(
                "{} transactions since {since} UTC, which their receipts prove; the first is {txid}",
                compared.unlisted.len()
            );
            context.set_alarm(kind, &subject, Some(&detail)).await?;
        }
        if let Some(cause) = compared.unsettled {
            return Err(cause);
        }
        if oldest.is_none() {
            context.set_alarm(kind, &subject, None).await?;
        }
        // The next comparison has to see again what is not listed.
        let until = oldest.map_or(cursor.time, |(since, _)| since);
        context
            .store
            .set_compared_until(context.chain.network, audited.address, until)
            .await?;
        Ok(())
    }

    /// Compares one address: records what only the indexer knows, and proves what only we know.
    pub(super) async fn compare(
        &mut self,
        context: &Context,
        audited: &AuditedAddress,
        cursor: Cursor,
        receipts_left: &mut usize,
    ) -> Result<Compared, AuditError> {
        let (chain, address) = (&context.chain, audited.address);
        let last = audited.compared_until.unwrap_or(audited.watched_from);
        let since = last
            .max(cursor.time.plus_seconds(-LONGEST_SECONDS))
            .plus_seconds(-OVERLAP_SECONDS);
        let listed = chain.indexed_transfers(address, since).await?;
        let recorded = context
            .store
            .recorded_transactions(chain.network, address, since)
            .await?;
        let known: BTreeSet<Txid> = recorded.iter().map(|one| one.txid).collect();
        let mut unlisted = BTreeSet::new();
        let mut unsettled = None;
        for txid in listed.difference(&known) {
            if self.missed.is_settled(txid) {
                continue;
            }
            if !take_one(receipts_left) {
                unsettled = Some(AuditError::TooMany);
                break;
            }
            if let Err(error) = self.missed.look_up(context, *txid, cursor).await {
                unsettled = Some(error);
            }
        }
        let due = since..cursor.time.plus_seconds(-LAG_SECONDS);
        for one in recorded {
            if listed.contains(&one.txid) || !due.contains(&one.block_time) {
                continue;
            }
            let proven = match one.proven {
                Some(proven) => Ok(proven),
                None if take_one(receipts_left) => context.prove(one.txid, address).await,
                None => {
                    unsettled = Some(AuditError::TooMany);
                    break;
                }
            };
            match proven {
                Ok(true) => {
                    unlisted.insert((one.block_time, one.txid));
                }
                Ok(false) => {}
                Err(error) => unsettled = Some(error),
            }
        }
        Ok(Compared {
            unlisted,
            unsettled,
        })
    }
}

impl Context {
    /// Whether a receipt proves the recorded transfers of a transaction to an address. Raises an
    /// alarm where none does.
    async fn prove(&self, txid: Txid, address: TronAddress) -> Result<bool, AuditError> {
        let (chain, indexer) = (&self.chain, &self.chain.indexer);
        let recorded = self.store.transfers_of(txid).await?;
        let recorded: Vec<Transfer> = recorded
            .into_iter()
            .filter(|one| one.network == chain.network && one.transfer.to == address)
            .map(|one| one.transfer)
            .collect();
        let Some(Transfer {
            block, block_time, ..
        }) = recorded.first().cloned()
        else {
            return Ok(true);
        };
        // A node that made the transfer up would confirm it, so another is asked first. Not every
        // indexer has receipts.
        let receipt = match solid_receipt(indexer, txid, block).await {
            Ok(receipt) => receipt,
            Err(_) => {
                self.ask(async |node| solid_receipt(node, txid, block).await)
                    .await?
            }
        };
        let proof = receipt.is_some_and(|receipt| {
            let proven = receipt.transfers(chain.token);
            recorded.iter().all(|transfer| proven.contains(transfer))
        });
        if !proof {
            let detail = format!(
                "to {address}, mined at {block_time} UTC; there is no receipt that proves it"
            );
            let subject = txid.to_string();
            self.raise(AlarmKind::Unproven, &subject, &detail).await?;
        }
        self.store
            .set_proven(chain.network, (txid, address), proof)
            .await?;
        Ok(proof)
    }
}

/// The receipt of a transaction that was seen in `block`; `None` only from a node that has come
/// there.
async fn solid_receipt(node: &Node, txid: Txid, block: u64) -> Result<Option<Receipt>, NodeError> {
    let receipt = node.find_solid_receipt(txid).await?;
    if receipt.is_none() {
        let solid = node.solid_block().await?.number;
        if solid < block {
            return Err(NodeError::Senseless {
                call: "getblock",
                why: format!("its solid block {solid} is below {block}"),
            });
        }
    }
    Ok(receipt)
}

fn take_one(left: &mut usize) -> bool {
    let rest = left.checked_sub(1);
    *left = rest.unwrap_or(0);
    rest.is_some()
}
