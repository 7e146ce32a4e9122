//! Webhook events as they are looked at, by their project and by an operator, and sent again.

use std::fmt;

use serde_json::json;
use sqlx::any::AnyRow;
use usdt_protocol::{PaymentId, UtcTime};

use super::audit_log::{self, Author, Change, Decision};
use super::listing::{Direction, Found, Page, Statement};
use super::row::{self, RowExt as _};
use super::webhooks::attempts;
use super::writing::{Lock, Writing};
use super::{Attempt, Queue, Store, StoreError};
use crate::payments::ProjectId;
use crate::payments::event_type::EventType;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventState {
    /// It waits for its next attempt, or is being sent.
    Pending,
    Delivered,
    /// It was given up.
    Failed,
    /// Its project had no webhook URL when it was born.
    NoUrl,
}

impl EventState {
    const ALL: [Self; 4] = [Self::Pending, Self::Delivered, Self::Failed, Self::NoUrl];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::NoUrl => "no_url",
        }
    }

    /// The state that [`Self::as_str`] writes so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl fmt::Display for EventState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which events are listed: those for which all holds that is set.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebhookFilter {
    pub project: Option<ProjectId>,
    pub kind: Option<EventType>,
    pub state: Option<EventState>,
    pub payment: Option<PaymentId>,
    /// Born then or later.
    pub from: Option<UtcTime>,
    /// Born before.
    pub to: Option<UtcTime>,
}

/// An event with what belongs to it.
#[derive(Clone, Debug)]
pub struct WebhookEvent {
    pub id: String,
    pub kind: EventType,
    pub project_id: ProjectId,
    /// What it tells of; `None` of a transfer that had the amount of no payment.
    pub payment_id: Option<PaymentId>,
    pub order_id: Option<String>,
    pub state: EventState,
    pub created_at: UtcTime,
    /// Of a pending event; `None` where its time has come.
    pub retry_at: Option<UtcTime>,
    pub attempts: u32,
    /// Why the last attempt failed, if it did.
    pub error: Option<String>,
    /// The bytes that are sent.
    pub body: String,
}

/// Why nothing is sent again: the operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    #[error("there is no webhook event {0:?}: `usdt-gateway webhook list` lists them")]
    UnknownEvent(String),
    #[error("there is no project {0}")]
    UnknownProject(ProjectId),
    #[error(
        "project {0} has no webhook URL: give it one first, with `usdt-gateway project set {0} \
         --webhook-url URL`"
    )]
    NoUrl(ProjectId),
    #[error("the event is being sent already")]
    UnderWay,
    #[error("the event was sent {MOST_ATTEMPTS} times: it is not sent again")]
    TooOften,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Each attempt is kept and shown.
const MOST_ATTEMPTS: i64 = 100;

impl From<sqlx::Error> for ResendError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Events of a queue with what belongs to them.
const EVENTS: &str =
    "SELECT e.id, {type} AS type, e.project_id, e.payment_id, e.body, e.state, e.created_at, e.next_attempt_at,
         (SELECT p.order_id FROM payments p WHERE p.id = e.payment_id) AS order_id,
         (SELECT count(*) FROM {attempts} a WHERE a.event_id = e.id) AS attempts,
         (SELECT a.error FROM {attempts} a WHERE a.event_id = e.id
          ORDER BY a.number DESC LIMIT 1) AS error
     FROM {events} e WHERE 1 = 1";

impl Store {
    pub async fn webhook_events(
        &self,
        filter: WebhookFilter,
        page: &Page<String>,
    ) -> Result<Vec<WebhookEvent>, StoreError> {
        let mut found = Vec::new();
        for queue in Queue::ALL {
            if filter.kind.is_none_or(|kind| Queue::of(kind) == queue) {
                found.extend(self.events_of(queue, filter, page).await?);
            }
        }
        found.sort_by(|one, other| {
            let order = (one.created_at, &one.id).cmp(&(other.created_at, &other.id));
            match page.direction {
                Direction::NewestFirst => order.reverse(),
                Direction::OldestFirst => order,
            }
        });
        found.truncate(page.at_most);
        Ok(found)
    }

    async fn events_of(
        &self,
        queue: Queue,
        filter: WebhookFilter,
        page: &Page<String>,
    ) -> Result<Vec<WebhookEvent>, StoreError> {
        let mut statement = Statement::new(queue.text(EVENTS));
        if let Some(project) = filter.project {
            statement.push(" AND project_id = ?", project);
        }
        if let Some(kind) = filter.kind.filter(|_| queue == Queue::Notices) {
            statement.push(" AND type = ?", kind.as_str());
        }
        if let Some(state) = filter.state {
            // Each has an index for just this condition.
            let condition = match state {
                EventState::Delivered => " AND state = 'delivered' AND state = ?",
                EventState::Pending | EventState::Failed | EventState::NoUrl => {
                    " AND state IN ('pending', 'failed', 'no_url') AND state = ?"
                }
            };
            statement.push(condition, state.as_str());
        }
        if let Some(payment) = filter.payment {
            statement.push(" AND payment_id = ?", row::id_to_db(payment));
        }
        if let Some(from) = filter.from {
            statement.push(" AND created_at >= ?", from.millis());
        }
        if let Some(to) = filter.to {
            statement.push(" AND created_at < ?", to.millis());
        }
        let behind = page.behind.as_ref();
        let behind = behind.map(|(at, id)| (at.millis(), id.as_str()));
        statement.end(Found::InOrder, page.direction, behind, page.at_most);
        statement.rows(self).await?.iter().map(event).collect()
    }

    /// An event, also if it must be a project's.
    pub async fn webhook_event(
        &self,
        id: &str,
        project: Option<ProjectId>,
    ) -> Result<Option<WebhookEvent>, StoreError> {
        for queue in Queue::ALL {
            let mut statement = Statement::new(queue.text(EVENTS));
            statement.push(" AND id = ?", id);
            if let Some(project) = project {
                statement.push(" AND project_id = ?", project);
            }
            if let Some(row) = statement.rows(self).await?.first() {
                return event(row).map(Some);
            }
        }
        Ok(None)
    }

    /// The attempts that were made to deliver an event, in their order. When the next one was due is told
    /// by the event.
    pub async fn delivery_attempts(
        &self,
        event: &WebhookEvent,
    ) -> Result<Vec<Attempt>, StoreError> {
        let statement = Queue::of(event.kind).statement(
            "SELECT started_at, finished_at, http_status, error, answer_excerpt
             FROM {attempts} WHERE event_id = $1 ORDER BY number",
        );
        sqlx::query(statement)
            .bind(&event.id)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| {
                let status = row.optional_integer("http_status")?;
                Ok(Attempt {
                    started_at: row.time("started_at")?,
                    finished_at: row.time("finished_at")?,
                    http_status: status
                        .map(u16::try_from)
                        .transpose()
                        .map_err(|_| StoreError::Corrupt("http_status"))?,
                    excerpt: row.optional_text("answer_excerpt")?,
                    error: row.optional_text("error")?,
                    retry_at: None,
                })
            })
            .collect()
    }

    /// Makes an event due now, whatever became of it before: the same bytes under the same ID. It is
    /// one more attempt, and what follows from it is what follows from an attempt of its number. While one is
    /// under way, the event is due.
    pub async fn resend_webhook(
        &self,
        id: &str,
        decision: Decision<'_>,
    ) -> Result<(), ResendError> {
        let event = self.webhook_event(id, decision.project).await?;
        let event = event.ok_or_else(|| ResendError::UnknownEvent(id.to_owned()))?;
        let mut tx = Writing::begin(self, Lock::Project(event.project_id)).await?;
        let resent = resend_in(&mut tx, &event, decision).await;
        tx.settle(resent).await
    }

    /// The same for all events of a project that were given up since a time. Returns how many.
    pub async fn resend_failed_webhooks(
        &self,
        project: ProjectId,
        since: UtcTime,
        by: &Author,
    ) -> Result<u64, ResendError> {
        let mut tx = Writing::begin(self, Lock::Project(project)).await?;
        require_url(&mut tx, project).await?;
        let mut made_due = 0;
        for queue in Queue::ALL {
            made_due += sqlx::query(queue.statement(
                "UPDATE {events} SET state = 'pending', next_attempt_at = 0
                 WHERE project_id = $1 AND state = 'failed'
                     AND (SELECT max(a.finished_at) FROM {attempts} a
                          WHERE a.event_id = {events}.id) >= $2
                     AND (SELECT count(*) FROM {attempts} a WHERE a.event_id = {events}.id) < $3",
            ))
            .bind(project)
            .bind(since.millis())
            .bind(MOST_ATTEMPTS)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        }
        if made_due == 0 {
            tx.roll_back().await?;
            return Ok(0);
        }
        let change = Change {
            project: Some(project),
            action: "webhook resend",
            new: Some(json!({"failed_since": since.rfc3339(), "events": made_due})),
            ..Change::default()
        };
        audit_log::note(&mut tx, by, change).await?;
        tx.commit().await?;
        Ok(made_due)
    }
}

async fn resend_in(
    tx: &mut Writing,
    event: &WebhookEvent,
    decision: Decision<'_>,
) -> Result<(), ResendError> {
    require_url(tx, event.project_id).await?;
    let queue = Queue::of(event.kind);
    let before = sqlx::query(queue.statement(
        "SELECT state, (SELECT count(*) FROM {attempts} WHERE event_id = $1) AS attempts
         FROM {events} WHERE id = $1",
    ))
    .bind(&event.id)
    .fetch_one(&mut **tx)
    .await?;
    if before.integer("attempts")? >= MOST_ATTEMPTS {
        return Err(ResendError::TooOften);
    }
    let before = before.text("state")?;
    let made_due = sqlx::query(queue.statement(
        "UPDATE {events} SET state = 'pending', next_attempt_at = 0
         WHERE id = $1 AND (state <> 'pending' OR next_attempt_at > 0)",
    ))
    .bind(&event.id)
    .execute(&mut **tx)
    .await?;
    if made_due.rows_affected() == 0 {
        return Err(ResendError::UnderWay);
    }
    let change = Change {
        project: Some(event.project_id),
        action: "webhook resend",
        subject: Some(event.id.clone()),
        old: Some(json!({"state": before})),
        new: decision.note.map(|note| json!({"note": note})),
    };
    Ok(audit_log::note(tx, decision.by, change).await?)
}

/// An event of a project without an URL would wait for ever.
async fn require_url(tx: &mut Writing, project: ProjectId) -> Result<(), ResendError> {
    let row = sqlx::query("SELECT webhook_url FROM projects WHERE id = $1")
        .bind(project)
        .fetch_optional(&mut **tx)
        .await?
        .ok_or(ResendError::UnknownProject(project))?;
    match row.optional_text("webhook_url")? {
        Some(_) => Ok(()),
        None => Err(ResendError::NoUrl(project)),
    }
}

fn event(row: &AnyRow) -> Result<WebhookEvent, StoreError> {
    let retry_at = row.optional_integer("next_attempt_at")?;
    let payment_id = row.optional_integer("payment_id")?;
    Ok(WebhookEvent {
        id: row.text("id")?,
        kind: EventType::named(&row.text("type")?).ok_or(StoreError::Corrupt("type"))?,
        project_id: row.integer("project_id")?,
        payment_id: payment_id.map(row::id_from_db).transpose()?,
        order_id: row.optional_text("order_id")?,
        state: EventState::named(&row.text("state")?).ok_or(StoreError::Corrupt("state"))?,
        created_at: row.time("created_at")?,
        retry_at: retry_at.filter(|at| *at > 0).map(UtcTime::from_millis),
        attempts: attempts(row)?,
        error: row.optional_text("error")?,
        body: row.text("body")?,
    })
}
