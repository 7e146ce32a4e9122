//! Money on its way in blocks that are not final, and whose amount no payment waits for: news for the
//! payer who is likely to have sent it. Credits nothing.

use std::collections::BTreeSet;

use sqlx::any::{AnyExecutor, AnyRow};
use usdt_protocol::PaymentId;
use usdt_tron::{Network, Transfer};

use super::review_links::{self, renew};
use super::row::{self, RowExt as _};
use super::writing::Writing;
use super::{SeenTransfer, StoreError, ledger};
use crate::payments::judge::Verdict;
use crate::payments::presumption;

/// Notes a transfer that was seen. For whom it is meant is judged once, as it will be when it is
/// recorded.
pub(super) async fn note(
    tx: &mut Writing,
    network: Network,
    seen: &SeenTransfer,
) -> Result<(), StoreError> {
    let known = sqlx::query(
        "UPDATE arrivals SET block = $1
         WHERE network = $2 AND txid = $3 AND recipient = $4 AND amount = $5",
    )
    .bind(row::block_to_db(seen.block))
    .bind(network.as_str())
    .bind(seen.txid.to_string())
    .bind(seen.to.to_string())
    .bind(row::amount_to_db(seen.amount))
    .execute(&mut **tx)
    .await?;
    if known.rows_affected() > 0 || is_dealt_with(tx, network, seen).await? {
        return Ok(());
    }
    let transfer = Transfer {
        txid: seen.txid,
        log_position: 0,
        block: seen.block,
        block_time: seen.block_time,
        from: seen.from,
        to: seen.to,
        amount: seen.amount,
    };
    let (verdict, _) = ledger::judge(tx, network, &transfer).await?;
    let Verdict::Review(reason) = verdict else {
        return Ok(());
    };
    if !presumption::is_possible(reason) {
        return Ok(());
    }
    let presumed = review_links::presume(tx, network, &transfer).await?;
    let payment = presumed.map(|presumed| presumed.payment);
    sqlx::query(
        "INSERT INTO arrivals (network, txid, recipient, amount, block, payment_id)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(network.as_str())
    .bind(seen.txid.to_string())
    .bind(seen.to.to_string())
    .bind(row::amount_to_db(seen.amount))
    .bind(row::block_to_db(seen.block))
    .bind(payment.map(row::id_to_db))
    .execute(&mut **tx)
    .await?;
    if let Some(id) = payment {
        renew(tx, id).await?;
    }
    Ok(())
}

/// Whether the transfer is recorded by now, or has the amount of a payment, which shows it as its own.
async fn is_dealt_with(
    tx: &mut Writing,
    network: Network,
    seen: &SeenTransfer,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM transfers WHERE network = $1 AND txid = $2)
             OR EXISTS (SELECT 1 FROM slots
                 WHERE network = $1 AND address = $3 AND amount = $4 AND released = 0)",
    )
    .bind(network.as_str())
    .bind(seen.txid.to_string())
    .bind(seen.to.to_string())
    .bind(row::amount_to_db(seen.amount))
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// Ends the news of a transfer that is recorded now.
pub(super) async fn settle(
    tx: &mut Writing,
    network: Network,
    transfer: &Transfer,
) -> Result<(), StoreError> {
    let ended = sqlx::query(
        "DELETE FROM arrivals WHERE network = $1 AND txid = $2 AND recipient = $3 AND amount = $4
         RETURNING payment_id",
    )
    .bind(network.as_str())
    .bind(transfer.txid.to_string())
    .bind(transfer.to.to_string())
    .bind(row::amount_to_db(transfer.amount))
    .fetch_optional(&mut **tx)
    .await?;
    let payment = ended.as_ref().map(payment).transpose()?.flatten();
    if let Some(id) = payment {
        renew(tx, id).await?;
    }
    Ok(())
}

/// Whether any was seen in a block that the solid chain, read up to block `solid`, has passed.
pub(super) async fn are_passed(
    database: impl AnyExecutor<'_>,
    network: Network,
    solid: u64,
) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM arrivals WHERE network = $1 AND block <= $2 LIMIT 1")
        .bind(network.as_str())
        .bind(row::block_to_db(solid))
        .fetch_optional(database)
        .await?;
    Ok(row.is_some())
}

/// Forgets those: they were on a fork.
pub(super) async fn forget_passed(
    tx: &mut Writing,
    network: Network,
    solid: u64,
) -> Result<(), StoreError> {
    let gone =
        sqlx::query("DELETE FROM arrivals WHERE network = $1 AND block <= $2 RETURNING payment_id")
            .bind(network.as_str())
            .bind(row::block_to_db(solid))
            .fetch_all(&mut **tx)
            .await?;
    let mut told = BTreeSet::new();
    for row in &gone {
        told.extend(payment(row)?);
    }
    for id in told {
        renew(tx, id).await?;
    }
    Ok(())
}

fn payment(row: &AnyRow) -> Result<Option<PaymentId>, StoreError> {
    row.optional_integer("payment_id")?
        .map(row::id_from_db)
        .transpose()
}
