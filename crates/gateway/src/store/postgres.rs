//! PostgreSQL: a database on a server, where one machine is not enough.

use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{AnyConnection, AnyPool, ConnectOptions as _, Connection as _, Executor as _};
use tokio::time::{sleep, timeout};
use usdt_protocol::UtcTime;

use super::create_group::CreateLines;
use super::dialect::Dialect;
use super::form::{Form, Update};
use super::mark::Mark;
use super::sqlite::mark_error;
use super::write_times::WriteTimes;
use super::{Restoration, Store, StoreError, lineage};
use crate::commits::Commits;
use crate::config::DatabaseUrl;

/// Connections of one gateway: what waits for the same lock needs no more of them.
const WRITERS: u32 = 8;
const READERS: u32 = 8;

/// Whoever waits for a connection is told after so long that there is none.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) static FORM: LazyLock<Form> =
    LazyLock::new(|| Form::new(sqlx::migrate!("migrations/postgres"), 1));

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
    SET idle_in_transaction_session_timeout = '5s';
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
        FORM.migrations().run(&mut lock.connection).await?;
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

    /// Opens a gateway's database on a server, and brings it up to date.
    pub async fn open_on(database: &DatabaseUrl, data_dir: &Path) -> Result<Self, StoreError> {
        Self::update_on(database).await?;
        Self::on_server(database, data_dir).await
    }

    /// Brings a gateway's database on a server up to date, also beside those that work on it.
    pub async fn update_on(database: &DatabaseUrl) -> Result<Update, StoreError> {
        install_default_drivers();
        let mut connection = options(database)?.connect().await?;
        connection.execute(SETTINGS).await?;
        let updated = FORM.bring_up_to_date(&mut connection, database).await?;
        connection.close().await?;
        Ok(updated)
    }

    async fn on_server(database: &DatabaseUrl, data_dir: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            readers: pool(database, READERS).await?,
            writer: pool(database, WRITERS).await?,
            dialect: Dialect::Postgres,
            server: Some(database.clone()),
            commits: Commits::default(),
            creates: CreateLines::default(),
            write_times: WriteTimes::default(),
            mark: None,
            data_dir: data_dir.into(),
            damage: Arc::default(),
            fence: None,
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
    let name = database.to_string();
    Ok(AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(move |connection, _| {
            let name = name.clone();
            Box::pin(async move {
                connection.execute(SETTINGS).await?;
                let working = FORM.work(connection, name).await;
                working.map_err(|error| sqlx::Error::Configuration(error.into()))
            })
        })
        .connect_with(options(database)?)
        .await?)
}

/// For what only PostgreSQL's own driver can do.
pub(super) fn native_options(database: &DatabaseUrl) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_url(database.reveal())?;
    Ok(options
        .application_name("usdt-gateway")
        .disable_statement_logging())
}

/// A connection that hears what other processes tell.
pub(super) async fn listener(database: &DatabaseUrl) -> Result<PgListener, StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(SETTINGS).await?;
                Ok(())
            })
        })
        .connect_with(native_options(database)?)
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    // Whoever has it looks for itself whether the connection is lost.
    listener.eager_reconnect(false);
    Ok(listener)
}

/// Held alone by a command that changes the form of a database, or puts another in its place; shared by
/// the gateways that run on it. The server releases it when the connection ends, however it ends.
#[derive(Debug)]
pub struct DatabaseLock {
    database: DatabaseUrl,
    connection: AnyConnection,
}

impl DatabaseLock {
    /// "GATE" in ASCII.
    const NUMBER: i64 = 0x4741_5445;

    /// Holds it alone.
    pub async fn take(database: &DatabaseUrl) -> Result<Self, StoreError> {
        Self::hold(database, "SELECT 1 WHERE pg_try_advisory_lock($1)").await
    }

    /// Shares it with other gateways.
    pub async fn share(database: &DatabaseUrl) -> Result<Self, StoreError> {
        Self::hold(database, "SELECT 1 WHERE pg_try_advisory_lock_shared($1)").await
    }

    /// After it was lost: the database may have been changed meanwhile so that this version cannot go on.
    async fn share_again(database: &DatabaseUrl) -> Result<Self, StoreError> {
        let mut lock = Self::share(database).await?;
        FORM.work(&mut lock.connection, database).await?;
        Ok(lock)
    }

    async fn hold(database: &DatabaseUrl, lock: &'static str) -> Result<Self, StoreError> {
        install_default_drivers();
        let mut connection = options(database)?.connect().await?;
        connection.execute(SETTINGS).await?;
        let row = sqlx::query(lock)
            .bind(Self::NUMBER)
            .fetch_optional(&mut connection)
            .await?;
        row.map(|_| Self {
            database: database.clone(),
            connection,
        })
        .ok_or_else(|| StoreError::InUse(database.to_string()))
    }

    /// Shares it anew whenever its connection is lost. Returns where somebody holds it alone by then, who
    /// does not reckon with this gateway; and where the server is silent: whoever waits for an answer on
    /// another connection may wait for ever, and a new start makes all of them anew.
    pub async fn keep_sharing(&mut self) -> StoreError {
        loop {
            let lost = loop {
                match timeout(PATIENCE, self.connection.ping()).await {
                    Ok(Ok(())) => sleep(LOOK_PAUSE).await,
                    Ok(Err(error)) => break error,
                    Err(_) => return StoreError::Silent(self.database.to_string()),
                }
            };
            tracing::warn!(database = %self.database, %lost, "the connection that holds the lock is lost");
            *self = loop {
                match timeout(PATIENCE, Self::share_again(&self.database)).await {
                    Ok(Ok(lock)) => break lock,
                    Ok(Err(StoreError::InUse(database))) => return StoreError::LockLost(database),
                    Ok(Err(newer @ StoreError::Newer(_))) => return newer,
                    Ok(Err(_)) | Err(_) => sleep(LOOK_PAUSE).await,
                }
            };
            tracing::info!(database = %self.database, "the lock is held again");
        }
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

pub(super) async fn has_table(
    connection: &mut AnyConnection,
    name: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 WHERE to_regclass($1) IS NOT NULL")
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}
