//! The data folder: the database and the key that opens its secrets, which belong together.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::secrets::{SecretError, Vault};
use crate::store::{Store, StoreError};

/// Why the data folder cannot be used: the operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("the data folder {0} cannot be used: {1}")]
    Folder(PathBuf, #[source] io::Error),
    #[error("another gateway runs on the data folder {0}: stop it first")]
    InUse(PathBuf),
    #[error(
        "the database in {0} must be brought up to date while another process works on it: restart \
         the gateway with this version first"
    )]
    Outdated(PathBuf),
    #[error(
        "{0} is missing, and without it the secrets in the database cannot be read: restore it \
         from the backup"
    )]
    MasterKeyMissing(PathBuf),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the data folder for a command, also beside a running gateway, and creates it at the first
/// time. An older database is brought up to date only where no gateway runs, which would not
/// understand it any more.
pub async fn open(folder: &Path) -> Result<(Store, Vault), DataError> {
    create(folder)?;
    // Held until the database is up to date.
    let _lock = if Store::is_outdated(folder).await? {
        Some(DataLock::take(folder).map_err(|error| match error {
            DataError::InUse(folder) => DataError::Outdated(folder),
            error => error,
        })?)
    } else {
        None
    };
    read(folder).await
}

/// Opens the data folder for the gateway, which is the only one that runs on it until the lock is
/// dropped.
pub async fn open_locked(folder: &Path) -> Result<(Store, Vault, DataLock), DataError> {
    create(folder)?;
    let lock = DataLock::take(folder)?;
    let (store, vault) = read(folder).await?;
    Ok((store, vault, lock))
}

fn create(folder: &Path) -> Result<(), DataError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| DataError::Folder(folder.to_owned(), error))
}

async fn read(folder: &Path) -> Result<(Store, Vault), DataError> {
    let store = Store::open(folder).await?;
    let key_file = Vault::key_file(folder);
    let sealed = store.any_sealed_secret().await?;
    if sealed.is_some() && !key_file.exists() {
        return Err(DataError::MasterKeyMissing(key_file));
    }
    let vault = Vault::open(folder)?;
    // Better found out now than at a merchant's request.
    if let Some((api_key, sealed)) = sealed {
        vault.unseal(&api_key, &sealed)?;
    }
    Ok((store, vault))
}

/// Held by the one gateway that works on a data folder, or by a command that changes the form of
/// its database. The system releases it when the process
/// ends, however it ends.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataLock {
    pub fn take(folder: &Path) -> Result<Self, DataError> {
        let error = |error| DataError::Folder(folder.to_owned(), error);
        let file = File::create(folder.join("gateway.lock")).map_err(error)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(DataError::InUse(folder.to_owned())),
            Err(TryLockError::Error(cause)) => Err(error(cause)),
        }
    }
}
