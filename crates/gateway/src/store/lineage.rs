//! The lineage of a database: how far it has come, and when it took the place of another.

use std::path::Path;
use std::time::Duration;

use rand::Rng as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use usdt_protocol::UtcTime;

use super::mark::{Mark, Progress};
use super::row::{RowExt as _, seconds};
use super::{MarkCheck, Store, StoreError, addresses};

/// The sixth decimals of the amounts that are given out after restores, in turn.
const FIRST_DIGIT: u8 = 6;
const LAST_DIGIT: u8 = 9;

/// As many further addresses of an account key as wallets look ahead: the lost database may have
/// offered them.
const WATCHED_AHEAD: u32 = 20;

/// A database that has taken the place of one that was ahead of it.
#[derive(Clone, Copy, Debug)]
pub struct Restoration {
    /// Until when the amounts that the lost database may have given out are held back.
    pub holds_until: UtcTime,
}

impl Store {
    /// Opens a database that has taken the place of another, and makes it safe: as long as a
    /// payment that the lost one has created can be paid, new payments get amounts that it cannot
    /// have given out.
    pub async fn open_restored(
        data_dir: &Path,
        now: UtcTime,
    ) -> Result<(Self, Restoration), StoreError> {
        // Of the database that is lost, which may have been restored before.
        let lost =
            Mark::read(data_dir).map_err(|error| StoreError::File(Mark::path(data_dir), error))?;
        let store = Self::open_with(data_dir, MarkCheck::Waived).await?;
        let restoration = store.begin_lineage(lost, now).await?;
        Ok((store, restoration))
    }

    async fn begin_lineage(
        &self,
        lost: Option<Progress>,
        now: UtcTime,
    ) -> Result<Restoration, StoreError> {
        let mut tx = self.begin().await?;
        let longest = sqlx::query(
            "SELECT coalesce(max(window_seconds + quarantine_seconds), 0) AS longest FROM projects",
        )
        .fetch_one(&mut *tx)
        .await?
        .unsigned("longest")?;
        // The lost database's last payment was created before now, by a clock that may differ.
        let margin = Duration::from_hours(1);
        let holds_until = now.plus_seconds(seconds(Duration::from_secs(longest) + margin));
        let digit = match lost {
            Some(lost) if (FIRST_DIGIT..LAST_DIGIT).contains(&lost.digit) => lost.digit + 1,
            Some(_) => FIRST_DIGIT,
            // Nothing tells which the lost one had.
            None => rand::rng().random_range(FIRST_DIGIT..=LAST_DIGIT),
        };
        sqlx::query("INSERT INTO restorations (restored_at, holds_until, digit) VALUES (?, ?, ?)")
            .bind(now.millis())
            .bind(holds_until.millis())
            .bind(digit)
            .execute(&mut *tx)
            .await?;
        addresses::watch_ahead(&mut tx, WATCHED_AHEAD).await?;
        sqlx::query("UPDATE lineage SET name = lower(hex(randomblob(16))), digit = ?")
            .bind(digit)
            .execute(&mut *tx)
            .await?;
        let progress = read_progress(&mut tx).await?;
        tx.commit().await?;
        self.mark
            .replace(&Progress {
                writes: progress.writes.saturating_add(1),
                ..progress
            })
            .map_err(|error| StoreError::File(Mark::path(&self.data_dir), error))?;
        Ok(Restoration { holds_until })
    }
}

/// How far the database has come.
pub(super) async fn read_progress(database: &mut SqliteConnection) -> Result<Progress, StoreError> {
    let row = sqlx::query("SELECT name, writes, digit FROM lineage")
        .fetch_one(database)
        .await?;
    progress(&row)
}

/// Reads a row of `lineage`.
pub(super) fn progress(row: &SqliteRow) -> Result<Progress, StoreError> {
    Ok(Progress {
        lineage: row.text("name")?,
        writes: row.unsigned("writes")?,
        digit: u8::try_from(row.integer("digit")?).map_err(|_| StoreError::Corrupt("digit"))?,
    })
}
