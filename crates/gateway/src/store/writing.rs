//! Write transactions, none of which leaves anything behind on the connection.
//!
//! SQLite can end a transaction by itself: a full disk, a failing one or a lack of memory makes it
//! roll back before it reports the error (<https://sqlite.org/lang_transaction.html>, section 3),
//! and a driver that keeps count then refuses every further one. So nobody keeps count here. The
//! statements are the plain ones, and a connection whose transaction did not come to its own end,
//! for whatever reason, is closed: only SQLite knows what it holds.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{Sqlite, SqliteConnection};

use super::lineage::progress;
use super::mark::{Mark, Progress};
use super::{Store, StoreError};

/// A transaction that holds the write lock from its beginning, so that what it reads stays true
/// until it commits. Dropped before its end, it is rolled back.
#[derive(Debug)]
pub(super) struct Writing {
    connection: PoolConnection<Sqlite>,
    mark: Mark,
    is_over: bool,
}

impl Writing {
    pub async fn begin(store: &Store) -> Result<Self, StoreError> {
        let mut writing = Self {
            connection: store.writer.acquire().await?,
            mark: store.mark.clone(),
            // From here on: a beginning that fails or is given up leaves an unknown state too.
            is_over: false,
        };
        writing.run("BEGIN IMMEDIATE").await?;
        Ok(writing)
    }

    /// Makes durable what was written, and sets the mark of it.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let progress = count(&mut self).await?;
        let mark = self.mark.clone();
        self.end("COMMIT").await?;
        if let Err(error) = mark.set(&progress) {
            tracing::error!(%error, "the mark beside the database cannot be set");
        }
        Ok(())
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

/// Counts one more write transaction. Returns how far the database has come with it.
pub(super) async fn count(connection: &mut SqliteConnection) -> Result<Progress, StoreError> {
    let row = sqlx::query("UPDATE lineage SET writes = writes + 1 RETURNING name, writes, digit")
        .fetch_one(connection)
        .await?;
    progress(&row)
}

impl Deref for Writing {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
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
