//! The lineage of a database: how far it has come, and when it took the place of another.

use std::path::Path;
use std::time::Duration;

use rand::Rng as _;
use sqlx::any::{AnyExecutor, AnyRow};
use usdt_protocol::UtcTime;
use usdt_protocol::txid::Hex;

use super::mark::{Mark, Progress};
use super::row::{RowExt as _, seconds};
use super::sqlite::{MarkCheck, mark_error};
use super::{Store, StoreError, addresses};

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
        let lost = Mark::read(data_dir).map_err(mark_error(data_dir))?;
        let store = Self::open_with(data_dir, MarkCheck::Waived).await?;
        let restoration = store.begin_lineage(lost, now).await?;
        Ok((store, restoration))
    }

    pub(super) async fn begin_lineage(
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
        sqlx::query(
            "INSERT INTO restorations (restored_at, holds_until, digit) VALUES ($1, $2, $3)",
        )
        .bind(now.millis())
        .bind(holds_until.millis())
        .bind(i64::from(digit))
        .execute(&mut *tx)
        .await?;
        addresses::watch_ahead(&mut tx, WATCHED_AHEAD).await?;
        let name = Hex(&rand::rng().random::<[u8; 16]>()).to_string();
        sqlx::query("UPDATE lineage SET name = $1, digit = $2")
            .bind(name)
            .bind(i64::from(digit))
            .execute(&mut *tx)
            .await?;
        let progress = read_progress(&mut *tx).await?;
        tx.commit().await?;
        self.replace_mark(&Progress {
            writes: progress.writes.saturating_add(1),
            ..progress
        })?;
        Ok(Restoration { holds_until })
    }

    /// Says beside the database that it has taken the place of another, or is new.
    pub(super) fn replace_mark(&self, progress: &Progress) -> Result<(), StoreError> {
        let set = self.mark.as_ref().map(|mark| mark.replace(progress));
        set.unwrap_or(Ok(())).map_err(mark_error(&self.data_dir))
    }
}

/// How far the database has come.
pub(super) async fn read_progress(database: impl AnyExecutor<'_>) -> Result<Progress, StoreError> {
    let row = sqlx::query("SELECT name, writes, digit FROM lineage")
        .fetch_one(database)
        .await?;
    progress(&row)
}

/// Reads a row of `lineage`.
pub(super) fn progress(row: &AnyRow) -> Result<Progress, StoreError> {
    Ok(Progress {
        lineage: row.text("name")?,
        writes: row.unsigned("writes")?,
        digit: u8::try_from(row.integer("digit")?).map_err(|_| StoreError::Corrupt("digit"))?,
    })
}
