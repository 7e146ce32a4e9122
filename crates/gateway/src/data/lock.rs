//! The lock on a data folder: one gateway works on it.

use std::fs::{File, OpenOptions, TryLockError};
use std::future::pending;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::DataError;
use crate::store::{DatabaseLock, StoreError};

/// Held by the one gateway that works on a data folder, or by a command that changes the form of
/// its database. The system releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct DataLock {
    file: File,
    /// Where the database is on a server.
    database: Option<DatabaseLock>,
}

impl DataLock {
    pub fn take(folder: &Path) -> Result<Self, DataError> {
        let path = folder.join("gateway.lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|error| DataError::unusable(&path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self {
                file,
                database: None,
            }),
            Err(TryLockError::WouldBlock) => Err(DataError::InUse(folder.to_owned())),
            Err(TryLockError::Error(cause)) => Err(DataError::unusable(&path, cause)),
        }
    }

    /// Keeps the share of the database on a server. Returns where a command has taken it instead: the
    /// gateway must end.
    pub async fn lost(&mut self) -> StoreError {
        match &mut self.database {
            Some(database) => database.keep_sharing().await,
            None => pending().await,
        }
    }

    /// Holds the database on a server too.
    #[must_use]
    pub fn and_of(mut self, database: DatabaseLock) -> Self {
        self.database = Some(database);
        self
    }
}

impl Drop for DataLock {
    /// Closing the file is not enough: a child that was forked and has not run its program yet has it
    /// open too, and would keep the lock.
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the lock on the data folder is released later");
        }
    }
}
