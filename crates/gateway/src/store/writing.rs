//! Write transactions, none of which leaves anything behind on the connection, and what each of them
//! keeps others from writing meanwhile.
//!
//! SQLite can end a transaction by itself: a full disk, a failing one or a lack of memory makes it
//! roll back before it reports the error (<https://sqlite.org/lang_transaction.html>, section 3),
//! and a driver that keeps count then refuses every further one. So nobody keeps count here. The
//! statements are the plain ones, and a connection whose transaction did not come to its own end,
//! for whatever reason, is closed: only the database knows what it holds.
//!
//! On SQLite a transaction writes alone. On PostgreSQL it takes advisory locks first
//! (<https://www.postgresql.org/docs/current/explicit-locking.html>, section 13.3.5), which end with
//! it, and each of its statements sees all that was committed before (READ COMMITTED). [`Lock::All`]
//! keeps every other transaction from writing, so that whatever is true on SQLite because none does is
//! true there too. Single statements without a transaction take none: each is whole by itself, and no
//! transaction rests on what they change.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection};

use super::dialect::Dialect;
use super::lineage::progress;
use super::mark::{Mark, Progress};
use super::{Store, StoreError};
use crate::payments::ProjectId;

/// What nobody else writes while a transaction goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// Anything.
    All,
    /// What belongs to a project: its payments and their slots, its addresses and what they are
    /// derived from, its webhook events. Two such transactions of different projects go on side by
    /// side: an address is of one project, so that none of them reads what another one writes. A
    /// derived address that another project adds at the same moment is stopped by the table's key.
    Project(ProjectId),
}

/// The advisory lock that [`Lock::All`] holds alone, and every other one shares: "USDT" in ASCII.
const WHOLE: i64 = 0x5553_4454;

/// The locks of projects have this as their first half, and the project's number as the second.
const PROJECTS: i64 = WHOLE + 1;

/// A transaction in which what is read stays true until it commits, within its [`Lock`]. Dropped
/// before its end, it is rolled back.
#[derive(Debug)]
pub(super) struct Writing {
    connection: PoolConnection<Any>,
    dialect: Dialect,
    mark: Option<Mark>,
    is_over: bool,
}

impl Writing {
    pub async fn begin(store: &Store, lock: Lock) -> Result<Self, StoreError> {
        let mut writing = Self {
            connection: store.writer.acquire().await?,
            dialect: store.dialect,
            mark: store.mark.clone(),
            // From here on: a beginning that fails or is given up leaves an unknown state too.
            is_over: false,
        };
        writing.run(store.dialect.begin()).await?;
        if store.dialect == Dialect::Postgres {
            writing.take(lock).await?;
        }
        Ok(writing)
    }

    async fn take(&mut self, lock: Lock) -> Result<(), StoreError> {
        match lock {
            Lock::All => {
                sqlx::query("SELECT pg_advisory_xact_lock($1)")
                    .bind(WHOLE)
                    .execute(&mut **self)
                    .await?;
            }
            Lock::Project(project) => {
                sqlx::query("SELECT pg_advisory_xact_lock_shared($1)")
                    .bind(WHOLE)
                    .execute(&mut **self)
                    .await?;
                sqlx::query("SELECT pg_advisory_xact_lock(CAST($1 AS int), CAST($2 AS int))")
                    .bind(PROJECTS)
                    .bind(project)
                    .execute(&mut **self)
                    .await?;
            }
        }
        Ok(())
    }

    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Makes durable what was written, and sets the mark of it.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let commit = self.dialect.commit();
        let Some(mark) = self.mark.clone() else {
            return Ok(self.end(commit).await?);
        };
        let progress = self.count().await?;
        self.end(commit).await?;
        if let Err(error) = mark.set(&progress) {
            tracing::error!(%error, "the mark beside the database cannot be set");
        }
        Ok(())
    }

    /// Counts one more write transaction. Returns how far the database has come with it.
    pub async fn count(&mut self) -> Result<Progress, StoreError> {
        let row =
            sqlx::query("UPDATE lineage SET writes = writes + 1 RETURNING name, writes, digit")
                .fetch_one(&mut **self)
                .await?;
        progress(&row)
    }

    /// Ends a transaction that has nothing to keep, and keeps its connection.
    pub async fn roll_back(self) -> Result<(), StoreError> {
        Ok(self.end("ROLLBACK").await?)
    }

    async fn end(mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        self.run(statement).await?;
        self.is_over = true;
        Ok(())
    }

    async fn run(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(statement).execute(&mut **self).await?;
        Ok(())
    }
}

impl Deref for Writing {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.is_over {
            self.connection.close_on_drop();
        }
    }
}
