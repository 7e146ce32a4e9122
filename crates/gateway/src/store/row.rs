//! Database values, parsed back into the types of the money core.

use std::str::FromStr;
use std::time::Duration;

use sqlx::Row as _;
use sqlx::any::AnyRow;
use usdt_protocol::{PaymentId, PaymentStatus, Usdt, UtcTime};

use super::StoreError;
use crate::payments::fields::{Description, OrderId};
use crate::payments::{LatePolicy, Payment};

/// Reads columns by name; what does not parse is a corrupt database.
pub(super) trait RowExt {
    fn integer(&self, column: &'static str) -> Result<i64, StoreError>;
    fn optional_integer(&self, column: &'static str) -> Result<Option<i64>, StoreError>;
    fn text(&self, column: &'static str) -> Result<String, StoreError>;
    fn optional_text(&self, column: &'static str) -> Result<Option<String>, StoreError>;

    fn unsigned(&self, column: &'static str) -> Result<u64, StoreError> {
        self.integer(column)?
            .try_into()
            .map_err(|_| StoreError::Corrupt(column))
    }

    fn flag(&self, column: &'static str) -> Result<bool, StoreError> {
        Ok(self.integer(column)? != 0)
    }

    fn time(&self, column: &'static str) -> Result<UtcTime, StoreError> {
        self.integer(column).map(UtcTime::from_millis)
    }

    fn amount(&self, column: &'static str) -> Result<Usdt, StoreError> {
        self.integer(column).map(amount_from_db)
    }

    fn parsed<T: FromStr>(&self, column: &'static str) -> Result<T, StoreError> {
        self.text(column)?
            .parse()
            .map_err(|_| StoreError::Corrupt(column))
    }

    fn optional_parsed<T: FromStr>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        self.optional_text(column)?
            .map(|text| text.parse().map_err(|_| StoreError::Corrupt(column)))
            .transpose()
    }
}

impl RowExt for AnyRow {
    fn integer(&self, column: &'static str) -> Result<i64, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn optional_integer(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn text(&self, column: &'static str) -> Result<String, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn optional_text(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(column)?)
    }
}

/// The database's integers are signed: an amount keeps its 64 bits, so that none is too large.
pub(super) const fn amount_to_db(amount: Usdt) -> i64 {
    amount.micro().cast_signed()
}

/// An amount that a statement adds or subtracts. One that is larger than any payment's sum stays so,
/// and within what PostgreSQL can reckon with.
pub(super) fn amount_to_add(amount: Usdt) -> i64 {
    amount_to_db(amount.min(Usdt::from_micro(1 << 62)))
}

pub(super) const fn amount_from_db(stored: i64) -> Usdt {
    Usdt::from_micro(stored.cast_unsigned())
}

pub(super) fn block_to_db(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn seconds(duration: Duration) -> i64 {
    duration.as_secs().try_into().unwrap_or(i64::MAX)
}

pub(super) fn id_to_db(id: PaymentId) -> i64 {
    id.get().cast_signed()
}

pub(super) fn id_from_db(stored: i64) -> Result<PaymentId, StoreError> {
    PaymentId::try_from(stored.cast_unsigned()).map_err(|_| StoreError::Corrupt("payment ID"))
}

pub(super) const fn late_policy_to_db(policy: LatePolicy) -> &'static str {
    match policy {
        LatePolicy::Accept => "accept",
        LatePolicy::Review => "review",
    }
}

pub(super) fn late_policy(row: &AnyRow) -> Result<LatePolicy, StoreError> {
    match row.text("late_policy")?.as_str() {
        "accept" => Ok(LatePolicy::Accept),
        "review" => Ok(LatePolicy::Review),
        _ => Err(StoreError::Corrupt("late_policy")),
    }
}

pub(super) fn status(row: &AnyRow) -> Result<PaymentStatus, StoreError> {
    let text = row.text("status")?;
    [
        PaymentStatus::Pending,
        PaymentStatus::Paid,
        PaymentStatus::Expired,
        PaymentStatus::Failed,
    ]
    .into_iter()
    .find(|status| status.as_str() == text)
    .ok_or(StoreError::Corrupt("status"))
}

/// Reads all columns of a row of `payments`.
pub(super) fn payment(row: &AnyRow) -> Result<Payment, StoreError> {
    let confirmations = row.integer("confirmations")?;
    Ok(Payment {
        id: id_from_db(row.integer("id")?)?,
        project_id: row.integer("project_id")?,
        network: row.parsed("network")?,
        order_id: OrderId::stored(row.text("order_id")?),
        description: row.optional_text("description")?.map(Description::stored),
        status: status(row)?,
        amount: row.amount("amount")?,
        pay_amount: row.amount("pay_amount")?,
        address: row.parsed("address")?,
        success_url: row.optional_parsed("success_url")?,
        fail_url: row.optional_parsed("fail_url")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        confirmations: confirmations
            .try_into()
            .map_err(|_| StoreError::Corrupt("confirmations"))?,
        txid: row.optional_parsed("txid")?,
        received_amount: row.optional_integer("received_amount")?.map(amount_from_db),
        paid_at: row.optional_integer("paid_at")?.map(UtcTime::from_millis),
        late: row.flag("late")?,
        version: row.unsigned("version")?,
    })
}
