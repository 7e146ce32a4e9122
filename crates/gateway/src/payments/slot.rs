//! Slots: the exact amount by which a payment is recognised at its address.
//!
//! The amount to pay is what the merchant asks for plus a random addition of 0.0001 to 0.0999. It
//! is unique at its address among all payments that are live or in quarantine. It is never a round
//! amount: its fourth decimal, or one behind it, is not 0. So a payer who cuts it to three decimals
//! or less hits no other payment.
//!
//! Two more things are wished for, as long as there are amounts that have them. A tail, which is
//! the amount without its whole USDT, that no other live amount has: it still names the payer
//! after an exchange has kept a round fee. And distance from every live amount, so that one
//! mistyped digit hits nobody.

use std::collections::{BTreeSet, HashSet};

use rand::Rng;
use rand::seq::SliceRandom as _;
use usdt_protocol::Usdt;
use usdt_protocol::money::MICRO_PER_USDT;

/// One step of the addition: the fourth decimal.
const STEP: u64 = 100;
const LARGEST_ADDITION: u64 = 999;

/// Two amounts that are closer than this are easily taken for each other.
const LEAST_DISTANCE: u64 = 300;

/// The highest digit of an amount: a billion USDT.
const HIGHEST_DIGIT: u64 = 1_000_000_000 * MICRO_PER_USDT;

/// What is live at an address, as far as it matters to a payment of one amount.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The amounts in [`nearby`], and once a shared tail is considered those in [`mistyped`].
    pub amounts: BTreeSet<Usdt>,
    /// Those of [`tails`] that a live amount has, whatever its whole USDT.
    pub tails: HashSet<u64>,
}

/// How good an amount is; the greater, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fit {
    /// No live amount has the same tail.
    pub unique_tail: bool,
    /// Every live amount is at least 0.0003 away and differs in two digits or more.
    pub far: bool,
}

impl Fit {
    pub const BEST: Self = Self {
        unique_tail: true,
        far: true,
    };
    const FALLING: [Self; 4] = [
        Self::BEST,
        Self {
            unique_tail: true,
            far: false,
        },
        Self {
            unique_tail: false,
            far: true,
        },
        Self {
            unique_tail: false,
            far: false,
        },
    ];
}

/// An amount that is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub amount: Usdt,
    pub fit: Fit,
}

/// Chooses at random among the best of the free amounts, or `None` where all are taken.
pub fn choose(amount: Usdt, live: &Live, rng: &mut impl Rng) -> Option<Choice> {
    let mut free: Vec<Usdt> = candidates(amount)
        .filter(|candidate| !live.amounts.contains(candidate))
        .collect();
    free.shuffle(rng);
    Fit::FALLING.into_iter().find_map(|fit| {
        free.iter()
            .copied()
            .find(|candidate| {
                (!fit.unique_tail || !live.tails.contains(&tail(*candidate)))
                    && (!fit.far || is_far(*candidate, &live.amounts))
            })
            .map(|amount| Choice { amount, fit })
    })
}

/// The first and the last amount of the range that holds what [`choose`] must know to find an
/// amount with a unique tail: no amount outside can be close to one.
pub fn nearby(amount: Usdt) -> (Usdt, Usdt) {
    let (least, most) = range(amount);
    let first = (least / MICRO_PER_USDT * MICRO_PER_USDT).min(least.saturating_sub(LEAST_DISTANCE));
    let last = (most / MICRO_PER_USDT + 1)
        .saturating_mul(MICRO_PER_USDT)
        .max(most.saturating_add(LEAST_DISTANCE));
    (Usdt::from_micro(first), Usdt::from_micro(last))
}

/// The ranges, each by its first and last amount, from which one mistyped digit before the point
/// leads to an amount that a payment of `amount` may be given.
pub fn mistyped(amount: Usdt) -> Vec<(Usdt, Usdt)> {
    let (least, most) = range(amount);
    let mut wholes = vec![least / MICRO_PER_USDT, most / MICRO_PER_USDT];
    wholes.dedup();
    wholes
        .into_iter()
        .flat_map(|whole| {
            let here = whole * MICRO_PER_USDT;
            one_digit_away(here, MICRO_PER_USDT).filter_map(move |there| {
                let shifted = |end: u64| (end + there).checked_sub(here).map(Usdt::from_micro);
                Some((shifted(least.max(here))?, shifted(most)?))
            })
        })
        .collect()
}

/// The tails of all amounts that a payment of `amount` may be given.
pub fn tails(amount: Usdt) -> impl Iterator<Item = u64> {
    candidates(amount).map(tail)
}

/// An amount without its whole USDT.
fn tail(amount: Usdt) -> u64 {
    amount.micro() % MICRO_PER_USDT
}

/// The smallest and the largest amount that a payment of `amount` may be given, in micro-USDT.
fn range(amount: Usdt) -> (u64, u64) {
    let at = |addition| amount.micro().saturating_add(addition * STEP);
    (at(1), at(LARGEST_ADDITION))
}

fn candidates(amount: Usdt) -> impl Iterator<Item = Usdt> {
    (1..=LARGEST_ADDITION)
        .filter_map(move |addition| amount.micro().checked_add(addition * STEP))
        .filter(|micro| !micro.is_multiple_of(STEP * 10))
        .map(Usdt::from_micro)
}

fn is_far(candidate: Usdt, live: &BTreeSet<Usdt>) -> bool {
    let micro = candidate.micro();
    let first = Usdt::from_micro(micro.saturating_sub(LEAST_DISTANCE - 1));
    let last = Usdt::from_micro(micro.saturating_add(LEAST_DISTANCE - 1));
    // Which also finds what differs in a digit below the fourth decimal.
    live.range(first..=last).next().is_none()
        && one_digit_away(micro, STEP).all(|other| !live.contains(&Usdt::from_micro(other)))
}

/// All numbers that differ from `micro` in exactly one decimal digit, which is that of
/// `lowest_digit` or a higher one.
fn one_digit_away(micro: u64, lowest_digit: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(lowest_digit), |unit| Some(unit * 10))
        .take_while(|unit| *unit <= HIGHEST_DIGIT)
        .flat_map(move |unit| {
            let digit = micro / unit % 10;
            (0..10)
                .filter(move |other| *other != digit)
                .map(move |other| micro - digit * unit + other * unit)
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};

    use super::*;
    use crate::payments::fields::MAX_AMOUNT;

    fn live(amounts: impl IntoIterator<Item = Usdt>) -> Live {
        let amounts: BTreeSet<_> = amounts.into_iter().collect();
        let tails = amounts.iter().copied().map(tail).collect();
        Live { amounts, tails }
    }

    fn digits(amount: Usdt) -> [u8; 16] {
        let text = format!("{:016}", amount.micro());
        text.as_bytes().try_into().unwrap()
    }

    /// The fit of an amount, by the digits as a payer reads them.
    fn fit_by_its_digits(candidate: Usdt, live: &[(Usdt, [u8; 16])]) -> Fit {
        let mine = digits(candidate);
        Fit {
            unique_tail: live.iter().all(|(_, other)| other[10..] != mine[10..]),
            far: live.iter().all(|(amount, other)| {
                let different = mine.iter().zip(other).filter(|(mine, other)| mine != other);
                different.count() >= 2 && candidate.micro().abs_diff(amount.micro()) >= 300
            }),
        }
    }

    #[test]
    fn every_free_amount_is_used_once_and_then_none_is_left() {
        for (micro, count) in [(50_000_000, 900), (49_950_000, 900), (999_999, 999)] {
            let mut rng = StdRng::seed_from_u64(1);
            let mut taken = live([]);
            let mut fits = Vec::new();
            while let Some(choice) = choose(Usdt::from_micro(micro), &taken, &mut rng) {
                assert!(taken.amounts.insert(choice.amount), "{micro}");
                taken.tails.insert(tail(choice.amount));
                fits.push(choice.fit);
            }
            assert_eq!(fits.len(), count);
            assert!(
                fits.is_sorted_by(|before, after| before >= after),
                "{micro}"
            );
        }
    }

    #[test]
    fn all_best_amounts_are_chosen_alike() {
        let amount = Usdt::from_micro(50_000_000);
        let mut rng = StdRng::seed_from_u64(1);
        let chosen: HashSet<_> = (0..20_000)
            .map(|_| choose(amount, &live([]), &mut rng).unwrap().amount)
            .collect();
        assert_eq!(chosen.len(), 900);
    }

    /// A base of 2 to 6 decimals, often just below a whole USDT.
    fn base() -> impl Strategy<Value = Usdt> {
        let decimals = prop::sample::select(vec![10_000, 1_000, 100, 10, 1]);
        let micro = prop_oneof![
            1..=MAX_AMOUNT.micro(),
            1..=200_000_000u64,
            (1..=100u64, 1..=150_000u64).prop_map(|(whole, below)| whole * MICRO_PER_USDT - below),
        ];
        (micro, decimals)
            .prop_map(|(micro, unit): (u64, u64)| Usdt::from_micro(micro.next_multiple_of(unit)))
    }

    /// Live amounts around a base: of the same price, of others with the same decimals, and with
    /// single digits changed.
    fn neighbours(amount: Usdt, seed: u64, count: usize) -> Live {
        let mut rng = StdRng::seed_from_u64(seed);
        live((0..count).map(|_| {
            let near = amount.micro() + rng.random_range(0..=1_100) * STEP;
            let changed = match rng.random_range(0..4) {
                0 => near,
                1 => near + rng.random_range(0..10) * MICRO_PER_USDT,
                2 => near + rng.random_range(0..20) * 100_000,
                _ => {
                    let all: Vec<_> = one_digit_away(near, 1).collect();
                    all[rng.random_range(0..all.len())]
                }
            };
            Usdt::from_micro(changed.max(1))
        }))
    }

    proptest! {
        #[test]
        fn the_choice_is_one_of_the_best_that_are_free(
            amount in base(),
            seed: u64,
            count in 0..1_000usize,
        ) {
            let live = neighbours(amount, seed, count);
            let mut rng = StdRng::seed_from_u64(seed);
            let Some(choice) = choose(amount, &live, &mut rng) else {
                prop_assert!(candidates(amount).all(|candidate| live.amounts.contains(&candidate)));
                return Ok(());
            };
            prop_assert!(!live.amounts.contains(&choice.amount));
            let spelt: Vec<_> = live.amounts.iter().map(|one| (*one, digits(*one))).collect();
            prop_assert_eq!(choice.fit, fit_by_its_digits(choice.amount, &spelt));
            let free = candidates(amount).filter(|candidate| !live.amounts.contains(candidate));
            for other in free.step_by(23) {
                prop_assert!(fit_by_its_digits(other, &spelt) <= choice.fit);
            }
        }

        #[test]
        fn a_chosen_amount_is_close_and_never_round(amount in base(), seed: u64) {
            let live = neighbours(amount, seed, 100);
            let chosen = choose(amount, &live, &mut StdRng::seed_from_u64(seed)).unwrap().amount;
            let addition = chosen.micro() - amount.micro();
            prop_assert!((100..=99_900).contains(&addition) && addition % 100 == 0);
            prop_assert!(chosen.micro() % 1_000 != 0);
        }

        #[test]
        fn the_ranges_hold_all_that_matters(amount in base(), seed: u64, count in 0..2_000usize) {
            let all = neighbours(amount, seed, count);
            let within = |ranges: &[(Usdt, Usdt)]| -> BTreeSet<_> {
                let is_within = |one: &Usdt| {
                    ranges.iter().any(|(first, last)| (first..=last).contains(&one))
                };
                all.amounts.iter().copied().filter(is_within).collect()
            };
            let mut some = Live {
                amounts: within(&[nearby(amount)]),
                tails: tails(amount).filter(|tail| all.tails.contains(tail)).collect(),
            };
            let choice = |live: &Live| choose(amount, live, &mut StdRng::seed_from_u64(seed));
            let expected = choice(&all);
            let first = choice(&some);
            if first.is_none_or(|choice| choice.fit.unique_tail || !choice.fit.far) {
                prop_assert_eq!(first, expected);
            }
            some.amounts.append(&mut within(&mistyped(amount)));
            prop_assert_eq!(choice(&some), expected);
        }
    }
}
