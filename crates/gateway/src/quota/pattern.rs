//! What the gateway asks in a day, reckoned from how it is used. The numbers of its requests stand
//! here and nowhere else.

use std::collections::BTreeMap;
use std::time::Duration;

use usdt_tron::Call;

use crate::config::Watch;

const DAY_SECONDS: u64 = 86_400;

/// Blocks of TRON are three seconds apart.
const BLOCKS_A_DAY: u64 = DAY_SECONDS / 3;

/// While a payment is open, the head is looked at after every pause, and what is solid after so
/// many. The head costs our addresses' logs.
pub const PAUSES_WHILE_OPEN: u32 = 2;
/// While amounts are reserved for late payers only, what is solid is looked at after so many.
const PAUSES_FOR_LATE_PAYERS: u32 = 4;
/// A look at what is solid costs the newest solid block and the logs of the new ones.
const SOLID_BLOCKS: u64 = 1;
const SOLID_LOGS: u64 = 1;

/// While a payment is open, the indexer's lists of addresses with one, of so many at a time.
pub const INDEXER_EVERY: Duration = Duration::from_secs(10);
const INDEXED_AT_A_TIME: u64 = 3;

/// While an amount is reserved, one block's logs are compared with its receipts, at every node.
pub const COMPARE_EVERY: Duration = Duration::from_secs(40);
/// And so many old blocks are looked at again, and those of retired addresses.
pub const LOOK_BACK_EVERY: Duration = Duration::from_mins(1);
pub const LOOK_BACK_BLOCKS: u64 = 600;
const RETIRED_EVERY: Duration = Duration::from_mins(10);

/// The token's contract is asked by the audits.
pub const TOKEN_EVERY: Duration = Duration::from_mins(5);

/// For each payment that is paid: its receipt, and while it is seen above the solid block, for 19
/// blocks, the head's number, and what is solid at every look.
const RECEIPTS_A_PAYMENT: u64 = 1;
const HEADS_A_PAYMENT: u64 = 19;
const SOLID_LOOKS_A_PAYMENT: u64 = 10;

/// The audits.
const INDEXER_AUDITS_A_DAY: u64 = DAY_SECONDS / 300;
const CALLS_A_TOKEN_AUDIT: u64 = 4;
const BLACKLIST_AUDITS_A_DAY: u64 = 24;
/// A balance is asked for between two looks at the newest solid block.
const SOLID_BLOCKS_A_BALANCE: u64 = 2;

/// How the gateway is used, on average over a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Seconds of a day in which a payment is open.
    pub open: u64,
    /// Seconds of a day in which an amount is reserved for a payment, open or not.
    pub reserved: u64,
    /// The same as `open` for each address by itself, added up.
    pub open_at_addresses: u64,
    /// Payments that are paid in a day.
    pub paid: u64,
    /// Addresses at which an amount is reserved.
    pub addresses_in_use: u64,
    /// All that were ever used.
    pub addresses: u64,
}

impl Usage {
    /// The same gateway with a payment open at all times.
    #[must_use]
    pub fn all_day(self) -> Self {
        let addresses = self.addresses_in_use.max(1);
        Self {
            open: DAY_SECONDS,
            reserved: DAY_SECONDS,
            open_at_addresses: addresses.saturating_mul(DAY_SECONDS),
            addresses_in_use: addresses,
            addresses: self.addresses.max(addresses),
            ..self
        }
    }
}

/// How a chain is read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    pub watch: Watch,
    pub poll: Duration,
    pub idle_poll: Duration,
}

/// The requests of a day to the first node and to the indexer, by their kind. Without those of
/// payers: claims and wallets.
pub fn requests_a_day(usage: Usage, reading: Reading) -> BTreeMap<Call, u64> {
    let open = usage.open.min(DAY_SECONDS);
    let reserved = usage.reserved.clamp(open, DAY_SECONDS);
    let head_looks = looks(open, reading.poll);
    let solid_looks = looks(open, reading.poll * PAUSES_WHILE_OPEN)
        + looks(reserved - open, reading.poll * PAUSES_FOR_LATE_PAYERS)
        + looks(DAY_SECONDS - reserved, reading.idle_poll)
        + SOLID_LOOKS_A_PAYMENT * usage.paid;
    let indexed = usage.open_at_addresses.min(INDEXED_AT_A_TIME * open);
    let compared = looks(reserved, COMPARE_EVERY);
    let (logs, block_receipts) = match reading.watch {
        Watch::Logs => (
            head_looks
                + SOLID_LOGS * solid_looks
                + compared
                + looks(reserved, LOOK_BACK_EVERY)
                + looks(reserved, RETIRED_EVERY),
            compared,
        ),
        // The head is still looked at by its logs.
        Watch::Receipts => (head_looks, BLOCKS_A_DAY),
    };
    BTreeMap::from([
        (
            Call::SolidBlock,
            SOLID_BLOCKS * solid_looks + SOLID_BLOCKS_A_BALANCE * usage.addresses,
        ),
        (Call::HeadBlock, HEADS_A_PAYMENT * usage.paid),
        (Call::Logs, logs),
        (Call::Receipt, RECEIPTS_A_PAYMENT * usage.paid),
        (Call::BlockReceipts, block_receipts),
        (
            Call::Contract,
            CALLS_A_TOKEN_AUDIT * looks(DAY_SECONDS, TOKEN_EVERY)
                + (BLACKLIST_AUDITS_A_DAY + 1) * usage.addresses,
        ),
        (
            Call::Indexer,
            looks(indexed, INDEXER_EVERY) + INDEXER_AUDITS_A_DAY * usage.addresses_in_use,
        ),
    ])
}

/// The requests of a day to each node after the first, while the first is well.
pub fn requests_to_others(usage: Usage, reading: Reading) -> BTreeMap<Call, u64> {
    let compared = match reading.watch {
        Watch::Logs => looks(usage.reserved.min(DAY_SECONDS), COMPARE_EVERY),
        Watch::Receipts => 0,
    };
    BTreeMap::from([(Call::Logs, compared), (Call::BlockReceipts, compared)])
}

fn looks(seconds: u64, pause: Duration) -> u64 {
    let millis = u128::from(seconds) * 1_000;
    let looks = millis.checked_div(pause.as_millis()).unwrap_or(0);
    u64::try_from(looks).unwrap_or(u64::MAX)
}

/// The seconds that at least one of the spans covers, within `within`. Spans and bounds are times
/// in milliseconds.
pub fn covered(spans: &[(i64, i64)], within: (i64, i64)) -> u64 {
    let mut spans: Vec<(i64, i64)> = spans
        .iter()
        .map(|&(from, to)| (from.max(within.0), to.min(within.1)))
        .filter(|(from, to)| from < to)
        .collect();
    spans.sort_unstable();
    let mut covered = 0_i64;
    let mut reached = within.0;
    for (from, to) in spans {
        covered += (to - from.max(reached)).max(0);
        reached = reached.max(to);
    }
    u64::try_from(covered / 1_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const READING: Reading = Reading {
        watch: Watch::Logs,
        poll: Duration::from_secs(3),
        idle_poll: Duration::from_mins(1),
    };

    fn total(usage: Usage) -> u64 {
        requests_a_day(usage, READING).values().sum()
    }

    #[test]
    fn the_day_of_an_idle_of_a_quiet_and_of_a_busy_gateway() {
        let idle = requests_a_day(Usage::default(), READING);
        assert_eq!(idle[&Call::SolidBlock], 1_440);
        assert_eq!(idle[&Call::Logs], 1_440);
        assert_eq!(idle[&Call::Contract], 1_152);
        let busy = requests_a_day(Usage::default().all_day(), READING);
        assert_eq!(busy[&Call::SolidBlock], 14_402);
        assert_eq!(busy[&Call::Logs], 28_800 + 14_400 + 2_160 + 1_440 + 144);
        assert_eq!(busy[&Call::BlockReceipts], 2_160);
        assert_eq!(busy[&Call::Indexer], 8_640 + 288);
        let quarantine = Usage {
            reserved: DAY_SECONDS,
            ..Usage::default()
        };
        let quarantine = requests_a_day(quarantine, READING);
        assert_eq!(quarantine[&Call::Logs], 7_200 + 2_160 + 1_440 + 144);
    }

    proptest! {
        #[test]
        fn no_use_asks_more_than_the_same_all_day_and_slower_looks_ask_less(
            open in 0..DAY_SECONDS, reserved in 0..DAY_SECONDS, paid in 0_u64..10_000,
            in_use in 0_u64..50, addresses in 0_u64..1_000,
        ) {
            let usage = Usage {
                open,
                reserved,
                open_at_addresses: open * in_use.max(1),
                paid,
                addresses_in_use: in_use,
                addresses: addresses.max(in_use),
            };
            // Each look is cut to a whole number.
            prop_assert!(total(usage) <= total(usage.all_day()) + 3);
            let slower = Reading { poll: READING.poll * 2, ..READING };
            let slow: u64 = requests_a_day(usage, slower).values().sum();
            prop_assert!(slow <= total(usage));
        }

        #[test]
        fn what_is_covered_is_counted_once(
            spans in prop::collection::vec((0_i64..100, 0_i64..100), 0..20),
            within in (0_i64..50, 50_i64..100),
        ) {
            let millis: Vec<_> = spans.iter().map(|(from, to)| (from * 1_000, to * 1_000)).collect();
            let inside = |second: &i64| spans.iter().any(|(from, to)| (from..to).contains(&second));
            let expected = (within.0..within.1).filter(inside).count();
            let counted = covered(&millis, (within.0 * 1_000, within.1 * 1_000));
            prop_assert_eq!(counted, u64::try_from(expected).unwrap());
        }
    }
}
