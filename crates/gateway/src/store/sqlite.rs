//! SQLite: a database in one file of the data folder. Writes go through one connection, so that they
//! queue here and not at the file's lock; reads have their own connections and never wait for a write.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{AppliedMigration, Migrate as _};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AnyPool, ConnectOptions as _, Connection as _, Executor as _};
use url::Url;

use super::create_group::CreateLines;
use super::dialect::Dialect;
use super::form::{self, Form, LOWEST, MIGRATIONS_TABLE};
use super::mark::Mark;
use super::write_times::WriteTimes;
use super::{Store, StoreError, lineage};
use crate::commits::Commits;

const READERS: u32 = 4;

/// A write waits this long for another process, such as the command line beside the server.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Of every connection: the foreign keys hold, a payment that was answered for outlives a power cut,
/// a write waits for [`BUSY_TIMEOUT`], and a write-ahead log that has become longer than 64 MiB is cut
/// to that when it begins anew.
const PRAGMAS: &str = "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; \
    PRAGMA busy_timeout = 10000; PRAGMA journal_size_limit = 67108864";

/// In KiB, as a negative number: the slots of a hundred thousand open payments, so that finding
/// one of them does not become slower with their number.
const WRITER_CACHE: &str = "PRAGMA cache_size = -32768";

static FORM: LazyLock<Form> = LazyLock::new(|| Form::new(sqlx::migrate!("migrations/sqlite"), 15));

/// Whether the mark beside the database is believed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MarkCheck {
    Required,
    /// The database is known to have taken another's place, or to be new.
    Waived,
}

impl Store {
    /// Whether the database in `data_dir` is of an older form than this version's.
    pub async fn is_outdated(data_dir: &Path) -> Result<bool, StoreError> {
        Ok(!FORM.is_up_to_date(&made(&file(data_dir)).await?))
    }

    /// Makes the database in `data_dir`, where none is yet, and opens it.
    pub async fn create(data_dir: &Path) -> Result<Self, StoreError> {
        let file = file(data_dir);
        if file.exists() {
            return Err(StoreError::Exists(file));
        }
        let mut database = options(&file).create_if_missing(true).connect().await?;
        FORM.migrations().run(&mut database).await?;
        database.close().await?;
        let store = Self::open_with(data_dir, MarkCheck::Waived).await?;
        let progress = lineage::read_progress(&store.readers).await?;
        store.replace_mark(&progress)?;
        Ok(store)
    }

    /// Opens the database in `data_dir`, and brings it up to date. One that is behind the mark
    /// beside it is refused.
    pub async fn open(data_dir: &Path) -> Result<Self, StoreError> {
        Self::open_with(data_dir, MarkCheck::Required).await
    }

    pub(super) async fn open_with(data_dir: &Path, check: MarkCheck) -> Result<Self, StoreError> {
        let file = file(data_dir);
        // Before the database, which is never behind it.
        let marked = Mark::read(data_dir).map_err(mark_error(data_dir))?;
        require_gateway(&file).await?;
        let is_new_to_marks = migrate(&file)
            .await
            .map_err(|error| damaged(&file, error))?;
        let (writer, readers) = pools(&file).await.map_err(|error| damaged(&file, error))?;
        let progress = lineage::read_progress(&writer).await?;
        let is_believed = match &marked {
            Some(marked) => progress.has_reached(marked),
            // Nothing was answered yet, also where an update was cut off here.
            None => is_new_to_marks || progress.writes == 0,
        };
        if check == MarkCheck::Required && !is_believed {
            return Err(StoreError::Behind(file));
        }
        let mark = Mark::open(data_dir).map_err(mark_error(data_dir))?;
        if check == MarkCheck::Required {
            let is_first = marked.is_none();
            let set = if is_first { Mark::replace } else { Mark::set };
            set(&mark, &progress).map_err(mark_error(data_dir))?;
        }
        Ok(Self {
            readers,
            writer,
            dialect: Dialect::Sqlite,
            server: None,
            commits: Commits::default(),
            creates: CreateLines::default(),
            write_times: WriteTimes::default(),
            mark: Some(mark),
            data_dir: data_dir.into(),
            damage: Arc::default(),
            fence: None,
        })
    }
}

/// Why the mark cannot be read or written.
pub(super) fn mark_error(data_dir: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = Mark::path(data_dir);
    |error| StoreError::File(path, error)
}

async fn made(file: &Path) -> Result<Vec<AppliedMigration>, StoreError> {
    require_gateway(file).await?;
    let mut database = options(file).connect().await?;
    let made = database.list_applied_migrations(MIGRATIONS_TABLE).await?;
    database.close().await?;
    Ok(made)
}

/// The newest migration that the database in `data_dir` has seen.
pub async fn newest_migration(data_dir: &Path) -> Result<i64, StoreError> {
    let made = made(&file(data_dir)).await?;
    Ok(form::newest(made.iter().map(|one| one.version)))
}

/// Brings the database up to date. Says whether it was of a version from before the mark, which has
/// left none.
async fn migrate(file: &Path) -> Result<bool, StoreError> {
    let mut database = options(file).connect().await?;
    let is_new_to_marks = !has_table(&mut database, "lineage").await?;
    FORM.migrations().run(&mut database).await?;
    database.close().await?;
    Ok(is_new_to_marks)
}

/// The one connection that writes, and those that read.
async fn pools(file: &Path) -> Result<(AnyPool, AnyPool), StoreError> {
    install_default_drivers();
    let writer = AnyPoolOptions::new()
        .max_connections(1)
        // Its cache is worth keeping.
        .max_lifetime(None)
        .idle_timeout(None)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(PRAGMAS).await?;
                connection.execute(WRITER_CACHE).await?;
                Ok(())
            })
        })
        .connect_with(any_options(file, "rw")?)
        .await?;
    let readers = AnyPoolOptions::new()
        .max_connections(READERS)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(PRAGMAS).await?;
                Ok(())
            })
        })
        .connect_with(any_options(file, "ro")?)
        .await?;
    Ok((writer, readers))
}

fn any_options(file: &Path, mode: &str) -> Result<AnyConnectOptions, StoreError> {
    let unusable = |()| StoreError::Foreign(file.to_owned());
    let absolute = file
        .canonicalize()
        .map_err(|error| StoreError::File(file.to_owned(), error))?;
    // Escapes what means something in a URL.
    let path = Url::from_file_path(absolute).map_err(unusable)?;
    let url = format!("sqlite://{}?mode={mode}", path.path());
    let options: AnyConnectOptions = url.parse()?;
    Ok(options.disable_statement_logging())
}

/// Where the database of a data folder lies.
pub fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("gateway.sqlite")
}

/// Where the mark of a data folder's database lies.
pub fn mark(data_dir: &Path) -> PathBuf {
    Mark::path(data_dir)
}

/// What SQLite says of a damaged file, with the file's name.
pub(super) fn damaged(file: &Path, error: StoreError) -> StoreError {
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
        let lowest = if has_table(&mut database, "form").await? {
            Some(sqlx::query_scalar(LOWEST).fetch_one(&mut database).await?)
        } else {
            None
        };
        database.close().await?;
        Ok((made, lowest))
    };
    let (made, lowest) = looked.await.map_err(|error| damaged(file, error))?;
    let made = made.ok_or_else(|| StoreError::Foreign(file.to_owned()))?;
    FORM.require(&made, lowest, file.display())
}

pub(super) async fn has_table(
    database: &mut SqliteConnection,
    name: &str,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1")
        .bind(name)
        .fetch_optional(database)
        .await?;
    Ok(row.is_some())
}

/// For a connection that is not one of the store's.
pub(super) fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_new_database_asks_for_what_the_program_says_it_does() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path()).await.unwrap();
        let lowest: i64 = sqlx::query_scalar(LOWEST)
            .fetch_one(&store.readers)
            .await
            .unwrap();
        assert_eq!(lowest, FORM.lowest());
    }
}
