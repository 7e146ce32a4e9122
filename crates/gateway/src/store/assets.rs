//! The files for browsers, which gateways of different versions share while an update goes on. A
//! database that is a file has one gateway, and none of this.

use std::time::Duration;

use sqlx::Row as _;
use usdt_protocol::UtcTime;

use super::row::{RowExt as _, seconds};
use super::{Store, StoreError};
use crate::assets::{Asset, File};

/// A file that no gateway has had for so long is in no page any more.
const KEPT: Duration = Duration::from_hours(30 * 24);

impl Store {
    /// Puts the files that a gateway has where others find them, and forgets old ones.
    pub async fn share_assets(
        &self,
        assets: impl Iterator<Item = &Asset>,
        now: UtcTime,
    ) -> Result<(), StoreError> {
        if !self.is_shared() {
            return Ok(());
        }
        for asset in assets {
            let used = sqlx::query("UPDATE assets SET used_at = $2 WHERE name = $1")
                .bind(asset.name)
                .bind(now.millis())
                .execute(&self.writer)
                .await?;
            if used.rows_affected() > 0 {
                continue;
            }
            // Another gateway may have put it there meanwhile.
            sqlx::query(
                "INSERT INTO assets (name, etag, content_type, bytes, brotli, used_at)
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            )
            .bind(asset.name)
            .bind(asset.etag)
            .bind(asset.content_type)
            .bind(asset.bytes)
            .bind(asset.brotli)
            .bind(now.millis())
            .execute(&self.writer)
            .await?;
        }
        sqlx::query("DELETE FROM assets WHERE used_at < $1")
            .bind(now.plus_seconds(-seconds(KEPT)).millis())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// The names of all files that are there.
    pub async fn asset_names(&self) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query("SELECT name FROM assets").fetch_all(&self.readers);
        rows.await?.iter().map(|row| row.text("name")).collect()
    }

    pub async fn asset(&self, name: &str) -> Result<Option<File>, StoreError> {
        let row =
            sqlx::query("SELECT etag, content_type, bytes, brotli FROM assets WHERE name = $1")
                .bind(name)
                .fetch_optional(&self.readers)
                .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let header = |column| row.parsed(column);
        let bytes = |column| row.try_get::<Vec<u8>, _>(column);
        Ok(Some(File {
            etag: header("etag")?,
            content_type: header("content_type")?,
            bytes: bytes("bytes")?.into(),
            brotli: bytes("brotli")?.into(),
        }))
    }
}
