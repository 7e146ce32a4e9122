//! PostgreSQL: a database on a server, where one machine is not enough.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{Migrate as _, Migrator};
use sqlx::{AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Executor as _};
use usdt_protocol::UtcTime;

use super::dialect::Dialect;
use super::{Restoration, Store, StoreError};
use crate::config::DatabaseUrl;

/// Connections of one gateway: what waits for the same lock needs no more of them.
const WRITERS: u32 = 8;
const READERS: u32 = 8;

/// Whoever waits for a connection is told after so long that there is none.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// Where sqlx writes down which of them were made.
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

/// Of every connection. A payment that was answered for outlives a power cut, whatever the server's
/// own setting is; a transaction sees what others have committed; and nobody waits for a lock, or holds
/// one, without end.
pub(super) const SETTINGS: &str = "SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') IN ('off', 'local');
    SET default_transaction_isolation = 'read committed';
    SET lock_timeout = '10s';
    SET idle_in_transaction_session_timeout = '60s'";

impl Store {
    /// Makes the tables of a gateway in an empty database, and opens it.
    pub async fn create_on(database: &DatabaseUrl, data_dir: &Path) -> Result<Self, StoreError> {
        install_default_drivers();
        let mut connection = options(database)?.connect().await?;
        if has_table(&mut connection, MIGRATIONS_TABLE).await? {
            return Err(StoreError::Taken(database.to_string()));
        }
        MIGRATIONS.run(&mut connection).await?;
        connection.close().await?;
        Self::open_on(database, data_dir).await
    }

    /// Takes a database that has taken the place of one that was ahead of it, and makes it safe, as
    /// [`Store::open_restored`] does with a file. Nothing tells how far the lost one had come.
    pub async fn restored_on(
        database: &DatabaseUrl,
        data_dir: &Path,
        now: UtcTime,
    ) -> Result<Restoration, StoreError> {
        let store = Self::open_on(database, data_dir).await?;
        let restoration = store.begin_lineage(None, now).await?;
        store.close().await;
        Ok(restoration)
    }

    /// Opens a gateway's database on a server, and brings it up to date.
    pub async fn open_on(database: &DatabaseUrl, data_dir: &Path) -> Result<Self, StoreError> {
        install_default_drivers();
        let mut connection = options(database)?.connect().await?;
        require_gateway(&mut connection, database).await?;
        MIGRATIONS.run(&mut connection).await?;
        connection.close().await?;
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

/// Refuses what is no gateway's database, or one that a newer version has changed.
async fn require_gateway(
    connection: &mut AnyConnection,
    database: &DatabaseUrl,
) -> Result<(), StoreError> {
    if !has_table(connection, MIGRATIONS_TABLE).await? {
        return Err(StoreError::NoGateway(database.to_string()));
    }
    let made = connection.list_applied_migrations(MIGRATIONS_TABLE).await?;
    let is_known = |version| MIGRATIONS.iter().any(|one| one.version == version);
    if made.iter().all(|one| is_known(one.version)) {
        Ok(())
    } else {
        Err(StoreError::Newer(database.to_string()))
    }
}

/// Held by the one gateway that works on a database. The server releases it when the connection
/// ends, however it ends.
#[derive(Debug)]
pub struct DatabaseLock {
    _connection: AnyConnection,
}

impl DatabaseLock {
    /// "GATE" in ASCII.
    const NUMBER: i64 = 0x4741_5445;

    pub async fn take(database: &DatabaseUrl) -> Result<Self, StoreError> {
        install_default_drivers();
        let mut connection = options(database)?.connect().await?;
        let row = sqlx::query("SELECT 1 WHERE pg_try_advisory_lock($1)")
            .bind(Self::NUMBER)
            .fetch_optional(&mut connection)
            .await?;
        row.map(|_| Self {
            _connection: connection,
        })
        .ok_or_else(|| StoreError::InUse(database.to_string()))
    }
}

async fn has_table(connection: &mut AnyConnection, name: &str) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 WHERE to_regclass($1) IS NOT NULL")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}
