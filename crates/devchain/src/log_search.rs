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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use usdt_protocol::{TronAddress, Usdt, UtcTime};

    use super::*;
    use crate::chain::Chain;
    use crate::log::Word;
    use crate::{Call, Options, Outcome, Transfer};

    fn account(number: u8) -> TronAddress {
        TronAddress::from_bytes([number; 20])
    }

    /// An account's word, with garbage above it or without.
    fn word() -> impl Strategy<Value = Word> {
        (0..4u8, prop::sample::select(vec![0, 0x41])).prop_map(|(number, upper)| {
            let mut word = account(number).to_abi_word();
            word[11] = upper;
            word
        })
    }

    fn odd_log() -> impl Strategy<Value = Log> {
        (0..4u8, prop::collection::vec(word(), 0..5)).prop_map(|(address, topics)| Log {
            address: account(address),
            topics,
            data: Vec::new(),
        })
    }

    #[derive(Clone, Debug)]
    enum Step {
        Transfer { from: u8, to: u8, fail: bool },
        Call { logs: Vec<Log>, outcome: Outcome },
        Fee(u32),
        Mine,
        Fork(u64, bool),
    }

    fn step() -> impl Strategy<Value = Step> {
        let outcomes = vec![Outcome::Success, Outcome::OutOfTime, Outcome::Revert];
        prop_oneof![
            4 => (0..4u8, 0..4u8, any::<bool>())
                .prop_map(|(from, to, fail)| Step::Transfer { from, to, fail }),
            3 => (prop::collection::vec(odd_log(), 0..4), prop::sample::select(outcomes))
                .prop_map(|(logs, outcome)| Step::Call { logs, outcome }),
            1 => (0..2u32).prop_map(|on| Step::Fee(on * 5_000)),
            3 => Just(Step::Mine),
            1 => (1..4u64, any::<bool>()).prop_map(|(blocks, keep)| Step::Fork(blocks, keep)),
        ]
    }

    fn chain(steps: &[Step]) -> Chain {
        let options = Options::starting_at(UtcTime::from_millis(0));
        let mut chain = Chain::new(&options, Box::new(|| UtcTime::from_millis(0)));
        for step in steps {
            match step {
                Step::Transfer { from, to, fail } => {
                    chain.transfer(&Transfer {
                        from: Some(account(*from)),
                        fail: *fail,
                        ..Transfer::new(account(*to), Usdt::from_micro(10))
                    });
                }
                Step::Call { logs, outcome } => {
                    chain.submit(Call {
                        outcome: *outcome,
                        ..Call::new(account(0), logs.clone())
                    });
                }
                Step::Fee(rate) => {
                    let mut state = chain.next_token_state();
                    state.basis_points_rate = *rate;
                    state.maximum_fee = Usdt::from_micro(100);
                    chain.set_token_state(&state);
                }
                Step::Mine => chain.mine(1),
                Step::Fork(blocks, keep) => chain.fork(*blocks, *keep).unwrap(),
            }
        }
        chain.mine(1);
        chain
    }

    fn places(found: Result<Vec<Found<'_>>, TooMany>) -> Vec<(Place, usize, Log)> {
        let found = found.unwrap().into_iter();
        found
            .map(|found| (found.mined.place, found.index, found.log))
            .collect()
    }

    proptest! {
        #[test]
        fn looking_accounts_up_finds_what_a_scan_finds(
            steps in prop::collection::vec(step(), 0..40),
            topics in prop::collection::vec(prop::collection::hash_set(word(), 0..4), 2..4),
            addresses in prop::collection::hash_set((0..4u8).prop_map(account), 0..2),
            (from, length, lag) in (0..20u64, 0..20u64, 0..4u64),
        ) {
            let chain = chain(&steps);
            let first = chain.head() - 25;
            let filter = LogFilter {
                from: first + from,
                to: first + from + length,
                addresses,
                topics: std::iter::once(HashSet::default()).chain(topics).collect(),
            };
            let chain = chain.without(lag);
            prop_assert_eq!(
                places(search(&filter, chain)),
                places(scan(&filter, chain))
            );
        }
    }
}
