//! The database of the shop in docs/integrate.md, which is SQLite's whatever the gateway's is.

use std::fs;
use std::path::Path;

use super::file::open_file;

/// Makes one with orders of 50.00 for one payment, in the tables of the document's sample.
pub async fn create(file: &Path, tables: &'static str, orders: &[&str], payment: u64) {
    fs::write(file, "").unwrap();
    let mut connection = open_file(file).await;
    sqlx::raw_sql(tables)
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
