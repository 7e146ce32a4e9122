//! The database: every read and write, and the transactions that keep money whole.
//!
//! SQLite in one file of the data folder. Writes go through one connection, so that they queue
//! here and not at the file's lock; reads have their own connections and never wait for a write.

mod addresses;
mod alarms;
mod arrivals;
mod audit;
mod brands;
mod circumstances;
mod figures;
mod file;
mod ledger;
mod lineage;
mod mark;
mod milestones;
mod node_requests;
mod origins;
mod payments;
mod projects;
mod review_links;
mod reviews;
mod row;
mod slots;
mod webhooks;
mod writing;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::Connection as _;
use sqlx::migrate::{Migrate as _, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};

pub use self::addresses::{AddressError, ReceivingAddress};
pub use self::alarms::{Alarm, AlarmKind, PriceSubject};
pub use self::audit::{AuditedAddress, Balance, LastBalance};
pub use self::figures::Figures;
pub use self::file::{Check, Sizes, companions, is_backup, mark_as_backup, unmark, wal};
pub use self::ledger::{Cursor, Detector, Recorded, SeenTransfer};
pub use self::lineage::Restoration;
use self::mark::Mark;
pub use self::node_requests::NodeRequests;
pub use self::payments::{CreateError, Created};
pub use self::projects::{NewProject, Project, ProjectSettings};
pub use self::reviews::{
    Decided, Decision, Outcome, RecordedTransfer, ReviewAction, ReviewError, ReviewFilter,
    TransferId, terms,
};
pub use self::webhooks::{Attempt, DueEvent, DueProject};
use self::writing::Writing;

const READERS: u32 = 4;

/// In KiB, as a negative number: the slots of a hundred thousand open payments, so that finding
/// one of them does not become slower with their number.
const WRITER_CACHE: &str = "-32768";

/// A write waits this long for another process, such as the command line beside the server.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Where sqlx writes down which of them were made.
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

/// A write-ahead log that has become longer is cut to this when it begins anew.
const WAL_KEPT_BYTES: &str = "67108864";

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
    #[error("{0} exists already")]
    Exists(PathBuf),
    #[error(
        "the database {file} is damaged ({finding}): put a backup in its place with `usdt-gateway \
         restore`"
    )]
    Damaged {
        file: PathBuf,
        /// What SQLite says of it.
        finding: String,
    },
    #[error("{0} is not the database of a gateway")]
    Foreign(PathBuf),
    #[error("the database {0} was written by a newer version: use that one")]
    Newer(PathBuf),
    #[error(
        "the database {0} is older than what this gateway has answered: it comes from a backup, or \
         its gateway.sqlite-wal was removed. Run `usdt-gateway restored` before the gateway starts, \
         so that no amount is given out twice"
    )]
    Behind(PathBuf),
    #[error("{0} cannot be read or written: {1}")]
    File(PathBuf, #[source] io::Error),
}

impl StoreError {
    /// Whether the file itself is damaged: SQLite's CORRUPT or NOTADB, in any of their kinds.
    fn is_damage(&self) -> bool {
        const CORRUPT: u32 = 11;
        const NOT_A_DATABASE: u32 = 26;
        match self {
            Self::Database(sqlx::Error::Database(error)) => error
                .code()
                .and_then(|code| code.parse::<u32>().ok())
                .is_some_and(|code| matches!(code & 0xff, CORRUPT | NOT_A_DATABASE)),
            Self::Damaged { .. } => true,
            _ => false,
        }
    }
}

/// The gateway's database.
#[derive(Clone, Debug)]
pub struct Store {
    readers: SqlitePool,
    writer: SqlitePool,
    mark: Mark,
    data_dir: Arc<Path>,
    /// What was found wrong with the file since it was opened.
    damage: Arc<OnceLock<String>>,
}

/// Whether the mark beside the database is believed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MarkCheck {
    Required,
    /// The database is known to have taken another's place.
    Waived,
}

impl Store {
    /// Whether the database in `data_dir` is of an older form than this version's.
    pub async fn is_outdated(data_dir: &Path) -> Result<bool, StoreError> {
        let file = file(data_dir);
        require_gateway(&file).await?;
        let mut database = options(&file).connect().await?;
        let made = database.list_applied_migrations(MIGRATIONS_TABLE).await?;
        database.close().await?;
        let is_missing = |version| made.iter().all(|one| one.version != version);
        Ok(MIGRATIONS.iter().any(|one| is_missing(one.version)))
    }

    /// Makes the database in `data_dir`, where none is yet, and opens it.
    pub async fn create(data_dir: &Path) -> Result<Self, StoreError> {
        let file = file(data_dir);
        if file.exists() {
            return Err(StoreError::Exists(file));
        }
        let mut database = options(&file).create_if_missing(true).connect().await?;
        MIGRATIONS.run(&mut database).await?;
        let progress = lineage::read_progress(&mut database).await?;
        database.close().await?;
        open_mark(data_dir)?
            .replace(&progress)
            .map_err(|error| StoreError::File(Mark::path(data_dir), error))?;
        Self::open(data_dir).await
    }

    /// Opens the database in `data_dir`, and brings it up to date. One that is behind the mark
    /// beside it is refused.
    pub async fn open(data_dir: &Path) -> Result<Self, StoreError> {
        Self::open_with(data_dir, MarkCheck::Required).await
    }

    async fn open_with(data_dir: &Path, check: MarkCheck) -> Result<Self, StoreError> {
        let file = file(data_dir);
        // Before the database, which is never behind it.
        let marked =
            Mark::read(data_dir).map_err(|error| StoreError::File(Mark::path(data_dir), error))?;
        require_gateway(&file).await?;
        let options = options(&file);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            // Its cache is worth keeping.
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_with(options.clone().pragma("cache_size", WRITER_CACHE))
            .await
            .map_err(|error| damaged(&file, error.into()))?;
        let mut database = writer.acquire().await?;
        // A version from before the mark has left none.
        let is_new_to_marks = !has_table(&mut database, "lineage").await?;
        MIGRATIONS.run(&mut *database).await?;
        let progress = lineage::read_progress(&mut database).await?;
        drop(database);
        let is_believed = match &marked {
            Some(marked) => progress.has_reached(marked),
            // Nothing was answered yet, also where an update was cut off here.
            None => is_new_to_marks || progress.writes == 0,
        };
        if check == MarkCheck::Required && !is_believed {
            return Err(StoreError::Behind(file));
        }
        let mark = open_mark(data_dir)?;
        if check == MarkCheck::Required {
            let is_first = marked.is_none();
            let set = if is_first { Mark::replace } else { Mark::set };
            set(&mark, &progress).map_err(|error| StoreError::File(Mark::path(data_dir), error))?;
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self {
            readers,
            writer,
            mark,
            data_dir: data_dir.into(),
            damage: Arc::default(),
        })
    }

    /// Begins a transaction that holds the write lock from the start, so that what it reads
    /// stays true until it commits.
    async fn begin(&self) -> Result<Writing, StoreError> {
        Writing::begin(self).await
    }

    /// Whether the database can be written now: by a write, since a disk that is full lets a
    /// transaction begin. Waits for whoever writes.
    pub async fn try_writing(&self) -> Result<(), StoreError> {
        self.begin().await?.commit().await
    }

    /// Looks at a failure of the database. One that shows a damaged file is remembered until the
    /// process ends: nothing that is read from it can be trusted.
    pub fn observe(&self, error: &StoreError) {
        if error.is_damage() && self.damage.set(error.to_string()).is_ok() {
            tracing::error!(%error, "the database is damaged: no payment is created any more");
        }
    }

    /// What was found wrong with the database file, if anything was.
    pub fn damage(&self) -> Option<&str> {
        self.damage.get().map(String::as_str)
    }

    /// Brings the mark to the disk.
    pub fn sync_mark(&self) -> io::Result<()> {
        self.mark.sync()
    }

    /// Finishes what is under way and closes all connections.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        if let Err(error) = self.sync_mark() {
            tracing::error!(%error, "the mark beside the database cannot be written");
        }
    }
}

/// Where the database of a data folder lies.
pub fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("gateway.sqlite")
}

fn open_mark(data_dir: &Path) -> Result<Mark, StoreError> {
    Mark::open(data_dir).map_err(|error| StoreError::File(Mark::path(data_dir), error))
}

/// What SQLite says of a damaged file, with the file's name.
fn damaged(file: &Path, error: StoreError) -> StoreError {
    if error.is_damage() {
        StoreError::Damaged {
            file: file.to_owned(),
            finding: error.to_string(),
        }
    } else {
        error
    }
}

/// Refuses a file that is no gateway's database, before anything is written to it.
pub async fn require_gateway(file: &Path) -> Result<(), StoreError> {
    let looked = async {
        let mut database = SqliteConnectOptions::new()
            .filename(file)
            .read_only(true)
            .busy_timeout(BUSY_TIMEOUT)
            .disable_statement_logging()
            .connect()
            .await?;
        let made = if has_table(&mut database, MIGRATIONS_TABLE).await? {
            Some(database.list_applied_migrations(MIGRATIONS_TABLE).await?)
        } else {
            None
        };
        database.close().await?;
        Ok(made)
    };
    let made = looked.await.map_err(|error| damaged(file, error))?;
    let made = made.ok_or_else(|| StoreError::Foreign(file.to_owned()))?;
    let is_known = |version| MIGRATIONS.iter().any(|one| one.version == version);
    if made.iter().all(|one| is_known(one.version)) {
        Ok(())
    } else {
        Err(StoreError::Newer(file.to_owned()))
    }
}

async fn has_table(database: &mut SqliteConnection, name: &str) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?")
        .bind(name)
        .fetch_optional(database)
        .await?;
    Ok(row.is_some())
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        // A payment that was answered for must outlive a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("journal_size_limit", WAL_KEPT_BYTES)
        .disable_statement_logging()
}
