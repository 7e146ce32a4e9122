//! The mark: how far the database has come, kept in a file outside of it.
//!
//! A database that was put in place of another, or that has lost its write-ahead log, knows less
//! than the gateway has answered. It would give the same amounts out once more. So each write
//! transaction counts itself, and once it is durable the mark is set, before anything is answered.
//! The mark is never ahead of the database it belongs to: it is set after the commit, and the
//! database is synchronous. That it reaches the disk some seconds later costs no fsync of a create.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

const FILE: &str = "gateway.mark";

/// The length of a lineage's name.
const NAME_LEN: usize = 32;

/// The length of the whole: name, number of writes, digit and line end.
const LENGTH: usize = NAME_LEN + 1 + 20 + 1 + 1 + 1;

/// How far a database has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// The name of its lineage: 32 hex digits.
    pub lineage: String,
    /// Write transactions so far.
    pub writes: u64,
    /// The sixth decimal of the amounts since the last restore; 0 without one.
    pub digit: u8,
}

impl Progress {
    /// Whether a database at this point has all that one at `mark` had.
    pub fn has_reached(&self, mark: &Self) -> bool {
        self.lineage == mark.lineage && self.writes >= mark.writes
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let lineage = words.next().filter(|name| name.len() == NAME_LEN)?;
        Some(Self {
            lineage: lineage.to_owned(),
            writes: words.next()?.parse().ok()?,
            digit: words.next()?.parse().ok()?,
        })
    }
}

/// Always the same number of bytes, so that one write replaces all of them.
impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            lineage,
            writes,
            digit,
        } = self;
        writeln!(f, "{lineage} {writes:>20} {digit}")
    }
}

/// The mark of a data folder.
#[derive(Clone, Debug)]
pub(super) struct Mark(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: File,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    set: Option<Progress>,
    is_synced: bool,
}

impl Mark {
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    /// What the mark says; `None` where there is none, or one that is damaged.
    pub fn read(folder: &Path) -> io::Result<Option<Progress>> {
        match std::fs::read(Self::path(folder)) {
            Ok(bytes) => Ok(std::str::from_utf8(&bytes).ok().and_then(Progress::parse)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens the mark to be set, and makes the file where it is missing.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(Self::path(folder))?;
        let state = State {
            set: Self::read(folder)?,
            is_synced: true,
        };
        Ok(Self(Arc::new(Inner {
            file,
            state: Mutex::new(state),
        })))
    }

    /// Says that the database has come so far, unless more is said already. A process that was
    /// overtaken by a restore leaves the mark of the new database alone.
    pub fn set(&self, progress: &Progress) -> io::Result<()> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_needless =
            |said: &Progress| said.lineage != progress.lineage || said.has_reached(progress);
        if state
            .set
            .as_ref()
            .is_some_and(|set| set.has_reached(progress))
            || self.said()?.as_ref().is_some_and(is_needless)
        {
            return Ok(());
        }
        self.write(&mut state, progress)
    }

    /// Says that a database has taken the place of another, and brings that to the disk.
    pub fn replace(&self, progress: &Progress) -> io::Result<()> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(&mut state, progress)?;
        self.0.file.sync_all()
    }

    fn write(&self, state: &mut State, progress: &Progress) -> io::Result<()> {
        self.0
            .file
            .write_all_at(progress.to_string().as_bytes(), 0)?;
        state.set = Some(progress.clone());
        state.is_synced = false;
        Ok(())
    }

    /// What the file says now: another process may have set it.
    fn said(&self) -> io::Result<Option<Progress>> {
        let mut bytes = [0; LENGTH];
        let length = self.0.file.read_at(&mut bytes, 0)?;
        let said = bytes.get(..length).unwrap_or_default();
        Ok(std::str::from_utf8(said).ok().and_then(Progress::parse))
    }

    /// Brings what was set to the disk.
    pub fn sync(&self) -> io::Result<()> {
        {
            let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
            if std::mem::replace(&mut state.is_synced, true) {
                return Ok(());
            }
        }
        self.0.file.sync_data().inspect_err(|_| {
            let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.is_synced = false;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(lineage: char, writes: u64) -> Progress {
        Progress {
            lineage: lineage.to_string().repeat(NAME_LEN),
            writes,
            digit: 6,
        }
    }

    #[test]
    fn the_mark_goes_forward_only_and_outlives_its_process() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Mark::read(folder.path()).unwrap(), None);
        let mark = Mark::open(folder.path()).unwrap();
        for (set, said) in [(5, 5), (3, 5), (u64::MAX, u64::MAX)] {
            mark.set(&progress('a', set)).unwrap();
            let read = Mark::read(folder.path()).unwrap();
            assert_eq!(read, Some(progress('a', said)));
        }
        mark.sync().unwrap();
        // Another database has taken the place.
        let other = Mark::open(folder.path()).unwrap();
        other.replace(&progress('b', 1)).unwrap();
        mark.set(&progress('a', u64::MAX)).unwrap();
        let read = Mark::read(folder.path()).unwrap().unwrap();
        assert_eq!(read, progress('b', 1));
        assert!(!progress('a', u64::MAX).has_reached(&read));
        std::fs::write(Mark::path(folder.path()), "torn").unwrap();
        assert_eq!(Mark::read(folder.path()).unwrap(), None);
    }
}
