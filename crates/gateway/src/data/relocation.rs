//! The move of a gateway from the database in its data folder to one on a server.
//!
//! The file gets its other name before the copy is committed, so that there is no moment in which
//! both could be served: they would give the same amounts out. A process that ends in between leaves
//! a file that nothing looks at, and a server that holds nothing, or all; the next run finds out
//! which, and begins anew or says so.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::lock::DataLock;
use super::{DataError, open_file, owner, require_gateway, require_key};
use crate::config::{Config, DatabaseUrl};
use crate::store::{self, Check, DatabaseLock, Store, StoreError};

/// What was moved.
#[derive(Debug)]
pub struct Moved {
    /// How many rows each table has.
    pub tables: Vec<(&'static str, u64)>,
    /// What was the database.
    pub file: PathBuf,
}

/// Moves a gateway that does not run to an empty database on a server.
pub async fn relocate(config: &Config, database: &DatabaseUrl) -> Result<Moved, DataError> {
    let folder = config.data_dir.as_path();
    owner::require_mine(folder)?;
    let file = store::file(folder);
    let moved = store::moved(&file);
    if is_moved(folder) {
        require_key(config)?;
    } else {
        require_gateway(config)?;
    }
    let _lock = DataLock::take(folder)?.and_of(DatabaseLock::take(database).await?);
    let on_server = Store::lineage_on(database).await?;
    if is_moved(folder) {
        match on_server {
            Some(name) if name == Store::lineage_in(&moved).await? => {
                return Err(DataError::AlreadyMoved {
                    file: moved,
                    database: database.to_string(),
                });
            }
            Some(_) => {}
            None => put_back(folder)?,
        }
    } else if moved.exists() {
        return Err(DataError::InTheWay(moved));
    }
    if on_server.is_some() {
        return Err(StoreError::Taken(database.to_string()).into());
    }
    let (store, _) = open_file(config, Some(Check::PagesAndIndices)).await?;
    let relocated = store.relocate(database).await;
    store.close().await;
    let relocation = relocated?;
    // Whoever has it open could write to it still.
    if store::companions(&file).iter().any(|one| one.exists()) {
        return Err(DataError::FileInUse(file));
    }
    set_aside(folder)?;
    let tables = relocation
        .commit()
        .await
        .map_err(|cause| DataError::Uncertain {
            database: database.to_string(),
            cause,
        })?;
    Ok(Moved {
        tables,
        file: moved,
    })
}

/// Whether the database in a folder was moved, or a move of it was cut off at its end.
pub fn is_moved(folder: &Path) -> bool {
    let file = store::file(folder);
    !file.exists() && store::moved(&file).exists()
}

/// The mark too: should the file ever come back, its gateway must learn what the other one has given
/// out meanwhile.
fn set_aside(folder: &Path) -> Result<(), DataError> {
    for file in [store::file(folder), store::mark(folder)] {
        rename(&file, &store::moved(&file))?;
    }
    sync(folder)
}

fn put_back(folder: &Path) -> Result<(), DataError> {
    for file in [store::mark(folder), store::file(folder)] {
        let moved = store::moved(&file);
        // A move that was cut off between the two has left the mark.
        if moved.exists() {
            rename(&moved, &file)?;
        }
    }
    sync(folder)
}

fn rename(from: &Path, to: &Path) -> Result<(), DataError> {
    fs::rename(from, to).map_err(|error| DataError::unusable(from, error))
}

fn sync(folder: &Path) -> Result<(), DataError> {
    let synced = || -> io::Result<()> { fs::File::open(folder)?.sync_all() };
    synced().map_err(|error| DataError::unusable(folder, error))
}
