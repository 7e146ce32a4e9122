//! Events that a project asks for besides that a payment is paid, each written once, in the transaction that makes
//! it true.

use rand::Rng as _;
use usdt_protocol::txid::Hex;
use usdt_protocol::{PaymentId, UtcTime};
use usdt_tron::{Network, Transfer};

use super::payments::payment_in;
use super::reviews::TransferId;
use super::row::{self, RowExt as _};
use super::writing::Writing;
use super::{SeenTransfer, StoreError, metadata};
use crate::payments::event_type::EventType;
use crate::payments::judge::ReviewReason;
use crate::payments::notice::{Notice, OfTransfer};
use crate::payments::{Payment, ProjectId};

/// Tells that payments have expired.
pub(super) async fn of_expiries(
    tx: &mut Writing,
    payments: &[Payment],
    now: UtcTime,
) -> Result<(), StoreError> {
    if payments.is_empty() {
        return Ok(());
    }
    let projects = sqlx::query("SELECT project_id FROM told_events WHERE type = $1")
        .bind(EventType::Expired.as_str())
        .fetch_all(&mut **tx)
        .await?
        .iter()
        .map(|row| row.integer("project_id"))
        .collect::<Result<Vec<ProjectId>, _>>()?;
    for payment in payments {
        if projects.contains(&payment.project_id) {
            let about = (payment.project_id, Some(payment.id));
            let metadata = metadata::read(&mut **tx, payment.id).await?;
            let notice = Notice::of_expiry((payment, metadata.as_ref()));
            let fact = payment.id.to_string();
            write(tx, EventType::Expired, about, &fact, &notice, now).await?;
        }
    }
    Ok(())
}

/// Tells that the exact amount of a payment was seen: once of each transaction, whatever becomes of the block.
pub(super) async fn of_sight(
    tx: &mut Writing,
    (id, project): (PaymentId, ProjectId),
    seen: &SeenTransfer,
    now: UtcTime,
) -> Result<(), StoreError> {
    if !is_told(tx, project, EventType::Seen).await? {
        return Ok(());
    }
    let payment = payment_in(tx, id)
        .await?
        .ok_or(StoreError::Corrupt("payment"))?;
    let transfer = OfTransfer {
        txid: seen.txid,
        amount: seen.amount,
        from: seen.from,
        address: seen.to,
    };
    let metadata = metadata::read(&mut **tx, id).await?;
    let notice = Notice::of_sight((&payment, metadata.as_ref()), transfer);
    let fact = format!("{id}/{}", seen.txid);
    let about = (project, Some(id));
    write(tx, EventType::Seen, about, &fact, &notice, now).await
}

/// Tells that a transfer to an address of a project's waits for a decision. Dust, which nobody is asked about, is not
/// told.
pub(super) async fn of_review(
    tx: &mut Writing,
    (network, project): (Network, ProjectId),
    transfer: &Transfer,
    (reason, hit): (ReviewReason, Option<PaymentId>),
    now: UtcTime,
) -> Result<(), StoreError> {
    if reason == ReviewReason::Dust || !is_told(tx, project, EventType::Review).await? {
        return Ok(());
    }
    let payment = match hit {
        Some(id) => payment_in(tx, id).await?,
        None => None,
    };
    // An address may have been another project's when the amount was given out.
    let payment = payment.filter(|payment| payment.project_id == project);
    let metadata = match &payment {
        Some(payment) => metadata::read(&mut **tx, payment.id).await?,
        None => None,
    };
    let id = TransferId {
        txid: transfer.txid,
        position: transfer.log_position,
    };
    let told = OfTransfer {
        txid: transfer.txid,
        amount: transfer.amount,
        from: transfer.from,
        address: transfer.to,
    };
    let meant = payment.as_ref().map(|payment| (payment, metadata.as_ref()));
    let notice = Notice::of_review(meant, id.to_string(), reason, told);
    let fact = format!("{}/{id}", network.as_str());
    let about = (project, payment.as_ref().map(|payment| payment.id));
    write(tx, EventType::Review, about, &fact, &notice, now).await
}

async fn is_told(
    tx: &mut Writing,
    project: ProjectId,
    kind: EventType,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM told_events WHERE project_id = $1 AND type = $2")
        .bind(project)
        .bind(kind.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

async fn write(
    tx: &mut Writing,
    kind: EventType,
    (project, payment): (ProjectId, Option<PaymentId>),
    fact: &str,
    notice: &Notice<'_>,
    now: UtcTime,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO notices
             (id, project_id, type, fact, payment_id, body, state, next_attempt_at, created_at)
         SELECT $1, id, $2, $3, $4, $5,
             CASE WHEN webhook_url IS NULL THEN 'no_url' ELSE 'pending' END,
             CASE WHEN webhook_url IS NULL THEN NULL ELSE 0 END, $6
         FROM projects WHERE id = $7
         ON CONFLICT (type, fact) DO NOTHING",
    )
    .bind(new_event_id())
    .bind(kind.as_str())
    .bind(fact)
    .bind(payment.map(row::id_to_db))
    .bind(notice.body(kind, project, now)?)
    .bind(now.millis())
    .bind(project)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The ID of an event of any type.
pub(super) fn new_event_id() -> String {
    format!("evt_{}", Hex(&rand::rng().random::<[u8; 16]>()))
}
