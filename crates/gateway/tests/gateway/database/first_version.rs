//! A database as the first version of the gateway has left it, which was SQLite's.

use std::fs;
use std::path::Path;

use sqlx::Connection as _;
use usdt_protocol::{TronAddress, UtcTime};

use super::connection::file;
use super::file::{FileConnection, open_file};

/// What an open payment and one whose quarantine is over have in common.
pub struct Contents {
    pub address: TronAddress,
    /// In micro-USDT.
    pub pay_amount: i64,
    /// The block and the time up to which the chain is read.
    pub block: u64,
    pub now: UtcTime,
    pub old_id: i64,
    pub live_id: i64,
}

/// How many changes of the schema there are by now.
pub fn all_migrations() -> i64 {
    i64::try_from(sqlx::migrate!("migrations/sqlite").iter().count()).unwrap()
}

/// An empty one.
pub async fn create(data: &Path) {
    migrated(data).await.close().await.unwrap();
}

async fn migrated(data: &Path) -> FileConnection {
    fs::write(file(data), "").unwrap();
    let mut database = open_file(&file(data)).await;
    sqlx::migrate!("migrations/sqlite")
        .run_to(1, &mut database)
        .await
        .unwrap();
    database
}

/// One with the two payments, a transfer that has paid the old one and one in review.
pub async fn create_with(data: &Path, contents: &Contents) {
    let mut database = migrated(data).await;
    let address = contents.address.to_string();
    sqlx::query(
        "INSERT INTO projects (id, name, network, test, api_key, sealed_secret, late_policy,
             window_seconds, quarantine_seconds, created_at)
         VALUES (1, 'Shop', 'simulated', 1, 'pk_test_1', x'00', 'accept', 900, 3600, 1)",
    )
    .execute(&mut database)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO addresses (network, address, project_id, position)
         VALUES ('simulated', $1, 1, 0)",
    )
    .bind(&address)
    .execute(&mut database)
    .await
    .unwrap();
    let now = contents.now.millis();
    sqlx::query("INSERT INTO cursors (network, block, block_time) VALUES ('simulated', $1, $2)")
        .bind(contents.block.cast_signed())
        .bind(now)
        .execute(&mut database)
        .await
        .unwrap();
    let hour = 3_600_000;
    for (id, held_from, status) in [
        (contents.old_id, now - 48 * hour, "expired"),
        (contents.live_id, now - 60_000, "pending"),
    ] {
        sqlx::query(
            "INSERT INTO payments (id, project_id, network, order_id, status, amount, pay_amount,
                 address, created_at, expires_at)
             VALUES ($1, 1, 'simulated', 'ORDER_' || $1, $2, 50000000, $3, $4, $5, $6)",
        )
        .bind(id)
        .bind(status)
        .bind(contents.pay_amount)
        .bind(&address)
        .bind(held_from)
        .bind(held_from + hour)
        .execute(&mut database)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO slots (payment_id, network, address, amount, held_from, held_until,
                 released)
             VALUES ($1, 'simulated', $2, $3, $4, $5, $6)",
        )
        .bind(id)
        .bind(&address)
        .bind(contents.pay_amount)
        .bind(held_from)
        .bind(held_from + 2 * hour)
        .bind(i64::from(status == "expired"))
        .execute(&mut database)
        .await
        .unwrap();
    }
    for (txid, outcome, reason, paid) in [
        ("aa", "credited", None, Some(contents.old_id)),
        ("bb", "review", Some("no_match"), None),
    ] {
        sqlx::query(
            "INSERT INTO transfers (network, txid, log_position, block, block_time, sender,
                 recipient, amount, outcome, review_reason, payment_id, recorded_at)
             VALUES ('simulated', $1, 0, 1, 1, 'T', $2, 1, $3, $4, $5, 1)",
        )
        .bind(txid)
        .bind(&address)
        .bind(outcome)
        .bind(reason)
        .bind(paid)
        .execute(&mut database)
        .await
        .unwrap();
    }
    database.close().await.unwrap();
}
