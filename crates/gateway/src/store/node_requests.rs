//! How many requests each node had on each day, and how the gateway was used meanwhile.

use std::collections::HashMap;

use usdt_protocol::{TronAddress, UtcTime};
use usdt_tron::Network;

use super::row::RowExt as _;
use super::{Store, StoreError};
use crate::quota::DAY_MILLIS;
use crate::quota::pattern::{Usage, covered};

/// Days that are kept.
const KEPT_DAYS: i64 = 31;

/// A payment counts as open for so long after its block: until that block is solid.
const SETTLING_MILLIS: i64 = 60_000;

/// The requests of one kind to one node on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRequests {
    pub node: String,
    /// Days since 1970-01-01, in UTC.
    pub day: i64,
    pub call: String,
    pub requests: u64,
}

/// All that a node had on a day.
pub fn requests_on(known: &[NodeRequests], node: &str, day: i64) -> u64 {
    let its = known
        .iter()
        .filter(|one| one.day == day && one.node == node);
    its.map(|one| one.requests).sum()
}

impl Store {
    /// The requests on `since` and the days after it.
    pub async fn node_requests(
        &self,
        network: Network,
        since: i64,
    ) -> Result<Vec<NodeRequests>, StoreError> {
        sqlx::query(
            "SELECT node, day, call, requests FROM node_requests
             WHERE network = $1 AND day >= $2 ORDER BY node, day, call",
        )
        .bind(network.as_str())
        .bind(since)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            Ok(NodeRequests {
                node: row.text("node")?,
                day: row.integer("day")?,
                call: row.text("call")?,
                requests: row.unsigned("requests")?,
            })
        })
        .collect()
    }

    /// Adds requests to those that are known, and forgets what is old.
    pub async fn add_node_requests(
        &self,
        network: Network,
        rows: &[NodeRequests],
    ) -> Result<(), StoreError> {
        let Some(newest) = rows.iter().map(|row| row.day).max() else {
            return Ok(());
        };
        let mut writing = self.begin().await?;
        for row in rows {
            sqlx::query(
                "INSERT INTO node_requests (network, node, day, call, requests)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (network, node, day, call) DO UPDATE
                     SET requests = node_requests.requests + $5",
            )
            .bind(network.as_str())
            .bind(&row.node)
            .bind(row.day)
            .bind(&row.call)
            .bind(i64::try_from(row.requests).unwrap_or(i64::MAX))
            .execute(&mut *writing)
            .await?;
        }
        sqlx::query("DELETE FROM node_requests WHERE network = $1 AND day < $2")
            .bind(network.as_str())
            .bind(newest - KEPT_DAYS)
            .execute(&mut *writing)
            .await?;
        writing.commit().await
    }

    /// How the network was used on average in the `days` before `now`.
    pub async fn usage(
        &self,
        network: Network,
        now: UtcTime,
        days: u32,
    ) -> Result<Usage, StoreError> {
        let to = now.millis();
        let from = to - i64::from(days) * DAY_MILLIS;
        let payments = sqlx::query(
            "SELECT p.address, p.created_at, coalesce(p.paid_at + $3, p.expires_at) AS closed_at,
                 s.held_until, CASE WHEN p.paid_at IS NOT NULL THEN 1 ELSE 0 END AS is_paid
             FROM slots s JOIN payments p ON p.id = s.payment_id
             WHERE s.network = $1 AND s.held_until >= $2",
        )
        .bind(network.as_str())
        .bind(from)
        .bind(SETTLING_MILLIS)
        .fetch_all(&self.readers)
        .await?;
        let (mut open, mut reserved) = (Vec::new(), Vec::new());
        let mut by_address: HashMap<TronAddress, Vec<(i64, i64)>> = HashMap::new();
        let mut paid = 0_u64;
        for row in &payments {
            let (created, closed) = (row.integer("created_at")?, row.integer("closed_at")?);
            open.push((created, closed));
            reserved.push((created, row.integer("held_until")?));
            let at_address = by_address.entry(row.parsed("address")?).or_default();
            at_address.push((created, closed));
            paid += u64::from(row.flag("is_paid")? && created >= from);
        }
        let a_day = |total: u64| total.div_ceil(u64::from(days.max(1)));
        let at_addresses = by_address.values();
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Ok(Usage {
            open: a_day(covered(&open, (from, to))),
            reserved: a_day(covered(&reserved, (from, to))),
            open_at_addresses: a_day(at_addresses.map(|spans| covered(spans, (from, to))).sum()),
            paid: a_day(paid),
            addresses_in_use: count(self.addresses_in_use(network).await?.len()),
            addresses: count(self.addresses(network).await?.len()),
        })
    }
}
