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
//!
//! A store that is [fenced](Fence) writes only while its gateway leads. Each of its transactions holds a
//! share of the leader's term to its end, so that the next term begins after it or it does not begin.

use std::ops::{Deref, DerefMut};
use std::time::Instant;

use sqlx::any::AnyArguments;
use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::{Any, AnyConnection};

use super::dialect::Dialect;
use super::leaders::Fence;
use super::lineage::progress;
use super::mark::{Mark, Progress};
use super::write_times::WriteTimes;
use super::{Store, StoreError};
use crate::commits::Commits;
use crate::payments::ProjectId;

/// What nobody else writes while a transaction goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Lock {
    /// Anything.
    All,
    /// What belongs to a project: its new payments and their slots, its addresses and what they are
    /// derived from, its webhook events. Payments that are there already change under the other lock.
    /// Two such transactions of different projects go on side by side: an address is of one project,
    /// so that none of them reads what another one writes. A derived address that another project adds
    /// at the same moment is stopped by the table's key.
    Project(ProjectId),
    /// Nothing: for what rests on nothing that was read.
    Nothing,
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
    commits: Commits,
    /// Whether it may change a payment that was there before.
    may_change: bool,
    times: WriteTimes,
    /// When it had its lock.
    begun: Instant,
    is_over: bool,
}

impl Writing {
    pub async fn begin(store: &Store, lock: Lock) -> Result<Self, StoreError> {
        let asked = Instant::now();
        let mut writing = Self {
            connection: store.writer.acquire().await?,
            dialect: store.dialect,
            mark: store.mark.clone(),
            commits: store.commits.clone(),
            may_change: lock == Lock::All,
            times: store.write_times.clone(),
            begun: asked,
            // From here on: a beginning that fails or is given up leaves an unknown state too.
            is_over: false,
        };
        writing.run(store.dialect.begin()).await?;
        if store.dialect == Dialect::Postgres {
            writing.take(lock).await?;
        }
        // After the lock, or the next term would wait for whoever waits for that.
        if let Some(fence) = store.fence {
            writing.pass(fence).await?;
        }
        writing.begun = Instant::now();
        writing.times.waited(writing.begun - asked);
        Ok(writing)
    }

    /// Holds the term of a leader until the transaction ends.
    async fn pass(&mut self, fence: Fence) -> Result<(), StoreError> {
        sqlx::query("SELECT 1 FROM leaders WHERE network = $1 AND term = $2 FOR KEY SHARE")
            .bind(fence.network.as_str())
            .bind(fence.term)
            .fetch_optional(&mut **self)
            .await?
            .map(|_| ())
            .ok_or(StoreError::Deposed(fence.network))
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
                // In this order: whoever waits for the project must not wait for the whole then.
                sqlx::query(
                    "SELECT pg_advisory_xact_lock_shared($1),
                         pg_advisory_xact_lock(CAST($2 AS int), CAST($3 AS int))",
                )
                .bind(WHOLE)
                .bind(PROJECTS)
                .bind(project)
                .execute(&mut **self)
                .await?;
            }
            Lock::Nothing => {}
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
            return self.end(commit).await.map_err(StoreError::of_commit);
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

    /// Commits what was done. Keeps the connection too where it was refused and nothing is kept.
    pub async fn settle<T, E: From<StoreError>>(self, outcome: Result<T, E>) -> Result<T, E> {
        match outcome {
            Ok(done) => {
                self.commit().await?;
                Ok(done)
            }
            Err(refused) => {
                // Where that fails, the connection is closed.
                let _ = self.roll_back().await;
                Err(refused)
            }
        }
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

    pub async fn run(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(statement).execute(&mut **self).await?;
        Ok(())
    }
}

impl Store {
    /// Carries out one statement that is whole by itself. Returns how many rows it has changed.
    pub(super) async fn write(
        &self,
        statement: Query<'_, Any, AnyArguments>,
    ) -> Result<u64, StoreError> {
        if self.fence.is_none() {
            return Ok(statement.execute(&self.writer).await?.rows_affected());
        }
        let mut tx = Writing::begin(self, Lock::Nothing).await?;
        let changed = statement.execute(&mut *tx).await?.rows_affected();
        tx.commit().await?;
        Ok(changed)
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
        self.times.held(self.begun.elapsed());
        if !self.is_over {
            self.connection.close_on_drop();
        }
        // Also where nobody knows whether it was committed.
        self.commits.ended(self.may_change);
    }
}
