//! Prices in other currencies: which a project may use, and what a payment was created for.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::any::AnyRow;
use usdt_protocol::{CurrencyCode, PaymentId};

use super::audit_log::{self, Author, Change};
use super::row::{self, RowExt as _};
use super::writing::Writing;
use super::{Store, StoreError};
use crate::payments::price::{FrozenPrice, Margin, Price, Rate};
use crate::payments::{Payment, ProjectId};

const CURRENCIES: &str =
    "SELECT currency FROM project_currencies WHERE project_id = $1 ORDER BY currency";

impl Store {
    /// The currencies in which a project may price, besides USDT.
    pub async fn currencies(
        &self,
        project: ProjectId,
    ) -> Result<BTreeSet<CurrencyCode>, StoreError> {
        let codes: Vec<String> = sqlx::query_scalar(CURRENCIES)
            .bind(project)
            .fetch_all(&self.readers)
            .await?;
        let parsed = codes.iter().map(|code| code.parse());
        parsed
            .collect::<Result<_, _>>()
            .map_err(|_| StoreError::Corrupt("currency"))
    }

    /// Lets a project price in these currencies, and in no other.
    pub async fn set_currencies(
        &self,
        project: ProjectId,
        currencies: &BTreeSet<CurrencyCode>,
        by: &Author,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let before: Vec<String> = sqlx::query_scalar(CURRENCIES)
            .bind(project)
            .fetch_all(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM project_currencies WHERE project_id = $1")
            .bind(project)
            .execute(&mut *tx)
            .await?;
        for currency in currencies {
            sqlx::query("INSERT INTO project_currencies (project_id, currency) VALUES ($1, $2)")
                .bind(project)
                .bind(currency.to_string())
                .execute(&mut *tx)
                .await?;
        }
        let change = Change {
            project: Some(project),
            action: "project currencies",
            old: Some(json!(before)),
            new: Some(json!(currencies)),
            ..Change::default()
        };
        audit_log::note(&mut tx, by, change).await?;
        tx.commit().await
    }

    /// Whether a project may price in a currency.
    pub async fn may_price_in(
        &self,
        project: ProjectId,
        currency: CurrencyCode,
    ) -> Result<bool, StoreError> {
        let row =
            sqlx::query("SELECT 1 FROM project_currencies WHERE project_id = $1 AND currency = $2")
                .bind(project)
                .bind(currency.to_string())
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.is_some())
    }

    /// The payment that an order has for a price, pending or paid: it stands whatever the rate is now.
    pub async fn payment_for_price(
        &self,
        project: ProjectId,
        order_id: &str,
        price: Price,
    ) -> Result<Option<Payment>, StoreError> {
        let row = sqlx::query(
            "SELECT p.* FROM payments p JOIN payment_prices c ON c.payment_id = p.id
             WHERE p.project_id = $1 AND p.order_id = $2 AND p.status IN ('pending', 'paid')
                 AND c.currency = $3 AND c.price = $4",
        )
        .bind(project)
        .bind(order_id)
        .bind(price.currency.to_string())
        .bind(price.micro.cast_signed())
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| row::payment(&row)).transpose()
    }
}

pub(super) async fn freeze(
    tx: &mut Writing,
    payment: PaymentId,
    frozen: &FrozenPrice,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO payment_prices (payment_id, currency, price, rate, margin, rated_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row::id_to_db(payment))
    .bind(frozen.price.currency.to_string())
    .bind(frozen.price.micro.cast_signed())
    .bind(frozen.rate.units().cast_signed())
    .bind(i64::from(frozen.margin.hundredths()))
    .bind(frozen.rated_at.millis())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

pub(super) async fn price_in(
    tx: &mut Writing,
    payment: PaymentId,
) -> Result<Option<FrozenPrice>, StoreError> {
    let row = sqlx::query(
        "SELECT currency, price, rate, margin, rated_at FROM payment_prices WHERE payment_id = $1",
    )
    .bind(row::id_to_db(payment))
    .fetch_optional(&mut **tx)
    .await?;
    row.map_or(Ok(None), |row| frozen(&row))
}

/// The price of a row that may have none.
pub(super) fn frozen(row: &AnyRow) -> Result<Option<FrozenPrice>, StoreError> {
    let corrupt = || StoreError::Corrupt("price");
    let Some(currency) = row.optional_text("currency")? else {
        return Ok(None);
    };
    let whole = |column| u64::try_from(row.integer(column)?).map_err(|_| corrupt());
    let margin = u16::try_from(row.integer("margin")?).map_err(|_| corrupt())?;
    Ok(Some(FrozenPrice {
        price: Price {
            micro: whole("price")?,
            currency: currency.parse().map_err(|_| corrupt())?,
        },
        rate: Rate::from_units(whole("rate")?.into()).map_err(|_| corrupt())?,
        margin: Margin::from_hundredths(margin).map_err(|_| corrupt())?,
        rated_at: row.time("rated_at")?,
    }))
}
