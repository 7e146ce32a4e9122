//! Slots: finds the best free amount at a project's addresses.

use serde::de::DeserializeOwned;
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Sqlite, Transaction};
use usdt_protocol::{TronAddress, Usdt};
use usdt_tron::Network;

use super::payments::CreateError;
use super::row::{self, RowExt as _};
use super::{Project, StoreError, addresses};
use crate::payments::slot::{Candidates, Choice, Fit};

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
    let mut candidates = Candidates::of(amount);
    for live in live_amounts(tx, network, address, &[candidates.nearby()]).await? {
        candidates.avoid(live);
    }
    for tail in live_tails(tx, network, address, &candidates).await? {
        candidates.share_tail(tail);
    }
    let choice = candidates.choose(&mut rand::rng());
    if choice.is_none_or(|choice| choice.fit.unique_tail || !choice.fit.far) {
        return Ok(choice);
    }
    for live in live_amounts(tx, network, address, &candidates.mistyped()).await? {
        candidates.avoid(live);
    }
    Ok(candidates.choose(&mut rand::rng()))
}

/// The live amounts in some ranges, each given by its first and last amount.
async fn live_amounts(
    tx: &mut Transaction<'_, Sqlite>,
    network: Network,
    address: TronAddress,
    ranges: &[(Usdt, Usdt)],
) -> Result<Vec<Usdt>, StoreError> {
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

/// The candidates' tails that a live amount has. Each of them is looked up, which costs the same
/// however many live amounts there are; without the hint, SQLite reads all of them for each.
async fn live_tails(
    tx: &mut Transaction<'_, Sqlite>,
    network: Network,
    address: TronAddress,
    candidates: &Candidates,
) -> Result<Vec<u64>, StoreError> {
    let row = sqlx::query(
        "SELECT json_group_array(tail.value) AS list FROM json_each(?) tail
         WHERE EXISTS (
             SELECT 1 FROM slots INDEXED BY slots_live_tail
             WHERE network = ? AND address = ? AND released = 0 AND amount % 1000000 = tail.value
         )",
    )
    .bind(json!(candidates.tails().collect::<Vec<_>>()).to_string())
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
