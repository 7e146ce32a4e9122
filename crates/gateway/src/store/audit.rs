//! What audits compare: recorded transfers, balances, and what the token's contract says.

use std::collections::HashMap;

use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};
use usdt_tron::node::TokenState;
use usdt_tron::{Block, Network};

use super::row::{self, RowExt as _};
use super::{AlarmKind, Store, StoreError};

/// An address whose transfers are compared with the indexer's list.
#[derive(Clone, Copy, Debug)]
pub struct AuditedAddress {
    pub address: TronAddress,
    pub watched_from: UtcTime,
    /// Up to when all was settled at the last comparison, by the time of the chain.
    pub compared_until: Option<UtcTime>,
    /// When a comparison that has not come to its end kept others from theirs, since the last one
    /// that has.
    pub stopped_at: Option<UtcTime>,
}

/// A transaction with a recorded transfer to an address.
#[derive(Clone, Copy, Debug)]
pub struct RecordedTransaction {
    pub txid: Txid,
    pub block_time: UtcTime,
    /// Whether a receipt proves its transfers to the address, once that was looked up.
    pub proven: Option<bool>,
}

/// What an address holds at a solid block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    pub address: TronAddress,
    pub at: Block,
    pub balance: Usdt,
}

/// The balance from which the next check of an address starts.
#[derive(Clone, Copy, Debug)]
pub struct LastBalance {
    pub balance: Balance,
    pub checked_at: UtcTime,
    /// When a balance was last found that does not add up with this one.
    pub suspected_at: Option<UtcTime>,
}

/// Payers who are later are found by the comparison of all addresses.
const LATE_MILLIS: i64 = 600_000;

impl Store {
    /// The addresses at which a payment waits for its payer, or did ten minutes before `now`.
    pub async fn addresses_with_open_payments(
        &self,
        network: Network,
        now: UtcTime,
    ) -> Result<Vec<TronAddress>, StoreError> {
        sqlx::query(
            "SELECT DISTINCT address FROM payments
             WHERE network = $1 AND status IN ('pending', 'expired') AND expires_at > $2",
        )
        .bind(network.as_str())
        .bind(now.millis().saturating_sub(LATE_MILLIS))
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| row.parsed("address"))
        .collect()
    }

    /// The addresses at which an amount is reserved for a payment, or was since they were last
    /// compared, and those of which the indexer does not list all transfers.
    pub async fn addresses_in_use(
        &self,
        network: Network,
    ) -> Result<Vec<AuditedAddress>, StoreError> {
        sqlx::query(
            "SELECT a.address, a.watched_from, a.compared_until, a.stopped_at FROM addresses a
             WHERE a.network = $1 AND (
                 EXISTS
                     (SELECT 1 FROM slots s
                      WHERE s.network = $1 AND s.address = a.address
                          AND (s.released = 0 OR s.held_until >= coalesce(a.compared_until, 0)))
                 OR EXISTS
                     (SELECT 1 FROM alarms
                      WHERE network = $1 AND kind = $2 AND subject = a.address
                          AND cleared_at IS NULL))",
        )
        .bind(network.as_str())
        .bind(AlarmKind::UnknownToIndexer.as_str())
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            let compared_until = row.optional_integer("compared_until")?;
            let stopped_at = row.optional_integer("stopped_at")?;
            Ok(AuditedAddress {
                address: row.parsed("address")?,
                watched_from: row.time("watched_from")?,
                compared_until: compared_until.map(UtcTime::from_millis),
                stopped_at: stopped_at.map(UtcTime::from_millis),
            })
        })
        .collect()
    }

    /// Notes how far a comparison has settled an address.
    pub async fn set_compared_until(
        &self,
        network: Network,
        address: TronAddress,
        until: UtcTime,
    ) -> Result<(), StoreError> {
        self.write(
            sqlx::query(
                "UPDATE addresses SET compared_until = $1, stopped_at = NULL
                 WHERE network = $2 AND address = $3",
            )
            .bind(until.millis())
            .bind(network.as_str())
            .bind(address.to_string()),
        )
        .await?;
        Ok(())
    }

    /// Notes that the comparison of an address keeps others from theirs.
    pub async fn set_stopped(
        &self,
        network: Network,
        address: TronAddress,
        now: UtcTime,
    ) -> Result<(), StoreError> {
        self.write(
            sqlx::query("UPDATE addresses SET stopped_at = $1 WHERE network = $2 AND address = $3")
                .bind(now.millis())
                .bind(network.as_str())
                .bind(address.to_string()),
        )
        .await?;
        Ok(())
    }

    /// The transactions with a recorded transfer to the address.
    pub async fn recorded_transactions(
        &self,
        network: Network,
        address: TronAddress,
        since: UtcTime,
    ) -> Result<Vec<RecordedTransaction>, StoreError> {
        // Proven is what all of its transfers are; one may have been recorded later.
        sqlx::query(
            "SELECT txid, block_time, CASE WHEN count(proven) = count(*) THEN min(proven) END AS proven
             FROM transfers
             WHERE network = $1 AND recipient = $2 AND block_time >= $3
             GROUP BY txid, block_time",
        )
        .bind(network.as_str())
        .bind(address.to_string())
        .bind(since.millis())
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            Ok(RecordedTransaction {
                txid: row.parsed("txid")?,
                block_time: row.time("block_time")?,
                proven: row.optional_integer("proven")?.map(|proven| proven != 0),
            })
        })
        .collect()
    }

    /// Notes whether a receipt proves the recorded transfers of a transaction to the address.
    pub async fn set_proven(
        &self,
        network: Network,
        (txid, address): (Txid, TronAddress),
        proven: bool,
    ) -> Result<(), StoreError> {
        self.write(
            sqlx::query(
                "UPDATE transfers SET proven = $1
                 WHERE network = $2 AND txid = $3 AND recipient = $4",
            )
            .bind(i64::from(proven))
            .bind(network.as_str())
            .bind(txid.to_string())
            .bind(address.to_string()),
        )
        .await?;
        Ok(())
    }

    pub async fn set_token_state(
        &self,
        network: Network,
        state: &TokenState,
        now: UtcTime,
    ) -> Result<(), StoreError> {
        self.write(
            sqlx::query(
                "INSERT INTO tokens
                 (network, paused, deprecated, fee_basis_points, maximum_fee, checked_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (network) DO UPDATE SET paused = $2, deprecated = $3,
                 fee_basis_points = $4, maximum_fee = $5, checked_at = $6",
            )
            .bind(network.as_str())
            .bind(i64::from(state.paused))
            .bind(i64::from(state.deprecated))
            .bind(state.fee_basis_points.cast_signed())
            .bind(row::amount_to_db(state.maximum_fee))
            .bind(now.millis()),
        )
        .await?;
        Ok(())
    }

    /// Notes whether the token's contract has frozen an address.
    pub async fn set_blacklisted(
        &self,
        network: Network,
        address: TronAddress,
        blacklisted: bool,
    ) -> Result<(), StoreError> {
        self.write(
            sqlx::query(
                "UPDATE addresses SET blacklisted = $1
             WHERE network = $2 AND address = $3 AND blacklisted <> $1",
            )
            .bind(i64::from(blacklisted))
            .bind(network.as_str())
            .bind(address.to_string()),
        )
        .await?;
        Ok(())
    }

    /// The balances from which the next check starts.
    pub async fn balances(
        &self,
        network: Network,
    ) -> Result<HashMap<TronAddress, LastBalance>, StoreError> {
        sqlx::query(
            "SELECT address, block, block_time, balance, checked_at, suspected_at
             FROM balances WHERE network = $1",
        )
        .bind(network.as_str())
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            let address = row.parsed("address")?;
            let balance = Balance {
                address,
                at: Block {
                    number: row.unsigned("block")?,
                    time: row.time("block_time")?,
                },
                balance: row.amount("balance")?,
            };
            let suspected_at = row.optional_integer("suspected_at")?;
            let last = LastBalance {
                balance,
                checked_at: row.time("checked_at")?,
                suspected_at: suspected_at.map(UtcTime::from_millis),
            };
            Ok((address, last))
        })
        .collect()
    }

    /// Notes that an address holds what does not add up with its last balance.
    pub async fn suspect_balance(
        &self,
        network: Network,
        address: TronAddress,
        now: UtcTime,
    ) -> Result<(), StoreError> {
        self.write(
            sqlx::query(
                "UPDATE balances SET suspected_at = $1 WHERE network = $2 AND address = $3",
            )
            .bind(now.millis())
            .bind(network.as_str())
            .bind(address.to_string()),
        )
        .await?;
        Ok(())
    }

    /// Notes a balance that adds up, or of which nothing is left to be found.
    pub async fn set_balance(
        &self,
        network: Network,
        held: &Balance,
        now: UtcTime,
    ) -> Result<(), StoreError> {
        self.write(
            sqlx::query(
                "INSERT INTO balances (network, address, block, block_time, balance, checked_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (network, address) DO UPDATE
                 SET block = $3, block_time = $4, balance = $5, checked_at = $6,
                     suspected_at = NULL",
            )
            .bind(network.as_str())
            .bind(held.address.to_string())
            .bind(row::block_to_db(held.at.number))
            .bind(held.at.time.millis())
            .bind(row::amount_to_db(held.balance))
            .bind(now.millis()),
        )
        .await?;
        Ok(())
    }

    /// The sum, in micro-USDT, of the recorded transfers to the address in the blocks after one
    /// time up to another.
    pub async fn received(
        &self,
        network: Network,
        address: TronAddress,
        after: UtcTime,
        to: UtcTime,
    ) -> Result<i128, StoreError> {
        // Summed here: the amounts keep the bits of a u64, which SQL would read as negative.
        sqlx::query(
            "SELECT amount FROM transfers
             WHERE network = $1 AND recipient = $2 AND block_time > $3 AND block_time <= $4",
        )
        .bind(network.as_str())
        .bind(address.to_string())
        .bind(after.millis())
        .bind(to.millis())
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            row.amount("amount")
                .map(|amount| i128::from(amount.micro()))
        })
        .sum()
    }
}
