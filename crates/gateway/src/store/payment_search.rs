//! Payments as an operator looks for them: by whatever somebody has of one, or in order of time.

use usdt_protocol::{PaymentId, PaymentStatus, TronAddress, Txid, Usdt, UtcTime};

use super::row;
use super::{Store, StoreError};
use crate::payments::{Payment, ProjectId};

/// Which payments are listed: those for which all holds that is set.
#[derive(Clone, Copy, Debug, Default)]
pub struct PaymentsFilter {
    pub project: Option<ProjectId>,
    pub status: Option<PaymentStatus>,
    /// Created in this time, the end of which is not part of it.
    pub time: Option<(UtcTime, UtcTime)>,
}

/// Payments for which all holds that is set in a filter, and the rest of a statement.
macro_rules! payments {
    ($rest:literal) => {
        concat!(
            "SELECT * FROM payments
             WHERE ($1 IS NULL OR project_id = $1) AND ($2 IS NULL OR status = $2)
                 AND created_at >= $3 AND created_at < $4 ",
            $rest
        )
    };
}

impl PaymentsFilter {
    fn status(self) -> Option<&'static str> {
        self.status.map(PaymentStatus::as_str)
    }

    fn time(self) -> (i64, i64) {
        self.time
            .map_or((0, i64::MAX), |(from, to)| (from.millis(), to.millis()))
    }
}

impl Store {
    /// The payments of which `text` is the ID, the order, an amount, the address, or the ID of a
    /// transaction that has paid it or was taken for it; the newest first.
    pub async fn find_payments(
        &self,
        text: &str,
        at_most: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        let id = text.parse::<PaymentId>().ok();
        let txid = text.parse::<Txid>().ok();
        let address = text.parse::<TronAddress>().ok();
        let amount = text.parse::<Usdt>().ok();
        sqlx::query(
            "SELECT * FROM payments
             WHERE order_id = $1 OR id = $2 OR txid = $3 OR address = $4
                 OR amount = $5 OR pay_amount = $5 OR received_amount = $5
                 OR id IN (SELECT payment_id FROM transfers WHERE txid = $3)
             ORDER BY created_at DESC, id DESC LIMIT $6",
        )
        .bind(text)
        .bind(id.map(row::id_to_db))
        .bind(txid.map(|txid| txid.to_string()))
        .bind(address.map(|address| address.to_string()))
        .bind(amount.map(row::amount_to_db))
        .bind(i64::from(at_most))
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(row::payment)
        .collect()
    }

    /// The newest payments, the last one first.
    pub async fn newest_payments(
        &self,
        filter: PaymentsFilter,
        at_most: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        let (from, to) = filter.time();
        sqlx::query(payments!("ORDER BY created_at DESC, id DESC LIMIT $5"))
            .bind(filter.project)
            .bind(filter.status())
            .bind(from)
            .bind(to)
            .bind(i64::from(at_most))
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(row::payment)
            .collect()
    }

    /// Some payments behind another one, in the order of their time; the first ones behind `None`.
    pub async fn payments_behind(
        &self,
        filter: PaymentsFilter,
        last: Option<&Payment>,
        at_most: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        let (from, to) = filter.time();
        sqlx::query(payments!(
            "AND (created_at > $5 OR (created_at = $5 AND id > $6)) ORDER BY created_at, id LIMIT $7"
        ))
        .bind(filter.project)
        .bind(filter.status())
        .bind(from)
        .bind(to)
        .bind(last.map_or(-1, |last| last.created_at.millis()))
        .bind(last.map_or(0, |last| row::id_to_db(last.id)))
        .bind(i64::from(at_most))
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(row::payment)
        .collect()
    }
}
