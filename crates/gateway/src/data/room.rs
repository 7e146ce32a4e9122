//! The room that the data folder has left.
//!
//! Crediting must go on for as long as possible, so creating stops first: each payment that is
//! offered takes room for itself, and for the transfer and the webhook that follow.

use std::io;
use std::path::{Path, PathBuf};

use crate::store::Store;

const MIB: u64 = 1 << 20;

/// A write-ahead log beyond this is kept long by somebody who reads an old state: a warning.
const LONG_WAL: u64 = 256 * MIB;

/// Beyond this, no payment is created any more. Crediting adds little to it.
const LONGEST_WAL: u64 = 1_024 * MIB;

/// A disk with less than a tenth free is told of, unless that is more than this.
const PLENTY: u64 = 5 * 1_024 * MIB;

/// Why no payment is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRoom {
    #[error("the disk has {free} bytes left, of which {reserve} are kept for crediting")]
    Disk {
        /// Bytes.
        free: u64,
        /// Bytes.
        reserve: u64,
    },
    #[error(
        "the write-ahead log has {0} bytes and cannot be cut: another program has the database open"
    )]
    Wal(u64),
}

/// What the data folder takes, and what is left for it. All in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    pub database: u64,
    pub wal: u64,
    pub disk_free: u64,
    pub disk_total: u64,
}

/// Watches the room.
#[derive(Clone, Debug)]
pub struct Room {
    store: Store,
    /// In bytes.
    reserve: u64,
}

impl Room {
    /// `reserve` is how many bytes of the disk are kept for crediting.
    pub const fn new(store: Store, reserve: u64) -> Self {
        Self { store, reserve }
    }

    pub fn usage(&self) -> io::Result<Usage> {
        let sizes = self.store.sizes()?;
        let (disk_free, disk_total) = disk(self.store.data_dir())?;
        Ok(Usage {
            database: sizes.database,
            wal: sizes.wal,
            disk_free,
            disk_total,
        })
    }

    /// Whether there is room for one more payment and all that follows from it.
    pub fn for_payments(&self, usage: Usage) -> Result<(), NoRoom> {
        if usage.disk_free < self.reserve {
            Err(NoRoom::Disk {
                free: usage.disk_free,
                reserve: self.reserve,
            })
        } else if usage.wal > LONGEST_WAL {
            Err(NoRoom::Wal(usage.wal))
        } else {
            Ok(())
        }
    }

    /// What an operator must know of the disk, if anything.
    /// Nothing of a disk that has no database: only the operator knows what else it must take.
    pub fn low_disk(&self, usage: Usage) -> Option<String> {
        if usage.database == 0 {
            return None;
        }
        let is_nearly_full = usage.disk_free < (usage.disk_total / 10).min(PLENTY);
        let is_near_reserve = usage.disk_free < self.reserve.saturating_mul(2);
        (is_nearly_full || is_near_reserve).then(|| {
            // Without what is free now, so that the alarm is not written anew all the time.
            format!(
                "of {} MiB less than a tenth, or less than twice the reserve, is free; below {} MiB no \
                 payment is created",
                usage.disk_total / MIB,
                self.reserve / MIB
            )
        })
    }

    /// What an operator must know of the write-ahead log, if anything.
    pub fn long_wal(&self, usage: Usage) -> Option<String> {
        (usage.wal > LONG_WAL).then(|| {
            format!(
                "the write-ahead log is longer than {} MiB: another program has had the database open \
                 for long; beyond {} MiB no payment is created",
                LONG_WAL / MIB,
                LONGEST_WAL / MIB
            )
        })
    }
}

/// What is free for this user, and the whole.
fn disk(folder: &Path) -> io::Result<(u64, u64)> {
    let disk = rustix::fs::statvfs(folder)?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    Ok((bytes(disk.f_bavail), bytes(disk.f_blocks)))
}

/// The folder that a file is in.
pub(super) fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
