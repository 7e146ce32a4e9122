//! Backups of the database: taken while the gateway runs, and put back in its place.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use usdt_protocol::UtcTime;

use super::lock::DataLock;
use super::{DataError, check_key, folder_of, owner};
use crate::config::Config;
use crate::store::{self, Check, DatabaseLock, Restoration, Store, companions};

/// Writes a copy of the database as it stands now, looks it through, and gives it its name only
/// then. Returns its size in bytes.
pub async fn back_up(store: &Store, to: &Path) -> Result<u64, DataError> {
    if to.exists() {
        return Err(DataError::BackupExists(to.to_owned()));
    }
    let folder = folder_of(to);
    // In the same folder, so that it can be renamed.
    let scratch = tempfile::Builder::new()
        .prefix(".usdt-gateway-backup")
        .tempdir_in(&folder)
        .map_err(|error| DataError::unusable(&folder, error))?;
    let copy = scratch.path().join("copy");
    store.copy_to(&copy).await?;
    Store::examine(&copy, Check::PagesAndIndices).await?;
    let finish = || -> io::Result<u64> {
        owner::make_private(&copy)?;
        store::mark_as_backup(&copy)?;
        let file = File::open(&copy)?;
        file.sync_all()?;
        // Unlike a rename, it replaces nothing; some file systems have no links.
        if fs::hard_link(&copy, to).is_err() && !to.exists() {
            fs::rename(&copy, to)?;
        }
        File::open(&folder)?.sync_all()?;
        Ok(file.metadata()?.len())
    };
    finish().map_err(|error| DataError::unusable(to, error))
}

/// Puts a backup in the place of the database, which no gateway may be using, and makes it safe.
/// What was there is kept under another name.
pub async fn restore(
    config: &Config,
    backup: &Path,
    now: UtcTime,
) -> Result<Restoration, DataError> {
    let folder = config.data_dir.as_path();
    owner::require_mine(folder)?;
    if !folder.is_dir() {
        return Err(DataError::NoGateway(folder.to_owned()));
    }
    let _lock = DataLock::take(folder)?;
    if !backup.is_file() {
        return Err(DataError::unusable(backup, io::ErrorKind::NotFound.into()));
    }
    Store::examine(backup, Check::PagesAndIndices).await?;
    let vault = config.master_key.open()?;
    let scratch = tempfile::tempdir_in(folder).map_err(|e| DataError::unusable(folder, e))?;
    let copy = store::file(scratch.path());
    Store::copy_file(backup, &copy).await?;
    let finish = || {
        owner::make_private(&copy)?;
        File::open(&copy)?.sync_all()
    };
    finish().map_err(|error| DataError::unusable(&copy, error))?;
    store::require_gateway(&copy).await?;
    check_key(&copy, &vault).await?;
    let database = store::file(folder);
    set_aside(&database, now)?;
    fs::rename(&copy, &database).map_err(|error| DataError::unusable(&database, error))?;
    sync(folder)?;
    make_safe(folder, now).await
}

/// Makes a database safe that has taken the place of another one, which no gateway may be using.
pub async fn make_restored_safe(config: &Config, now: UtcTime) -> Result<Restoration, DataError> {
    let folder = config.data_dir.as_path();
    owner::require_mine(folder)?;
    if let Some(database) = &config.database {
        let _lock = DataLock::take(folder)?.and_of(DatabaseLock::take(database).await?);
        owner::close_to_others(folder)?;
        let (store, _) = super::read_on(database, config).await?;
        let restoration = store.make_restored(now).await?;
        store.close().await;
        return Ok(restoration);
    }
    super::require_gateway(config)?;
    let _lock = DataLock::take(folder)?;
    owner::close_to_others(folder)?;
    let database = store::file(folder);
    let is_backup = store::is_backup(&database);
    if is_backup.map_err(|error| DataError::unusable(&database, error))? {
        // Of the database that the backup has replaced.
        set_log_aside(&database, now)?;
    }
    Store::examine(&database, Check::PagesAndIndices).await?;
    check_key(&database, &config.master_key.open()?).await?;
    make_safe(folder, now).await
}

async fn make_safe(folder: &Path, now: UtcTime) -> Result<Restoration, DataError> {
    let database = store::file(folder);
    if store::is_backup(&database).unwrap_or(false) {
        store::unmark(&database).map_err(|error| DataError::unusable(&database, error))?;
    }
    let (store, restoration) = Store::open_restored(folder, now).await?;
    store.close().await;
    sync(folder)?;
    Ok(restoration)
}

/// With its log, without which it would be another database.
fn set_aside(database: &Path, now: UtcTime) -> Result<(), DataError> {
    rename(database, &replaced(database, now))?;
    set_log_aside(database, now)
}

fn set_log_aside(database: &Path, now: UtcTime) -> Result<(), DataError> {
    let [wal, shm] = companions(database);
    rename(&wal, &store::wal(&replaced(database, now)))?;
    match fs::remove_file(&shm) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(DataError::unusable(&shm, error))
        }
        _ => Ok(()),
    }
}

/// The name of a database that another has taken the place of.
fn replaced(database: &Path, now: UtcTime) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(format!(".replaced-{}", now.millis() / 1_000));
    name.into()
}

/// Where there is such a file.
fn rename(from: &Path, to: &Path) -> Result<(), DataError> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(DataError::unusable(from, error))
        }
        _ => Ok(()),
    }
}

fn sync(folder: &Path) -> Result<(), DataError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| DataError::unusable(folder, error))
}
