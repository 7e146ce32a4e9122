//! Slots: the exact amount by which a payment is recognised at its address.
//!
//! The amount to pay is what the merchant asks for plus a random tail of 0.0001 to 0.0999. It is
//! unique at its address among all payments that are live or in quarantine. It is never a round
//! amount: its fourth decimal, or one behind it, is not 0. So a payer who cuts it to three decimals
//! or less hits no other payment.

use rand::Rng;
use rand::seq::IndexedRandom as _;
use usdt_protocol::Usdt;

/// One step of the tail: the fourth decimal.
const STEP: u64 = 100;
const LARGEST_TAIL: u64 = 999;

/// The smallest and the largest amount that a payment of `amount` may be given.
pub fn range(amount: Usdt) -> (Usdt, Usdt) {
    let at = |tail| Usdt::from_micro(amount.micro().saturating_add(tail * STEP));
    (at(1), at(LARGEST_TAIL))
}

/// Chooses at random among the free amounts, or `None` where all are taken.
///
/// `taken` holds the amounts of live slots at the address, sorted.
pub fn choose(amount: Usdt, taken: &[Usdt], rng: &mut impl Rng) -> Option<Usdt> {
    let free: Vec<Usdt> = (1..=LARGEST_TAIL)
        .filter_map(|tail| amount.micro().checked_add(tail * STEP))
        .filter(|micro| !micro.is_multiple_of(STEP * 10))
        .map(Usdt::from_micro)
        .filter(|candidate| taken.binary_search(candidate).is_err())
        .collect();
    free.choose(rng).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;
    use crate::payments::fields::MAX_AMOUNT;

    #[test]
    fn every_free_amount_is_used_once_and_then_none_is_left() {
        let amount = Usdt::from_micro(50_000_000);
        let mut rng = StdRng::seed_from_u64(1);
        let mut taken = Vec::new();
        while let Some(chosen) = choose(amount, &taken, &mut rng) {
            let at = taken.binary_search(&chosen).unwrap_err();
            taken.insert(at, chosen);
        }
        assert_eq!(taken.len(), 900);
    }

    proptest! {
        #[test]
        fn a_chosen_amount_is_close_unique_and_never_round(
            micro in 1..=MAX_AMOUNT.micro(),
            seed: u64,
            taken_tails in prop::collection::btree_set(1..=LARGEST_TAIL, 0..500),
        ) {
            let amount = Usdt::from_micro(micro);
            let taken: Vec<_> =
                taken_tails.iter().map(|tail| Usdt::from_micro(micro + tail * STEP)).collect();
            let chosen = choose(amount, &taken, &mut StdRng::seed_from_u64(seed)).unwrap();
            let (least, most) = range(amount);
            prop_assert!((least..=most).contains(&chosen));
            prop_assert!(chosen.micro() - micro <= 99_900);
            prop_assert!(chosen.micro() % 1_000 != 0);
            prop_assert!(!taken.contains(&chosen));
        }
    }
}
