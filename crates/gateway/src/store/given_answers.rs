//! Calls that are named by an `Idempotency-Key`, and the answers that are given again where one comes again.

use sqlx::any::AnyRow;
use usdt_protocol::UtcTime;

use super::row::RowExt as _;
use super::writing::{Lock, Writing};
use super::{Store, StoreError};
use crate::payments::ProjectId;

/// How long a name is kept.
const KEPT_SECONDS: i64 = 86_400;

/// A call that has had no answer for so long has died with its gateway.
const UNDER_WAY_SECONDS: i64 = 60;

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
    pub status: u16,
    pub body: String,
}

/// How a named call goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Nobody else does it: it must be answered or given up.
    Mine,
    /// The same call is under way.
    UnderWay,
    /// The same call had this answer.
    Given(GivenAnswer),
    /// Another call has this name.
    Taken,
}

impl Store {
    /// Takes the name for a call, if it is free, and forgets old names.
    pub async fn name_call(&self, call: &NamedCall, now: UtcTime) -> Result<Named, StoreError> {
        if let Some(known) = self.named_call(call, now).await? {
            return Ok(known);
        }
        let mut tx = Writing::begin(self, Lock::Nothing).await?;
        sqlx::query(
            "DELETE FROM given_answers
             WHERE named_at <= $1
                 OR (project_id = $2 AND idempotency_key = $3 AND status IS NULL AND named_at <= $4)",
        )
        .bind(now.plus_seconds(-KEPT_SECONDS).millis())
        .bind(call.project)
        .bind(&call.key)
        .bind(now.plus_seconds(-UNDER_WAY_SECONDS).millis())
        .execute(&mut *tx)
        .await?;
        let taken = sqlx::query(
            "INSERT INTO given_answers (project_id, idempotency_key, fingerprint, named_at)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(call.project)
        .bind(&call.key)
        .bind(&call.fingerprint)
        .bind(now.millis())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        tx.commit().await?;
        if taken == 1 {
            return Ok(Named::Mine);
        }
        // Somebody was faster, or has given it up just now.
        let known = self.named_call(call, now).await?;
        Ok(known.unwrap_or(Named::UnderWay))
    }

    /// What is known of a name; `None` where it is free.
    async fn named_call(
        &self,
        call: &NamedCall,
        now: UtcTime,
    ) -> Result<Option<Named>, StoreError> {
        let row = sqlx::query(
            "SELECT fingerprint, status, body FROM given_answers
             WHERE project_id = $1 AND idempotency_key = $2 AND named_at > $3
                 AND (status IS NOT NULL OR named_at > $4)",
        )
        .bind(call.project)
        .bind(&call.key)
        .bind(now.plus_seconds(-KEPT_SECONDS).millis())
        .bind(now.plus_seconds(-UNDER_WAY_SECONDS).millis())
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| known(call, &row)).transpose()
    }

    /// Keeps the answer of a call whose name was taken.
    pub async fn keep_answer(
        &self,
        call: &NamedCall,
        (status, body): (u16, &str),
    ) -> Result<(), StoreError> {
        let mut tx = Writing::begin(self, Lock::Nothing).await?;
        sqlx::query(
            "UPDATE given_answers SET status = $1, body = $2
             WHERE project_id = $3 AND idempotency_key = $4 AND fingerprint = $5",
        )
        .bind(i64::from(status))
        .bind(body)
        .bind(call.project)
        .bind(&call.key)
        .bind(&call.fingerprint)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// Gives the name of a call back that has done nothing.
    pub async fn give_name_back(&self, call: &NamedCall) -> Result<(), StoreError> {
        let mut tx = Writing::begin(self, Lock::Nothing).await?;
        sqlx::query(
            "DELETE FROM given_answers
             WHERE project_id = $1 AND idempotency_key = $2 AND fingerprint = $3 AND status IS NULL",
        )
        .bind(call.project)
        .bind(&call.key)
        .bind(&call.fingerprint)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }
}

fn known(call: &NamedCall, row: &AnyRow) -> Result<Named, StoreError> {
    if row.text("fingerprint")? != call.fingerprint {
        return Ok(Named::Taken);
    }
    let (status, body) = (row.optional_integer("status")?, row.optional_text("body")?);
    let Some((status, body)) = status.zip(body) else {
        return Ok(Named::UnderWay);
    };
    Ok(Named::Given(GivenAnswer {
        status: u16::try_from(status).map_err(|_| StoreError::Corrupt("status"))?,
        body,
    }))
}
