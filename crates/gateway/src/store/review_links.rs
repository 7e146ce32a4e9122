//! Links between transfers in review and the payments whose payers are shown them.

use std::collections::BTreeMap;

use sqlx::any::AnyRow;
use usdt_protocol::{PaymentId, Txid, Usdt};
use usdt_tron::{Network, Transfer};

use super::payments::payment_in;
use super::reviews::{LOOK_BACK_SECONDS, TransferId};
use super::row::{self, RowExt as _};
use super::writing::Writing;
use super::{Store, StoreError};
use crate::payments::Payment;
use crate::payments::candidates;
use crate::payments::presumption::{self, Known, Surroundings};

/// Where there are more, it is not looked whether only one of them was open.
const MOST_LIVE: i64 = 1_000;

/// Whoever has paid a payment so recently may have sent more for it.
const RECENT_SECONDS: i64 = 2 * 86_400;

/// Where there are more payments than these, the one that was meant is not looked for among all.
const MANY: usize = 50;

impl Store {
    /// Shows an open payment's payer those transfers of a transaction to its address that wait for
    /// review, since somebody has pointed to them for this payment. Other payments that show them
    /// go on to do so, since whoever points proves nothing.
    pub async fn link_claimed(&self, payment: &Payment, txid: Txid) -> Result<(), StoreError> {
        if !payment.is_open() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let linked = sqlx::query(
            "INSERT INTO review_links (payment_id, network, txid, log_position)
             SELECT $1, network, txid, log_position FROM transfers
             WHERE network = $2 AND txid = $3 AND recipient = $4 AND outcome = 'review'
             ON CONFLICT DO NOTHING",
        )
        .bind(row::id_to_db(payment.id))
        .bind(payment.network.as_str())
        .bind(txid.to_string())
        .bind(payment.address.to_string())
        .execute(&mut *tx)
        .await?;
        if linked.rows_affected() > 0 {
            // Also one that is paid by now: what is known of it elsewhere is no longer all.
            sqlx::query("UPDATE payments SET version = version + 1 WHERE id = $1")
                .bind(row::id_to_db(payment.id))
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await
    }
}

/// For which open payment a transfer was meant, and with which others.
pub(super) struct Presumed {
    pub payment: PaymentId,
    /// The transfer in review that makes up the amount to pay with it.
    other_half: Option<TransferId>,
}

/// Presumes for which payment a transfer was meant that pays nothing by itself: by
/// [`presumption::presume`], from what the database knows.
pub(super) async fn presume(
    tx: &mut Writing,
    network: Network,
    transfer: &Transfer,
) -> Result<Option<Presumed>, StoreError> {
    let (mut payments, known) = alike(tx, network, transfer).await?;
    let all_open = known == Known::All || add_open(tx, network, transfer, &mut payments).await?;
    let others = match known {
        Known::All => others(tx, network, transfer, &payments).await?,
        Known::Alike | Known::Some => Vec::new(),
    };
    let amounts: Vec<Usdt> = others.iter().map(|&(_, amount)| amount).collect();
    let surroundings = Surroundings {
        others: &amounts,
        known,
        all_open,
        has_paid: all_open && has_paid(tx, network, transfer).await?,
    };
    let presumption = presumption::presume(transfer, payments, surroundings);
    Ok(presumption.map(|presumption| Presumed {
        payment: presumption.payment,
        other_half: others
            .iter()
            .find(|&&(_, amount)| Some(amount) == presumption.other_half)
            .map(|&(id, _)| id),
    }))
}

/// Shows a transfer that has just come into review to the payer who seems to have sent it.
pub(super) async fn link_presumed(
    tx: &mut Writing,
    network: Network,
    transfer: &Transfer,
) -> Result<(), StoreError> {
    let Some(presumed) = presume(tx, network, transfer).await? else {
        return Ok(());
    };
    let mut meant = vec![TransferId {
        txid: transfer.txid,
        position: transfer.log_position,
    }];
    // By itself it was like nothing when it came.
    meant.extend(presumed.other_half);
    for id in meant {
        sqlx::query(
            "INSERT INTO review_links (payment_id, network, txid, log_position)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(row::id_to_db(presumed.payment))
        .bind(network.as_str())
        .bind(id.txid.to_string())
        .bind(i64::from(id.position))
        .execute(&mut **tx)
        .await?;
    }
    renew(tx, presumed.payment).await
}

/// Lets the payments that show a transfer be looked at anew, after a decision about it.
pub(super) async fn renew_linked(
    tx: &mut Writing,
    network: Network,
    id: TransferId,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE payments SET version = version + 1
         WHERE id IN (
             SELECT payment_id FROM review_links
             WHERE network = $1 AND txid = $2 AND log_position = $3)",
    )
    .bind(network.as_str())
    .bind(id.txid.to_string())
    .bind(i64::from(id.position))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Lets an open payment be looked at anew.
pub(super) async fn renew(tx: &mut Writing, id: PaymentId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE payments SET version = version + 1
         WHERE id = $1 AND status IN ('pending', 'expired')",
    )
    .bind(row::id_to_db(id))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The payments that the transfer may have been meant for, and which these are. Never more are
/// read than a few of each kind, however many there are: where the planner could take a longer
/// way, it is told the index.
async fn alike(
    tx: &mut Writing,
    network: Network,
    transfer: &Transfer,
) -> Result<(Vec<Payment>, Known), StoreError> {
    let dialect = tx.dialect();
    let (network, address) = (network.as_str(), transfer.to.to_string());
    let amount = row::amount_to_db(transfer.amount);
    let most = i64::try_from(MANY + 1).unwrap_or(i64::MAX);
    let since = transfer.block_time.plus_seconds(-LOOK_BACK_SECONDS);
    let mut payments = BTreeMap::new();
    let mut keep = |rows: Vec<AnyRow>| -> Result<usize, StoreError> {
        let count = rows.len();
        for row in &rows {
            let payment = row::payment(row)?;
            payments.insert(payment.id, payment);
        }
        Ok(count)
    };
    // Not only what is reserved still: the payer may be very late.
    let exact = sqlx::query(
        "SELECT p.* FROM slots s JOIN payments p ON p.id = s.payment_id
         WHERE s.network = $1 AND s.address = $2 AND s.amount = $3 AND p.created_at >= $4
         ORDER BY s.held_after DESC LIMIT $5",
    );
    let exact = exact.bind(network).bind(&address).bind(amount);
    keep(
        exact
            .bind(since.millis())
            .bind(most)
            .fetch_all(&mut **tx)
            .await?,
    )?;
    let rest = sqlx::query(dialect.payments_with_rest());
    let rest = rest.bind(network).bind(&address).bind(amount);
    keep(
        rest.bind(since.millis())
            .bind(most)
            .fetch_all(&mut **tx)
            .await?,
    )?;
    let all = sqlx::query(dialect.live_payments());
    let all = all.bind(network).bind(&address).bind(most);
    if keep(all.fetch_all(&mut **tx).await?)? <= MANY {
        return Ok((payments.into_values().collect(), Known::All));
    }
    let by_fee: Vec<i64> = candidates::apart_by_a_fee(transfer.amount)
        .map(row::amount_to_db)
        .collect();
    let by_fee = serde_json::to_string(&by_fee)?;
    let by_fee = sqlx::query(dialect.payments_of_amounts())
        .bind(network)
        .bind(&address)
        .bind(by_fee);
    keep(by_fee.fetch_all(&mut **tx).await?)?;
    let (first, last) = candidates::before_cutting(transfer.amount);
    let cut = sqlx::query(
        "SELECT p.* FROM (
             SELECT payment_id FROM slots
             WHERE network = $1 AND address = $2 AND amount BETWEEN $3 AND $4 AND released = 0
             LIMIT $5) s
         JOIN payments p ON p.id = s.payment_id",
    );
    let cut = cut.bind(network).bind(&address);
    let cut = cut
        .bind(row::amount_to_db(first))
        .bind(row::amount_to_db(last))
        .bind(most);
    let known = if keep(cut.fetch_all(&mut **tx).await?)? <= MANY {
        Known::Alike
    } else {
        Known::Some
    };
    Ok((payments.into_values().collect(), known))
}

/// Adds the payment that was open when the transfer was mined, if only one was among many that are
/// paid. Returns whether that is so.
async fn add_open(
    tx: &mut Writing,
    network: Network,
    transfer: &Transfer,
    payments: &mut Vec<Payment>,
) -> Result<bool, StoreError> {
    let live = sqlx::query(tx.dialect().open_payments())
        .bind(network.as_str())
        .bind(transfer.to.to_string())
        .bind(MOST_LIVE + 1)
        .bind(transfer.block_time.millis())
        .fetch_one(&mut **tx)
        .await?;
    let open: Vec<i64> = serde_json::from_str(&live.text("open")?)?;
    let &[one] = open.as_slice() else {
        return Ok(false);
    };
    if live.integer("live")? > MOST_LIVE {
        return Ok(false);
    }
    let alone = row::id_from_db(one)?;
    if payments.iter().all(|known| known.id != alone) {
        payments.extend(payment_in(tx, alone).await?);
    }
    Ok(true)
}

/// Whether the transfer's sender has paid a payment at the address not long ago.
async fn has_paid(
    tx: &mut Writing,
    network: Network,
    transfer: &Transfer,
) -> Result<bool, StoreError> {
    let since = transfer.block_time.plus_seconds(-RECENT_SECONDS);
    let row = sqlx::query(
        "SELECT 1 FROM transfers
         WHERE network = $1 AND recipient = $2 AND block_time >= $3 AND sender = $4
             AND outcome = 'credited' LIMIT 1",
    )
    .bind(network.as_str())
    .bind(transfer.to.to_string())
    .bind(since.millis())
    .bind(transfer.from.to_string())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// The other transfers in review at the address since the first of the payments was created.
async fn others(
    tx: &mut Writing,
    network: Network,
    transfer: &Transfer,
    payments: &[Payment],
) -> Result<Vec<(TransferId, Usdt)>, StoreError> {
    let created = payments.iter().map(|payment| payment.created_at);
    let Some(since) = created.min() else {
        return Ok(Vec::new());
    };
    sqlx::query(
        "SELECT txid, log_position, amount FROM transfers
         WHERE network = $1 AND recipient = $2 AND block_time BETWEEN $3 AND $4
             AND outcome = 'review' AND review_reason = 'no_match'
             AND NOT (txid = $5 AND log_position = $6)
         ORDER BY block_time DESC LIMIT $7",
    )
    .bind(network.as_str())
    .bind(transfer.to.to_string())
    .bind(since.millis())
    .bind(transfer.block_time.millis())
    .bind(transfer.txid.to_string())
    .bind(i64::from(transfer.log_position))
    .bind(i64::try_from(MANY).unwrap_or(i64::MAX))
    .fetch_all(&mut **tx)
    .await?
    .iter()
    .map(|row| {
        let id = TransferId {
            txid: row.parsed("txid")?,
            position: u32::try_from(row.integer("log_position")?)
                .map_err(|_| StoreError::Corrupt("log_position"))?,
        };
        Ok((id, row.amount("amount")?))
    })
    .collect()
}
