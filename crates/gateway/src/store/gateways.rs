//! The gateways that work on one PostgreSQL. Each tells of itself once a second, behind nobody who waits for
//! a lock. All times are of the database's clock.

use std::time::Duration;

use usdt_protocol::UtcTime;

use super::dialect::Dialect;
use super::row::RowExt as _;
use super::{Store, StoreError};

/// Who has not told of itself for so long does not run.
const SILENT_AFTER: Duration = Duration::from_secs(10);

/// And is forgotten after a day.
const FORGOTTEN_AFTER_MILLIS: i64 = 86_400_000;

/// What a gateway tells of itself.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Drawn at each start.
    pub id: String,
    pub host: String,
}

/// What a gateway learns when it tells of itself.
#[derive(Clone, Copy, Debug)]
pub struct Beat {
    /// How many gateways run, this one among them.
    pub running: u32,
    /// The database's clock.
    pub time: UtcTime,
}

/// A gateway that runs, or did.
#[derive(Clone, Debug)]
pub struct Gateway {
    pub id: String,
    pub host: String,
    pub version: String,
    pub started_at: UtcTime,
    /// How long ago it told of itself.
    pub age: Duration,
}

impl Gateway {
    pub fn runs(&self) -> bool {
        self.age <= SILENT_AFTER
    }
}

impl Store {
    /// Whether several gateways can work on the database at once.
    pub const fn is_shared(&self) -> bool {
        matches!(self.dialect, Dialect::Postgres)
    }

    /// The time by the database's clock.
    pub async fn time(&self) -> Result<UtcTime, StoreError> {
        sqlx::query("SELECT clock_millis() AS now")
            .fetch_one(&self.readers)
            .await?
            .time("now")
    }

    /// Tells that a gateway runs, and counts those that do.
    pub async fn beat(&self, me: &Identity) -> Result<Beat, StoreError> {
        let row = sqlx::query(
            "INSERT INTO gateways (id, host, version, started_at, beat)
             SELECT $1, $2, $3, now, now FROM
                 (SELECT clock_millis() AS now) clock
             ON CONFLICT (id) DO UPDATE SET beat = excluded.beat
             RETURNING beat",
        )
        .bind(&me.id)
        .bind(&me.host)
        .bind(env!("CARGO_PKG_VERSION"))
        .fetch_one(&self.readers)
        .await?;
        let time = row.time("beat")?;
        sqlx::query("DELETE FROM gateways WHERE beat < $1")
            .bind(time.millis() - FORGOTTEN_AFTER_MILLIS)
            .execute(&self.readers)
            .await?;
        let running = self
            .gateways()
            .await?
            .iter()
            .filter(|one| one.runs())
            .count();
        Ok(Beat {
            running: u32::try_from(running).unwrap_or(u32::MAX).max(1),
            time,
        })
    }

    /// Forgets a gateway that ends.
    pub async fn leave(&self, me: &Identity) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM gateways WHERE id = $1")
            .bind(&me.id)
            .execute(&self.readers)
            .await?;
        Ok(())
    }

    /// The gateways that run or did lately, the oldest first.
    pub async fn gateways(&self) -> Result<Vec<Gateway>, StoreError> {
        sqlx::query(
            "SELECT id, host, version, started_at,
                 clock_millis() - beat AS age
             FROM gateways ORDER BY started_at, id",
        )
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            let age = u64::try_from(row.integer("age")?).unwrap_or(0);
            Ok(Gateway {
                id: row.text("id")?,
                host: row.text("host")?,
                version: row.text("version")?,
                started_at: row.time("started_at")?,
                age: Duration::from_millis(age),
            })
        })
        .collect()
    }
}
