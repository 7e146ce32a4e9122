//! Presumes for which payment a transfer in review was meant, so that its payer can be told that
//! the money has come. Credits nothing: a wrong guess shows a payer money that is not his, so that
//! a doubt is enough to guess nothing.

use usdt_protocol::{PaymentId, PaymentStatus, Usdt};
use usdt_tron::Transfer;

use super::Payment;
use super::candidates::{self, Candidate, Likeness};
use super::judge::ReviewReason;

/// Which payments at the transfer's address are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// All whose amounts are reserved.
    All,
    /// Those whose amounts the transfer's resembles by a fee, or by decimals that were lost.
    Alike,
    /// Those whose amounts it resembles by a fee, and some of the others.
    Some,
}

/// For which payment a transfer was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presumption {
    pub payment: PaymentId,
    /// The amount of another transfer in review that makes up the amount to pay with it.
    pub other_half: Option<Usdt>,
}

/// Whether a transfer that is in review for this reason may be meant for any open payment.
pub const fn is_possible(reason: ReviewReason) -> bool {
    match reason {
        ReviewReason::NoMatch | ReviewReason::Late => true,
        // It hit a payment that is not open, or nobody's.
        ReviewReason::Dust
        | ReviewReason::BeforeCreation
        | ReviewReason::PaidTwice
        | ReviewReason::Failed => false,
    }
}

/// The open payment that the transfer was meant for, where that is clear: it is the likeliest by
/// [`candidates::rank`], and no other one is as likely.
///
/// `others` are the amounts of the other transfers in review at the address.
pub fn presume(
    transfer: &Transfer,
    others: &[Usdt],
    payments: Vec<Payment>,
    known: Known,
) -> Option<Presumption> {
    let is_alone = known == Known::All && were_open(transfer, &payments) == 1;
    let mut ranked = candidates::rank(transfer, others, payments).into_iter();
    let first = ranked.next()?;
    if first.is_younger || !first.payment.is_open() {
        return None;
    }
    let class = |candidate: &Candidate| candidate.likeness.weakness().0;
    let is_rivalled = ranked.any(|other| {
        other.payment.is_open() && !other.is_younger && class(&other) == class(&first)
    });
    let is_enough = match first.likeness {
        Likeness::Exact | Likeness::Rest { .. } | Likeness::FeeKept(_) | Likeness::FeeAdded(_) => {
            true
        }
        Likeness::Cut { .. } | Likeness::WithoutTail => known != Known::Some,
        // Chance brings about both where there are several.
        Likeness::Half { .. } | Likeness::Near { .. } => is_alone,
    };
    let missing = || {
        let missing = first
            .payment
            .pay_amount
            .micro()
            .checked_sub(transfer.amount.micro())?;
        let missing = Usdt::from_micro(missing);
        (is_alone && others.contains(&missing)).then_some(missing)
    };
    (is_enough && !is_rivalled).then(|| Presumption {
        payment: first.payment.id,
        other_half: missing(),
    })
}

/// How many of the payments were open when the transfer was mined, as far as is known.
fn were_open(transfer: &Transfer, payments: &[Payment]) -> usize {
    let was_open = |payment: &&Payment| {
        payment.created_at <= transfer.block_time
            && match payment.status {
                PaymentStatus::Pending | PaymentStatus::Expired => true,
                PaymentStatus::Paid => payment
                    .paid_at
                    .is_some_and(|paid_at| paid_at >= transfer.block_time),
                PaymentStatus::Failed => false,
            }
    };
    payments.iter().filter(was_open).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payments::sample::{self, SENT_AT, at, transfer, usdt};

    /// A pending payment of 50 USDT, created a minute before the transfer.
    fn payment(number: u64, due: &str) -> Payment {
        Payment {
            status: PaymentStatus::Pending,
            ..sample::payment(number, "50", due, SENT_AT - 60)
        }
    }

    /// Paid as many seconds after the transfer, with `received`.
    fn paid(payment: Payment, received: &str, after: i64) -> Payment {
        Payment {
            status: PaymentStatus::Paid,
            received_amount: Some(usdt(received)),
            paid_at: Some(at(SENT_AT + after)),
            ..payment
        }
    }

    /// The number of the presumed payment.
    fn presumed(sent: &str, payments: &[Payment], known: Known) -> Option<u64> {
        let others = [usdt("20.05")];
        presume(&transfer(usdt(sent)), &others, payments.to_vec(), known)
            .map(|presumption| presumption.payment.get() - PaymentId::MIN)
    }

    #[test]
    fn only_the_one_payment_that_is_likeliest_is_presumed() {
        let [one, two] = [payment(1, "50.0134"), payment(2, "50.0871")];
        let both = [one.clone(), two.clone()];
        for known in [Known::All, Known::Alike, Known::Some] {
            // Its decimals name the payer.
            assert_eq!(presumed("49.0134", &both, known), Some(1));
            assert_eq!(presumed("50.5871", &both, known), Some(2));
            // One fee is as good as another.
            let rival = payment(3, "52.0134");
            assert_eq!(presumed("49.0134", &[one.clone(), rival], known), None);
        }
        // The price, and both have it.
        assert_eq!(presumed("50", &both, Known::All), None);
        assert_eq!(presumed("50.08", &both, Known::Alike), Some(2));
        assert_eq!(presumed("50.08", &both, Known::Some), None);
    }

    #[test]
    fn what_chance_brings_about_counts_only_where_no_other_payment_was_open() {
        let one = payment(1, "50.0134");
        for (sent, alone) in [("49.5", Some(1)), ("29.9634", Some(1)), ("7", None)] {
            assert_eq!(
                presumed(sent, std::slice::from_ref(&one), Known::All),
                alone
            );
            for known in [Known::Alike, Known::Some] {
                assert_eq!(presumed(sent, std::slice::from_ref(&one), known), None);
            }
            let other = payment(2, "70.0871");
            let both = [one.clone(), other.clone()];
            assert_eq!(presumed(sent, &both, Known::All), None);
            let paid_since = [one.clone(), paid(other.clone(), "70.0871", 1)];
            assert_eq!(presumed(sent, &paid_since, Known::All), None);
            let paid_before = [one.clone(), paid(other, "70.0871", -1)];
            assert_eq!(presumed(sent, &paid_before, Known::All), alone);
        }
    }

    #[test]
    fn a_payment_that_is_younger_or_not_open_is_not_presumed() {
        let one = payment(1, "50.0134");
        let younger = Payment {
            created_at: at(SENT_AT + 1),
            ..one.clone()
        };
        assert_eq!(presumed("49.0134", &[younger], Known::All), None);
        let failed = Payment {
            status: PaymentStatus::Failed,
            ..one.clone()
        };
        assert_eq!(presumed("49.0134", &[failed], Known::All), None);
        let expired = Payment {
            status: PaymentStatus::Expired,
            ..one.clone()
        };
        assert_eq!(presumed("49.0134", &[expired], Known::All), Some(1));
        // The rest of what another payment was accepted with.
        let short = paid(payment(2, "60.0268"), "11.0134", -10);
        assert_eq!(presumed("49.0134", &[one, short], Known::All), None);
    }
}
