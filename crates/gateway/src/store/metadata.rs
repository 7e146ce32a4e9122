//! What merchants keep with their payments for themselves. It never changes.

use sqlx::any::AnyExecutor;
use usdt_protocol::PaymentId;

use super::row::{self, RowExt as _};
use super::writing::Writing;
use super::{Store, StoreError};
use crate::payments::metadata::Metadata;

impl Store {
    pub async fn metadata(&self, payment: PaymentId) -> Result<Option<Metadata>, StoreError> {
        read(&self.readers, payment).await
    }
}

pub(super) async fn insert(
    tx: &mut Writing,
    payment: PaymentId,
    metadata: &Metadata,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO payment_metadata (payment_id, metadata) VALUES ($1, $2)")
        .bind(row::id_to_db(payment))
        .bind(metadata.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub(super) async fn read(
    database: impl AnyExecutor<'_>,
    payment: PaymentId,
) -> Result<Option<Metadata>, StoreError> {
    sqlx::query("SELECT metadata FROM payment_metadata WHERE payment_id = $1")
        .bind(row::id_to_db(payment))
        .fetch_optional(database)
        .await?
        .map(|row| row.parsed("metadata"))
        .transpose()
}
