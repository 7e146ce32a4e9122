//! The database: every read and write, and the transactions that keep money whole.
//!
//! SQLite in one file of the data folder. Writes go through one connection, so that they queue
//! here and not at the file's lock; reads have their own connections and never wait for a write.

mod addresses;
mod alarms;
mod audit;
mod brands;
mod figures;
mod ledger;
mod origins;
mod payments;
mod projects;
mod review_links;
mod reviews;
mod row;
mod slots;
mod webhooks;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{Migrate as _, Migrator};
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Transaction};

pub use self::addresses::{AddressError, ReceivingAddress};
pub use self::alarms::{Alarm, AlarmKind};
pub use self::audit::{AuditedAddress, Balance, LastBalance};
pub use self::figures::Figures;
pub use self::ledger::{Cursor, Detector, Recorded, SeenTransfer};
pub use self::payments::{CreateError, Created};
pub use self::projects::{NewProject, Project};
pub use self::reviews::{
    Decided, Decision, Outcome, RecordedTransfer, ReviewAction, ReviewError, ReviewFilter,
    TransferId,
};
pub use self::webhooks::{Attempt, DueEvent};

const READERS: u32 = 4;

/// In KiB, as a negative number: the slots of a hundred thousand open payments, so that finding
/// one of them does not become slower with their number.
const WRITER_CACHE: &str = "-32768";

/// A write waits this long for another process, such as the command line beside the server.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Where sqlx writes down which of them were made.
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

/// The database refuses, fails, or holds what this gateway never writes.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database fails: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the database cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("the database holds a wrong {0}")]
    Corrupt(&'static str),
    #[error("a webhook cannot be written: {0}")]
    Webhook(#[from] serde_json::Error),
}

/// The gateway's database.
#[derive(Clone, Debug)]
pub struct Store {
    readers: SqlitePool,
    writer: SqlitePool,
}

impl Store {
    /// Whether the database in `data_dir` is missing, or of an older form than this version's.
    pub async fn is_outdated(data_dir: &Path) -> Result<bool, StoreError> {
        let file = file(data_dir);
        if !file.exists() {
            return Ok(true);
        }
        let mut database = options(&file).connect().await?;
        database.ensure_migrations_table(MIGRATIONS_TABLE).await?;
        let made = database.list_applied_migrations(MIGRATIONS_TABLE).await?;
        database.close().await?;
        let is_missing = |version| made.iter().all(|one| one.version != version);
        Ok(MIGRATIONS.iter().any(|one| is_missing(one.version)))
    }

    /// Opens the database in `data_dir`, and creates it or brings it up to date.
    pub async fn open(data_dir: &Path) -> Result<Self, StoreError> {
        let options = options(&file(data_dir)).create_if_missing(true);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone().pragma("cache_size", WRITER_CACHE))
            .await?;
        MIGRATIONS.run(&writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.read_only(true).create_if_missing(false))
            .await?;
        Ok(Self { readers, writer })
    }

    /// Begins a transaction that holds the write lock from the start, so that what it reads
    /// stays true until it commits.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        Ok(())
    }

    /// Finishes what is under way and closes all connections.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("gateway.sqlite")
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        // A payment that was answered for must outlive a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}
