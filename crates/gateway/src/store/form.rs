//! The form of the database: which migrations have made it, and which programs may work on it.
//!
//! While an update goes from machine to machine, gateways of two versions work on one database. So a
//! migration only adds, and what it makes needless is taken away by a later version, when no program
//! that runs asks for it any more. The database says which is the lowest migration that a program must
//! know to work on it; a migration that takes something away raises that number.
//!
//! On PostgreSQL every connection of a program shares a lock of the newest migration that the program
//! knows. Whoever raises the number takes the locks of all below it alone, so that no older program is
//! at work, and none begins before it can see the new number.

use std::fmt;

use sqlx::migrate::{AppliedMigration, Migrate as _, MigrateError, Migrator};
use sqlx::{AnyConnection, Error, Executor as _};

use super::StoreError;
use super::postgres::has_table;
use super::row::RowExt as _;

/// Where sqlx writes down which migrations were made.
pub(super) const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

pub(super) const LOWEST: &str = "SELECT lowest FROM form";

/// The locks of programs have this as their first half, "FORM" in ASCII, and the newest migration that
/// they know as the second.
const PROGRAMS: i64 = 0x464f_524d;

/// Whoever brings a database up to date waits for others that do, but not for those that hold a
/// table: everybody else waits behind it.
const WAIT_FOR_OTHERS: &str = "SET lock_timeout = 0";
const WAIT_FOR_TABLES: &str = "SET lock_timeout = '3s'";

/// What this program knows of the databases of one engine.
#[derive(Debug)]
pub struct Form {
    migrations: Migrator,
    /// What the database says once all of them were made.
    lowest: i64,
}

/// From which migration to which a database was brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    pub from: i64,
    pub to: i64,
}

impl Form {
    pub fn new(mut migrations: Migrator, lowest: i64) -> Self {
        // Those of newer versions.
        migrations.set_ignore_missing(true);
        Self { migrations, lowest }
    }

    pub(super) const fn migrations(&self) -> &Migrator {
        &self.migrations
    }

    #[cfg(test)]
    pub(super) const fn lowest(&self) -> i64 {
        self.lowest
    }

    pub(super) fn newest(&self) -> i64 {
        newest(self.migrations.iter().map(|one| one.version))
    }

    /// Refuses a database that a newer version has changed so that this one cannot work on it. `lowest`
    /// is what it says itself, where it is new enough to say it.
    pub(super) fn require(
        &self,
        made: &[AppliedMigration],
        lowest: Option<i64>,
        database: impl fmt::Display,
    ) -> Result<(), StoreError> {
        let newest = self.newest();
        let mut unknown = made
            .iter()
            .filter(|one| !self.migrations.version_exists(one.version));
        let is_usable = match lowest {
            None => unknown.next().is_none(),
            Some(lowest) => lowest <= newest && unknown.all(|one| one.version > newest),
        };
        if is_usable {
            Ok(())
        } else {
            Err(StoreError::Newer(database.to_string()))
        }
    }

    pub(super) fn is_up_to_date(&self, made: &[AppliedMigration]) -> bool {
        let is_made = |version| made.iter().any(|one| one.version == version);
        self.migrations.iter().all(|one| is_made(one.version))
    }

    /// Brings a database on a server up to date, beside those that work on it, unless they could not go
    /// on. The connection is to be closed then.
    pub async fn bring_up_to_date(
        &self,
        connection: &mut AnyConnection,
        database: impl fmt::Display,
    ) -> Result<Update, StoreError> {
        connection.execute(WAIT_FOR_OTHERS).await?;
        connection.lock().await?;
        connection.execute(WAIT_FOR_TABLES).await?;
        let made = made(connection, &database).await?;
        let lowest = lowest(connection).await?;
        self.require(&made, lowest, &database)?;
        let from = newest(made.iter().map(|one| one.version));
        if self.is_up_to_date(&made) {
            return Ok(Update { from, to: from });
        }
        if lowest < Some(self.lowest) && !self.is_without_older(connection).await? {
            return Err(StoreError::OlderRuns(database.to_string()));
        }
        match self.migrations.run(connection).await {
            Ok(()) => Ok(Update {
                from,
                to: from.max(self.newest()),
            }),
            Err(error) if is_lock_timeout(&error) => Err(StoreError::Busy(database.to_string())),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps programs away, until the connection ends, that know too little for what is to come. Says
    /// whether none is at work.
    async fn is_without_older(&self, connection: &mut AnyConnection) -> Result<bool, Error> {
        let alone = sqlx::query(
            "SELECT 1 WHERE NOT EXISTS (
                 SELECT 1 FROM generate_series(0, $2 - 1) known
                 WHERE NOT pg_try_advisory_lock(CAST($1 AS int), CAST(known AS int)))",
        )
        .bind(PROGRAMS)
        .bind(self.lowest)
        .fetch_optional(connection)
        .await?;
        Ok(alone.is_some())
    }

    /// Says for as long as a connection to a server lasts that this program is at work, if it still may
    /// be: it may have been away while the database was changed.
    pub async fn work(
        &self,
        connection: &mut AnyConnection,
        database: impl fmt::Display,
    ) -> Result<(), StoreError> {
        sqlx::query("SELECT pg_advisory_lock_shared(CAST($1 AS int), CAST($2 AS int))")
            .bind(PROGRAMS)
            .bind(self.newest())
            .execute(&mut *connection)
            .await?;
        // None yet while a gateway is made.
        if lowest(connection).await? > Some(self.newest()) {
            return Err(StoreError::Newer(database.to_string()));
        }
        Ok(())
    }
}

/// The migrations that a database on a server has seen.
pub(super) async fn made(
    connection: &mut AnyConnection,
    database: impl fmt::Display,
) -> Result<Vec<AppliedMigration>, StoreError> {
    if !has_table(connection, MIGRATIONS_TABLE).await? {
        return Err(StoreError::NoGateway(database.to_string()));
    }
    Ok(connection.list_applied_migrations(MIGRATIONS_TABLE).await?)
}

/// What a database on a server says that a program must know.
async fn lowest(connection: &mut AnyConnection) -> Result<Option<i64>, StoreError> {
    if !has_table(connection, "form").await? {
        return Ok(None);
    }
    let row = sqlx::query(LOWEST).fetch_one(connection).await?;
    Ok(Some(row.integer("lowest")?))
}

pub(super) fn newest(versions: impl Iterator<Item = i64>) -> i64 {
    versions.max().unwrap_or_default()
}

/// PostgreSQL's `lock_not_available`.
fn is_lock_timeout(error: &MigrateError) -> bool {
    let (MigrateError::Execute(Error::Database(error))
    | MigrateError::ExecuteMigration(Error::Database(error), _)) = error
    else {
        return false;
    };
    error.code().as_deref() == Some("55P03")
}
