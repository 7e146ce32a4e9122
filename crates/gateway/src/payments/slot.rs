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

use rand::Rng;
use rand::seq::IteratorRandom as _;
use usdt_protocol::Usdt;
use usdt_protocol::money::MICRO_PER_USDT;

/// One step of the addition: the fourth decimal.
const STEP: u64 = 100;
const LARGEST_ADDITION: u64 = 999;

/// Two amounts that are closer than this are easily taken for each other.
const LEAST_DISTANCE: u64 = 300;

/// The highest digit of an amount: a billion USDT.
const HIGHEST_DIGIT: u64 = 1_000_000_000 * MICRO_PER_USDT;

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
}

/// An amount that is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub amount: Usdt,
    pub fit: Fit,
}

/// The amounts that a payment may be given at an address, judged by what is live there.
#[derive(Clone, Debug)]
pub struct Candidates {
    least: u64,
    most: u64,
    /// By the number of steps above the least: how good an amount is, or `None` where it is taken
    /// or round.
    fits: Vec<Option<Fit>>,
}

impl Candidates {
    /// All amounts for a payment of `amount`, as if nothing were live.
    pub fn of(amount: Usdt) -> Self {
        let at = |addition| amount.micro().saturating_add(addition * STEP);
        let fits = (1..=LARGEST_ADDITION)
            .map(|addition| (!at(addition).is_multiple_of(STEP * 10)).then_some(Fit::BEST))
            .collect();
        Self {
            least: at(1),
            most: at(LARGEST_ADDITION),
            fits,
        }
    }

    /// The first and the last live amount that [`Candidates::avoid`] must be told of.
    pub fn nearby(&self) -> (Usdt, Usdt) {
        let first = (self.least / MICRO_PER_USDT * MICRO_PER_USDT)
            .min(self.least.saturating_sub(LEAST_DISTANCE));
        let last = (self.most / MICRO_PER_USDT + 1)
            .saturating_mul(MICRO_PER_USDT)
            .max(self.most.saturating_add(LEAST_DISTANCE));
        (Usdt::from_micro(first), Usdt::from_micro(last))
    }

    /// More ranges of live amounts to avoid, each by its first and last: those that differ in a
    /// digit before the point. They share a candidate's tail, so they matter only where no free
    /// amount has a tail of its own.
    pub fn mistyped(&self) -> Vec<(Usdt, Usdt)> {
        let mut wholes = vec![self.least / MICRO_PER_USDT, self.most / MICRO_PER_USDT];
        wholes.dedup();
        let mut ranges = Vec::new();
        for here in wholes.into_iter().map(|whole| whole * MICRO_PER_USDT) {
            for unit in digits_from(MICRO_PER_USDT) {
                let cleared = here - here / unit % 10 * unit;
                let others = (0..10).map(|digit| cleared + digit * unit);
                ranges.extend(others.filter(|there| *there != here).map(|there| {
                    let shifted = |end: u64| Usdt::from_micro(end - here + there);
                    (shifted(self.least.max(here)), shifted(self.most))
                }));
            }
        }
        ranges
    }

    /// The tails that [`Candidates::share_tail`] must be told of, where a live amount has them.
    pub fn tails(&self) -> impl Iterator<Item = u64> {
        self.free()
            .map(|choice| choice.amount.micro() % MICRO_PER_USDT)
    }

    /// Takes a live amount out, and notes what is close to it.
    pub fn avoid(&mut self, live: Usdt) {
        let micro = live.micro();
        if let Some(taken) = self.at(micro) {
            *taken = None;
        }
        let first = micro.saturating_sub(LEAST_DISTANCE - 1).max(self.least);
        let last = micro.saturating_add(LEAST_DISTANCE - 1).min(self.most);
        let mut close = self.least + (first - self.least).next_multiple_of(STEP);
        while close <= last {
            self.mark_close(close);
            close += STEP;
        }
        // What differs in a lower digit is closer than that.
        for unit in digits_from(STEP) {
            let cleared = micro - micro / unit % 10 * unit;
            let first = self.least.saturating_sub(cleared).div_ceil(unit);
            for other in (first..10).map(|digit| cleared + digit * unit) {
                if other > self.most {
                    break;
                }
                self.mark_close(other);
            }
        }
    }

    /// Notes that a live amount has this tail.
    pub fn share_tail(&mut self, tail: u64) {
        let steps_up = (tail + MICRO_PER_USDT - self.least % MICRO_PER_USDT) % MICRO_PER_USDT;
        if let Some(Some(fit)) = self.at(self.least + steps_up) {
            fit.unique_tail = false;
        }
    }

    /// Chooses at random among the best of the free amounts, or `None` where all are taken.
    pub fn choose(&self, rng: &mut impl Rng) -> Option<Choice> {
        let best = self.free().map(|choice| choice.fit).max()?;
        self.free().filter(|choice| choice.fit == best).choose(rng)
    }

    fn free(&self) -> impl Iterator<Item = Choice> {
        (0..).zip(&self.fits).filter_map(|(steps, fit)| {
            Some(Choice {
                amount: Usdt::from_micro(self.least + steps * STEP),
                fit: (*fit)?,
            })
        })
    }

    fn mark_close(&mut self, micro: u64) {
        if let Some(Some(fit)) = self.at(micro) {
            fit.far = false;
        }
    }

    fn at(&mut self, micro: u64) -> Option<&mut Option<Fit>> {
        let above = micro.checked_sub(self.least)?;
        let steps = usize::try_from(above / STEP).ok()?;
        self.fits
            .get_mut(steps)
            .filter(|_| above.is_multiple_of(STEP))
    }
}

/// The values of the decimal digits from `lowest` up.
fn digits_from(lowest: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(lowest), |unit| Some(unit * 10))
        .take_while(|unit| *unit <= HIGHEST_DIGIT)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;
    use rand::rngs::StdRng;
    use rand::{Rng as _, SeedableRng as _};

    use super::*;
    use crate::payments::fields::MAX_AMOUNT;

    /// What is live at an address: amounts, each with its digits.
    type Live = BTreeMap<Usdt, [u8; 16]>;

    fn digits(amount: Usdt) -> [u8; 16] {
        let text = format!("{:016}", amount.micro());
        text.as_bytes().try_into().unwrap()
    }

    /// The candidates, told of all that is live.
    fn candidates(amount: Usdt, live: &Live) -> Candidates {
        let mut candidates = Candidates::of(amount);
        for one in live.keys() {
            candidates.avoid(*one);
            candidates.share_tail(one.micro() % MICRO_PER_USDT);
        }
        candidates
    }

    /// The fit of an amount, by the digits as a payer reads them.
    fn fit_by_its_digits(candidate: Usdt, live: &Live) -> Fit {
        let mine = digits(candidate);
        Fit {
            unique_tail: live.values().all(|other| other[10..] != mine[10..]),
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
            let mut candidates = Candidates::of(Usdt::from_micro(micro));
            let mut chosen = BTreeSet::new();
            let mut fits = Vec::new();
            while let Some(choice) = candidates.choose(&mut rng) {
                assert!(chosen.insert(choice.amount), "{micro}");
                candidates.avoid(choice.amount);
                candidates.share_tail(choice.amount.micro() % MICRO_PER_USDT);
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
    fn all_of_the_best_are_chosen_alike() {
        let candidates = Candidates::of(Usdt::from_micro(50_000_000));
        let mut rng = StdRng::seed_from_u64(1);
        let chosen: BTreeSet<_> = (0..20_000)
            .map(|_| candidates.choose(&mut rng).unwrap().amount)
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
        (0..count)
            .map(|_| {
                let near = amount.micro() + rng.random_range(0..=1_100) * STEP;
                let changed = match rng.random_range(0..4) {
                    0 => near,
                    1 => near + rng.random_range(0..10) * MICRO_PER_USDT,
                    2 => near + rng.random_range(0..20) * 100_000,
                    _ => {
                        let unit = 10u64.pow(rng.random_range(0..16));
                        near - near / unit % 10 * unit + rng.random_range(0..10) * unit
                    }
                };
                Usdt::from_micro(changed.max(1))
            })
            .map(|amount| (amount, digits(amount)))
            .collect()
    }

    proptest! {
        #[test]
        fn the_choice_is_one_of_the_best_that_are_free(
            amount in base(),
            seed: u64,
            count in 0..1_000usize,
        ) {
            let live = neighbours(amount, seed, count);
            let chosen = candidates(amount, &live).choose(&mut StdRng::seed_from_u64(seed));
            let free: Vec<_> = (1..=999)
                .map(|addition| Usdt::from_micro(amount.micro() + addition * 100))
                .filter(|other| other.micro() % 1_000 != 0 && !live.contains_key(other))
                .collect();
            let Some(chosen) = chosen else {
                prop_assert!(free.is_empty());
                return Ok(());
            };
            prop_assert!(free.contains(&chosen.amount));
            prop_assert_eq!(chosen.fit, fit_by_its_digits(chosen.amount, &live));
            for other in free.into_iter().step_by(23) {
                prop_assert!(fit_by_its_digits(other, &live) <= chosen.fit);
            }
        }

        #[test]
        fn the_ranges_hold_all_that_matters(amount in base(), seed: u64, count in 0..1_000usize) {
            let live = neighbours(amount, seed, count);
            let choose = |candidates: &Candidates| candidates.choose(&mut StdRng::seed_from_u64(seed));
            let expected = choose(&candidates(amount, &live));

            let mut told = Candidates::of(amount);
            let (first, last) = told.nearby();
            live.range(first..=last).for_each(|(one, _)| told.avoid(*one));
            let tails: BTreeSet<_> = told.tails().collect();
            let shared = live.keys().map(|one| one.micro() % MICRO_PER_USDT);
            shared.filter(|tail| tails.contains(tail)).for_each(|tail| told.share_tail(tail));
            if choose(&told).is_none_or(|choice| choice.fit.unique_tail || !choice.fit.far) {
                prop_assert_eq!(choose(&told), expected);
            }
            for (first, last) in told.mistyped() {
                live.range(first..=last).for_each(|(one, _)| told.avoid(*one));
            }
            prop_assert_eq!(choose(&told), expected);
        }
    }
}
