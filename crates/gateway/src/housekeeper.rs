//! Looks after the data folder: the mark on the disk, the length of the write-ahead log, the room
//! that is left, and whether the database is sound. And after the files for browsers that a database
//! on a server has for other gateways.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::assets;
use crate::clock::SharedClock;
use crate::data;
use crate::data::room::{Room, Usage};
use crate::store::{AlarmKind, Check, Store, StoreError};

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// A write-ahead log that is shorter is left to `SQLite`, which begins it anew by itself.
const SHORT_WAL: u64 = 16 << 20;

/// Between two attempts to cut a write-ahead log that somebody holds.
const CUT_PAUSE: u32 = 10;

/// Between two times that it says which files for browsers are in use.
const SHARE_PAUSE: Duration = Duration::from_hours(6);

/// Looks after one data folder.
pub struct Housekeeper {
    pub store: Store,
    pub clock: SharedClock,
    pub room: Room,
}

impl Housekeeper {
    /// Looks after it until the shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
        let rounds = async {
            for round in 0_u32.. {
                if let Err(error) = self.look(round.is_multiple_of(CUT_PAUSE)).await {
                    self.store.observe(&error);
                    tracing::error!(%error, "the data folder cannot be looked after");
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            ((), (), ()) = futures_util::future::join3(rounds, self.examine(), self.share()) => {}
        }
    }

    async fn look(&self, may_cut: bool) -> Result<(), StoreError> {
        let folder = || self.store.data_dir().to_owned();
        let failed = |error| StoreError::File(folder(), error);
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || store.sync_mark())
            .await
            .map_err(|error| failed(error.into()))?
            .map_err(failed)?;
        let mut usage = self.room.usage().map_err(failed)?;
        if usage.wal > SHORT_WAL && may_cut && self.store.cut_wal().await? {
            usage = self.room.usage().map_err(failed)?;
        }
        // Each by itself: on a full disk one that cannot be raised must not hide the others.
        let disk = self.tell(AlarmKind::DiskLow, "disk", self.room.low_disk(usage));
        let wal = self.tell(AlarmKind::WalLong, "wal", self.room.long_wal(usage));
        let (disk, wal, damage) = (disk.await, wal.await, self.tell_of_damage().await);
        disk.and(wal).and(damage)
    }

    /// Stays open until a person closes it: a new start proves nothing.
    async fn tell_of_damage(&self) -> Result<(), StoreError> {
        let Some(damage) = self.store.damage() else {
            return Ok(());
        };
        let (kind, now) = (AlarmKind::DatabaseDamaged, self.clock.now());
        self.store.raise(None, kind, "database", damage, now).await
    }

    async fn tell(
        &self,
        kind: AlarmKind,
        subject: &str,
        cause: Option<String>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store
            .set_alarm(None, kind, subject, cause.as_deref(), now)
            .await
    }

    /// Beside the first time, when the gateway started.
    async fn share(&self) {
        loop {
            tokio::time::sleep(SHARE_PAUSE).await;
            let now = self.clock.now();
            if let Err(error) = self.store.share_assets(assets::immutable(), now).await {
                tracing::error!(%error, "other gateways may forget the files for browsers");
            }
        }
    }

    /// Looks the whole database through once: at the start that would take too long for a large one.
    async fn examine(&self) {
        let is_large = |usage: Usage| data::is_large(usage.database);
        if !self.room.usage().is_ok_and(is_large) {
            return;
        }
        if let Err(error) = self.store.examine_own(Check::PagesAndIndices).await {
            self.store.observe(&error);
            tracing::error!(%error, "the database is not sound");
        }
    }
}
