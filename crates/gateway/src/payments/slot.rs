//! Slots: the exact amount by which a payment is recognised at its address.
//!
//! The amount to pay is what the merchant asks for plus a random addition. It is unique at its
//! address among all payments that are live or in quarantine. Amounts come in classes, and one is
//! used only where those before it are used up:
//!
//! 1. four decimals, by an addition of up to 0.0999;
//! 2. four decimals, by a larger addition, as far as the project allows;
//! 3. five decimals, and then six, which some exchanges cut.
//!
//! In all of them, what a payer or an exchange makes of an amount by cutting or rounding decimals
//! is no other payment's. The first two never have a fourth decimal of 0, so that fewer decimals
//! than four hit nobody. The others always have it, and what follows is below the half, so that
//! what is left after the cut belongs to nobody: were 50.00013 given out next to 50.0001, the one
//! payer's money would pay the other's order.
//!
//! Two more things are wished for, and granted as long as such amounts are not rare. A tail, which is
//! the amount without its whole USDT, that no other live amount has: it still names the payer
//! after an exchange has kept a round fee. And distance from every live amount, so that one
//! mistyped digit hits nobody.
//!
//! The sixth decimal tells before and after a restore from a backup apart: see [`Numbering`].

use std::ops::Range;
use std::str::FromStr;

use rand::Rng;
use rand::seq::IteratorRandom as _;
use usdt_protocol::Usdt;
use usdt_protocol::money::MICRO_PER_USDT;

/// One step of the fourth decimal.
const FOURTH: u64 = 100;

/// One step of the third decimal.
const THIRD: u64 = 1_000;

/// The decimals that are cut by some, finest last.
const CUT_TO: [u64; 2] = [FOURTH, 10];

/// Two amounts that are closer than this are easily taken for each other.
const LEAST_DISTANCE: u64 = 300;

/// So many are drawn that hardly ever all of them have lost what a tenth still has.
const FEW: usize = 32;

/// The highest digit of an amount: a billion USDT.
const HIGHEST_DIGIT: u64 = 1_000_000_000 * MICRO_PER_USDT;

/// The largest sixth decimal of what is given out in ordinary operation.
const LAST_ORDINARY_DIGIT: u64 = 5;

/// The most that a project lets be added to its prices: 0.0999 to 0.9999 USDT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MostAddition(Usdt);

/// Why something is no [`MostAddition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the most that is added to a price must be an amount from 0.0999 to 0.9999")]
pub struct MostAdditionError;

impl MostAddition {
    pub const LEAST: Self = Self(Usdt::from_micro(99_900));
    pub const LARGEST: Self = Self(Usdt::from_micro(999_900));

    pub const fn get(self) -> Usdt {
        self.0
    }
}

impl TryFrom<Usdt> for MostAddition {
    type Error = MostAdditionError;

    fn try_from(amount: Usdt) -> Result<Self, MostAdditionError> {
        (Self::LEAST.0..=Self::LARGEST.0)
            .contains(&amount)
            .then_some(Self(amount))
            .ok_or(MostAdditionError)
    }
}

impl FromStr for MostAddition {
    type Err = MostAdditionError;

    fn from_str(text: &str) -> Result<Self, MostAdditionError> {
        text.parse::<Usdt>()
            .map_err(|_| MostAdditionError)?
            .try_into()
    }
}

/// Which sixth decimals are given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbering {
    /// 0 to 5.
    Ordinary,
    /// One of the others. After a restore from a backup it is not known which amounts the lost
    /// database gave out, and their payers may still pay. None of them ends so.
    Restored(Digit),
}

/// A sixth decimal that is never given out in ordinary operation: 6 to 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digit(u64);

impl Digit {
    /// The digit, or `None` where it is another one.
    pub fn new(digit: u64) -> Option<Self> {
        (LAST_ORDINARY_DIGIT + 1..=9)
            .contains(&digit)
            .then_some(Self(digit))
    }
}

impl Numbering {
    /// The least amount from this one up whose sixth decimal is given out.
    fn from(self, micro: u64) -> u64 {
        let digit = micro % 10;
        match self {
            Self::Ordinary if digit <= LAST_ORDINARY_DIGIT => micro,
            Self::Ordinary => micro + 10 - digit,
            Self::Restored(Digit(wanted)) => micro + (wanted + 10 - digit) % 10,
        }
    }
}

/// Amounts that are alike in how safely they arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    FourDecimals,
    /// Four decimals too, with a larger addition.
    LargerAddition,
    FiveDecimals,
    SixDecimals,
}

impl Class {
    /// Those that arrive whole from everywhere, in the order of their use.
    pub const WHOLE: [Self; 2] = [Self::FourDecimals, Self::LargerAddition];

    /// Those that some exchanges cut.
    pub const FINE: [Self; 2] = [Self::FiveDecimals, Self::SixDecimals];
}

/// What a payment's amount is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What the merchant asks for.
    pub price: Usdt,
    pub most: MostAddition,
    pub numbering: Numbering,
}

impl Terms {
    /// The first and the last amount that may be given out.
    pub fn range(&self) -> (Usdt, Usdt) {
        let price = self.price.micro();
        let most = price.saturating_add(self.most.0.micro());
        (self.price, Usdt::from_micro(most))
    }

    /// How many amounts of the classes that arrive whole there are at one address.
    pub fn whole_amounts(&self) -> usize {
        let classes = Class::WHOLE.into_iter();
        classes
            .map(|class| Candidates::of(self, class).count())
            .sum()
    }
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
}

/// An amount that is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub amount: Usdt,
    pub fit: Fit,
}

/// Which of the amounts of one third decimal are given out: the first of them, the distance of
/// one from the next, and how many there are.
#[derive(Clone, Copy, Debug)]
struct Pattern {
    first: u64,
    step: u64,
    count: u64,
}

impl Pattern {
    fn of(terms: &Terms, class: Class) -> Self {
        match (class, terms.numbering) {
            // Fourth decimals of 1 to 9, and whatever the price has behind them.
            (Class::FourDecimals | Class::LargerAddition, numbering) => Self {
                first: FOURTH + numbering.from(terms.price.micro()) % FOURTH,
                step: FOURTH,
                count: 9,
            },
            (Class::FiveDecimals, Numbering::Ordinary) => Self {
                first: 10,
                step: 10,
                count: 4,
            },
            (Class::FiveDecimals, Numbering::Restored(Digit(digit))) => Self {
                first: digit,
                step: 10,
                count: 5,
            },
            (Class::SixDecimals, Numbering::Ordinary) => Self {
                first: 1,
                step: 1,
                count: 4,
            },
            // All that end in the digit are there already.
            (Class::SixDecimals, Numbering::Restored(_)) => Self {
                first: 0,
                step: 1,
                count: 0,
            },
        }
    }

    /// The amounts with this third decimal, in thousandths of a USDT.
    fn amounts(self, thousandths: u64) -> impl Iterator<Item = u64> {
        (0..self.count).map(move |number| thousandths * THIRD + self.first + number * self.step)
    }

    /// The place of an amount among those of its third decimal.
    fn place(self, micro: u64) -> Option<u64> {
        let above = (micro % THIRD).checked_sub(self.first)?;
        let place = above / self.step;
        (above.is_multiple_of(self.step) && place < self.count).then_some(place)
    }
}

/// The amounts of a class that a payment may be given at an address, judged by what is live there.
#[derive(Clone, Debug)]
pub struct Candidates {
    least: u64,
    most: u64,
    pattern: Pattern,
    /// By the third decimal and the place in the pattern: how good an amount is, or `None` where
    /// it is taken or out of bounds.
    fits: Vec<Option<Fit>>,
}

impl Candidates {
    /// All amounts of the class, as if nothing were live.
    pub fn of(terms: &Terms, class: Class) -> Self {
        let price = terms.price.micro();
        let upto = |addition: MostAddition| price.saturating_add(addition.0.micro());
        let usual = upto(MostAddition::LEAST);
        let (least, most) = match class {
            Class::FourDecimals => (price + FOURTH, usual),
            Class::LargerAddition => (usual + 1, upto(terms.most)),
            Class::FiveDecimals | Class::SixDecimals => (price + 1, usual),
        };
        let pattern = Pattern::of(terms, class);
        let fits = (least / THIRD..=most / THIRD)
            .flat_map(|thousandths| pattern.amounts(thousandths))
            .map(|micro| (least..=most).contains(&micro).then_some(Fit::BEST))
            .collect();
        Self {
            least,
            most,
            pattern,
            fits,
        }
    }

    /// How many amounts are free.
    pub fn count(&self) -> usize {
        self.fits.iter().flatten().count()
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

    /// Takes out a live amount, and what would become it or what it would become where decimals
    /// are cut or rounded. Notes what is close to it.
    pub fn avoid(&mut self, live: Usdt) {
        let micro = live.micro();
        self.take(micro, micro);
        for unit in CUT_TO {
            let behind = micro % unit;
            if behind == 0 {
                self.take(micro.saturating_sub(unit / 2), micro + unit - 1);
            } else {
                let down = micro - behind;
                let nearest = if behind >= unit / 2 {
                    down + unit
                } else {
                    down
                };
                self.take(down, down);
                self.take(nearest, nearest);
            }
        }
        let distance = LEAST_DISTANCE - 1;
        let close = self.between(micro.saturating_sub(distance), micro + distance);
        close.for_each(|close| self.mark_close(close));
        // What differs in a lower digit is closer than that.
        for unit in digits_from(FOURTH) {
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

    /// A few of those that fit best so far, drawn at random: as many as there are where these are few. The
    /// best of them are drawn as evenly from all the best.
    #[must_use]
    pub fn few(&self, rng: &mut impl Rng) -> Self {
        let best = self.fits.iter().copied().max().flatten();
        let fits = self.fits.iter().enumerate();
        let all = fits.filter_map(|(index, fit)| (*fit == best).then_some(index));
        let mut fits = vec![None; self.fits.len()];
        for index in all.choose_multiple(rng, FEW) {
            if let Some(fit) = fits.get_mut(index) {
                *fit = best;
            }
        }
        Self { fits, ..*self }
    }

    /// Chooses at random among the best of the free amounts, or `None` where all are taken.
    pub fn choose(&self, rng: &mut impl Rng) -> Option<Choice> {
        let best = self.free().map(|choice| choice.fit).max()?;
        self.free().filter(|choice| choice.fit == best).choose(rng)
    }

    fn free(&self) -> impl Iterator<Item = Choice> {
        self.between(self.thousandths().start * THIRD, u64::MAX)
            .zip(&self.fits)
            .filter_map(|(micro, fit)| {
                Some(Choice {
                    amount: Usdt::from_micro(micro),
                    fit: (*fit)?,
                })
            })
    }

    /// The third decimals that are given out.
    const fn thousandths(&self) -> Range<u64> {
        self.least / THIRD..self.most / THIRD + 1
    }

    /// The amounts of the pattern from `first` to `last`.
    fn between(&self, first: u64, last: u64) -> impl Iterator<Item = u64> + use<> {
        let (pattern, all) = (self.pattern, self.thousandths());
        (all.start.max(first / THIRD)..all.end.min(last / THIRD + 1))
            .flat_map(move |thousandths| pattern.amounts(thousandths))
            .filter(move |micro| (first..=last).contains(micro))
    }

    fn take(&mut self, first: u64, last: u64) {
        for micro in self.between(first, last) {
            if let Some(taken) = self.at(micro) {
                *taken = None;
            }
        }
    }

    fn mark_close(&mut self, micro: u64) {
        if let Some(Some(fit)) = self.at(micro) {
            fit.far = false;
        }
    }

    fn at(&mut self, micro: u64) -> Option<&mut Option<Fit>> {
        let place = self.pattern.place(micro)?;
        let above = (micro / THIRD).checked_sub(self.least / THIRD)?;
        let index = usize::try_from(above * self.pattern.count + place).ok()?;
        self.fits.get_mut(index)
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

    const DIGITS: [u64; 4] = [6, 7, 8, 9];

    fn terms(price: Usdt) -> Terms {
        Terms {
            price,
            most: MostAddition::LEAST,
            numbering: Numbering::Ordinary,
        }
    }

    fn restored(digit: u64) -> Numbering {
        Numbering::Restored(Digit::new(digit).unwrap())
    }

    fn numbering() -> impl Strategy<Value = Numbering> {
        prop_oneof![
            Just(Numbering::Ordinary),
            prop::sample::select(DIGITS.to_vec()).prop_map(restored),
        ]
    }

    fn any_terms() -> impl Strategy<Value = Terms> {
        let most = prop::sample::select(vec!["0.0999", "0.5", "0.9999"]);
        (base(), most, numbering()).prop_map(|(price, most, numbering)| Terms {
            price,
            most: most.parse().unwrap(),
            numbering,
        })
    }

    fn any_class() -> impl Strategy<Value = Class> {
        prop::sample::select([Class::WHOLE, Class::FINE].concat())
    }

    /// The candidates, told of all that is live.
    fn candidates(terms: &Terms, class: Class, live: &Live) -> Candidates {
        let mut candidates = Candidates::of(terms, class);
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

    /// What arrives where an amount's decimals are cut or rounded to any number of them.
    fn cut(amount: Usdt) -> BTreeSet<u64> {
        let micro = amount.micro();
        (0..6)
            .map(|decimals| MICRO_PER_USDT / 10_u64.pow(decimals))
            .flat_map(|unit| [micro / unit * unit, (micro + unit / 2) / unit * unit])
            .filter(|arrives| *arrives != micro)
            .collect()
    }

    /// Chooses until no amount of any class is left.
    fn use_up(terms: &Terms) -> Vec<(Class, Choice)> {
        let mut rng = StdRng::seed_from_u64(1);
        let mut chosen = Vec::new();
        for class in [Class::WHOLE, Class::FINE].concat() {
            let mut candidates = Candidates::of(terms, class);
            for (_, earlier) in &chosen {
                let Choice { amount, .. } = *earlier;
                candidates.avoid(amount);
                candidates.share_tail(amount.micro() % MICRO_PER_USDT);
            }
            while let Some(choice) = candidates.choose(&mut rng) {
                candidates.avoid(choice.amount);
                candidates.share_tail(choice.amount.micro() % MICRO_PER_USDT);
                chosen.push((class, choice));
            }
        }
        chosen
    }

    #[test]
    fn every_free_amount_of_each_class_is_used_once_and_then_none_is_left() {
        for (price, most, counts) in [
            ("50", "0.0999", [900, 0, 400, 400]),
            ("49.95", "0.0999", [900, 0, 400, 400]),
            ("50", "0.5", [900, 3_600, 400, 400]),
            ("0.999999", "0.0999", [899, 0, 400, 400]),
        ] {
            let terms = Terms {
                most: most.parse().unwrap(),
                ..terms(price.parse().unwrap())
            };
            let chosen = use_up(&terms);
            let all: BTreeSet<Usdt> = chosen.iter().map(|(_, choice)| choice.amount).collect();
            assert_eq!(all.len(), chosen.len(), "{price}");
            for (class, count) in [Class::WHOLE, Class::FINE].concat().into_iter().zip(counts) {
                let of_class = chosen.iter().filter(|(other, _)| *other == class);
                let fits: Vec<Fit> = of_class.map(|(_, choice)| choice.fit).collect();
                assert_eq!(fits.len(), count, "{price} {class:?}");
                assert!(fits.is_sorted_by(|before, after| before >= after));
            }
            assert_eq!(terms.whole_amounts(), counts[0] + counts[1]);
            for amount in &all {
                for arrives in cut(*amount) {
                    assert!(
                        !all.contains(&Usdt::from_micro(arrives)),
                        "{amount} becomes another payment's {arrives}"
                    );
                }
            }
        }
    }

    #[test]
    fn all_of_the_best_are_chosen_alike() {
        let candidates = Candidates::of(&terms(Usdt::from_micro(50_000_000)), Class::FourDecimals);
        let mut rng = StdRng::seed_from_u64(1);
        let chosen: BTreeSet<_> = (0..20_000)
            .map(|_| candidates.choose(&mut rng).unwrap().amount)
            .collect();
        assert_eq!(chosen.len(), 900);
    }

    #[test]
    fn a_bound_of_the_addition_is_between_a_tenth_and_a_whole_usdt() {
        for (text, is_one) in [
            ("0.0999", true),
            ("0.5", true),
            ("0.9999", true),
            ("0.0998", false),
            ("1", false),
            ("-0.5", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<MostAddition>().is_ok(), is_one, "{text}");
        }
        for digit in 0..12 {
            assert_eq!(Digit::new(digit).is_some(), DIGITS.contains(&digit));
        }
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

    /// Live amounts around a base: of the same price, of others with the same decimals, with finer
    /// ones, and with single digits changed.
    fn neighbours(amount: Usdt, seed: u64, count: usize) -> Live {
        let mut rng = StdRng::seed_from_u64(seed);
        (0..count)
            .map(|_| {
                let near = amount.micro() + rng.random_range(0..=1_100) * FOURTH;
                let changed = match rng.random_range(0..5) {
                    0 => near,
                    1 => near + rng.random_range(0..10) * MICRO_PER_USDT,
                    2 => near + rng.random_range(0..20) * 100_000,
                    3 => near + rng.random_range(0..100),
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
        fn what_is_given_out_keeps_the_rules_of_amounts(terms in any_terms(), class in any_class()) {
            for amount in Candidates::of(&terms, class).free().map(|choice| choice.amount) {
                let (micro, price) = (amount.micro(), terms.price.micro());
                prop_assert!(micro > price, "{}", amount);
                let most = match class {
                    Class::LargerAddition => terms.most,
                    _ => MostAddition::LEAST,
                };
                prop_assert!(micro - price <= most.get().micro(), "{}", amount);
                // What is cut to three decimals is nobody's.
                prop_assert!(!micro.is_multiple_of(1_000), "{}", amount);
                match terms.numbering {
                    Numbering::Ordinary => prop_assert!(micro % 10 <= 5, "{}", amount),
                    Numbering::Restored(Digit(digit)) => prop_assert_eq!(micro % 10, digit),
                }
            }
        }

        #[test]
        fn a_few_are_of_the_best_and_as_many_as_there_are(
            terms in any_terms(),
            class in any_class(),
            seed: u64,
            count in 0..300usize,
        ) {
            let told = candidates(&terms, class, &neighbours(terms.price, seed, count));
            let few = told.few(&mut StdRng::seed_from_u64(seed));
            let best = told.free().map(|choice| choice.fit).max();
            let of_the_best = told.free().filter(|choice| Some(choice.fit) == best);
            let of_the_best: Vec<_> = of_the_best.collect();
            prop_assert_eq!(few.count(), of_the_best.len().min(FEW));
            prop_assert!(few.free().all(|choice| of_the_best.contains(&choice)));
        }

        #[test]
        fn nobodys_money_becomes_anothers_where_decimals_are_cut(
            terms in any_terms(),
            class in any_class(),
            seed: u64,
            count in 0..300usize,
        ) {
            let mut live = neighbours(terms.price, seed, count);
            live.retain(|amount, _| !amount.micro().is_multiple_of(1_000));
            let told = candidates(&terms, class, &live);
            let becomes: BTreeSet<u64> = live.keys().flat_map(|one| cut(*one)).collect();
            for choice in told.free().step_by(7) {
                prop_assert!(!live.contains_key(&choice.amount));
                let micro = choice.amount.micro();
                prop_assert!(!becomes.contains(&micro), "{} is another's, cut", choice.amount);
                for arrives in cut(choice.amount) {
                    prop_assert!(
                        !live.contains_key(&Usdt::from_micro(arrives)),
                        "{} becomes another's", choice.amount
                    );
                }
            }
        }

        #[test]
        fn the_choice_is_one_of_the_best_that_are_free(
            terms in any_terms(),
            class in prop::sample::select(vec![Class::FourDecimals, Class::FiveDecimals]),
            seed: u64,
            count in 0..1_000usize,
        ) {
            let live = neighbours(terms.price, seed, count);
            let told = candidates(&terms, class, &live);
            let Some(chosen) = told.choose(&mut StdRng::seed_from_u64(seed)) else {
                prop_assert_eq!(told.count(), 0);
                return Ok(());
            };
            prop_assert_eq!(chosen.fit, fit_by_its_digits(chosen.amount, &live));
            for other in told.free().step_by(23) {
                prop_assert!(fit_by_its_digits(other.amount, &live) <= chosen.fit);
            }
        }

        #[test]
        fn the_ranges_hold_all_that_matters(
            terms in any_terms(),
            class in prop::sample::select(vec![
                Class::FourDecimals, Class::LargerAddition, Class::FiveDecimals,
            ]),
            seed: u64,
            count in 0..1_000usize,
        ) {
            let live = neighbours(terms.price, seed, count);
            let choose = |candidates: &Candidates| candidates.choose(&mut StdRng::seed_from_u64(seed));
            let expected = choose(&candidates(&terms, class, &live));

            let mut told = Candidates::of(&terms, class);
            if told.count() == 0 {
                return Ok(());
            }
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
