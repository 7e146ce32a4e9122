//! Payments that their merchant has given up, and who did it.
//!
//! A cancel is for a payment of which nothing was seen. It changes the status and nothing else: the amount
//! stays reserved until the end of its quarantine, so that a transfer that comes all the same can be nobody
//! else's. It goes to review, as whatever hits a failed payment.

use serde_json::json;
use usdt_protocol::{PaymentId, PaymentStatus, UtcTime};

use super::audit_log::{self, Change, Decision};
use super::payments::payment_in;
use super::row::{self, RowExt as _};
use super::writing::Writing;
use super::{Store, StoreError};
use crate::payments::Payment;

/// Who gave a payment up, and why.
#[derive(Clone, Debug)]
pub struct Cancellation {
    pub actor: String,
    pub note: Option<String>,
    pub cancelled_at: UtcTime,
}

/// Why a payment was not cancelled. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    #[error("there is no such payment")]
    Unknown,
    #[error("the payment is {}", .0.as_str())]
    NotPending(PaymentStatus),
    #[error("money for the payment is on its way, or waits for review")]
    Seen,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for CancelError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Makes a pending payment failed. One that is failed already stays so, since the request may come twice.
    ///
    /// On PostgreSQL this holds the lock of all writes, as whatever changes a payment that is there. So of
    /// each two of these one has committed before the other looks, on whichever gateways they are:
    /// - a credit: what is paid is not cancelled, and a transfer is judged by the status in the transaction that
    ///   records it, so that after the cancel it goes to review;
    /// - a create for the same order: it is answered with the payment that is pending still, or makes a new
    ///   one, to which the reserved amount cannot be given;
    /// - a transfer that is seen: it stands with the payment, and the cancel is refused; or it finds no
    ///   open payment, and nothing is noted.
    pub async fn cancel_payment(
        &self,
        id: PaymentId,
        decision: Decision<'_>,
    ) -> Result<Payment, CancelError> {
        let mut tx = self.begin().await?;
        let cancelled = cancel_in(&mut tx, id, decision).await;
        tx.settle(cancelled).await
    }

    pub async fn cancellation(&self, id: PaymentId) -> Result<Option<Cancellation>, StoreError> {
        sqlx::query("SELECT actor, note, cancelled_at FROM cancellations WHERE payment_id = $1")
            .bind(row::id_to_db(id))
            .fetch_optional(&self.readers)
            .await?
            .map(|row| {
                Ok(Cancellation {
                    actor: row.text("actor")?,
                    note: row.optional_text("note")?,
                    cancelled_at: row.time("cancelled_at")?,
                })
            })
            .transpose()
    }
}

async fn cancel_in(
    tx: &mut Writing,
    id: PaymentId,
    decision: Decision<'_>,
) -> Result<Payment, CancelError> {
    let payment = payment_in(tx, id)
        .await?
        .filter(|payment| decision.may_be_about(payment.project_id))
        .ok_or(CancelError::Unknown)?;
    match payment.status {
        PaymentStatus::Pending => {}
        PaymentStatus::Failed => return Ok(payment),
        PaymentStatus::Paid | PaymentStatus::Expired => {
            return Err(CancelError::NotPending(payment.status));
        }
    }
    if payment.txid.is_some() || has_money_on_its_way(tx, id).await? {
        return Err(CancelError::Seen);
    }
    let cancelled = sqlx::query(
        "UPDATE payments SET status = 'failed', version = version + 1
         WHERE id = $1 AND status = 'pending' AND txid IS NULL RETURNING *",
    )
    .bind(row::id_to_db(id))
    .fetch_one(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO cancellations (payment_id, actor, note, cancelled_at)
         VALUES ($1, $2, $3, $4)",
    )
    .bind(row::id_to_db(id))
    .bind(&decision.by.actor)
    .bind(decision.note)
    .bind(decision.by.now.millis())
    .execute(&mut **tx)
    .await?;
    let change = Change {
        project: Some(payment.project_id),
        action: "payment cancel",
        subject: Some(id.to_string()),
        old: Some(json!({"status": payment.status.as_str()})),
        new: Some(json!({"status": PaymentStatus::Failed.as_str(), "note": decision.note})),
    };
    audit_log::note(tx, decision.by, change).await?;
    Ok(row::payment(&cancelled)?)
}

/// Whether money of another amount seems meant for the payment, in a block that is final or not.
async fn has_money_on_its_way(tx: &mut Writing, id: PaymentId) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM arrivals WHERE payment_id = $1)
             OR EXISTS (SELECT 1 FROM review_links l JOIN transfers t USING (network, txid, log_position)
                 WHERE l.payment_id = $1 AND t.outcome = 'review')",
    )
    .bind(row::id_to_db(id))
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}
