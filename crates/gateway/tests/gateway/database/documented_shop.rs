//! The database of the shops in docs/integrate.md, which is SQLite's whatever the gateway's is.

use std::fs;
use std::path::Path;

use super::file::open_file;

/// As the shops make them.
const TABLES: &str = "CREATE TABLE orders
    (id TEXT PRIMARY KEY, amount TEXT, payment_id INTEGER, paid INTEGER DEFAULT 0);
    CREATE TABLE unbooked (reason TEXT, body TEXT)";

/// Makes one with orders of 50.00 for one payment.
pub async fn create(file: &Path, orders: &[&str], payment: u64) {
    fs::write(file, "").unwrap();
    let mut connection = open_file(file).await;
    sqlx::raw_sql(TABLES)
        .execute(&mut connection)
        .await
        .unwrap();
    for order in orders {
        sqlx::query("INSERT INTO orders (id, payment_id, amount) VALUES ($1, $2, '50.00')")
            .bind(order)
            .bind(payment.cast_signed())
            .execute(&mut connection)
            .await
            .unwrap();
    }
}

/// How many orders are paid, and why the others were written down.
pub async fn books(file: &Path) -> (usize, Vec<String>) {
    let mut connection = open_file(file).await;
    let paid: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE paid = 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let reasons = sqlx::query_scalar("SELECT reason FROM unbooked ORDER BY rowid")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    (usize::try_from(paid).unwrap(), reasons)
}
