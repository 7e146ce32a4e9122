//! Leases of webhook events: of the gateways on one server, one makes an event's next attempt.
//!
//! A gateway takes the lease of an event right before an attempt, and whoever writes an attempt down ends
//! its lease. A gateway that dies leaves leases that end by themselves. They begin and end by the clock of
//! the server alone, so that no machine's clock decides who may send. A file has one gateway, which knows
//! its attempts itself: nothing is leased there, and no attempt costs another write.
//!
//! Gateways that are woken by the same credit ask for the same events. The lock of the project makes
//! the second one wait, and then it finds the event taken and goes on to the next. So none of them sends
//! what another one sends, and together they have no more attempts of a project than one alone.

use std::time::Duration;

use usdt_protocol::UtcTime;

use super::dialect::Dialect;
use super::row::RowExt as _;
use super::webhooks::attempts;
use super::writing::{Lock, Writing};
use super::{DueEvent, DueProject, Queue, Store, StoreError};

/// The leases of all gateways that are not over, at one moment.
#[derive(Clone, Debug)]
pub struct Leases {
    /// By the server's clock.
    pub(super) at: UtcTime,
    pub live: Vec<LiveLease>,
}

/// An attempt that some gateway makes.
#[derive(Clone, Debug)]
pub struct LiveLease {
    pub event_id: String,
    pub project: DueProject,
    /// How long the lease still lasts.
    pub left: Duration,
}

impl Store {
    pub async fn leases(&self, queue: Queue) -> Result<Leases, StoreError> {
        let mut leases = Leases {
            at: UtcTime::EPOCH,
            live: Vec::new(),
        };
        if self.dialect == Dialect::Sqlite {
            return Ok(leases);
        }
        let rows = sqlx::query(queue.statement(
            "SELECT clock.now, e.id AS event_id, e.leased_until,
                 j.id, j.webhook_url, j.receiver_fails
             FROM (SELECT CAST(1000 * extract(epoch FROM clock_timestamp()) AS bigint) AS now) clock
             LEFT JOIN ({events} e
                 JOIN projects j ON j.id = e.project_id AND j.webhook_url IS NOT NULL)
                 ON e.leased_until > clock.now",
        ))
        .fetch_all(&self.readers)
        .await?;
        for row in &rows {
            leases.at = row.time("now")?;
            let Some(event_id) = row.optional_text("event_id")? else {
                continue;
            };
            let left = row.integer("leased_until")? - leases.at.millis();
            leases.live.push(LiveLease {
                event_id,
                project: DueProject::read(row)?,
                left: Duration::from_millis(left.try_into().unwrap_or_default()),
            });
        }
        Ok(leases)
    }

    /// Takes the lease of an event for so long from now on. `None` where its attempt is made or was made
    /// elsewhere, or where the project has `at_most` attempts under way.
    pub async fn lease(
        &self,
        mut event: DueEvent,
        time: Duration,
        at_most: usize,
    ) -> Result<Option<DueEvent>, StoreError> {
        if self.dialect == Dialect::Sqlite {
            return Ok(Some(event));
        }
        let token: i64 = rand::random();
        let mut tx = Writing::begin(self, Lock::Project(event.project_id)).await?;
        let leased = sqlx::query(event.queue.statement(
            "UPDATE {events} e SET lease = $1, leased_until = clock.now + $2
             FROM (SELECT CAST(1000 * extract(epoch FROM clock_timestamp()) AS bigint) AS now) clock
             WHERE e.id = $3 AND e.state = 'pending' AND e.next_attempt_at = 0
                 AND coalesce(e.leased_until, 0) <= clock.now
                 AND (SELECT count(*) FROM {events} other
                     WHERE other.project_id = $4 AND other.leased_until > clock.now) < $5
             RETURNING (SELECT count(*) FROM {attempts} WHERE event_id = e.id) AS attempts",
        ))
        .bind(token)
        .bind(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
        .bind(&event.id)
        .bind(event.project_id)
        .bind(i64::try_from(at_most).unwrap_or(i64::MAX))
        .fetch_optional(&mut *tx)
        .await?;
        let Some(leased) = leased else {
            tx.roll_back().await?;
            return Ok(None);
        };
        tx.commit().await?;
        event.lease = Some(token);
        // Others may have made some since the event was read.
        event.attempts = attempts(&leased)?;
        Ok(Some(event))
    }

    /// Ends the lease of an event whose attempt does not count.
    pub async fn give_back(&self, event: &DueEvent) -> Result<(), StoreError> {
        if event.lease.is_none() {
            return Ok(());
        }
        sqlx::query(event.queue.statement(
            "UPDATE {events} SET lease = NULL, leased_until = NULL
             WHERE id = $1 AND lease = $2",
        ))
        .bind(&event.id)
        .bind(event.lease)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
