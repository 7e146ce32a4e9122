//! A database that is a file, filled with all that there can be, and compared with one on a server;
//! and a server on which a move gets stuck.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _};

use super::connection::{Connection, file, open};
use super::file::open_file;

/// Of each table the columns, by name, and the rows, each value as text.
pub type Contents = BTreeMap<String, (Vec<String>, BTreeSet<Vec<Option<String>>>)>;

/// Every state that there is, beside two projects that are there already.
const EVERYTHING: &str = r#"
    INSERT INTO restorations (id, restored_at, holds_until, digit) VALUES (3, 1, 2, 6), (7, 3, 4, 9);
    UPDATE projects SET name = 'Müller' || char(9) || '& Söhne \N 😀', receiver_fails = 1,
        webhook_url = 'https://shop.example/hook', show_description = 1, most_addition = 999900,
        late_policy = 'review' WHERE id = 2;
    INSERT INTO rotations VALUES (2, x'00ff', 9);
    INSERT INTO disabled_projects VALUES (2, 8);
    INSERT INTO api_keys VALUES ('pk_1', 1, x'5c00', 'Büro' || char(9), 1, 3, NULL),
        ('pk_2', 2, x'', '', 0, 3, 4);
    INSERT INTO key_uses VALUES ('pk_1', 5);
    INSERT INTO audit_log VALUES (3, 1, 'root', 'command', NULL, 'alarm clear', NULL, '{}', NULL),
        (8, 2, 'root', 'command', 2, 'project set', 'T', NULL, '{"a":"\n"}');
    INSERT INTO logos VALUES ('0.png', x'00ff0a5c097f80'), ('empty.svg', x'');
    INSERT INTO brands VALUES (1, 'Shop', '0.png', '#123456', 'https://shop.example', 'dark', 'de'),
        (2, NULL, NULL, NULL, NULL, NULL, NULL);
    INSERT INTO origins VALUES (2, 'https://shop.example');
    INSERT INTO addresses (network, address, project_id, position, watched_from, retired,
        blacklisted, compared_until, key_index, stopped_at)
        VALUES ('simulated', 'T1', 2, 10, 5, 1, 0, 6, 0, NULL),
        ('simulated', 'T2', 2, 11, 5, 0, 1, NULL, 1, 7);
    INSERT INTO account_keys VALUES (2, 'xpub', 2);
    INSERT INTO payments (id, project_id, network, order_id, description, status, amount, pay_amount,
        address, success_url, fail_url, created_at, expires_at, confirmations, txid,
        received_amount, paid_at, late, version, seen_block)
        VALUES
        (1099511627777, 1, 'simulated', 'pending', 'a' || char(10) || 'b' || char(13) || '\.',
            'pending', 50000000, 50012300, 'T1', 'https://s', 'https://f', 1, 2, 0, NULL, NULL,
            NULL, 0, 1, NULL),
        (1099511627778, 1, 'simulated', 'seen', '', 'pending', 1, 2, 'T1', NULL, NULL, 1, 2, 7, 'aa',
            NULL, NULL, 0, 2, 100),
        (1099511627779, 1, 'simulated', 'paid', NULL, 'paid', 1000000000000000, 1000000000099900,
            'T1', NULL, NULL, 1, 2, 19, 'bb', 1000000000099900, 2, 0, 3, NULL),
        (1099511627780, 2, 'simulated', 'late', '\', 'paid', 3, 4, 'T2', NULL, NULL, 1, 2, 19, 'cc', 3,
            9, 1, 4, NULL),
        (1099511627781, 2, 'simulated', 'expired', 'x', 'expired', 3, 4, 'T2', NULL, NULL, -1, 2, 0,
            NULL, NULL, NULL, 0, 2, NULL),
        (9223372036854775807, 2, 'simulated', 'failed', NULL, 'failed', 3, 4, 'T2', NULL, NULL, 1,
            2, 0, NULL, NULL, NULL, 0, 2, NULL);
    INSERT INTO slots (payment_id, network, address, amount, held_after, held_until, released)
        SELECT id, network, address, pay_amount, 3, 4, status = 'paid' OR id > 1099511627780
        FROM payments;
    INSERT INTO cancellations VALUES (9223372036854775807, 'key pk_1 of project 1 (maria)', 'abandoned', 3);
    INSERT INTO operator_reviews VALUES (2);
    INSERT INTO project_currencies VALUES (2, 'EUR');
    INSERT INTO payment_prices VALUES (9223372036854775807, 'EUR', 49900000, 1085000000000, 150, 3);
    INSERT INTO given_answers VALUES (2, 'try \1', 'ab', 200, '{"a":\t"\\N"}', 3);
    INSERT INTO transfers (network, txid, log_position, block, block_time, sender, recipient, amount,
        outcome, review_reason, payment_id, detector, recorded_at)
        VALUES
        ('simulated', 'bb', 0, 1, 2, 'S', 'T1', 1000000000099900, 'credited', NULL, 1099511627779,
            'watcher', 3),
        ('simulated', 'cc', 0, 1, 2, 'S', 'T2', 3, 'credited', 'late', 1099511627780, 'indexer', 3),
        ('simulated', 'cc', 1, 1, 2, 'S', 'T2', 1, 'added', 'short', 1099511627780, 'claim', 3),
        ('simulated', 'dd', 0, 1, 2, 'S', 'T2', -1, 'review', 'no_match', NULL, 'watcher', 3),
        ('simulated', 'dd', 1, 1, 2, 'S', 'T2', -9223372036854775808, 'review', 'no_match', NULL,
            'watcher', 3),
        ('simulated', 'ee', 0, 1, 2, 'S', 'T2', 9223372036854775807, 'dismissed', 'dust', NULL,
            'watcher', 3);
    UPDATE transfers SET proven = 0 WHERE txid = 'dd';
    UPDATE transfers SET proven = 1 WHERE txid = 'cc';
    INSERT INTO review_actions VALUES
        (5, 'simulated', 'cc', 1, 'accept', 1099511627780, 'root', 'the rest', 4),
        (9, 'simulated', 'ee', 0, 'dismiss', NULL, 'root', NULL, 4);
    INSERT INTO review_links VALUES (1099511627777, 'simulated', 'dd', 0),
        (1099511627781, 'simulated', 'dd', 0);
    INSERT INTO arrivals VALUES ('simulated', 'ff', 'T1', -1, 8, NULL),
        ('simulated', 'ff', 'T1', 50012299, 8, 1099511627777);
    INSERT INTO cursors VALUES ('simulated', 60000000, 1782928800000);
    INSERT INTO webhook_events VALUES
        ('evt_1', 1, 1099511627777, '{}', 'pending', 0, 1, -5, 9),
        ('evt_2', 1, 1099511627778, '{}', 'pending', 9, 1, NULL, NULL),
        ('evt_3', 1, 1099511627779, '{"a":"\n\\"}', 'delivered', NULL, 1, NULL, NULL),
        ('evt_4', 2, 1099511627780, '{}', 'failed', NULL, 1, NULL, NULL),
        ('evt_5', 2, 1099511627781, '{}', 'no_url', NULL, 1, NULL, NULL);
    INSERT INTO delivery_attempts VALUES ('evt_2', 1, 1, 2, NULL, 'no route', NULL),
        ('evt_3', 1, 1, 2, 200, NULL, 'ok'), ('evt_4', 1, 1, 2, 500, 'refused', '');
    INSERT INTO payment_metadata VALUES (1099511627777, '{"a":"\u0000"}');
    INSERT INTO told_events VALUES (1, 'payment.expired'), (1, 'payment.seen'), (2, 'payment.seen');
    INSERT INTO patient_projects VALUES (2);
    INSERT INTO notices VALUES
        ('evt_6', 1, 'payment.expired', '1099511627777', 1099511627777, '{}', 'pending', 0, 1, 5, 9),
        ('evt_7', 2, 'payment.review', 'simulated/dd:0', NULL, '{}', 'failed', NULL, 1, NULL, NULL);
    INSERT INTO notice_attempts VALUES ('evt_7', 1, 1, 2, 500, 'refused', 'no');
    INSERT INTO tokens VALUES ('simulated', 0, 1, 20, 20000000, 3);
    INSERT INTO balances VALUES ('simulated', 'T1', 1, 2, -1, 3, NULL),
        ('simulated', 'T2', 1, 2, 0, 3, 4);
    INSERT INTO alarms VALUES (4, 'simulated', 'paused', 'T', 'it is', 1, NULL),
        (11, 'simulated', 'paused', 'T', 'it was', 1, 2);
    INSERT INTO node_requests VALUES ('simulated', 'http://node', 20000, 'logs', 12)
"#;

/// Puts every state there is into the file of a data folder.
pub async fn fill(data: &Path) {
    change(data, EVERYTHING).await;
}

/// A slot of a payment that does not exist, or no more.
pub async fn set_orphan(data: &Path, exists: bool) {
    change(
        data,
        if exists {
            "PRAGMA foreign_keys = OFF;
             INSERT INTO slots (payment_id, network, address, amount, held_until)
                 VALUES (5, 'simulated', 'T1', 9, 9)"
        } else {
            "DELETE FROM slots WHERE payment_id = 5"
        },
    )
    .await;
}

/// A character in a note that PostgreSQL does not take, or another one.
pub async fn set_nul(data: &Path, exists: bool) {
    change(
        data,
        if exists {
            "UPDATE review_actions SET note = 'a' || char(0) || 'b' WHERE id = 9"
        } else {
            "UPDATE review_actions SET note = NULL WHERE id = 9"
        },
    )
    .await;
}

async fn change(data: &Path, sql: &'static str) {
    let mut database = open_file(&file(data)).await;
    sqlx::raw_sql(sql).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
}

/// All that a file holds.
pub async fn contents_of_file(file: &Path) -> Contents {
    let mut database = open_file(file).await;
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT t.name, c.name, iif(c.type = 'BLOB',
             'CASE WHEN ' || c.name || ' IS NOT NULL THEN lower(hex(' || c.name || ')) END',
             'CAST(' || c.name || ' AS TEXT)')
         FROM sqlite_master t, pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT IN ('_sqlx_migrations', 'changes', 'form')
         ORDER BY t.name, c.name",
    )
    .fetch_all(&mut database)
    .await
    .unwrap();
    let mut contents = Contents::new();
    for (table, (names, query)) in queries(columns) {
        let rows = sqlx::query(AssertSqlSafe(query)).fetch_all(&mut database);
        let rows = rows.await.unwrap().into_iter().map(|row| values(&row));
        contents.insert(table, (names, rows.collect()));
    }
    database.close().await.unwrap();
    contents
}

/// All that the database on a server holds which is that of a data folder.
pub async fn contents_on_server(data: &Path) -> Contents {
    let mut database = open(data).await;
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT CAST(table_name AS text), CAST(column_name AS text),
             CASE data_type WHEN 'bytea' THEN 'encode(' || column_name || ', ''hex'')'
                 ELSE 'CAST(' || column_name || ' AS text)' END
         FROM information_schema.columns
         WHERE table_schema = 'public'
             AND table_name NOT IN (
                 '_sqlx_migrations', 'assets', 'changes', 'form', 'gateways', 'leaders')
         ORDER BY 1, 2",
    )
    .fetch_all(&mut database)
    .await
    .unwrap();
    let mut contents = Contents::new();
    for (table, (names, query)) in queries(columns) {
        let rows = sqlx::query(AssertSqlSafe(query)).fetch_all(&mut database);
        let rows = rows.await.unwrap().into_iter().map(|row| values(&row));
        contents.insert(table, (names, rows.collect()));
    }
    database.close().await.unwrap();
    contents
}

/// For each table its columns and the query for them, of triples of table, column and expression.
fn queries(columns: Vec<(String, String, String)>) -> BTreeMap<String, (Vec<String>, String)> {
    let mut tables: BTreeMap<String, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for (table, name, expression) in columns {
        let (names, expressions) = tables.entry(table).or_default();
        names.push(name);
        expressions.push(expression);
    }
    let query = |(table, (names, expressions)): (String, (Vec<String>, Vec<String>))| {
        let query = format!("SELECT {} FROM {table}", expressions.join(", "));
        (table, (names, query))
    };
    tables.into_iter().map(query).collect()
}

fn values<R: sqlx::Row>(row: &R) -> Vec<Option<String>>
where
    usize: sqlx::ColumnIndex<R>,
    for<'r> Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    (0..row.len()).map(|column| row.get(column)).collect()
}

/// A server on which a move gets stuck before its end, until this is dropped.
pub struct Stuck(Connection);

impl Stuck {
    /// With the figures of all tables locked, which a move writes anew.
    pub async fn make(data: &Path) -> Self {
        let mut connection = open(data).await;
        sqlx::raw_sql("BEGIN; LOCK TABLE pg_statistic IN ACCESS EXCLUSIVE MODE")
            .execute(&mut connection)
            .await
            .unwrap();
        Self(connection)
    }

    /// Returns once somebody waits.
    pub async fn wait_for_another(&mut self) {
        loop {
            let waiting: i64 = sqlx::query_scalar(
                "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                 WHERE d.datname = current_database() AND NOT l.granted",
            )
            .fetch_one(&mut self.0)
            .await
            .unwrap();
            if waiting > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn release(mut self) {
        sqlx::raw_sql("ROLLBACK")
            .execute(&mut self.0)
            .await
            .unwrap();
    }
}
