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

/// What is known of a transfer besides itself.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The amounts of the other transfers in review at the address.
    pub others: &'a [Usdt],
    pub known: Known,
    /// All that were open when it was mined are among them, whatever they ask for.
    pub all_open: bool,
    /// The sender has paid another payment at the address not long ago.
    pub has_paid: bool,
}

/// The open payment that the transfer was meant for, where that is clear: it is the likeliest by
/// [`candidates::rank`], and no other one is as likely. Money that is like no payment's is that of
/// the only one that was open, unless its sender has paid another one.
pub fn presume(
    transfer: &Transfer,
    payments: Vec<Payment>,
    surroundings: Surroundings<'_>,
) -> Option<Presumption> {
    let Surroundings {
        others,
        known,
        all_open,
        has_paid,
    } = surroundings;
    let alone = alone(transfer, &payments).filter(|_| all_open).cloned();
    let is_alone = alone.is_some();
    let mut ranked = candidates::rank(transfer, others, payments).into_iter();
    let Some(first) = ranked.next() else {
        return alone
            .filter(|alone| alone.is_open() && !has_paid)
            .map(|alone| Presumption {
                payment: alone.id,
                other_half: None,
            });
    };
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
        Likeness::Half { .. } | Likeness::Near { .. } | Likeness::Alone => is_alone,
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

/// The payment that was open when the transfer was mined, if only one of them was.
fn alone<'a>(transfer: &Transfer, payments: &'a [Payment]) -> Option<&'a Payment> {
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
    let mut open = payments.iter().filter(was_open);
    open.next().filter(|_| open.next().is_none())
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
        presumed_of(sent, payments, known, false)
    }

    fn presumed_of(sent: &str, payments: &[Payment], known: Known, has_paid: bool) -> Option<u64> {
        let surroundings = Surroundings {
            others: &[usdt("20.05")],
            known,
            all_open: known == Known::All,
            has_paid,
        };
        presume(&transfer(usdt(sent)), payments.to_vec(), surroundings)
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
        for (sent, alone) in [("49.5", Some(1)), ("29.9634", Some(1)), ("7", Some(1))] {
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
    fn money_like_no_payments_is_not_shown_where_its_sender_may_have_meant_another_one() {
        let one = payment(1, "50.0134");
        let before = paid(payment(2, "70.0871"), "70.0871", -1);
        let both = [one.clone(), before];
        for sent in ["0.1", "7", "30", "900000000000"] {
            assert_eq!(presumed(sent, &both, Known::All), Some(1), "{sent}");
            let doubted = presumed_of(sent, &both, Known::All, true);
            assert_eq!(doubted, None, "{sent}");
        }
        // It is like the one that is paid: a rest, or a second time.
        for sent in ["70.08", "69", "71.0871"] {
            assert_eq!(presumed(sent, &both, Known::All), None, "{sent}");
        }
        let since = paid(one, "50.0134", 1);
        assert_eq!(presumed("7", &[since], Known::All), None);
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
