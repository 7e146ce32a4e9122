//! Finds the logs that a filter asks for: over the accounts it names, or block by block.

use crate::block::Block;
use crate::chain::{Mined, Place, Snapshot};
use crate::log::Log;
use crate::log_filter::LogFilter;

pub const MAX_RESULTS: usize = 10_000;

/// The filter matches more than [`MAX_RESULTS`] logs.
#[derive(Debug, PartialEq, Eq)]
pub struct TooMany;

/// A log and where it is.
pub struct Found<'a> {
    pub mined: Mined<'a>,
    pub log: Log,
    /// Its position among all logs of its block.
    pub index: usize,
}

/// The logs in the order of the chain.
pub fn search<'a>(filter: &LogFilter, chain: Snapshot<'a>) -> Result<Vec<Found<'a>>, TooMany> {
    match candidates(filter, chain) {
        Some(places) => look_up(filter, &places, chain),
        None => scan(filter, chain),
    }
}

/// The transactions that can have such a log, if the filter names accounts in a token event's
/// place for its sender or its recipient.
fn candidates(filter: &LogFilter, chain: Snapshot<'_>) -> Option<Vec<Place>> {
    let mut places = [1, 2]
        .into_iter()
        .filter_map(|position| filter.accounts(position))
        .map(|accounts| -> Vec<&[Place]> {
            accounts
                .map(|account| chain.places_between(account, filter.from, filter.to))
                .collect()
        })
        .min_by_key(|places| places.iter().map(|list| list.len()).sum::<usize>())?
        .concat();
    places.sort_unstable();
    places.dedup();
    Some(places)
}

fn look_up<'a>(
    filter: &LogFilter,
    places: &[Place],
    chain: Snapshot<'a>,
) -> Result<Vec<Found<'a>>, TooMany> {
    let mut found = Vec::new();
    for of_block in places.chunk_by(|a, b| a.block == b.block) {
        let Some(block) = of_block
            .first()
            .and_then(|place| chain.blocks(place.block, place.block).first())
        else {
            continue;
        };
        let mut wanted = of_block.iter().map(|place| place.index).peekable();
        let mut log_index = 0;
        for (index, transaction) in block.transactions.iter().enumerate() {
            if wanted.next_if_eq(&index).is_some() {
                examine(filter, block, index, log_index, &mut found)?;
            }
            if wanted.peek().is_none() {
                break;
            }
            log_index += transaction.log_count();
        }
    }
    Ok(found)
}

fn scan<'a>(filter: &LogFilter, chain: Snapshot<'a>) -> Result<Vec<Found<'a>>, TooMany> {
    let mut found = Vec::new();
    for block in chain.blocks(filter.from, filter.to) {
        let mut log_index = 0;
        for (index, transaction) in block.transactions.iter().enumerate() {
            examine(filter, block, index, log_index, &mut found)?;
            log_index += transaction.log_count();
        }
    }
    Ok(found)
}

/// Adds the logs of one transaction, the first of which is the `first_log`-th of the block.
fn examine<'a>(
    filter: &LogFilter,
    block: &'a Block,
    index: usize,
    first_log: usize,
    found: &mut Vec<Found<'a>>,
) -> Result<(), TooMany> {
    let Some(transaction) = block.transactions.get(index) else {
        return Ok(());
    };
    let place = Place {
        block: block.number(),
        index,
    };
    let mined = Mined {
        place,
        block,
        transaction,
    };
    for (position, log) in transaction.logs().into_iter().enumerate() {
        if !filter.matches(&log) {
            continue;
        }
        if found.len() == MAX_RESULTS {
            return Err(TooMany);
        }
        found.push(Found {
            mined,
            log,
            index: first_log + position,
        });
    }
    Ok(())
}
