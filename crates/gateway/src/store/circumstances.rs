//! What is told of a payment besides itself, read at one moment: money that moves from one part of
//! it to another is in exactly one of them.

use sqlx::any::AnyRow;
use usdt_protocol::{Unmatched, Usdt};

use super::prices;
use super::row::{self, RowExt as _};
use super::{Store, StoreError};
use crate::payments::{Circumstances, Payment};

impl Store {
    /// What has come in for a payment and waits for review, what is on its way, and whether its
    /// payer sees what it is for. How late the chain is read, the database does not know.
    pub async fn circumstances(&self, payment: &Payment) -> Result<Circumstances, StoreError> {
        let rows = sqlx::query(
            "SELECT j.show_description, m.amount, m.txid, m.is_final,
                 c.currency, c.price, c.rate, c.margin, c.rated_at
             FROM projects j LEFT JOIN payment_prices c ON c.payment_id = $1 LEFT JOIN (
                 SELECT t.amount, t.txid, 1 AS is_final, t.block, t.log_position AS place
                 FROM review_links l JOIN transfers t USING (network, txid, log_position)
                 WHERE l.payment_id = $1 AND t.outcome = 'review'
                 UNION ALL
                 SELECT amount, txid, 0, block, 0 FROM arrivals WHERE payment_id = $1) m ON 1 = 1
             WHERE j.id = $2
             ORDER BY m.block, m.txid, m.place",
        )
        .bind(row::id_to_db(payment.id))
        .bind(payment.project_id)
        .fetch_all(&self.readers)
        .await?;
        let mut told = Circumstances::default();
        for row in &rows {
            told.shows_description = row.flag("show_description")?;
            told.price = prices::frozen(row)?;
            let part = match row.optional_integer("is_final")? {
                None => continue,
                Some(0) => &mut told.arriving,
                Some(_) => &mut told.unmatched,
            };
            add(part, row)?;
        }
        // Once a payment is paid, what comes on top is for a person to look at.
        told.arriving = told.arriving.filter(|_| payment.is_open());
        Ok(told)
    }
}

/// Adds a transfer to those before it.
fn add(part: &mut Option<Unmatched>, row: &AnyRow) -> Result<(), StoreError> {
    let before = part.map_or(0, |before| before.amount.micro());
    let sum = before.saturating_add(row.amount("amount")?.micro());
    *part = Some(Unmatched {
        amount: Usdt::from_micro(sum),
        txid: row.parsed("txid")?,
    });
    Ok(())
}
