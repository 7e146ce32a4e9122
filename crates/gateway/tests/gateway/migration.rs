//! A database of an older version keeps its payments, its slots and its history.

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use usdt_gateway::store::Store;
use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};
use usdt_tron::{Network, Transfer};

use crate::test_gateway::count;

const ADDRESS: TronAddress = TronAddress::from_bytes([1; 20]);

/// The chain is read up to this block and time.
const BLOCK: u64 = 60_000_000;
const NOW: i64 = 1_782_928_800_000;

/// The IDs of a payment whose quarantine is over, and of a live one with the same amount.
const OLD: i64 = (1 << 40) + 1;
const LIVE: i64 = (1 << 40) + 2;

#[tokio::test]
async fn payments_that_are_open_at_the_update_are_paid_after_it() {
    for ids in [[OLD, LIVE], [LIVE, OLD]] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gateway.sqlite");
        fill(&file, ids).await;
        let store = Store::open(folder.path()).await.unwrap();
        // Known from before: one that paid, one in review, and where it came from.
        let kept = "SELECT count(*) FROM transfers WHERE detector = 'watcher'";
        assert_eq!(count(&file, kept).await, 2);
        let transfer = Transfer {
            txid: Txid::from_bytes([9; 32]),
            log_position: 0,
            block: BLOCK + 1,
            block_time: UtcTime::from_millis(NOW + 3_000),
            from: TronAddress::from_bytes([7; 20]),
            to: ADDRESS,
            amount: Usdt::from_micro(50_013_400),
        };
        let to = BLOCK + 1;
        let recorded = store
            .record(Network::Simulated, &[transfer], to, None, UtcTime::EPOCH)
            .await
            .unwrap();
        let credited: Vec<i64> = recorded
            .credited
            .iter()
            .map(|id| id.get().cast_signed())
            .collect();
        assert_eq!(credited, [ids[1]]);
    }
}

/// Writes what the first version would have: `ids` are those of the old and of the live payment.
async fn fill(file: &std::path::Path, [old, live]: [i64; 2]) {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true);
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::migrate!().run_to(1, &mut database).await.unwrap();
    sqlx::raw_sql(
        "INSERT INTO projects (id, name, network, test, api_key, sealed_secret, late_policy,
             window_seconds, quarantine_seconds, created_at)
         VALUES (1, 'Shop', 'simulated', 1, 'pk_test_1', x'00', 'accept', 900, 3600, 1)",
    )
    .execute(&mut database)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO addresses (network, address, project_id, position)
         VALUES ('simulated', ?, 1, 0)",
    )
    .bind(ADDRESS.to_string())
    .execute(&mut database)
    .await
    .unwrap();
    sqlx::query("INSERT INTO cursors (network, block, block_time) VALUES ('simulated', ?, ?)")
        .bind(BLOCK.cast_signed())
        .bind(NOW)
        .execute(&mut database)
        .await
        .unwrap();
    let hour = 3_600_000;
    for (id, held_from, status) in [
        (old, NOW - 48 * hour, "expired"),
        (live, NOW - 60_000, "pending"),
    ] {
        sqlx::query(
            "INSERT INTO payments (id, project_id, network, order_id, status, amount, pay_amount,
                 address, created_at, expires_at)
             VALUES (?1, 1, 'simulated', 'ORDER_' || ?1, ?2, 50000000, 50013400, ?3, ?4, ?5)",
        )
        .bind(id)
        .bind(status)
        .bind(ADDRESS.to_string())
        .bind(held_from)
        .bind(held_from + hour)
        .execute(&mut database)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO slots (payment_id, network, address, amount, held_from, held_until,
                 released)
             VALUES (?1, 'simulated', ?2, 50013400, ?3, ?4, ?5)",
        )
        .bind(id)
        .bind(ADDRESS.to_string())
        .bind(held_from)
        .bind(held_from + 2 * hour)
        .bind(status == "expired")
        .execute(&mut database)
        .await
        .unwrap();
    }
    for (txid, outcome, reason) in [("aa", "credited", None), ("bb", "review", Some("no_match"))] {
        sqlx::query(
            "INSERT INTO transfers (network, txid, log_position, block, block_time, sender,
                 recipient, amount, outcome, review_reason, payment_id, recorded_at)
             VALUES ('simulated', ?1, 0, 1, 1, 'T', ?2, 1, ?3, ?4,
                 CASE WHEN ?4 IS NULL THEN ?5 END, 1)",
        )
        .bind(txid)
        .bind(ADDRESS.to_string())
        .bind(outcome)
        .bind(reason)
        .bind(old)
        .execute(&mut database)
        .await
        .unwrap();
    }
    database.close().await.unwrap();
}
