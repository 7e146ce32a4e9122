//! Webhook events that wait for delivery, and the attempts that were made.

use url::Url;
use usdt_protocol::{PaymentId, UtcTime};

use super::row::{self, RowExt as _};
use super::{Store, StoreError};
use crate::payments::ProjectId;

/// An event whose next attempt is due.
#[derive(Clone, Debug)]
pub struct DueEvent {
    pub id: String,
    pub project_id: ProjectId,
    pub payment_id: PaymentId,
    pub url: Url,
    /// The bytes to send, the same in every attempt.
    pub body: String,
    /// Attempts made so far.
    pub attempts: u32,
}

/// An attempt to deliver an event.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub started_at: UtcTime,
    pub finished_at: UtcTime,
    /// The receiver's answer, where one came.
    pub http_status: Option<u16>,
    /// Why it failed; `None` where it was delivered.
    pub error: Option<String>,
    /// When to try again after a failure; `None` to give up.
    pub retry_at: Option<UtcTime>,
}

impl Store {
    /// The events whose time has come, oldest first.
    pub async fn due_events(
        &self,
        now: UtcTime,
        at_most: u32,
    ) -> Result<Vec<DueEvent>, StoreError> {
        sqlx::query(
            "SELECT e.id, e.project_id, e.payment_id, e.body, j.webhook_url,
                 (SELECT count(*) FROM delivery_attempts a WHERE a.event_id = e.id) AS attempts
             FROM webhook_events e JOIN projects j ON j.id = e.project_id
             WHERE e.state = 'pending' AND e.next_attempt_at <= ? AND j.webhook_url IS NOT NULL
             ORDER BY e.next_attempt_at LIMIT ?",
        )
        .bind(now.millis())
        .bind(at_most)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            Ok(DueEvent {
                id: row.text("id")?,
                project_id: row.integer("project_id")?,
                payment_id: row::id_from_db(row.integer("payment_id")?)?,
                url: row.parsed("webhook_url")?,
                body: row.text("body")?,
                attempts: u32::try_from(row.integer("attempts")?)
                    .map_err(|_| StoreError::Corrupt("attempts"))?,
            })
        })
        .collect()
    }

    /// Writes down an attempt and what follows from it.
    pub async fn record_attempt(
        &self,
        event: &DueEvent,
        attempt: &Attempt,
    ) -> Result<(), StoreError> {
        let state = match (&attempt.error, attempt.retry_at) {
            (None, _) => "delivered",
            (Some(_), Some(_)) => "pending",
            (Some(_), None) => "failed",
        };
        let retry_at = attempt.retry_at.filter(|_| state == "pending");
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO delivery_attempts
                 (event_id, number, started_at, finished_at, http_status, error)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&event.id)
        .bind(event.attempts + 1)
        .bind(attempt.started_at.millis())
        .bind(attempt.finished_at.millis())
        .bind(attempt.http_status)
        .bind(&attempt.error)
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE webhook_events SET state = ?, next_attempt_at = ? WHERE id = ?")
            .bind(state)
            .bind(retry_at.map(UtcTime::millis))
            .bind(&event.id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
