//! Files for browsers that this version does not have, and a gateway of another one has put into the
//! database that they share: during an update a page's files are asked of both.
//!
//! Strangers can ask for names that never were. So whoever asks for an unknown name waits until the
//! names are read once more, all together, and they are read once a second at most. Whoever asks for
//! what is there never waits for that.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex as Turn;
use tokio::time::{Instant, sleep_until};

use crate::assets::File;
use crate::store::{Store, StoreError};

/// Between two looks at the names.
const PAUSE: Duration = Duration::from_secs(1);

/// Files that are kept in memory: those of some ten versions.
const MOST_BYTES: usize = 16 << 20;

#[derive(Debug, Default)]
pub struct OtherVersions {
    known: Mutex<Known>,
    /// When the names were read last.
    names_read: Turn<Option<Instant>>,
    /// Of those that read a file.
    reading: Turn<()>,
}

#[derive(Debug, Default)]
struct Known {
    names: HashSet<String>,
    files: HashMap<String, File>,
    bytes: usize,
}

impl OtherVersions {
    /// The file of a name that could be one.
    pub async fn file(&self, store: &Store, name: &str) -> Result<Option<File>, StoreError> {
        if !store.is_shared() {
            return Ok(None);
        }
        if let Some(file) = self.in_memory(name) {
            return Ok(Some(file));
        }
        if !self.known().names.contains(name) {
            self.read_names(store).await?;
            if !self.known().names.contains(name) {
                return Ok(None);
            }
        }
        let _turn = self.reading.lock().await;
        if let Some(file) = self.in_memory(name) {
            return Ok(Some(file));
        }
        let file = store.asset(name).await?;
        if let Some(file) = &file {
            self.known().keep(name, file);
        }
        Ok(file)
    }

    /// Returns when the names have been read since this was called.
    async fn read_names(&self, store: &Store) -> Result<(), StoreError> {
        let asked = Instant::now();
        let mut names_read = self.names_read.lock().await;
        if let Some(last) = *names_read {
            if last >= asked {
                return Ok(());
            }
            sleep_until(last + PAUSE).await;
        }
        let now = Instant::now();
        let names = store.asset_names().await?;
        self.known().names = names.into_iter().collect();
        *names_read = Some(now);
        Ok(())
    }

    fn in_memory(&self, name: &str) -> Option<File> {
        self.known().files.get(name).cloned()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn keep(&mut self, name: &str, file: &File) {
        self.bytes += file.bytes.len() + file.brotli.len();
        if self.bytes > MOST_BYTES {
            self.files.clear();
            self.bytes = file.bytes.len() + file.brotli.len();
        }
        self.files.insert(name.to_owned(), file.clone());
    }
}
