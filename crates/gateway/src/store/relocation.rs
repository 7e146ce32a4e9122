//! The move of a whole gateway from SQLite to PostgreSQL, in one transaction, which is not committed
//! before everything was read back and found equal.
//!
//! Rows go through COPY in its text form (<https://www.postgresql.org/docs/current/sql-copy.html>),
//! a line for each. The server writes a line as it is written here, so that a row is equal if its
//! line is. Neither side's rows are held in memory.

use std::path::Path;

use futures_util::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::postgres::{PgConnection, PgPoolOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{
    AnyConnection, AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Postgres,
    Row as _, Transaction, ValueRef as _,
};

use super::postgres::{FORM, SETTINGS, native_options};
use super::{Store, StoreError};
use crate::config::DatabaseUrl;

/// A table of both forms whose rows are the same in both.
struct Table {
    name: &'static str,
    /// The columns of its primary key.
    key: &'static str,
    /// All other columns.
    rest: &'static str,
}

/// Each after those that its foreign keys point to.
const TABLES: [Table; 37] = [
    Table::new("lineage", "id", "name, writes, digit"),
    Table::new("master_key", "id", "sealed"),
    Table::new("restorations", "id", "restored_at, holds_until, digit"),
    Table::new(
        "projects",
        "id",
        "name, network, test, api_key, sealed_secret, webhook_url, late_policy, window_seconds, \
         quarantine_seconds, created_at, receiver_fails, most_addition, show_description",
    ),
    Table::new("rotations", "project_id", "next_secret, ends_at"),
    Table::new("disabled_projects", "project_id", "since"),
    Table::new("operator_reviews", "project_id", ""),
    Table::new("project_currencies", "project_id, currency", ""),
    Table::new("told_events", "project_id, type", ""),
    Table::new("patient_projects", "project_id", ""),
    Table::new(
        "api_keys",
        "api_key",
        "project_id, sealed_secret, label, read_only, created_at, revoked_at",
    ),
    Table::new("key_uses", "api_key", "used_at"),
    Table::new(
        "audit_log",
        "id",
        "changed_at, actor, origin, project_id, action, subject, old, new",
    ),
    Table::new(
        "given_answers",
        "project_id, idempotency_key",
        "fingerprint, status, body, named_at",
    ),
    Table::new("logos", "name", "bytes"),
    Table::new(
        "brands",
        "project_id",
        "name, logo, color, support, theme, language",
    ),
    Table::new("origins", "project_id, origin", ""),
    Table::new(
        "addresses",
        "network, address",
        "project_id, position, watched_from, retired, blacklisted, compared_until, key_index, \
         stopped_at",
    ),
    Table::new("account_keys", "project_id", "xpub, next_index"),
    Table::new(
        "payments",
        "id",
        "project_id, network, order_id, description, status, amount, pay_amount, address, \
         success_url, fail_url, created_at, expires_at, confirmations, txid, received_amount, \
         paid_at, late, version, seen_block",
    ),
    Table::new(
        "payment_prices",
        "payment_id",
        "currency, price, rate, margin, rated_at",
    ),
    Table::new("payment_metadata", "payment_id", "metadata"),
    Table::new("cancellations", "payment_id", "actor, note, cancelled_at"),
    Table::new(
        "slots",
        "payment_id",
        "network, address, amount, held_after, held_until, released",
    ),
    Table::new(
        "transfers",
        "network, txid, log_position",
        "block, block_time, sender, recipient, amount, outcome, review_reason, payment_id, \
         detector, recorded_at, proven",
    ),
    Table::new(
        "review_actions",
        "id",
        "network, txid, log_position, action, payment_id, actor, note, acted_at",
    ),
    Table::new(
        "review_links",
        "payment_id, network, txid, log_position",
        "",
    ),
    Table::new(
        "arrivals",
        "network, txid, recipient, amount",
        "block, payment_id",
    ),
    Table::new("cursors", "network", "block, block_time"),
    Table::new(
        "webhook_events",
        "id",
        "project_id, payment_id, body, state, next_attempt_at, created_at, lease, leased_until",
    ),
    Table::new(
        "delivery_attempts",
        "event_id, number",
        "started_at, finished_at, http_status, error, answer_excerpt",
    ),
    Table::new(
        "notices",
        "id",
        "project_id, type, fact, payment_id, body, state, next_attempt_at, created_at, lease, \
         leased_until",
    ),
    Table::new(
        "notice_attempts",
        "event_id, number",
        "started_at, finished_at, http_status, error, answer_excerpt",
    ),
    Table::new(
        "tokens",
        "network",
        "paused, deprecated, fee_basis_points, maximum_fee, checked_at",
    ),
    Table::new(
        "balances",
        "network, address",
        "block, block_time, balance, checked_at, suspected_at",
    ),
    Table::new(
        "alarms",
        "id",
        "network, kind, subject, detail, raised_at, cleared_at",
    ),
    Table::new("node_requests", "network, node, day, call", "requests"),
];

/// Whose `id` the server counts up by itself.
const COUNTED: [&str; 5] = [
    "projects",
    "review_actions",
    "alarms",
    "restorations",
    "audit_log",
];

/// Of the one transaction, which waits for as long as it must, and of how bytes are written.
const PATIENCE: &str = "SELECT set_config(name, '0', true) FROM pg_settings WHERE name IN
        ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout');
    SET LOCAL bytea_output = 'hex'";

/// How many bytes go to the server at a time.
const CHUNK: usize = 1 << 18;

impl Table {
    const fn new(name: &'static str, key: &'static str, rest: &'static str) -> Self {
        Self { name, key, rest }
    }

    /// The key's come first.
    fn columns(&self) -> String {
        if self.rest.is_empty() {
            return self.key.to_owned();
        }
        format!("{}, {}", self.key, self.rest)
    }
}

/// All of a gateway in its new database, where nobody else sees it yet. Dropped without a commit, it
/// is gone there.
#[derive(Debug)]
pub struct Relocation {
    transaction: Transaction<'static, Postgres>,
    tables: Vec<(&'static str, u64)>,
}

impl Relocation {
    /// Makes the copy durable. Returns how many rows each table has. Where this fails, the server may
    /// have committed all the same.
    pub async fn commit(self) -> Result<Vec<(&'static str, u64)>, StoreError> {
        self.transaction.commit().await?;
        Ok(self.tables)
    }
}

impl Store {
    /// Copies everything to a database on a server that holds nothing of a gateway. Nothing is
    /// written here meanwhile.
    pub async fn relocate(&self, database: &DatabaseUrl) -> Result<Relocation, StoreError> {
        let mut source = self.begin().await?;
        let copied = copy(&mut source, database).await;
        source.roll_back().await?;
        copied
    }

    /// The name of the lineage that lives in a database on a server, if one does.
    pub async fn lineage_on(database: &DatabaseUrl) -> Result<Option<String>, StoreError> {
        let mut connection = native_options(database)?.connect().await?;
        let name = if has_table(&mut connection, "lineage").await? {
            sqlx::query_scalar("SELECT name FROM lineage")
                .fetch_optional(&mut connection)
                .await?
        } else {
            None
        };
        connection.close().await?;
        Ok(name)
    }

    /// The name of the lineage that lives in a file without a log, which nobody has open.
    pub async fn lineage_in(file: &Path) -> Result<String, StoreError> {
        let mut connection = SqliteConnectOptions::new()
            .filename(file)
            // Leaves nothing beside it.
            .immutable(true)
            .disable_statement_logging()
            .connect()
            .await?;
        let name = sqlx::query_scalar("SELECT name FROM lineage")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(name)
    }
}

/// Copies everything in one transaction of the server, and reads it back.
async fn copy(
    source: &mut AnyConnection,
    database: &DatabaseUrl,
) -> Result<Relocation, StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(native_options(database)?)
        .await?;
    let mut target = pool.begin().await?;
    target.execute(SETTINGS).await?;
    target.execute(PATIENCE).await?;
    for table in &TABLES {
        if has_table(&mut target, table.name).await? {
            return Err(StoreError::Taken(database.to_string()));
        }
    }
    FORM.migrations().run(&mut *target).await?;
    // What a migration has put in is here too, as it has become.
    let names = TABLES.map(|table| table.name).join(", ");
    run(&mut target, format!("TRUNCATE {names}")).await?;
    // Nobody follows the changes yet.
    target
        .execute("ALTER TABLE payments DISABLE TRIGGER USER")
        .await?;
    let mut sent = Vec::with_capacity(TABLES.len());
    for table in &TABLES {
        sent.push(send(table, source, &mut target).await?);
    }
    target
        .execute("ALTER TABLE payments ENABLE TRIGGER USER")
        .await?;
    for table in COUNTED {
        let count = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'id'),
                 coalesce(max(id), 1), max(id) IS NOT NULL) FROM {table}"
        );
        run(&mut target, count).await?;
    }
    // Without figures of its tables the server would read them whole at first.
    run(&mut target, format!("ANALYZE {names}")).await?;
    let mut tables = Vec::with_capacity(TABLES.len());
    for (table, sent) in TABLES.iter().zip(&sent) {
        if read_back(table, &mut target).await? != *sent {
            return Err(StoreError::Unequal(table.name));
        }
        tables.push((table.name, sent.rows));
    }
    Ok(Relocation {
        transaction: target,
        tables,
    })
}

/// The rows of a table, whatever their order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Rows {
    rows: u64,
    sum: u128,
}

impl Rows {
    fn add(&mut self, line: &[u8]) {
        let hash = Sha256::digest(line);
        let half = hash.iter().take(16);
        let number = half.fold(0, |number, byte| number << 8 | u128::from(*byte));
        self.rows += 1;
        self.sum = self.sum.wrapping_add(number);
    }
}

/// Sends all rows of a table.
async fn send(
    table: &Table,
    source: &mut AnyConnection,
    target: &mut PgConnection,
) -> Result<Rows, StoreError> {
    let Table { name, .. } = table;
    let columns = table.columns();
    let refused = |cause| StoreError::Refused(name, cause);
    let read = format!("SELECT {columns} FROM {name}");
    let mut rows = sqlx::query(AssertSqlSafe(read)).fetch(source);
    let write = format!("COPY {name} ({columns}) FROM STDIN");
    let mut copy = target.copy_in_raw(&write).await.map_err(refused)?;
    let mut sent = Rows::default();
    let mut chunk = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let begin = chunk.len();
        if let Err(error) = write_line(table, &row, &mut chunk) {
            // Otherwise the connection would be found in the middle of it.
            copy.abort("a row cannot be moved").await.map_err(refused)?;
            return Err(error);
        }
        sent.add(chunk.get(begin..).unwrap_or_default());
        chunk.push(b'\n');
        if chunk.len() >= CHUNK {
            copy.send(chunk.as_slice()).await.map_err(refused)?;
            chunk.clear();
        }
    }
    copy.send(chunk.as_slice()).await.map_err(refused)?;
    copy.finish().await.map_err(refused)?;
    Ok(sent)
}

/// Reads what the server holds of a table.
async fn read_back(table: &Table, target: &mut PgConnection) -> Result<Rows, StoreError> {
    let read = format!("COPY {} ({}) TO STDOUT", table.name, table.columns());
    let mut chunks = target.copy_out_raw(&read).await?;
    let mut held = Rows::default();
    let mut line = Vec::new();
    while let Some(chunk) = chunks.try_next().await? {
        for byte in chunk {
            if byte == b'\n' {
                held.add(&line);
                line.clear();
            } else {
                line.push(byte);
            }
        }
    }
    Ok(held)
}

/// Writes a row as COPY does, without the end of its line.
fn write_line(table: &Table, row: &AnyRow, line: &mut Vec<u8>) -> Result<(), StoreError> {
    for column in 0..row.len() {
        if column > 0 {
            line.push(b'\t');
        }
        match row.try_get_raw(column)?.type_info().kind() {
            AnyTypeInfoKind::Null => line.extend(br"\N"),
            AnyTypeInfoKind::Blob => {
                line.extend(br"\\x");
                for byte in row.try_get::<&[u8], _>(column)? {
                    line.extend(format!("{byte:02x}").bytes());
                }
            }
            AnyTypeInfoKind::Text => {
                let text: &str = row.try_get(column)?;
                if text.contains('\0') {
                    return Err(StoreError::Nul {
                        table: table.name,
                        key: key(table, row)?,
                        column: table
                            .columns()
                            .split(", ")
                            .nth(column)
                            .unwrap_or_default()
                            .to_owned(),
                    });
                }
                write_text(text, line);
            }
            _ => line.extend(row.try_get::<i64, _>(column)?.to_string().bytes()),
        }
    }
    Ok(())
}

fn write_text(text: &str, line: &mut Vec<u8>) {
    for byte in text.bytes() {
        let letter = match byte {
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x0b => b'v',
            b'\\' => b'\\',
            _ => {
                line.push(byte);
                continue;
            }
        };
        line.extend([b'\\', letter]);
    }
}

/// Which row it is, for people.
fn key(table: &Table, row: &AnyRow) -> Result<String, StoreError> {
    let mut parts = Vec::new();
    for (place, name) in table.key.split(", ").enumerate() {
        let value = match row.try_get_raw(place)?.type_info().kind() {
            AnyTypeInfoKind::Text => row.try_get::<&str, _>(place)?.escape_debug().to_string(),
            _ => row.try_get::<i64, _>(place)?.to_string(),
        };
        parts.push(format!("{name} {value}"));
    }
    Ok(parts.join(", "))
}

async fn has_table(connection: &mut PgConnection, name: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(name)
        .fetch_one(connection)
        .await?)
}

async fn run(connection: &mut PgConnection, statement: String) -> Result<(), StoreError> {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// By SQLite's form. A whole move, among the gateway's tests, compares all that PostgreSQL has.
    #[tokio::test]
    async fn every_column_of_the_database_is_moved() {
        let listed: BTreeSet<(String, String)> = TABLES
            .iter()
            .flat_map(|table| {
                let columns = table.columns();
                let columns = columns.split(", ").map(str::to_owned);
                columns
                    .map(|column| (table.name.to_owned(), column))
                    .collect::<Vec<_>>()
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path()).await.unwrap();
        let made: Vec<(String, String)> = sqlx::query_as(
            "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c
             WHERE t.type = 'table' AND t.name NOT IN ('_sqlx_migrations', 'changes', 'form')",
        )
        .fetch_all(&store.readers)
        .await
        .unwrap();
        assert_eq!(made.into_iter().collect::<BTreeSet<_>>(), listed);
    }

    #[test]
    fn text_is_written_as_copy_reads_it() {
        let mut line = Vec::new();
        write_text("a\tb\\N\r\n\u{8}\u{b}\u{c}\u{1b}é\u{1f600}\\.", &mut line);
        assert_eq!(
            String::from_utf8(line).unwrap(),
            "a\\tb\\\\N\\r\\n\\b\\v\\f\u{1b}é\u{1f600}\\\\."
        );
    }
}
