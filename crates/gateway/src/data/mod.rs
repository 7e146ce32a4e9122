//! The data folder: the database and the key that opens its secrets, which belong together. A database
//! on a server leaves the folder to the key, and a key that the operator gives leaves it to the database.
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
use crate::store::{self, Check, DatabaseLock, Store, StoreError, Update};

/// A larger database is looked through while the gateway runs, so that it starts at once, unless it
/// was killed.
const LARGE_BYTES: u64 = 256 << 20;

/// Between two attempts to use a database that is out of reach or held by a command.
const PAUSE: Duration = Duration::from_secs(1);

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
    if !is_vacant(config) {
        return Err(DataError::Taken(folder.to_owned()));
    }
    let vault = config.master_key.make()?;
    let created = match &config.database {
        Some(database) => Store::create_on(database, folder).await,
        None => Store::create(folder).await,
    };
    match created {
        Ok(store) => {
            require_own_key(&store, &vault).await?;
            store.close().await;
        }
        Err(error) => {
            // Half a gateway would be in the way of the next attempt.
            let file = store::file(folder);
            for half in config.master_key.own_file().into_iter().chain([&*file]) {
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
pub fn is_vacant(config: &Config) -> bool {
    let has_key = config.master_key.own_file().is_some_and(Path::exists);
    !store::file(&config.data_dir).exists() && !has_key
}

/// Opens the data folder for a command, also beside a running gateway. An older file is brought up to
/// date only where no gateway runs, which might not understand it any more.
pub async fn open(config: &Config) -> Result<(Store, Vault), DataError> {
    let folder = config.data_dir.as_path();
    owner::require_mine(folder)?;
    if let Some(database) = &config.database {
        return read_on(database, config).await;
    }
    require_gateway(config)?;
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
    read(config).await
}

/// Brings the database up to date, and does nothing else: on a server also beside the gateways that run.
pub async fn update(config: &Config) -> Result<Update, DataError> {
    let folder = config.data_dir.as_path();
    owner::require_mine(folder)?;
    if let Some(database) = &config.database {
        return Store::update_on(database).await.map_err(not_moved(folder));
    }
    require_gateway(config)?;
    let _lock = DataLock::take(folder)?;
    let from = store::newest_migration(folder).await?;
    let (store, _) = open_file(config, None).await?;
    store.close().await;
    let to = store::newest_migration(folder).await?;
    Ok(Update { from, to })
}

/// Opens the data folder for the gateway, which is the only one that runs on it until the lock is
/// dropped. A database on a server it shares with those of other folders. One that is damaged is refused before anything is written to it.
pub async fn open_locked(config: &Config) -> Result<(Store, Vault, DataLock), DataError> {
    let folder = config.data_dir.as_path();
    owner::require_mine(folder)?;
    if let Some(database) = &config.database {
        require_key(config)?;
        let lock = DataLock::take(folder)?.and_of(DatabaseLock::share(database).await?);
        owner::close_to_others(folder)?;
        let (store, vault) = read_on(database, config).await?;
        return Ok((store, vault, lock));
    }
    require_gateway(config)?;
    let lock = DataLock::take(folder)?;
    let (store, vault) = open_file(config, None).await?;
    Ok((store, vault, lock))
}

/// Opens the database of a folder that is locked, looked through as closely as is said, or as is due
/// at a start.
async fn open_file(config: &Config, check: Option<Check>) -> Result<(Store, Vault), DataError> {
    let folder = config.data_dir.as_path();
    owner::close_to_others(folder)?;
    refuse_backup(folder)?;
    match check {
        Some(check) => Store::examine(&store::file(folder), check).await?,
        None => examine_at_start(folder).await?,
    }
    read(config).await
}

/// The same once the database can be used, where it is on a server. `None` where `shutdown` comes first.
pub async fn open_in_time(
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
            Err(DataError::Store(error @ (StoreError::InUse(_) | StoreError::Busy(_)))) => error,
            Err(DataError::Store(error)) if config.database.is_some() && error.is_outage() => error,
            opened => return opened.map(Some),
        };
        // Once for each cause, however long it lasts.
        if told != waits.to_string() {
            tracing::warn!(cause = %waits, "the gateway waits for its database");
            told = waits.to_string();
        }
        tokio::select! {
            () = shutdown.cancelled() => return Ok(None),
            () = tokio::time::sleep(PAUSE) => {}
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
fn require_gateway(config: &Config) -> Result<(), DataError> {
    let folder = config.data_dir.as_path();
    let (database, key) = (store::file(folder), config.master_key.own_file());
    // Told apart from a file that is missing.
    for path in [folder, &database].into_iter().chain(key) {
        match path.metadata() {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(DataError::unusable(path, error));
            }
            _ => {}
        }
    }
    let missing_key = key.filter(|key| !key.exists());
    match (database.exists(), missing_key) {
        (true, None) => Ok(()),
        (true, Some(key)) => Err(DataError::MasterKeyMissing(key.to_owned())),
        (false, None) if relocation::is_moved(folder) => Err(DataError::Moved(database)),
        (false, None) if key.is_some() => Err(DataError::DatabaseMissing(database)),
        (false, _) => Err(DataError::NoGateway(folder.to_owned())),
    }
}

/// Refuses a folder without the key that should be in it, where the database is on a server.
fn require_key(config: &Config) -> Result<(), DataError> {
    let Some(key) = config.master_key.own_file() else {
        return Ok(());
    };
    match key.metadata() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(DataError::MasterKeyMissing(key.to_owned()))
        }
        Err(error) => Err(DataError::unusable(key, error)),
    }
}

async fn read_on(database: &DatabaseUrl, config: &Config) -> Result<(Store, Vault), DataError> {
    let folder = config.data_dir.as_path();
    require_key(config)?;
    let store = Store::open_on(database, folder)
        .await
        .map_err(not_moved(folder))?;
    let file = store::file(folder);
    if file.exists() {
        return Err(DataError::TwoDatabases(file));
    }
    with_key(store, config).await
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

async fn read(config: &Config) -> Result<(Store, Vault), DataError> {
    with_key(Store::open(&config.data_dir).await?, config).await
}

async fn with_key(store: Store, config: &Config) -> Result<(Store, Vault), DataError> {
    let vault = config.master_key.open()?;
    // Better found out now than at a merchant's request.
    require_own_key(&store, &vault).await?;
    Ok((store, vault))
}

/// Refuses a key that is not the database's. One from before this was written down gets it now.
async fn require_own_key(store: &Store, vault: &Vault) -> Result<(), DataError> {
    let check = if let Some(check) = store.key_check().await? {
        check
    } else {
        if let Some((api_key, sealed)) = store.any_sealed_secret().await? {
            vault.unseal(&api_key, &sealed)?;
        }
        store.set_key_check(&vault.seal_check()?).await?
    };
    Ok(vault.recognise(&check)?)
}

/// Whether the key opens the secrets of a database, which is not in use.
async fn check_key(database: &Path, vault: &Vault) -> Result<(), DataError> {
    if let Some(check) = Store::key_check_in(database).await? {
        vault.recognise(&check)?;
    }
    if let Some((api_key, sealed)) = Store::sealed_secret_in(database).await? {
        vault.unseal(&api_key, &sealed)?;
    }
    Ok(())
}
