//! Transfers that wait for a person, and what persons decided about them.

use std::fmt;
use std::str::FromStr;

use serde_json::json;
use sqlx::any::AnyRow;
use usdt_protocol::{PaymentId, TronAddress, Txid, Usdt, UtcTime};
use usdt_tron::{Network, Transfer};

use super::audit_log::{self, Change, Decision};
use super::ledger::credit;
use super::payments::payment_in;
use super::row::{self, RowExt as _};
use super::writing::Writing;
use super::{Detector, Store, StoreError, review_links};
use crate::payments::acceptance::{self, Acceptance, Refusal};
use crate::payments::candidates::{self, Candidate};
use crate::payments::judge::ReviewReason;
use crate::payments::presumption;
use crate::payments::{Payment, ProjectId};

/// Payments from so long before a transfer are looked at: whoever pays later writes to somebody.
pub(super) const LOOK_BACK_SECONDS: i64 = 90 * 86_400;

/// And from so long after it: an order that was made anew because the money did not show up.
const LOOK_AHEAD_SECONDS: i64 = 86_400;

/// The most payments that are compared with one transfer, the nearest in time.
const MOST_COMPARED: i64 = 1_000;

/// The identity of a transfer within its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferId {
    pub txid: Txid,
    pub position: u32,
}

/// The text is no `TXID:POSITION`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a transfer is named TXID:POSITION")]
pub struct ParseTransferIdError;

impl FromStr for TransferId {
    type Err = ParseTransferIdError;

    fn from_str(text: &str) -> Result<Self, ParseTransferIdError> {
        let (txid, position) = text.split_once(':').ok_or(ParseTransferIdError)?;
        Ok(Self {
            txid: txid.parse().map_err(|_| ParseTransferIdError)?,
            position: position.parse().map_err(|_| ParseTransferIdError)?,
        })
    }
}

impl fmt::Display for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.txid, self.position)
    }
}

/// What became of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has made a payment paid.
    Credited(PaymentId),
    /// It was added to a payment that was paid already.
    Added(PaymentId),
    /// It waits for a person.
    Review,
    /// A person found that it is nobody's payment.
    Dismissed,
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credited(_) => "credited",
            Self::Added(_) => "added",
            Self::Review => "review",
            Self::Dismissed => "dismissed",
        }
    }

    /// The payment that has the money.
    pub const fn payment(self) -> Option<PaymentId> {
        match self {
            Self::Credited(payment) | Self::Added(payment) => Some(payment),
            Self::Review | Self::Dismissed => None,
        }
    }
}

/// A transfer as it is recorded, with the project whose address it came to.
#[derive(Clone, Debug)]
pub struct RecordedTransfer {
    pub network: Network,
    pub transfer: Transfer,
    pub outcome: Outcome,
    /// Why it came into review, if it ever was there.
    pub reason: Option<ReviewReason>,
    /// The payment whose exact amount it hit, or for which it was accepted.
    pub payment_id: Option<PaymentId>,
    pub detector: Detector,
    pub recorded_at: UtcTime,
    pub project_id: ProjectId,
    pub project_name: String,
}

impl RecordedTransfer {
    pub const fn id(&self) -> TransferId {
        TransferId {
            txid: self.transfer.txid,
            position: self.transfer.log_position,
        }
    }
}

/// Which transfers are listed: those that wait for a person, and more.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReviewFilter {
    /// Only those to its addresses.
    pub project: Option<ProjectId>,
    /// Those that were decided too.
    pub decided: bool,
    /// Dust that waits too.
    pub dust: bool,
}

/// What somebody decided.
#[derive(Clone, Debug)]
pub struct ReviewAction {
    /// The payment for which the transfer was accepted; `None` where it was dismissed.
    pub accepted_for: Option<PaymentId>,
    /// Who decided, as the audit log has it.
    pub actor: String,
    pub note: Option<String>,
    pub acted_at: UtcTime,
}

/// Why a decision was not carried out. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    #[error("no such transfer is recorded")]
    Unknown,
    #[error("the transfer {0} is not in review any more: it belongs to payment {1}")]
    Settled(TransferId, PaymentId),
    #[error("the payment has changed meanwhile: look at it again")]
    Changed,
    #[error("the transfer is dismissed already")]
    Dismissed,
    #[error("there is no payment {0}")]
    NoPayment(PaymentId),
    #[error("payment {0} is of another network than the transfer")]
    OtherNetwork(PaymentId),
    #[error("payment {0} is not of the project whose address received the transfer")]
    OtherProject(PaymentId),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ReviewError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The query for transfers with their projects, which ends as given.
macro_rules! recorded_transfers {
    ($ends:literal) => {
        concat!(
            "SELECT t.*, a.project_id, j.name AS project_name
             FROM transfers t
             JOIN addresses a ON a.network = t.network AND a.address = t.recipient
             JOIN projects j ON j.id = a.project_id ",
            $ends
        )
    };
}

pub(super) use recorded_transfers;

impl Store {
    /// The transfers in review, oldest first, without dust; or as the filter says.
    pub async fn reviews(&self, filter: ReviewFilter) -> Result<Vec<RecordedTransfer>, StoreError> {
        sqlx::query(if filter.decided {
            recorded_transfers!(
                "WHERE t.review_reason IS NOT NULL AND ($1 IS NULL OR a.project_id = $1)
                     AND ($2 = 1 OR t.outcome <> 'review' OR t.review_reason <> 'dust')
                 ORDER BY t.block_time, t.txid, t.log_position"
            )
        } else {
            recorded_transfers!(
                "WHERE t.outcome = 'review' AND ($1 IS NULL OR a.project_id = $1)
                     AND ($2 = 1 OR t.review_reason <> 'dust')
                 ORDER BY t.block_time, t.txid, t.log_position"
            )
        })
        .bind(filter.project)
        .bind(i64::from(filter.dust))
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(recorded_transfer)
        .collect()
    }

    /// How much dust waits, at the addresses of a project or at all.
    pub async fn dust_in_review(&self, project: Option<ProjectId>) -> Result<i64, StoreError> {
        sqlx::query(
            "SELECT count(*) AS count FROM transfers t
             JOIN addresses a ON a.network = t.network AND a.address = t.recipient
             WHERE t.outcome = 'review' AND t.review_reason = 'dust'
                 AND ($1 IS NULL OR a.project_id = $1)",
        )
        .bind(project)
        .fetch_one(&self.readers)
        .await?
        .integer("count")
    }

    /// The recorded transfers of a transaction.
    pub async fn transfers_of(&self, txid: Txid) -> Result<Vec<RecordedTransfer>, StoreError> {
        sqlx::query(recorded_transfers!(
            "WHERE t.txid = $1 ORDER BY t.network, t.log_position"
        ))
        .bind(txid.to_string())
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(recorded_transfer)
        .collect()
    }

    /// The addresses at which a project receives.
    pub async fn addresses_of(&self, project: ProjectId) -> Result<Vec<TronAddress>, StoreError> {
        sqlx::query("SELECT address FROM addresses WHERE project_id = $1")
            .bind(project)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| row.parsed("address"))
            .collect()
    }

    /// What was decided about a transfer, in order.
    pub async fn review_actions(
        &self,
        network: Network,
        id: TransferId,
    ) -> Result<Vec<ReviewAction>, StoreError> {
        sqlx::query(
            "SELECT payment_id, actor, note, acted_at FROM review_actions
             WHERE network = $1 AND txid = $2 AND log_position = $3 ORDER BY id",
        )
        .bind(network.as_str())
        .bind(id.txid.to_string())
        .bind(i64::from(id.position))
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            Ok(ReviewAction {
                accepted_for: optional_id(row, "payment_id")?,
                actor: row.text("actor")?,
                note: row.optional_text("note")?,
                acted_at: row.time("acted_at")?,
            })
        })
        .collect()
    }

    /// The payments that a transfer may have been meant for, the likeliest first.
    pub async fn candidates(
        &self,
        recorded: &RecordedTransfer,
    ) -> Result<Vec<Candidate>, StoreError> {
        let transfer = &recorded.transfer;
        let (least, most) = candidates::range(transfer.amount);
        let since = transfer.block_time.plus_seconds(-LOOK_BACK_SECONDS);
        let until = transfer.block_time.plus_seconds(LOOK_AHEAD_SECONDS);
        let others: Vec<Usdt> = sqlx::query(
            "SELECT amount FROM transfers
             WHERE network = $1 AND recipient = $2 AND block_time BETWEEN $3 AND $4
                 AND outcome = 'review' AND NOT (txid = $5 AND log_position = $6)
             ORDER BY amount",
        )
        .bind(recorded.network.as_str())
        .bind(transfer.to.to_string())
        .bind(since.millis())
        .bind(until.millis())
        .bind(transfer.txid.to_string())
        .bind(i64::from(transfer.log_position))
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| row.amount("amount"))
        .collect::<Result<_, _>>()?;
        let payments = sqlx::query(
            // Only the nearest in time are looked at, by their index: an address may have a million.
            "SELECT * FROM (
                 SELECT * FROM (
                     SELECT * FROM payments
                     WHERE network = $1 AND address = $2 AND created_at BETWEEN $3 AND $8
                     ORDER BY created_at DESC LIMIT $9) earlier
                 UNION ALL
                 SELECT * FROM (
                     SELECT * FROM payments
                     WHERE network = $1 AND address = $2 AND created_at > $8 AND created_at <= $4
                     ORDER BY created_at LIMIT $9) later) near
             WHERE (pay_amount BETWEEN $5 AND $6
                     OR received_amount = pay_amount - $7
                     OR pay_amount - $7 IN (
                         SELECT amount FROM transfers
                         WHERE network = $1 AND recipient = $2 AND block_time BETWEEN $3 AND $4
                             AND outcome = 'review'))
             ORDER BY abs(created_at - $8) LIMIT $9",
        )
        .bind(recorded.network.as_str())
        .bind(transfer.to.to_string())
        .bind(since.millis())
        .bind(until.millis())
        .bind(row::amount_to_db(least))
        .bind(row::amount_to_db(most))
        .bind(row::amount_to_add(transfer.amount))
        .bind(transfer.block_time.millis())
        .bind(MOST_COMPARED)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(row::payment)
        .collect::<Result<_, _>>()?;
        let mut ranked = candidates::rank(transfer, &others, payments);
        if recorded.reason.is_some_and(presumption::is_possible)
            && let Some(alone) = self.alone_open(recorded, since).await?
        {
            candidates::add_alone(&mut ranked, transfer, alone);
        }
        Ok(ranked)
    }

    /// The payment that was open at the transfer's address when it was mined, if only one was.
    async fn alone_open(
        &self,
        recorded: &RecordedTransfer,
        since: UtcTime,
    ) -> Result<Option<Payment>, StoreError> {
        let transfer = &recorded.transfer;
        let open = sqlx::query(
            "SELECT p.* FROM payments p JOIN slots s ON s.payment_id = p.id
             WHERE p.network = $1 AND p.address = $2 AND p.created_at BETWEEN $3 AND $4
                 AND s.held_until >= $4 AND (p.paid_at IS NULL OR p.paid_at >= $4)
                 AND p.status <> 'failed'
             LIMIT 2",
        )
        .bind(recorded.network.as_str())
        .bind(transfer.to.to_string())
        .bind(since.millis())
        .bind(transfer.block_time.millis())
        .fetch_all(&self.readers)
        .await?;
        match open.as_slice() {
            [alone] => Ok(Some(row::payment(alone)?)),
            _ => Ok(None),
        }
    }

    /// The other payments of a payment's order that are pending or paid.
    pub async fn live_siblings(&self, payment: &Payment) -> Result<Vec<Payment>, StoreError> {
        sqlx::query(self.dialect.live_siblings())
            .bind(payment.project_id)
            .bind(payment.order_id.as_str())
            .bind(row::id_to_db(payment.id))
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(row::payment)
            .collect()
    }

    /// Takes transfers for a payment of the same project, all of them or none: their sum makes the
    /// payment paid, or is added to what has paid it. Returns what they did.
    ///
    /// `agreed` is what the operator has been shown: anything else is not done.
    pub async fn accept_reviews(
        &self,
        network: Network,
        transfers: &[TransferId],
        payment_id: PaymentId,
        agreed: Option<Acceptance>,
        decision: Decision<'_>,
    ) -> Result<Acceptance, ReviewError> {
        let mut tx = self.begin().await?;
        let accepted = accept_in(&mut tx, network, transfers, payment_id, agreed, decision).await;
        tx.settle(accepted).await
    }

    /// Takes a transfer out of review as nobody's payment. It can still be accepted later.
    pub async fn dismiss_review(
        &self,
        network: Network,
        id: TransferId,
        decision: Decision<'_>,
    ) -> Result<(), ReviewError> {
        let mut tx = self.begin().await?;
        let dismissed = dismiss_in(&mut tx, network, id, decision).await;
        tx.settle(dismissed).await
    }
}

/// What accepting the transfers for the payment does, as both stand.
pub fn terms(transfers: &[RecordedTransfer], payment: &Payment) -> Result<Acceptance, ReviewError> {
    for recorded in transfers {
        if let Some(settled) = recorded.outcome.payment() {
            return Err(ReviewError::Settled(recorded.id(), settled));
        }
        if payment.network != recorded.network {
            return Err(ReviewError::OtherNetwork(payment.id));
        }
        // Its address may have been its project's then, and be another one's now.
        if payment.project_id != recorded.project_id && payment.address != recorded.transfer.to {
            return Err(ReviewError::OtherProject(payment.id));
        }
    }
    let moved: Vec<&Transfer> = transfers.iter().map(|one| &one.transfer).collect();
    Ok(acceptance::judge(payment, &moved)?)
}

async fn accept_in(
    tx: &mut Writing,
    network: Network,
    transfers: &[TransferId],
    payment_id: PaymentId,
    agreed: Option<Acceptance>,
    decision: Decision<'_>,
) -> Result<Acceptance, ReviewError> {
    let mut recorded = Vec::with_capacity(transfers.len());
    for id in transfers {
        recorded.push(recorded_in(tx, network, *id, decision.project).await?);
    }
    let payment = payment_in(tx, payment_id)
        .await?
        .filter(|payment| decision.may_be_about(payment.project_id))
        .ok_or(ReviewError::NoPayment(payment_id))?;
    let acceptance = terms(&recorded, &payment)?;
    if agreed.is_some_and(|agreed| agreed != acceptance) {
        return Err(ReviewError::Changed);
    }
    let moved: Vec<&Transfer> = recorded.iter().map(|one| &one.transfer).collect();
    let last = acceptance::completing(&moved).ok_or(ReviewError::Unknown)?;
    for one in &recorded {
        // One has completed the payment; a part of what was sent is added as what comes later.
        let pays = matches!(acceptance, Acceptance::Pays { .. }) && one.transfer == *last;
        let outcome = if pays {
            Outcome::Credited(payment_id)
        } else {
            Outcome::Added(payment_id)
        };
        set_outcome(tx, network, one.id(), outcome).await?;
    }
    match acceptance {
        Acceptance::Pays { received, late } => {
            credit(tx, payment_id, last, (received, late), decision.by.now).await?;
        }
        Acceptance::Adds { received } => {
            sqlx::query(
                "UPDATE payments SET received_amount = $1, version = version + 1 WHERE id = $2",
            )
            .bind(row::amount_to_db(received))
            .bind(row::id_to_db(payment_id))
            .execute(&mut **tx)
            .await?;
        }
    }
    for one in &recorded {
        review_links::renew_linked(tx, network, one.id()).await?;
        note_action(tx, one, Some(payment_id), decision).await?;
    }
    Ok(acceptance)
}

async fn dismiss_in(
    tx: &mut Writing,
    network: Network,
    id: TransferId,
    decision: Decision<'_>,
) -> Result<(), ReviewError> {
    let recorded = recorded_in(tx, network, id, decision.project).await?;
    match recorded.outcome {
        Outcome::Review => {}
        Outcome::Dismissed => return Err(ReviewError::Dismissed),
        Outcome::Credited(settled) | Outcome::Added(settled) => {
            return Err(ReviewError::Settled(id, settled));
        }
    }
    set_outcome(tx, network, id, Outcome::Dismissed).await?;
    review_links::renew_linked(tx, network, id).await?;
    note_action(tx, &recorded, None, decision).await?;
    Ok(())
}

async fn recorded_in(
    tx: &mut Writing,
    network: Network,
    id: TransferId,
    project: Option<ProjectId>,
) -> Result<RecordedTransfer, ReviewError> {
    let row = sqlx::query(recorded_transfers!(
        "WHERE t.network = $1 AND t.txid = $2 AND t.log_position = $3
             AND ($4 IS NULL OR a.project_id = $4)"
    ))
    .bind(network.as_str())
    .bind(id.txid.to_string())
    .bind(i64::from(id.position))
    .bind(project)
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(ReviewError::Unknown)?;
    Ok(recorded_transfer(&row)?)
}

/// The condition is a second lock on the door: what has left review stays where it went.
async fn set_outcome(
    tx: &mut Writing,
    network: Network,
    id: TransferId,
    outcome: Outcome,
) -> Result<(), ReviewError> {
    let changed = sqlx::query(
        "UPDATE transfers SET outcome = $1, payment_id = coalesce($2, payment_id)
         WHERE network = $3 AND txid = $4 AND log_position = $5
             AND outcome IN ('review', 'dismissed')",
    )
    .bind(outcome.as_str())
    .bind(outcome.payment().map(row::id_to_db))
    .bind(network.as_str())
    .bind(id.txid.to_string())
    .bind(i64::from(id.position))
    .execute(&mut **tx)
    .await?;
    if changed.rows_affected() == 1 {
        Ok(())
    } else {
        Err(ReviewError::Unknown)
    }
}

async fn note_action(
    tx: &mut Writing,
    recorded: &RecordedTransfer,
    accepted_for: Option<PaymentId>,
    decision: Decision<'_>,
) -> Result<(), ReviewError> {
    let (network, id) = (recorded.network, recorded.id());
    sqlx::query(
        "INSERT INTO review_actions
             (network, txid, log_position, action, payment_id, actor, note, acted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(network.as_str())
    .bind(id.txid.to_string())
    .bind(i64::from(id.position))
    .bind(if accepted_for.is_some() {
        "accept"
    } else {
        "dismiss"
    })
    .bind(accepted_for.map(row::id_to_db))
    .bind(&decision.by.actor)
    .bind(decision.note)
    .bind(decision.by.now.millis())
    .execute(&mut **tx)
    .await?;
    let change = Change {
        project: Some(recorded.project_id),
        action: if accepted_for.is_some() {
            "review accept"
        } else {
            "review dismiss"
        },
        subject: Some(id.to_string()),
        old: Some(json!({"outcome": recorded.outcome.as_str()})),
        new: Some(json!({"payment_id": accepted_for, "note": decision.note})),
    };
    audit_log::note(tx, decision.by, change).await?;
    Ok(())
}

fn optional_id(row: &AnyRow, column: &'static str) -> Result<Option<PaymentId>, StoreError> {
    row.optional_integer(column)?
        .map(row::id_from_db)
        .transpose()
}

/// Reads a row of `recorded_transfers`.
pub(super) fn recorded_transfer(row: &AnyRow) -> Result<RecordedTransfer, StoreError> {
    let payment_id = optional_id(row, "payment_id")?;
    let outcome = match (row.text("outcome")?.as_str(), payment_id) {
        ("credited", Some(payment)) => Outcome::Credited(payment),
        ("added", Some(payment)) => Outcome::Added(payment),
        ("review", _) => Outcome::Review,
        ("dismissed", _) => Outcome::Dismissed,
        _ => return Err(StoreError::Corrupt("outcome")),
    };
    let reason = row
        .optional_text("review_reason")?
        .map(|name| ReviewReason::named(&name).ok_or(StoreError::Corrupt("review_reason")))
        .transpose()?;
    let detector = match row.text("detector")?.as_str() {
        "watcher" => Detector::Watcher,
        "indexer" => Detector::Indexer,
        "claim" => Detector::Claim,
        _ => return Err(StoreError::Corrupt("detector")),
    };
    Ok(RecordedTransfer {
        network: row.parsed("network")?,
        transfer: Transfer {
            txid: row.parsed("txid")?,
            log_position: u32::try_from(row.integer("log_position")?)
                .map_err(|_| StoreError::Corrupt("log_position"))?,
            block: row.unsigned("block")?,
            block_time: row.time("block_time")?,
            from: row.parsed("sender")?,
            to: row.parsed("recipient")?,
            amount: row.amount("amount")?,
        },
        outcome,
        reason,
        payment_id,
        detector,
        recorded_at: row.time("recorded_at")?,
        project_id: row.integer("project_id")?,
        project_name: row.text("project_name")?,
    })
}
