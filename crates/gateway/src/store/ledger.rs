//! The ledger: transfers, what they pay, and how far the chain has been read, written together.
//!
//! One database transaction holds the transfers of a range of solid blocks, the payments that
//! they pay, the webhook events of those payments, what expired meanwhile, and the cursor. So a
//! process that dies at any instant has either done all of it or nothing.

use sqlx::any::AnyExecutor;
use usdt_protocol::payment::REQUIRED_CONFIRMATIONS;
use usdt_protocol::{PaymentId, TronAddress, Txid, Usdt, UtcTime};
use usdt_tron::{Block, Network, Transfer};

use super::dialect::Dialect;
use super::payments::payment_in;
use super::row::{self, RowExt as _};
use super::writing::Writing;
use super::{Store, StoreError, arrivals, notices, review_links};
use crate::payments::judge::{self, HitSlot, ReviewReason, Verdict};
use crate::payments::{Payment, ProjectId, presumption, webhook_body};

/// The last solid block whose transfers are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub block: u64,
    /// The time up to which the chain is known; behind the block's own during catch-up.
    pub time: UtcTime,
}

/// What found a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detector {
    /// The watcher, which reads every block.
    Watcher,
    /// The indexer's list, the second opinion.
    Indexer,
    /// A payer who pointed to the transaction.
    Claim,
}

impl Detector {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Watcher => "watcher",
            Self::Indexer => "indexer",
            Self::Claim => "claim",
        }
    }
}

/// What recording transfers changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Payments that became paid.
    pub credited: Vec<PaymentId>,
    /// Payments that expired.
    pub expired: Vec<PaymentId>,
    /// Transfers that wait for review, and why.
    pub reviews: Vec<(Txid, ReviewReason)>,
}

/// A transfer near the head of the chain: not solid, so nothing but news for the payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenTransfer {
    pub txid: Txid,
    pub block: u64,
    /// Reckoned from the head: blocks that the chain has left out make it too late.
    pub block_time: UtcTime,
    pub from: TronAddress,
    pub to: TronAddress,
    pub amount: Usdt,
    /// Blocks on top of its own.
    pub confirmations: u8,
}

impl Store {
    pub async fn cursor(&self, network: Network) -> Result<Option<Cursor>, StoreError> {
        sqlx::query("SELECT block, block_time FROM cursors WHERE network = $1")
            .bind(network.as_str())
            .fetch_optional(&self.readers)
            .await?
            .map(|row| {
                Ok(Cursor {
                    block: row.unsigned("block")?,
                    time: row.time("block_time")?,
                })
            })
            .transpose()
    }

    /// Sets the cursor of a network that has none: where reading begins.
    pub async fn begin_reading(&self, network: Network, from: Block) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO cursors (network, block, block_time) VALUES ($1, $2, $3)
             ON CONFLICT DO NOTHING",
        )
        .bind(network.as_str())
        .bind(row::block_to_db(from.number))
        .bind(from.time.millis())
        .execute(&mut *tx)
        .await?;
        // Addresses that were added before are ours from here.
        sqlx::query(
            "UPDATE addresses SET watched_from = $1 WHERE network = $2 AND watched_from = 0",
        )
        .bind(from.time.millis())
        .bind(network.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether any amount is reserved for a payment, open or in quarantine.
    pub async fn has_live_slots(&self, network: Network) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM slots WHERE network = $1 AND released = 0 LIMIT 1")
            .bind(network.as_str())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }

    /// Whether a payer may be waiting to see a transfer on its way: one with an open payment, one
    /// who is an hour late at most, or one who has seen it. Or what was seen is not settled yet.
    pub async fn expects_news(&self, network: Network) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT 1 WHERE EXISTS
                 (SELECT 1 FROM payments
                  WHERE network = $1 AND status IN ('pending', 'expired') AND expires_at >
                      (SELECT block_time FROM cursors WHERE network = $1) - 3600000)
             OR EXISTS (SELECT 1 FROM arrivals WHERE network = $1)",
        )
        .bind(network.as_str())
        .fetch_optional(&self.readers)
        .await?;
        if row.is_some() {
            return Ok(true);
        }
        let seen = seen_before(&self.readers, self.dialect, (network, u64::MAX));
        Ok(!seen.await?.is_empty())
    }

    /// Whether the transfers of a transaction are recorded: those to all addresses that were ours
    /// then.
    pub async fn is_recorded(&self, network: Network, txid: Txid) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM transfers WHERE network = $1 AND txid = $2 LIMIT 1")
            .bind(network.as_str())
            .bind(txid.to_string())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }

    /// Records all transfers to our addresses up to block `to` and moves the cursor there.
    ///
    /// `reached` is the time of block `to` where that is the newest solid block: what expires is
    /// judged only when all that the solid chain holds has been read.
    pub async fn record(
        &self,
        network: Network,
        transfers: &[Transfer],
        to: u64,
        reached: Option<UtcTime>,
        now: UtcTime,
    ) -> Result<Recorded, StoreError> {
        let mut tx = self.begin().await?;
        let mut recorded = Recorded::default();
        let finding = Finding {
            network,
            detector: Detector::Watcher,
            now,
        };
        for transfer in transfers {
            record_transfer(&mut tx, finding, transfer, &mut recorded).await?;
        }
        if let Some(solid_time) = reached {
            let expired = expire(&mut tx, network, solid_time).await?;
            notices::of_expiries(&mut tx, &expired, now).await?;
            recorded.expired = expired.iter().map(|payment| payment.id).collect();
            release_slots(&mut tx, network, solid_time).await?;
        }
        // Never backwards: a node that lags behind the one before must not undo its work.
        sqlx::query(
            "UPDATE cursors SET block = CASE WHEN block < $1 THEN $1 ELSE block END,
                 block_time = CASE WHEN block_time < $2 THEN $2 ELSE block_time END
             WHERE network = $3",
        )
        .bind(row::block_to_db(to))
        .bind(reached.map_or(0, UtcTime::millis))
        .bind(network.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(recorded)
    }

    /// Records those solid transfers to addresses of ours that something else than the watcher has
    /// found. Skips transfers already recorded and transfers to addresses that are not ours.
    pub async fn record_found(
        &self,
        network: Network,
        transfers: &[Transfer],
        detector: Detector,
        now: UtcTime,
    ) -> Result<Recorded, StoreError> {
        let mut tx = self.begin().await?;
        let mut recorded = Recorded::default();
        let finding = Finding {
            network,
            detector,
            now,
        };
        for transfer in transfers {
            record_transfer(&mut tx, finding, transfer, &mut recorded).await?;
        }
        tx.commit().await?;
        Ok(recorded)
    }

    /// The same ahead of the cursor, where it is recorded only if all of it is credited: what pays
    /// nothing now may pay a payment that is created before the cursor comes there.
    pub async fn record_credits(
        &self,
        network: Network,
        (detector, transfers): (Detector, &[Transfer]),
        now: UtcTime,
    ) -> Result<Recorded, StoreError> {
        let mut tx = self.begin().await?;
        let mut recorded = Recorded::default();
        let finding = Finding {
            network,
            detector,
            now,
        };
        for transfer in transfers {
            record_transfer(&mut tx, finding, transfer, &mut recorded).await?;
        }
        if recorded.credited.is_empty() || !recorded.reviews.is_empty() {
            tx.roll_back().await?;
            return Ok(Recorded::default());
        }
        tx.commit().await?;
        Ok(recorded)
    }

    /// Notes which open payments have a transfer on its way, theirs or one that is likely meant for
    /// them. What was seen before and is not now is forgotten once the solid chain, read up to block
    /// `solid`, has passed it: until then a node may only lag, and a payer who is told that the
    /// transfer is gone pays again.
    pub async fn note_seen(
        &self,
        network: Network,
        seen: &[SeenTransfer],
        solid: u64,
        now: UtcTime,
    ) -> Result<(), StoreError> {
        if seen.is_empty()
            && seen_before(&self.readers, self.dialect, (network, solid))
                .await?
                .is_empty()
            && !arrivals::are_passed(&self.readers, network, solid).await?
        {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for transfer in seen {
            let noted = sqlx::query(
                "UPDATE payments
                 SET txid = $4, seen_block = $5, version = version + 1,
                     confirmations = CASE
                         WHEN txid = $4 AND seen_block = $5 AND confirmations > $6
                         THEN confirmations ELSE $6 END
                 WHERE id = (SELECT payment_id FROM slots
                             WHERE network = $1 AND address = $2 AND amount = $3 AND released = 0)
                     AND status IN ('pending', 'expired')
                     -- The first of two transfers stays until it is gone.
                     AND (txid IS NULL OR (txid = $4 AND
                         (seen_block <> $5 OR confirmations < $6)))
                 RETURNING id, project_id",
            )
            .bind(network.as_str())
            .bind(transfer.to.to_string())
            .bind(row::amount_to_db(transfer.amount))
            .bind(transfer.txid.to_string())
            .bind(row::block_to_db(transfer.block))
            .bind(i64::from(transfer.confirmations))
            .fetch_optional(&mut *tx)
            .await?;
            if let Some(row) = noted {
                let id = row::id_from_db(row.integer("id")?)?;
                let payment = (id, row.integer("project_id")?);
                notices::of_sight(&mut tx, payment, transfer, now).await?;
            } else {
                arrivals::note(&mut tx, network, transfer).await?;
            }
        }
        let dialect = tx.dialect();
        for id in seen_before(&mut *tx, dialect, (network, solid)).await? {
            sqlx::query(
                "UPDATE payments
                 SET txid = NULL, seen_block = NULL, confirmations = 0, version = version + 1
                 WHERE id = $1 AND status IN ('pending', 'expired') AND seen_block <= $2",
            )
            .bind(row::id_to_db(id))
            .bind(row::block_to_db(solid))
            .execute(&mut *tx)
            .await?;
        }
        arrivals::forget_passed(&mut tx, network, solid).await?;
        tx.commit().await
    }
}

/// The open payments whose transfer was seen in a block that the solid chain has passed.
async fn seen_before(
    database: impl AnyExecutor<'_>,
    dialect: Dialect,
    (network, solid): (Network, u64),
) -> Result<Vec<PaymentId>, StoreError> {
    sqlx::query(dialect.seen_payments())
        .bind(network.as_str())
        .bind(row::block_to_db(solid))
        .fetch_all(database)
        .await?
        .iter()
        .map(|row| row::id_from_db(row.integer("id")?))
        .collect()
}

/// Where, by whom and when transfers were found.
#[derive(Clone, Copy)]
struct Finding {
    network: Network,
    detector: Detector,
    now: UtcTime,
}

async fn record_transfer(
    tx: &mut Writing,
    finding: Finding,
    transfer: &Transfer,
    recorded: &mut Recorded,
) -> Result<(), StoreError> {
    let Finding {
        network,
        detector,
        now,
    } = finding;
    let Some(project) = owner(tx, network, transfer).await? else {
        return Ok(());
    };
    let (verdict, payment_id) = judge(tx, network, transfer).await?;
    let (outcome, reason) = match verdict {
        Verdict::Credit { .. } => ("credited", None),
        Verdict::Review(reason) => ("review", Some(reason.as_str())),
    };
    let inserted = sqlx::query(
        "INSERT INTO transfers (network, txid, log_position, block, block_time, sender, recipient,
             amount, outcome, review_reason, payment_id, detector, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (network, txid, log_position) DO NOTHING",
    )
    .bind(network.as_str())
    .bind(transfer.txid.to_string())
    .bind(i64::from(transfer.log_position))
    .bind(row::block_to_db(transfer.block))
    .bind(transfer.block_time.millis())
    .bind(transfer.from.to_string())
    .bind(transfer.to.to_string())
    .bind(row::amount_to_db(transfer.amount))
    .bind(outcome)
    .bind(reason)
    .bind(payment_id.map(row::id_to_db))
    .bind(detector.as_str())
    .bind(now.millis())
    .execute(&mut **tx)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(());
    }
    arrivals::settle(tx, network, transfer).await?;
    match (verdict, payment_id) {
        (Verdict::Credit { late }, Some(id)) => {
            credit(tx, id, transfer, (transfer.amount, late), now).await?;
            recorded.credited.push(id);
        }
        (Verdict::Review(reason), _) => {
            if presumption::is_possible(reason) {
                review_links::link_presumed(tx, network, transfer).await?;
            }
            notices::of_review(tx, (network, project), transfer, (reason, payment_id), now).await?;
            recorded.reviews.push((transfer.txid, reason));
        }
        (Verdict::Credit { .. }, None) => return Err(StoreError::Corrupt("slot")),
    }
    Ok(())
}

/// What becomes of a transfer to an address of ours, and the payment whose amount it hit.
pub(super) async fn judge(
    tx: &mut Writing,
    network: Network,
    transfer: &Transfer,
) -> Result<(Verdict, Option<PaymentId>), StoreError> {
    let slot = slot_of(tx, network, transfer).await?;
    let mined = Block {
        number: transfer.block,
        time: transfer.block_time,
    };
    let verdict = judge::judge(mined, transfer.amount, slot.as_ref().map(|(_, slot)| slot));
    Ok((verdict, slot.map(|(id, _)| id)))
}

/// Whose address the recipient is, if it was one of ours when the transfer was mined.
async fn owner(
    tx: &mut Writing,
    network: Network,
    transfer: &Transfer,
) -> Result<Option<ProjectId>, StoreError> {
    let row = sqlx::query(
        "SELECT project_id FROM addresses WHERE network = $1 AND address = $2 AND watched_from < $3",
    )
    .bind(network.as_str())
    .bind(transfer.to.to_string())
    .bind(transfer.block_time.millis())
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| row.integer("project_id")).transpose()
}

/// The slot that the transfer hit: the last one that began to hold its amount before it was
/// mined, or else the first that did after. Not what is live now, so that a transfer that is found
/// late is judged as it would have been in time.
async fn slot_of(
    tx: &mut Writing,
    network: Network,
    transfer: &Transfer,
) -> Result<Option<(PaymentId, HitSlot)>, StoreError> {
    sqlx::query(
        "SELECT p.id, p.status, p.expires_at, s.held_after, s.held_until, j.late_policy
         FROM slots s
         JOIN payments p ON p.id = s.payment_id
         JOIN projects j ON j.id = p.project_id
         WHERE s.network = $1 AND s.address = $2 AND s.amount = $3
         ORDER BY s.held_after < $4 DESC, abs(s.held_after - $4) LIMIT 1",
    )
    .bind(network.as_str())
    .bind(transfer.to.to_string())
    .bind(row::amount_to_db(transfer.amount))
    .bind(row::block_to_db(transfer.block))
    .fetch_optional(&mut **tx)
    .await?
    .map(|row| {
        let slot = HitSlot {
            status: row::status(&row)?,
            held_after: row.unsigned("held_after")?,
            expires_at: row.time("expires_at")?,
            held_until: row.time("held_until")?,
            late_policy: row::late_policy(&row)?,
        };
        Ok((row::id_from_db(row.integer("id")?)?, slot))
    })
    .transpose()
}

/// Makes a payment paid by the transfer that completes it, and writes the event that tells the
/// merchant. `received` is what has come in all.
pub(super) async fn credit(
    tx: &mut Writing,
    id: PaymentId,
    transfer: &Transfer,
    (received, late): (Usdt, bool),
    now: UtcTime,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE payments
         SET status = 'paid', txid = $1, received_amount = $2, paid_at = $3, late = $4,
             confirmations = $5, version = version + 1
         WHERE id = $6",
    )
    .bind(transfer.txid.to_string())
    .bind(row::amount_to_db(received))
    .bind(transfer.block_time.millis())
    .bind(i64::from(late))
    .bind(i64::from(REQUIRED_CONFIRMATIONS))
    .bind(row::id_to_db(id))
    .execute(&mut **tx)
    .await?;
    let payment = payment_in(tx, id)
        .await?
        .ok_or(StoreError::Corrupt("payment"))?;
    let body = webhook_body::paid(&payment, transfer.txid, transfer.block_time, late)?;
    sqlx::query(
        "INSERT INTO webhook_events
             (id, project_id, payment_id, body, state, next_attempt_at, created_at)
         SELECT $1, id, $2, $3,
             CASE WHEN webhook_url IS NULL THEN 'no_url' ELSE 'pending' END,
             -- Due at once, whatever the clock says later.
             CASE WHEN webhook_url IS NULL THEN NULL ELSE 0 END, $4
         FROM projects WHERE id = $5",
    )
    .bind(notices::new_event_id())
    .bind(row::id_to_db(id))
    .bind(body)
    .bind(now.millis())
    .bind(payment.project_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Expires what the solid chain has passed, so that no transfer in time can turn up any more.
async fn expire(
    tx: &mut Writing,
    network: Network,
    solid_time: UtcTime,
) -> Result<Vec<Payment>, StoreError> {
    sqlx::query(
        "UPDATE payments SET status = 'expired', version = version + 1
         WHERE network = $1 AND status = 'pending' AND expires_at < $2 RETURNING *",
    )
    .bind(network.as_str())
    .bind(solid_time.millis())
    .fetch_all(&mut **tx)
    .await?
    .iter()
    .map(row::payment)
    .collect()
}

/// Frees the amounts whose quarantine the solid chain has passed.
async fn release_slots(
    tx: &mut Writing,
    network: Network,
    solid_time: UtcTime,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE slots SET released = 1 WHERE network = $1 AND released = 0 AND held_until < $2",
    )
    .bind(network.as_str())
    .bind(solid_time.millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}
