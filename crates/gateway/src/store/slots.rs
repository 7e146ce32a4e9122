//! Slots: finds the best free amount at a project's addresses.

use std::collections::{BTreeSet, HashSet};

use serde::de::DeserializeOwned;
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};
use usdt_protocol::{TronAddress, Usdt};
use usdt_tron::Network;

use super::payments::CreateError;
use super::row::{self, RowExt as _};
use super::{Project, StoreError, addresses};
use crate::payments::slot::{self, Choice, Fit, Live};

/// Finds the amount for a new payment: at the first address that has one of the best, or else the
/// best that there is at any. When every address is full for this amount, the project gets its
/// next address, if it has an account key.
pub(super) async fn find(
    tx: &mut Transaction<'_, Sqlite>,
    project: &Project,
    amount: Usdt,
) -> Result<(TronAddress, Usdt), CreateError> {
    let mut found: Option<(TronAddress, Choice)> = None;
    for address in addresses::offered(tx, project.id).await? {
        let Some(choice) = choose_at(tx, project.network, address, amount).await? else {
            continue;
        };
        if found.is_none_or(|(_, other)| choice.fit > other.fit) {
            found = Some((address, choice));
        }
        if choice.fit == Fit::BEST {
            break;
        }
    }
    if let Some((address, choice)) = found {
        return Ok((address, choice.amount));
    }
    let address = addresses::grow(tx, project)
        .await?
        .ok_or(CreateError::NoFreeAmount)?;
    let choice = choose_at(tx, project.network, address, amount)
        .await?
        .ok_or(CreateError::NoFreeAmount)?;
    Ok((address, choice.amount))
}

async fn choose_at(
    tx: &mut Transaction<'_, Sqlite>,
    network: Network,
    address: TronAddress,
    amount: Usdt,
) -> Result<Option<Choice>, StoreError> {
    let mut live = Live {
        amounts: live_amounts(tx, network, address, &[slot::nearby(amount)]).await?,
        tails: live_tails(tx, network, address, amount).await?,
    };
    let choice = slot::choose(amount, &live, &mut rand::rng());
    // Amounts with the same tail differ before the point: only now do those digits matter.
    if choice.is_some_and(|choice| choice.fit.far && !choice.fit.unique_tail) {
        let mut others = live_amounts(tx, network, address, &slot::mistyped(amount)).await?;
        live.amounts.append(&mut others);
        return Ok(slot::choose(amount, &live, &mut rand::rng()));
    }
    Ok(choice)
}

/// The live amounts in some ranges, each given by its first and last amount.
async fn live_amounts(
    tx: &mut Transaction<'_, Sqlite>,
    network: Network,
    address: TronAddress,
    ranges: &[(Usdt, Usdt)],
) -> Result<BTreeSet<Usdt>, StoreError> {
    let ranges: Vec<_> = ranges
        .iter()
        .map(|(first, last)| (row::amount_to_db(*first), row::amount_to_db(*last)))
        .collect();
    let row = sqlx::query(
        "SELECT json_group_array(s.amount) AS list
         FROM json_each(?) range CROSS JOIN slots s
         WHERE s.network = ? AND s.address = ? AND s.released = 0
             AND s.amount BETWEEN range.value ->> 0 AND range.value ->> 1",
    )
    .bind(json!(ranges).to_string())
    .bind(network.as_str())
    .bind(address.to_string())
    .fetch_one(&mut **tx)
    .await?;
    let amounts: Vec<i64> = list(&row)?;
    Ok(amounts.into_iter().map(row::amount_from_db).collect())
}

/// Those tails that a payment of `amount` could have, and a live amount has. Looks each of them up,
/// however many live amounts there are.
async fn live_tails(
    tx: &mut Transaction<'_, Sqlite>,
    network: Network,
    address: TronAddress,
    amount: Usdt,
) -> Result<HashSet<u64>, StoreError> {
    let row = sqlx::query(
        "SELECT json_group_array(tail.value) AS list FROM json_each(?) tail
         WHERE EXISTS (
             SELECT 1 FROM slots
             WHERE network = ? AND address = ? AND released = 0 AND amount % 1000000 = tail.value
         )",
    )
    .bind(json!(slot::tails(amount).collect::<Vec<_>>()).to_string())
    .bind(network.as_str())
    .bind(address.to_string())
    .fetch_one(&mut **tx)
    .await?;
    list(&row)
}

/// One row with a list is read much faster than a row for each of its values.
fn list<T: DeserializeOwned>(row: &SqliteRow) -> Result<T, StoreError> {
    serde_json::from_str(&row.text("list")?).map_err(|_| StoreError::Corrupt("list"))
}
