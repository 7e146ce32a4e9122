//! Slots: finds the best free amount at a project's addresses.

use serde::de::DeserializeOwned;
use serde_json::json;
use sqlx::any::AnyRow;
use usdt_protocol::{TronAddress, Usdt, UtcTime};
use usdt_tron::Network;

use super::payments::CreateError;
use super::row::{self, RowExt as _};
use super::writing::Writing;
use super::{Project, Store, StoreError, addresses};
use crate::payments::ProjectId;
use crate::payments::slot::{Candidates, Choice, Class, Fit, Numbering, Terms};

/// From this share on, in percent, amounts are said to run low.
const LOW_PERCENT: usize = 70;

/// Whoever is refused asks again no sooner and no later than after so many seconds.
const RETRY_SECONDS: (u64, u64) = (60, 3_600);

/// The amount for a new payment.
pub(super) struct Found {
    pub address: TronAddress,
    pub amount: Usdt,
    /// Few amounts of this price are left, and no address comes by itself.
    pub is_low: bool,
}

/// Finds the amount for a new payment. Classes are tried in their order, each at all addresses: at
/// the first address that has one of the best, or else the best that there is at any.
///
/// Before the classes that exchanges cut, the project gets its next address, if it has an account
/// key and its payers pay. Each address costs the merchant a transfer to collect from, so
/// that payments which nobody pays make none.
pub(super) async fn find(
    tx: &mut Writing,
    project: &Project,
    terms: &Terms,
    now: UtcTime,
) -> Result<Found, CreateError> {
    let offered = addresses::offered(tx, project.id).await?;
    let mut taken = 0;
    for class in Class::WHOLE {
        let looked = look(tx, project.network, &offered, (terms, class)).await?;
        taken += looked.taken;
        if let Some((address, choice)) = looked.found {
            let all = offered.len() * terms.whole_amounts();
            let is_low = choice.fit != Fit::BEST && taken * 100 >= all * LOW_PERCENT;
            return Ok(Found {
                address,
                amount: choice.amount,
                is_low: is_low && !addresses::has_key(tx, project.id).await?,
            });
        }
    }
    if addresses::is_paid_at(tx, project, offered.last().copied(), terms.range()).await?
        && let Some(address) = addresses::grow(tx, project).await?
    {
        let new = [address];
        let looked = look(tx, project.network, &new, (terms, Class::FourDecimals)).await?;
        if let Some((address, choice)) = looked.found {
            return Ok(Found {
                address,
                amount: choice.amount,
                is_low: false,
            });
        }
    }
    for class in Class::FINE {
        let looked = look(tx, project.network, &offered, (terms, class)).await?;
        if let Some((address, choice)) = looked.found {
            return Ok(Found {
                address,
                amount: choice.amount,
                is_low: true,
            });
        }
    }
    let retry_after = until_one_is_free(tx, project, terms, now).await?;
    Err(CreateError::NoFreeAmount { retry_after })
}

impl Store {
    /// Whether so many amounts of a price are free again that an alarm about them is over: half of
    /// those that arrive whole.
    pub async fn has_free_amounts(
        &self,
        project: ProjectId,
        price: Usdt,
    ) -> Result<bool, StoreError> {
        let Some(project) = self.project(project).await? else {
            return Ok(true);
        };
        let terms = Terms {
            price,
            most: project.most_addition,
            numbering: Numbering::Ordinary,
        };
        let (first, last) = terms.range();
        let row = sqlx::query(
            "SELECT count(*) AS offered, CAST(coalesce(sum((
                 SELECT count(*) FROM slots s
                 WHERE s.network = a.network AND s.address = a.address AND s.released = 0
                     AND s.amount BETWEEN $1 AND $2)), 0) AS bigint) AS taken
             FROM addresses a WHERE project_id = $3 AND retired = 0 AND blacklisted = 0",
        )
        .bind(row::amount_to_db(first))
        .bind(row::amount_to_db(last))
        .bind(project.id)
        .fetch_one(&self.readers)
        .await?;
        let size = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let all = size(row.unsigned("offered")?) * terms.whole_amounts();
        Ok(all > 0 && size(row.unsigned("taken")?).saturating_mul(2) <= all)
    }
}

/// What a look at addresses found.
#[derive(Default)]
struct Looked {
    found: Option<(TronAddress, Choice)>,
    /// Amounts of the class that are not free, at the addresses that were looked at.
    taken: usize,
}

/// Draws a few amounts at each address, and stops where one of them is of the best. Where these have become
/// rare, the last of them may not be found: to look at all amounts would cost more than they are worth.
async fn look(
    tx: &mut Writing,
    network: Network,
    offered: &[TronAddress],
    (terms, class): (&Terms, Class),
) -> Result<Looked, StoreError> {
    let all = Candidates::of(terms, class);
    let mut looked = Looked::default();
    if all.count() == 0 {
        return Ok(looked);
    }
    for &address in offered {
        let mut candidates = all.clone();
        for live in live_amounts(tx, network, address, &[candidates.nearby()]).await? {
            candidates.avoid(live);
        }
        looked.taken += all.count() - candidates.count();
        let few = candidates.few(&mut rand::rng());
        let Some(choice) = choose_at(tx, network, address, few).await? else {
            continue;
        };
        if looked.found.is_none_or(|(_, found)| choice.fit > found.fit) {
            looked.found = Some((address, choice));
        }
        if choice.fit == Fit::BEST {
            break;
        }
    }
    Ok(looked)
}

/// The choice among candidates at an address.
async fn choose_at(
    tx: &mut Writing,
    network: Network,
    address: TronAddress,
    mut candidates: Candidates,
) -> Result<Option<Choice>, StoreError> {
    if candidates.count() == 0 {
        return Ok(None);
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

/// In how many seconds the first of the amounts is free again.
async fn until_one_is_free(
    tx: &mut Writing,
    project: &Project,
    terms: &Terms,
    now: UtcTime,
) -> Result<u64, StoreError> {
    let (first, last) = terms.range();
    let row = sqlx::query(
        "SELECT coalesce(min(s.held_until), 0) AS until
         FROM addresses a JOIN slots s ON s.network = a.network AND s.address = a.address
         WHERE a.project_id = $1 AND a.retired = 0 AND a.blacklisted = 0 AND s.released = 0
             AND s.amount BETWEEN $2 AND $3",
    )
    .bind(project.id)
    .bind(row::amount_to_db(first))
    .bind(row::amount_to_db(last))
    .fetch_one(&mut **tx)
    .await?;
    let seconds = now.seconds_until(row.time("until")?);
    Ok(seconds.clamp(RETRY_SECONDS.0, RETRY_SECONDS.1))
}

/// The live amounts in some ranges, each given by its first and last amount.
async fn live_amounts(
    tx: &mut Writing,
    network: Network,
    address: TronAddress,
    ranges: &[(Usdt, Usdt)],
) -> Result<Vec<Usdt>, StoreError> {
    let ranges: Vec<_> = ranges
        .iter()
        .map(|(first, last)| (row::amount_to_db(*first), row::amount_to_db(*last)))
        .collect();
    let row = sqlx::query(tx.dialect().live_amounts())
        .bind(json!(ranges).to_string())
        .bind(network.as_str())
        .bind(address.to_string())
        .fetch_one(&mut **tx)
        .await?;
    let amounts: Vec<i64> = list(&row)?;
    Ok(amounts.into_iter().map(row::amount_from_db).collect())
}

/// The candidates' tails that a live amount has. Each of them is looked up, which costs the same
/// however many live amounts there are.
async fn live_tails(
    tx: &mut Writing,
    network: Network,
    address: TronAddress,
    candidates: &Candidates,
) -> Result<Vec<u64>, StoreError> {
    let row = sqlx::query(tx.dialect().live_tails())
        .bind(json!(candidates.tails().collect::<Vec<_>>()).to_string())
        .bind(network.as_str())
        .bind(address.to_string())
        .fetch_one(&mut **tx)
        .await?;
    list(&row)
}

fn list<T: DeserializeOwned>(row: &AnyRow) -> Result<T, StoreError> {
    serde_json::from_str(&row.text("list")?).map_err(|_| StoreError::Corrupt("list"))
}
