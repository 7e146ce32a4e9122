//! Answers that are given again where a call comes again with the same `Idempotency-Key`.

use usdt_protocol::UtcTime;

use super::row::RowExt as _;
use super::writing::{Lock, Writing};
use super::{Store, StoreError};
use crate::payments::ProjectId;

/// How long an answer is kept.
const KEPT_SECONDS: i64 = 86_400;

/// What a project named a call, and what it asked for by it.
#[derive(Clone, Debug)]
pub struct NamedCall {
    pub project: ProjectId,
    pub key: String,
    /// The same for the same call with the same body only.
    pub fingerprint: String,
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAnswer {
    pub fingerprint: String,
    pub status: u16,
    pub body: String,
}

impl Store {
    pub async fn given_answer(
        &self,
        call: &NamedCall,
        now: UtcTime,
    ) -> Result<Option<GivenAnswer>, StoreError> {
        let row = sqlx::query(
            "SELECT fingerprint, status, body FROM given_answers
             WHERE project_id = $1 AND idempotency_key = $2 AND given_at > $3",
        )
        .bind(call.project)
        .bind(&call.key)
        .bind(oldest(now).millis())
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| {
            let status = u16::try_from(row.integer("status")?);
            Ok(GivenAnswer {
                fingerprint: row.text("fingerprint")?,
                status: status.map_err(|_| StoreError::Corrupt("status"))?,
                body: row.text("body")?,
            })
        })
        .transpose()
    }

    /// Keeps an answer, unless there is one for this key, and forgets old ones.
    pub async fn keep_answer(
        &self,
        call: &NamedCall,
        (status, body): (u16, &str),
        now: UtcTime,
    ) -> Result<(), StoreError> {
        let mut tx = Writing::begin(self, Lock::Nothing).await?;
        sqlx::query("DELETE FROM given_answers WHERE given_at <= $1")
            .bind(oldest(now).millis())
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO given_answers (project_id, idempotency_key, fingerprint, status, body, given_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        )
        .bind(call.project)
        .bind(&call.key)
        .bind(&call.fingerprint)
        .bind(i64::from(status))
        .bind(body)
        .bind(now.millis())
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}

fn oldest(now: UtcTime) -> UtcTime {
    now.plus_seconds(-KEPT_SECONDS)
}
