//! What other versions of the gateway make of a database.

use std::borrow::Cow;

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use usdt_gateway::store::Form;

use super::Database;
use super::connection::Connection;

/// Leaves the database as it was for who does not know it.
pub const ADDS: (i64, &str) = (9_001, "ALTER TABLE projects ADD COLUMN motto TEXT");

/// Needs that everybody knows it.
pub const TAKES_AWAY: (i64, &str) = (
    9_002,
    "ALTER TABLE projects DROP COLUMN motto; UPDATE form SET lowest = 9002",
);

/// How many migrations of PostgreSQL this version has, and the newest of them.
pub fn ours() -> (i64, i64) {
    let ours = sqlx::migrate!("migrations/postgres");
    let newest = ours.iter().map(|one| one.version).max().unwrap();
    (i64::try_from(ours.iter().count()).unwrap(), newest)
}

/// A later version, with further migrations of PostgreSQL, which needs that programs know `lowest`.
pub fn later(further: &[(i64, &'static str)], lowest: i64) -> Form {
    let ours = sqlx::migrate!("migrations/postgres");
    let further = further.iter().map(|(number, sql)| {
        let sql = SqlStr::from_static(sql);
        Migration::new(
            *number,
            Cow::Borrowed("later"),
            MigrationType::Simple,
            sql,
            false,
        )
    });
    let all = ours.iter().cloned().chain(further).collect();
    Form::new(Migrator::with_migrations(all), lowest)
}

/// A table that somebody holds until it is dropped.
pub struct HeldTable(Connection);

impl HeldTable {
    pub async fn release(mut self) {
        sqlx::query("COMMIT").execute(&mut self.0).await.unwrap();
    }
}

impl Database {
    /// As a dump does it.
    pub async fn hold_projects(&self) -> HeldTable {
        let mut connection = self.connect().await;
        sqlx::raw_sql("BEGIN; LOCK TABLE projects IN ACCESS SHARE MODE")
            .execute(&mut connection)
            .await
            .unwrap();
        HeldTable(connection)
    }

    /// As if a version that is not known yet had brought it up to date.
    pub async fn add_unknown_migration(&self) {
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'unknown', TRUE, $1, 0)",
        )
        .bind(vec![0_u8; 48])
        .execute(&mut self.connect().await)
        .await
        .unwrap();
    }

    /// And had taken away what versions before it need.
    pub async fn require_unknown_migration(&self) {
        self.execute("UPDATE form SET lowest = 9999").await;
    }

    /// A file that a version has which is not known yet, in a database on a server.
    pub async fn add_asset(&self, name: &str, content_type: &str, bytes: &[u8], brotli: &[u8]) {
        sqlx::query(
            "INSERT INTO assets (name, etag, content_type, bytes, brotli, used_at)
             VALUES ($1, $2, $3, $4, $5, 0)",
        )
        .bind(name)
        .bind(format!("W/\"{name}\""))
        .bind(content_type)
        .bind(bytes)
        .bind(brotli)
        .execute(&mut self.connect().await)
        .await
        .unwrap();
    }

    pub async fn has_asset(&self, name: &str) -> bool {
        let sql = "SELECT count(*) FROM assets WHERE name = $1";
        self.number_of(sql, name).await > 0
    }

    /// What the test asks for is not among what was there before.
    pub async fn forget_assets(&self) {
        self.execute("DELETE FROM assets").await;
    }
}
