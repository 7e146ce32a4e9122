//! Payments: created under the constraints that make their order and amount unique, and read.

use rand::Rng as _;
use usdt_protocol::{PaymentId, Usdt, UtcTime};
use usdt_tron::Network;

use super::row::{self, RowExt as _, seconds};
use super::writing::Writing;
use super::{AlarmKind, Cursor, PriceSubject, Project, Store, StoreError, metadata, prices, slots};
use crate::payments::slot::{Digit, Numbering, Terms};
use crate::payments::{NewPayment, Payment};

/// How far our clock and the time up to which the chain is read may be apart: an outage beyond a
/// hiccup, or a clock that is wrong.
const MOST_APART_SECONDS: i64 = 600;

/// What a request to create a payment led to.
#[derive(Clone, Debug)]
pub enum Created {
    New(Payment),
    /// The order has this payment already, for the same amount.
    Existing(Payment),
}

/// Why a payment was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    #[error("the order has a payment for a different amount")]
    DifferentAmount,
    #[error("every unique amount is taken at every address of the project")]
    NoFreeAmount {
        /// Seconds until one is free again.
        retry_after: u64,
    },
    #[error("how the chain stands is not known")]
    ChainUnknown,
    #[error("the token's contract is paused or has been replaced")]
    TokenUnusable,
    #[error("the project is disabled")]
    Disabled,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for CreateError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Creates a payment, or finds the one that the order has.
    pub async fn create_payment(
        &self,
        project: &Project,
        new: &NewPayment,
        now: UtcTime,
    ) -> Result<Created, CreateError> {
        let created = self.create_in_group(project, new, now).await;
        let is_low = matches!(
            created,
            Ok((_, true)) | Err(CreateError::NoFreeAmount { .. })
        );
        if is_low {
            self.tell_of_few_amounts(project, new.amount, now).await;
        }
        created.map(|(created, _)| created)
    }

    /// The payment is created by now: that nobody can be told is no fault of it.
    async fn tell_of_few_amounts(&self, project: &Project, price: Usdt, now: UtcTime) {
        let subject = PriceSubject {
            project: project.id,
            price,
        };
        let network = Some(project.network);
        let raised = self
            .raise(
                network,
                AlarmKind::AmountsRunLow,
                &subject.to_string(),
                "most of the unique amounts for this price are taken: add an address to the project",
                now,
            )
            .await;
        if let Err(error) = raised {
            tracing::error!(%error, "an alarm cannot be raised");
        }
    }

    pub async fn payment(&self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        sqlx::query("SELECT * FROM payments WHERE id = $1")
            .bind(row::id_to_db(id))
            .fetch_optional(&self.readers)
            .await?
            .map(|row| row::payment(&row))
            .transpose()
    }
}

/// Also says whether few amounts of the price are left.
pub(super) async fn create_in(
    tx: &mut Writing,
    project: &Project,
    new: &NewPayment,
    now: UtcTime,
) -> Result<(Created, bool), CreateError> {
    if let Some(existing) = live_payment_of_order(tx, project, new).await? {
        // A rate moves, and a price does not.
        let is_same = match new.price {
            None => existing.amount == new.amount,
            Some(asked) => {
                let had = prices::price_in(tx, existing.id).await?;
                had.is_some_and(|had| had.price == asked.price)
            }
        };
        return if is_same {
            Ok((Created::Existing(existing), false))
        } else {
            Err(CreateError::DifferentAmount)
        };
    }
    let (cursor, numbering) = readiness(tx, project, now).await?;
    let terms = Terms {
        price: new.amount,
        most: project.most_addition,
        numbering,
    };
    let found = slots::find(tx, project, &terms, now).await?;
    // Expiry is judged by block time, which may run ahead of ours.
    let expires_at = now.max(cursor.time).plus_seconds(seconds(project.window));
    let created = loop {
        let written = insert(tx, project, new, &found, (now, expires_at)).await?;
        if let Some(created) = written {
            break created;
        }
    };
    if let Some(price) = &new.price {
        prices::freeze(tx, created.id, price).await?;
    }
    let held_until = expires_at.plus_seconds(seconds(project.quarantine));
    sqlx::query(
        "INSERT INTO slots (payment_id, network, address, amount, held_after, held_until)
             VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row::id_to_db(created.id))
    .bind(project.network.as_str())
    .bind(found.address.to_string())
    .bind(row::amount_to_db(found.amount))
    .bind(row::block_to_db(cursor.block))
    .bind(held_until.millis())
    .execute(&mut **tx)
    .await?;
    if let Some(metadata) = &new.metadata {
        metadata::insert(tx, created.id, metadata).await?;
    }
    Ok((Created::New(created), found.is_low))
}

/// Writes a payment with an ID that is drawn; `None` where another one has it.
async fn insert(
    tx: &mut Writing,
    project: &Project,
    new: &NewPayment,
    found: &slots::Found,
    (now, expires_at): (UtcTime, UtcTime),
) -> Result<Option<Payment>, StoreError> {
    let drawn = rand::rng().random_range(PaymentId::MIN..=PaymentId::MAX);
    let id = PaymentId::try_from(drawn).map_err(|_| StoreError::Corrupt("payment ID"))?;
    sqlx::query(
        "INSERT INTO payments (id, project_id, network, order_id, description, status, amount,
                 pay_amount, address, success_url, fail_url, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (id) DO NOTHING RETURNING *",
    )
    .bind(row::id_to_db(id))
    .bind(project.id)
    .bind(project.network.as_str())
    .bind(new.order_id.as_str())
    .bind(
        new.description
            .as_ref()
            .map(|text| text.as_str().to_owned()),
    )
    .bind(row::amount_to_db(new.amount))
    .bind(row::amount_to_db(found.amount))
    .bind(found.address.to_string())
    .bind(new.success_url.as_ref().map(ToString::to_string))
    .bind(new.fail_url.as_ref().map(ToString::to_string))
    .bind(now.millis())
    .bind(expires_at.millis())
    .fetch_optional(&mut **tx)
    .await?
    .map(|row| row::payment(&row))
    .transpose()
}

/// How far the chain is read, and which sixth decimals are given out now. An error where a payment must not
/// be offered: one of a project that was disabled while the call waited, one that the watcher cannot credit
/// soon, whose times mean something else on the chain, or in a token that cannot be moved any more. A token
/// that was never checked counts as usable.
async fn readiness(
    tx: &mut Writing,
    project: &Project,
    now: UtcTime,
) -> Result<(Cursor, Numbering), CreateError> {
    let network = project.network;
    let row = sqlx::query(
        "SELECT block, block_time,
             (SELECT count(*) FROM tokens
              WHERE network = $1 AND (paused = 1 OR deprecated = 1)) AS unusable,
             (SELECT digit FROM restorations
              WHERE holds_until > $2 ORDER BY id DESC LIMIT 1) AS digit,
             (SELECT count(*) FROM disabled_projects WHERE project_id = $3) AS disabled
         FROM cursors WHERE network = $1",
    )
    .bind(network.as_str())
    .bind(now.millis())
    .bind(project.id)
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(CreateError::ChainUnknown)?;
    if row.flag("disabled")? {
        return Err(CreateError::Disabled);
    }
    let time = row.time("block_time")?;
    let is_behind = time.plus_seconds(MOST_APART_SECONDS) < now;
    // A simulated chain jumps ahead when blocks are mined on command.
    let is_ahead = now.plus_seconds(MOST_APART_SECONDS) < time && network != Network::Simulated;
    if is_behind || is_ahead {
        return Err(CreateError::ChainUnknown);
    }
    if row.flag("unusable")? {
        return Err(CreateError::TokenUnusable);
    }
    let cursor = Cursor {
        block: row.unsigned("block")?,
        time,
    };
    let digit = row.optional_integer("digit")?;
    let numbering = digit.map_or(Ok(Numbering::Ordinary), |digit| {
        u64::try_from(digit)
            .ok()
            .and_then(Digit::new)
            .map(Numbering::Restored)
            .ok_or(StoreError::Corrupt("digit"))
    })?;
    Ok((cursor, numbering))
}

async fn live_payment_of_order(
    tx: &mut Writing,
    project: &Project,
    new: &NewPayment,
) -> Result<Option<Payment>, StoreError> {
    sqlx::query(tx.dialect().live_payment_of_order())
        .bind(project.id)
        .bind(new.order_id.as_str())
        .fetch_optional(&mut **tx)
        .await?
        .map(|row| row::payment(&row))
        .transpose()
}

pub(super) async fn payment_in(
    tx: &mut Writing,
    id: PaymentId,
) -> Result<Option<Payment>, StoreError> {
    sqlx::query("SELECT * FROM payments WHERE id = $1")
        .bind(row::id_to_db(id))
        .fetch_optional(&mut **tx)
        .await?
        .map(|row| row::payment(&row))
        .transpose()
}
