//! The database as a file: whether it is sound, how large it is, and copies of it.

use std::fs;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::dialect::Dialect;
use super::projects::{ANY_SECRET, KEY_CHECK};
use super::sqlite::{self, damaged, file, has_table};
use super::{Store, StoreError};
use crate::secrets::ApiKey;

/// A checkpoint waits no longer for readers, since nobody can write meanwhile.
const CHECKPOINT_TIMEOUT: Duration = Duration::from_millis(50);

/// In the header of a backup, where SQLite leaves room for an application's number: so one that was
/// put in place by hand is known, also where the log of another database lies beside it
/// (<https://sqlite.org/fileformat2.html#application_id>).
const BACKUP: [u8; 4] = *b"bkup";
const APPLICATION_ID: u64 = 68;

/// How closely a database is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Every page, which takes a fraction of a second for each hundred megabytes.
    Pages,
    /// Every page, and each index against its table: finds what an alien log has mixed in, and
    /// takes several times as long.
    PagesAndIndices,
}

/// How large a database is, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    pub database: u64,
    /// The write-ahead log, which grows while somebody reads an old state.
    pub wal: u64,
}

impl Store {
    /// Looks a database file through, which may be open elsewhere, and changes nothing.
    pub async fn examine(database: &Path, check: Check) -> Result<(), StoreError> {
        let examined = async {
            let mut connection = SqliteConnectOptions::new()
                .filename(database)
                .read_only(true)
                .disable_statement_logging()
                .connect()
                .await?;
            let found = sqlx::query(match check {
                Check::Pages => "PRAGMA quick_check(1)",
                Check::PagesAndIndices => "PRAGMA integrity_check(1)",
            })
            .fetch_one(&mut connection)
            .await?;
            let finding: String = found.try_get(0)?;
            connection.close().await?;
            Ok(finding)
        };
        let finding = examined.await.map_err(|error| damaged(database, error))?;
        if finding == "ok" {
            return Ok(());
        }
        Err(StoreError::Damaged {
            file: database.to_owned(),
            // Several lines, the first of which names the part.
            finding: finding.lines().last().unwrap_or_default().to_owned(),
        })
    }

    /// The same with the store's own file, while it is in use.
    pub async fn examine_own(&self, check: Check) -> Result<(), StoreError> {
        Self::examine(&file(&self.data_dir), check).await
    }

    /// Writes a copy of the database as it stands now, while it is in use. `to` must not exist.
    pub async fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        sqlx::query("VACUUM INTO ?")
            .bind(to.to_string_lossy().into_owned())
            .execute(&self.readers)
            .await?;
        Ok(())
    }

    /// Writes a copy of a database that is not a store's, with what its log holds.
    pub async fn copy_file(from: &Path, to: &Path) -> Result<(), StoreError> {
        let mut connection = SqliteConnectOptions::new()
            .filename(from)
            .read_only(true)
            .disable_statement_logging()
            .connect()
            .await?;
        sqlx::query("VACUUM INTO ?")
            .bind(to.to_string_lossy().into_owned())
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(())
    }

    /// Moves the write-ahead log into the database and cuts it, unless somebody reads what stands
    /// there. Returns whether it was cut.
    pub async fn cut_wal(&self) -> Result<bool, StoreError> {
        let mut connection = sqlite::options(&file(&self.data_dir))
            .busy_timeout(CHECKPOINT_TIMEOUT)
            .connect()
            .await?;
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut connection)
            .await?;
        let is_cut = row.try_get::<i64, _>("busy")? == 0;
        connection.close().await?;
        Ok(is_cut)
    }

    /// Nothing of a database on a server, which is its operator's to look after.
    pub fn sizes(&self) -> io::Result<Sizes> {
        if self.dialect == Dialect::Postgres {
            return Ok(Sizes::default());
        }
        let size = |path: &Path| match fs::metadata(path) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        };
        let database = file(&self.data_dir);
        Ok(Sizes {
            database: size(&database)?,
            wal: size(&wal(&database))?,
        })
    }

    /// The key and the sealed secret of any project of a database that is not in use, and may be of an older form.
    pub async fn sealed_secret_in(
        database: &Path,
    ) -> Result<Option<(ApiKey, Vec<u8>)>, StoreError> {
        let mut connection = SqliteConnectOptions::new()
            .filename(database)
            .read_only(true)
            .connect()
            .await?;
        let row = sqlx::query(ANY_SECRET)
            .fetch_optional(&mut connection)
            .await?;
        connection.close().await?;
        row.map(|row| {
            let api_key: String = row.try_get("api_key")?;
            Ok((ApiKey::from(api_key), row.try_get("sealed_secret")?))
        })
        .transpose()
    }

    /// The same of what only the master key opens.
    pub async fn key_check_in(database: &Path) -> Result<Option<Vec<u8>>, StoreError> {
        let mut connection = SqliteConnectOptions::new()
            .filename(database)
            .read_only(true)
            .connect()
            .await?;
        let check = if has_table(&mut connection, "master_key").await? {
            sqlx::query_scalar(KEY_CHECK)
                .fetch_optional(&mut connection)
                .await?
        } else {
            None
        };
        connection.close().await?;
        Ok(check)
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }
}

/// Marks a database file that nobody has open as a backup.
pub fn mark_as_backup(database: &Path) -> io::Result<()> {
    write_application_id(database, BACKUP)
}

/// Makes a database file that nobody has open a gateway's own again.
pub fn unmark(database: &Path) -> io::Result<()> {
    write_application_id(database, [0; 4])
}

/// Whether a database file, without its log, is a backup.
pub fn is_backup(database: &Path) -> io::Result<bool> {
    let mut id = [0; 4];
    let read = fs::File::open(database)?.read_at(&mut id, APPLICATION_ID)?;
    Ok(read == id.len() && id == BACKUP)
}

fn write_application_id(database: &Path, id: [u8; 4]) -> io::Result<()> {
    let file = fs::OpenOptions::new().write(true).open(database)?;
    file.write_all_at(&id, APPLICATION_ID)?;
    file.sync_all()
}

/// The write-ahead log of a database.
pub fn wal(database: &Path) -> PathBuf {
    beside(database, "-wal")
}

/// What SQLite keeps beside a database while it is open.
pub fn companions(database: &Path) -> [PathBuf; 2] {
    [wal(database), beside(database, "-shm")]
}

/// The name of a file whose contents were moved to a server.
pub fn moved(file: &Path) -> PathBuf {
    beside(file, ".moved")
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
