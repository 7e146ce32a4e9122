//! The data folder: the database and the key that opens its secrets, which belong together. A database
//! on a server leaves the folder to the key.
//!
//! Only [`create`] makes a gateway. Everything else finds one that is whole, or says what is
//! missing: a folder that is not mounted must not become a new, empty gateway.

pub mod backup;
mod lock;
pub mod owner;
pub mod relocation;
pub mod room;

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub use self::lock::DataLock;
use self::room::folder_of;
use crate::config::{Config, DatabaseUrl};
use crate::secrets::{SecretError, Vault};
use crate::store::{self, Check, DatabaseLock, Store, StoreError};

/// A larger database is looked through while the gateway runs, so that it starts at once, unless it
/// was killed.
const LARGE_BYTES: u64 = 256 << 20;

/// Between two attempts to take the place of a gateway that runs elsewhere.
const TURN_PAUSE: Duration = Duration::from_secs(1);

/// Why the data folder cannot be used: the operator's to mend.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("{path} cannot be used by {user}: {cause}{}", .owner.as_ref().map(|owner| format!(" (it belongs to {owner})")).unwrap_or_default())]
    Unusable {
        path: PathBuf,
        user: String,
        owner: Option<String>,
        #[source]
        cause: io::Error,
    },
    #[error(
        "the data folder {folder} belongs to {owner}: run this as that user, for example with \
         `runuser -u {owner} -- usdt-gateway …`, or its gateway could not read what root writes"
    )]
    OfAnotherUser { folder: PathBuf, owner: String },
    #[error("another gateway runs on the data folder {0}: stop it first")]
    InUse(PathBuf),
    #[error(
        "the database {0} must be brought up to date while another process works on it: restart \
         the gateway with this version first"
    )]
    Outdated(String),
    #[error(
        "no gateway lives in {0}: is its disk mounted, and `data_dir` right? A new gateway is made \
         with `usdt-gateway init --config FILE`"
    )]
    NoGateway(PathBuf),
    #[error(
        "{0} is missing, though the master key lies beside it: put it back, or restore a backup with \
         `usdt-gateway restore BACKUP --config FILE`"
    )]
    DatabaseMissing(PathBuf),
    #[error(
        "{0} is missing, and without it the secrets in the database cannot be read: put the copy \
         that was made after `usdt-gateway init` in its place, or make a new gateway with that"
    )]
    MasterKeyMissing(PathBuf),
    #[error("a gateway lives in {0} already: nothing was changed")]
    Taken(PathBuf),
    #[error(
        "{0} lies in the data folder, though the configuration names a database on a server: move it \
         away, so that no gateway goes on with the wrong one"
    )]
    TwoDatabases(PathBuf),
    #[error(
        "no gateway lives in the database {database} yet: move the one in {folder} there with \
         `usdt-gateway move-to-postgres --config FILE`"
    )]
    NotMoved { folder: PathBuf, database: String },
    #[error(
        "{0} was moved to a PostgreSQL database: say in the configuration which, with `database`"
    )]
    Moved(PathBuf),
    #[error("all of {file} is in the database {database} already: start the gateway")]
    AlreadyMoved { file: PathBuf, database: String },
    #[error("{0} lies there from an earlier move: put it elsewhere, and run this again")]
    InTheWay(PathBuf),
    #[error("another process works on {0}: stop it, and run this again; nothing was moved")]
    FileInUse(PathBuf),
    #[error(
        "the database {database} may hold all or nothing of what was moved: run this again, which \
         finds out ({cause})"
    )]
    Uncertain {
        database: String,
        #[source]
        cause: StoreError,
    },
    #[error("{0} exists already: name another file")]
    BackupExists(PathBuf),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DataError {
    /// With the file, whose it is, and who tried: all that is needed to mend it.
    fn unusable(path: &Path, cause: io::Error) -> Self {
        Self::Unusable {
            path: path.to_owned(),
            user: owner::name(owner::me()),
            owner: owner::of(path).map(owner::name),
            cause,
        }
    }
}

/// Makes a new gateway in a folder, and in a database on a server where one is configured, that hold
/// none.
pub async fn create(config: &Config) -> Result<(), DataError> {
    let folder = config.data_dir.as_path();
    owner::require_mine(folder)?;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| DataError::unusable(folder, error))?;
    let _lock = DataLock::take(folder)?;
    if !is_vacant(folder) {
        return Err(DataError::Taken(folder.to_owned()));
    }
    Vault::create(folder)?;
    let created = match &config.database {
        Some(database) => Store::create_on(database, folder).await,
        None => Store::create(folder).await,
    };
    match created {
        Ok(store) => store.close().await,
        Err(error) => {
            // Half a gateway would be in the way of the next attempt.
            for half in [store::file(folder), Vault::key_file(folder)] {
                let _ = std::fs::remove_file(half);
            }
            return Err(error.into());
        }
    }
    Ok(())
}

/// Whether a database is too large to be looked through before the gateway starts, in bytes.
pub const fn is_large(database: u64) -> bool {
    database > LARGE_BYTES
}

/// Whether nothing of a gateway is in the folder.
pub fn is_vacant(folder: &Path) -> bool {
    !store::file(folder).exists() && !Vault::key_file(folder).exists()
}

/// Opens the data folder for a command, also beside a running gateway. An older database is brought
/// up to date only where no gateway runs, which would not understand it any more.
pub async fn open(config: &Config) -> Result<(Store, Vault), DataError> {
    let folder = config.data_dir.as_path();
    owner::require_mine(folder)?;
    if let Some(database) = &config.database {
        let mut _lock = None;
        require_key(folder)?;
        let is_outdated = Store::is_outdated_on(database).await;
        if is_outdated.map_err(not_moved(folder))? {
            _lock = Some(
                DatabaseLock::take(database)
                    .await
                    .map_err(|error| match error {
                        StoreError::InUse(database) => DataError::Outdated(database),
                        error => error.into(),
                    })?,
            );
        }
        return read_on(database, folder).await;
    }
    require_gateway(folder)?;
    refuse_backup(folder)?;
    let mut lock = None;
    // A log that a kill has left may be that of another database, which opening would mix in.
    if has_log(folder) {
        lock = match DataLock::take(folder) {
            Ok(lock) => Some(lock),
            // The gateway's own.
            Err(DataError::InUse(_)) => None,
            Err(error) => return Err(error),
        };
        if lock.is_some() {
            examine_at_start(folder).await?;
        }
    }
    // Held until the database is up to date.
    if lock.is_none() && Store::is_outdated(folder).await? {
        lock = Some(DataLock::take(folder).map_err(|error| match error {
            DataError::InUse(_) => DataError::Outdated(store::file(folder).display().to_string()),
            error => error,
        })?);
    }
    let _lock = lock;
    read(folder).await
}

/// Opens the data folder for the gateway, which is the only one that runs on it until the lock is
/// dropped. A database that is damaged is refused before anything is written to it.
pub async fn open_locked(config: &Config) -> Result<(Store, Vault, DataLock), DataError> {
    let folder = config.data_dir.as_path();
    owner::require_mine(folder)?;
    if let Some(database) = &config.database {
        require_key(folder)?;
        let lock = DataLock::take(folder)?.and_of(DatabaseLock::take(database).await?);
        owner::close_to_others(folder)?;
        let (store, vault) = read_on(database, folder).await?;
        return Ok((store, vault, lock));
    }
    require_gateway(folder)?;
    let lock = DataLock::take(folder)?;
    let (store, vault) = open_file(folder, None).await?;
    Ok((store, vault, lock))
}

/// Opens the database of a folder that is locked, looked through as closely as is said, or as is due
/// at a start.
async fn open_file(folder: &Path, check: Option<Check>) -> Result<(Store, Vault), DataError> {
    owner::close_to_others(folder)?;
    refuse_backup(folder)?;
    match check {
        Some(check) => Store::examine(&store::file(folder), check).await?,
        None => examine_at_start(folder).await?,
    }
    read(folder).await
}

/// The same, after the gateway before it has ended, where the database is on a server: so a second
/// machine stands by. `None` where `shutdown` comes first.
pub async fn open_in_turn(
    config: &Config,
    shutdown: &CancellationToken,
) -> Result<Option<(Store, Vault, DataLock)>, DataError> {
    let mut told = String::new();
    loop {
        let opened = tokio::select! {
            () = shutdown.cancelled() => return Ok(None),
            opened = open_locked(config) => opened,
        };
        let waits = match opened {
            Err(DataError::Store(error @ StoreError::InUse(_))) => error,
            Err(DataError::Store(error)) if config.database.is_some() && error.is_outage() => error,
            opened => return opened.map(Some),
        };
        // Once for each cause, however long it lasts.
        if told != waits.to_string() {
            tracing::warn!(cause = %waits, "the gateway waits for its turn");
            told = waits.to_string();
        }
        tokio::select! {
            () = shutdown.cancelled() => return Ok(None),
            () = tokio::time::sleep(TURN_PAUSE) => {}
        }
    }
}

/// Refuses a backup that was put in place by hand: what it does not know may have been given out.
fn refuse_backup(folder: &Path) -> Result<(), DataError> {
    let database = store::file(folder);
    match store::is_backup(&database) {
        Ok(false) => Ok(()),
        Ok(true) => Err(StoreError::Behind(database).into()),
        Err(error) => Err(DataError::unusable(&database, error)),
    }
}

/// Looks a database through before anything is written to it. A large one only where a log was left
/// behind: every page of it takes too long.
async fn examine_at_start(folder: &Path) -> Result<(), DataError> {
    let database = store::file(folder);
    let check = if has_log(folder) {
        Check::PagesAndIndices
    } else if is_large(size(&database)) {
        return Ok(());
    } else {
        Check::Pages
    };
    Ok(Store::examine(&database, check).await?)
}

/// Whether a write-ahead log was left behind: a gateway that stops removes its own.
fn has_log(folder: &Path) -> bool {
    size(&store::wal(&store::file(folder))) > 0
}

fn size(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |metadata| metadata.len())
}

/// Refuses a folder in which a part of a gateway is missing.
fn require_gateway(folder: &Path) -> Result<(), DataError> {
    let (database, key) = (store::file(folder), Vault::key_file(folder));
    // Told apart from a file that is missing.
    for path in [folder, &database, &key] {
        match path.metadata() {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(DataError::unusable(path, error));
            }
            _ => {}
        }
    }
    match (database.exists(), key.exists()) {
        (true, true) => Ok(()),
        (true, false) => Err(DataError::MasterKeyMissing(key)),
        (false, true) if relocation::is_moved(folder) => Err(DataError::Moved(database)),
        (false, true) => Err(DataError::DatabaseMissing(database)),
        (false, false) => Err(DataError::NoGateway(folder.to_owned())),
    }
}

/// Refuses a folder without the key, where the database is on a server.
fn require_key(folder: &Path) -> Result<(), DataError> {
    let key = Vault::key_file(folder);
    match key.metadata() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(DataError::MasterKeyMissing(key))
        }
        Err(error) => Err(DataError::unusable(&key, error)),
    }
}

async fn read_on(database: &DatabaseUrl, folder: &Path) -> Result<(Store, Vault), DataError> {
    require_key(folder)?;
    let store = Store::open_on(database, folder)
        .await
        .map_err(not_moved(folder))?;
    let file = store::file(folder);
    if file.exists() {
        return Err(DataError::TwoDatabases(file));
    }
    with_key(store, folder).await
}

/// Says of a server that holds no gateway whether the one that is meant lies in the folder still.
fn not_moved(folder: &Path) -> impl FnOnce(StoreError) -> DataError {
    move |error| match error {
        StoreError::NoGateway(database)
            if store::file(folder).exists() || relocation::is_moved(folder) =>
        {
            DataError::NotMoved {
                folder: folder.to_owned(),
                database,
            }
        }
        error => error.into(),
    }
}

async fn read(folder: &Path) -> Result<(Store, Vault), DataError> {
    with_key(Store::open(folder).await?, folder).await
}

async fn with_key(store: Store, folder: &Path) -> Result<(Store, Vault), DataError> {
    let vault = Vault::open(folder)?;
    // Better found out now than at a merchant's request.
    if let Some((api_key, sealed)) = store.any_sealed_secret().await? {
        vault.unseal(&api_key, &sealed)?;
    }
    Ok((store, vault))
}

/// Whether the key opens the secrets of a database, which is not in use.
async fn check_key(database: &Path, vault: &Vault) -> Result<(), DataError> {
    if let Some((api_key, sealed)) = Store::sealed_secret_in(database).await? {
        vault.unseal(&api_key, &sealed)?;
    }
    Ok(())
}
