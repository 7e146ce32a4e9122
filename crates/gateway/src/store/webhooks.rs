//! Webhook events that wait for delivery, and the attempts that were made.
//!
//! An event whose time has come has the time 0, from its birth or since [`Store::queue_retries`].
//! So the due events of a project stand in an index by their age, however many there are.

use sqlx::any::AnyRow;
use url::Url;
use usdt_protocol::{PaymentId, UtcTime};

use super::row::{self, RowExt as _};
use super::writing::{Lock, Writing};
use super::{Leases, Queue, Store, StoreError};
use crate::payments::ProjectId;

/// Events that become due together: more wait for the next look.
const RETRIES_AT_ONCE: i64 = 500;

/// A project with due events.
#[derive(Clone, Debug)]
pub struct DueProject {
    pub id: ProjectId,
    pub url: Url,
    /// Whether the last attempt of all its events failed.
    pub receiver_fails: bool,
}

impl DueProject {
    pub(super) fn read(row: &AnyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.integer("id")?,
            url: row.parsed("webhook_url")?,
            receiver_fails: row.flag("receiver_fails")?,
        })
    }
}

/// An event whose next attempt is due.
#[derive(Clone, Debug)]
pub struct DueEvent {
    pub queue: Queue,
    pub id: String,
    pub project_id: ProjectId,
    pub payment_id: Option<PaymentId>,
    /// The bytes to send, the same in every attempt.
    pub body: String,
    /// Attempts made so far.
    pub attempts: u32,
    /// By which the lease of the attempt under way is told from later ones, where events are leased.
    pub(super) lease: Option<i64>,
}

/// An attempt to deliver an event.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub started_at: UtcTime,
    pub finished_at: UtcTime,
    /// The receiver's answer, where one came.
    pub http_status: Option<u16>,
    /// How the answer's body begins: the merchant's data, for nobody else.
    pub excerpt: Option<String>,
    /// Why it failed; `None` where it was delivered.
    pub error: Option<String>,
    /// When to try again after a failure; `None` to give up.
    pub retry_at: Option<UtcTime>,
}

impl Store {
    /// Makes the failed events due whose time has come, a bounded number at once. None of them is
    /// leased, since only due ones are. `now` may be of another machine than the time of the retry:
    /// that comes earlier or later by as much as their clocks differ, and nothing else does.
    pub async fn queue_retries(&self, queue: Queue, now: UtcTime) -> Result<(), StoreError> {
        // Most looks find none, and must not wait for other writes.
        let waits: Option<i64> = sqlx::query_scalar(queue.statement(
            "SELECT min(next_attempt_at) FROM {events}
             WHERE state = 'pending' AND next_attempt_at > 0",
        ))
        .fetch_one(&self.readers)
        .await?;
        if waits.is_none_or(|at| at > now.millis()) {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        sqlx::query(queue.statement(
            "UPDATE {events} SET next_attempt_at = 0 WHERE id IN (
                 SELECT id FROM {events}
                 WHERE state = 'pending' AND next_attempt_at > 0 AND next_attempt_at <= $1
                 ORDER BY next_attempt_at LIMIT $2)",
        ))
        .bind(now.millis())
        .bind(RETRIES_AT_ONCE)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The projects that have due events, leased ones too.
    pub async fn due_projects(&self, queue: Queue) -> Result<Vec<DueProject>, StoreError> {
        // From one project to the next in the index, past all events between.
        sqlx::query(queue.statement(
            "WITH RECURSIVE due (project_id) AS (
                 SELECT min(project_id) FROM {events}
                 WHERE state = 'pending' AND next_attempt_at = 0
                 UNION ALL
                 SELECT (SELECT min(e.project_id) FROM {events} e
                     WHERE e.state = 'pending' AND e.next_attempt_at = 0
                       AND e.project_id > due.project_id)
                 FROM due WHERE due.project_id IS NOT NULL)
             SELECT j.id, j.webhook_url, j.receiver_fails
             FROM due JOIN projects j ON j.id = due.project_id
             WHERE j.webhook_url IS NOT NULL",
        ))
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(DueProject::read)
        .collect()
    }

    /// A project's due events that nobody has leased, oldest first.
    pub async fn due_events(
        &self,
        queue: Queue,
        project: ProjectId,
        leases: &Leases,
        at_most: usize,
    ) -> Result<Vec<DueEvent>, StoreError> {
        sqlx::query(queue.statement(self.dialect.due_events()))
            .bind(project)
            .bind(leases.at.millis())
            .bind(i64::try_from(at_most).unwrap_or(i64::MAX))
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| {
                let payment_id = row.optional_integer("payment_id")?;
                Ok(DueEvent {
                    queue,
                    id: row.text("id")?,
                    project_id: row.integer("project_id")?,
                    payment_id: payment_id.map(row::id_from_db).transpose()?,
                    body: row.text("body")?,
                    attempts: attempts(row)?,
                    lease: None,
                })
            })
            .collect()
    }

    /// Whether a project's failed events are tried for three days more.
    pub async fn retries_further(&self, project: ProjectId) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM patient_projects WHERE project_id = $1")
            .bind(project)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }

    /// Writes down an attempt and what follows from it. `false` where that was too late: the lease was
    /// over, and another gateway has taken the next.
    pub async fn record_attempt(
        &self,
        event: &DueEvent,
        attempt: &Attempt,
    ) -> Result<bool, StoreError> {
        let state = match (&attempt.error, attempt.retry_at) {
            (None, _) => "delivered",
            (Some(_), Some(_)) => "pending",
            (Some(_), None) => "failed",
        };
        let retry_at = attempt.retry_at.filter(|_| state == "pending");
        let mut tx = Writing::begin(self, Lock::Project(event.project_id)).await?;
        let written = sqlx::query(event.queue.statement(
            "UPDATE {events}
             SET state = $1, next_attempt_at = $2, lease = NULL, leased_until = NULL
             WHERE id = $3 AND lease IS NOT DISTINCT FROM $4",
        ))
        .bind(state)
        .bind(retry_at.map(UtcTime::millis))
        .bind(&event.id)
        .bind(event.lease)
        .execute(&mut *tx)
        .await?;
        if written.rows_affected() == 0 {
            tx.roll_back().await?;
            return Ok(false);
        }
        sqlx::query(event.queue.statement(
            "INSERT INTO {attempts}
                 (event_id, number, started_at, finished_at, http_status, error, answer_excerpt)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        ))
        .bind(&event.id)
        .bind(i64::from(event.attempts) + 1)
        .bind(attempt.started_at.millis())
        .bind(attempt.finished_at.millis())
        .bind(attempt.http_status.map(i64::from))
        .bind(&attempt.error)
        .bind(&attempt.excerpt)
        .execute(&mut *tx)
        .await?;
        // A receiver that takes only what is published is none that fails.
        if event.queue == Queue::Payments {
            sqlx::query(
                "UPDATE projects SET receiver_fails = $1 WHERE id = $2 AND receiver_fails <> $1",
            )
            .bind(i64::from(attempt.error.is_some()))
            .bind(event.project_id)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

pub(super) fn attempts(row: &AnyRow) -> Result<u32, StoreError> {
    u32::try_from(row.integer("attempts")?).map_err(|_| StoreError::Corrupt("attempts"))
}
