//! PostgreSQL: a database on a server, where one machine is not enough.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{Migrate as _, Migrator};
use sqlx::{AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Executor as _};
use tokio::time::{sleep, timeout};
use usdt_protocol::UtcTime;

use super::dialect::Dialect;
use super::mark::Mark;
use super::sqlite::mark_error;
use super::{Restoration, Store, StoreError, lineage};
use crate::config::DatabaseUrl;

/// Connections of one gateway: what waits for the same lock needs no more of them.
const WRITERS: u32 = 8;
const READERS: u32 = 8;

/// Whoever waits for a connection is told after so long that there is none.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// Where sqlx writes down which of them were made.
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

/// Between two looks at the lock of the database.
const LOOK_PAUSE: Duration = Duration::from_secs(1);

/// A server that has not answered for so long does not.
const PATIENCE: Duration = Duration::from_secs(10);

/// Of every connection. A payment that was answered for outlives a power cut, whatever the server's
/// own setting is; a transaction sees what others have committed; nobody waits for a lock, or holds one,
/// without end; and what a machine that is cut off holds is free within seven seconds.
pub(super) const SETTINGS: &str = "SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') IN ('off', 'local');
    SET default_transaction_isolation = 'read committed';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '10s';
    SET tcp_keepalives_idle = 3;
    SET tcp_keepalives_interval = 2;
    SET tcp_keepalives_count = 2;
    SET tcp_user_timeout = '7s';
    SET client_connection_check_interval = '1s'";

impl Store {
    /// Makes the tables of a gateway in an empty database, and opens it.
    pub async fn create_on(database: &DatabaseUrl, data_dir: &Path) -> Result<Self, StoreError> {
        // Nobody else makes one there at the same time.
        let mut lock = DatabaseLock::take(database).await?;
        // Not the table of migrations, which is there before the first of them is made.
        if has_table(&mut lock.connection, "lineage").await? {
            return Err(StoreError::Taken(database.to_string()));
        }
        require_utf8(&mut lock.connection, database).await?;
        // First, since tables without a gateway would be in the way of the next attempt.
        let store = Self::on_server(database, data_dir).await?;
        MIGRATIONS.run(&mut lock.connection).await?;
        Ok(store)
    }

    /// Makes a database safe that has taken the place of one that was ahead of it, as
    /// [`Store::open_restored`] does with a file. The mark in the data folder says only how the amounts
    /// since the last restore end.
    pub async fn make_restored(&self, now: UtcTime) -> Result<Restoration, StoreError> {
        let lost = Mark::read(&self.data_dir).map_err(mark_error(&self.data_dir))?;
        let lost = match lost {
            Some(lost) => lost,
            None => lineage::read_progress(&self.readers).await?,
        };
        let restoration = self.begin_lineage(Some(lost), now).await?;
        let progress = lineage::read_progress(&self.readers).await?;
        Mark::open(&self.data_dir)
            .and_then(|mark| mark.replace(&progress))
            .map_err(mark_error(&self.data_dir))?;
        Ok(restoration)
    }

    /// Whether the database is of an older form than this version's.
    pub async fn is_outdated_on(database: &DatabaseUrl) -> Result<bool, StoreError> {
        install_default_drivers();
        let mut connection = options(database)?.connect().await?;
        let made = require_gateway(&mut connection, database).await?;
        connection.close().await?;
        Ok(made < MIGRATIONS.iter().count())
    }

    /// Opens a gateway's database on a server, and brings it up to date.
    pub async fn open_on(database: &DatabaseUrl, data_dir: &Path) -> Result<Self, StoreError> {
        install_default_drivers();
        let mut connection = options(database)?.connect().await?;
        require_gateway(&mut connection, database).await?;
        MIGRATIONS.run(&mut connection).await?;
        connection.close().await?;
        Self::on_server(database, data_dir).await
    }

    async fn on_server(database: &DatabaseUrl, data_dir: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            readers: pool(database, READERS).await?,
            writer: pool(database, WRITERS).await?,
            dialect: Dialect::Postgres,
            mark: None,
            data_dir: data_dir.into(),
            damage: Arc::default(),
        })
    }
}

fn options(database: &DatabaseUrl) -> Result<AnyConnectOptions, StoreError> {
    let mut url = database.reveal().clone();
    url.query_pairs_mut()
        .append_pair("application_name", "usdt-gateway");
    Ok(AnyConnectOptions::from_url(&url)?.disable_statement_logging())
}

async fn pool(database: &DatabaseUrl, connections: u32) -> Result<AnyPool, StoreError> {
    Ok(AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(SETTINGS).await?;
                Ok(())
            })
        })
        .connect_with(options(database)?)
        .await?)
}

/// Refuses what is no gateway's database, or one that a newer version has changed. Says how many of its
/// migrations were made.
async fn require_gateway(
    connection: &mut AnyConnection,
    database: &DatabaseUrl,
) -> Result<usize, StoreError> {
    if !has_table(connection, MIGRATIONS_TABLE).await? {
        return Err(StoreError::NoGateway(database.to_string()));
    }
    let made = connection.list_applied_migrations(MIGRATIONS_TABLE).await?;
    let is_known = |version| MIGRATIONS.iter().any(|one| one.version == version);
    if made.iter().all(|one| is_known(one.version)) {
        Ok(made.len())
    } else {
        Err(StoreError::Newer(database.to_string()))
    }
}

/// Held by the one gateway that works on a database. The server releases it when the connection
/// ends, however it ends.
#[derive(Debug)]
pub struct DatabaseLock {
    database: DatabaseUrl,
    connection: AnyConnection,
}

impl DatabaseLock {
    /// "GATE" in ASCII.
    const NUMBER: i64 = 0x4741_5445;

    pub async fn take(database: &DatabaseUrl) -> Result<Self, StoreError> {
        install_default_drivers();
        let mut connection = options(database)?.connect().await?;
        connection.execute(SETTINGS).await?;
        let row = sqlx::query("SELECT 1 WHERE pg_try_advisory_lock($1)")
            .bind(Self::NUMBER)
            .fetch_optional(&mut connection)
            .await?;
        row.map(|_| Self {
            database: database.clone(),
            connection,
        })
        .ok_or_else(|| StoreError::InUse(database.to_string()))
    }

    /// Returns once the connection that holds the lock is lost, or does not answer. Another gateway may
    /// have the lock then, and other connections may be as dead: this one must end and start anew.
    pub async fn lost(&mut self) -> StoreError {
        while let Ok(Ok(())) = timeout(PATIENCE, self.connection.ping()).await {
            sleep(LOOK_PAUSE).await;
        }
        StoreError::LockLost(self.database.to_string())
    }
}

async fn require_utf8(
    connection: &mut AnyConnection,
    database: &DatabaseUrl,
) -> Result<(), StoreError> {
    let row = sqlx::query("SELECT 1 WHERE current_setting('server_encoding') = 'UTF8'")
        .fetch_optional(connection)
        .await?;
    row.map(|_| ())
        .ok_or_else(|| StoreError::NotUtf8(database.to_string()))
}

async fn has_table(connection: &mut AnyConnection, name: &str) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 WHERE to_regclass($1) IS NOT NULL")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}
