//! Ranks the payments that a transfer in review may have been meant for, by what payers and
//! exchanges do to amounts. Decides nothing: a person does.

use std::fmt;

use usdt_protocol::money::MICRO_PER_USDT;
use usdt_protocol::{PaymentStatus, Usdt, UtcTime};
use usdt_tron::Transfer;

use super::Payment;

/// More than these help nobody to decide.
pub const MOST: usize = 10;

/// The largest difference that is taken for somebody's fee.
const LARGEST_FEE: u64 = 30 * MICRO_PER_USDT;

/// Exchanges keep whole USDT, or tenths of one.
const ROUND_FEE: u64 = MICRO_PER_USDT / 10;

/// Payers and exchanges cut amounts to at most so many decimals.
const MOST_CUT_DECIMALS: u8 = 5;

/// An amount that is this close, in hundredths of the amount to pay, may be a slip.
const NEAR_PERCENT: u64 = 5;

/// A payment that a transfer may have been meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub payment: Payment,
    pub likeness: Likeness,
    /// The payment was created after the transfer was mined.
    pub is_younger: bool,
    /// The transfer was mined after the payment's window.
    pub is_late: bool,
}

/// What a transfer and a payment have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The amount to pay.
    Exact,
    /// What is missing of a payment that was accepted with less.
    Rest { received: Usdt },
    /// Less than the amount to pay by a round fee, its own decimals untouched.
    FeeKept(Usdt),
    /// More than the amount to pay by a round fee.
    FeeAdded(Usdt),
    /// Another transfer in review adds up with it to the amount to pay.
    Half { other: Usdt },
    /// The amount to pay with fewer decimals.
    Cut { decimals: u8 },
    /// What the merchant asked for, without the tail that marks the payment.
    WithoutTail,
    /// Nearly the amount to pay: the difference in tenths of a percent.
    Near { per_mille: u16, is_less: bool },
    /// Nothing, but no other payment was open at the address.
    Alone,
}

/// The payments that the transfer may have been meant for, the likeliest first.
///
/// `payments` are those at the transfer's address, `others` the amounts of the other transfers
/// in review there.
pub fn rank(transfer: &Transfer, others: &[Usdt], payments: Vec<Payment>) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = payments
        .into_iter()
        .filter_map(|payment| {
            let likeness = Likeness::between(transfer.amount, others, &payment)?;
            Some(Candidate::new(transfer, payment, likeness))
        })
        .collect();
    candidates.sort_by_key(|candidate| candidate.rank(transfer.block_time));
    candidates.truncate(MOST);
    candidates
}

/// Adds the payment that was alone open at the address, unless it is among the candidates. It is
/// the least likely of those that were there before the transfer.
pub fn add_alone(candidates: &mut Vec<Candidate>, transfer: &Transfer, alone: Payment) {
    if candidates.iter().any(|known| known.payment.id == alone.id) {
        return;
    }
    candidates.push(Candidate::new(transfer, alone, Likeness::Alone));
    candidates.sort_by_key(|candidate| candidate.rank(transfer.block_time));
    candidates.truncate(MOST);
}

/// The amounts to pay from which it differs by nothing or by a round fee.
pub fn apart_by_a_fee(amount: Usdt) -> impl Iterator<Item = Usdt> {
    let fees = (0..=LARGEST_FEE / ROUND_FEE).map(|steps| steps * ROUND_FEE);
    let amounts = fees.flat_map(move |fee| {
        let (less, more) = (
            amount.micro().checked_sub(fee),
            amount.micro().checked_add(fee),
        );
        [less, more.filter(|_| fee > 0)]
    });
    amounts.flatten().map(Usdt::from_micro)
}

/// The first and the last amount to pay that may have lost decimals to become this one.
pub fn before_cutting(amount: Usdt) -> (Usdt, Usdt) {
    let amount = amount.micro();
    (
        Usdt::from_micro(amount.saturating_sub(MICRO_PER_USDT / 2)),
        Usdt::from_micro(amount.saturating_add(MICRO_PER_USDT)),
    )
}

/// The amounts to pay between which all candidates lie, apart from those by a sum.
pub fn range(amount: Usdt) -> (Usdt, Usdt) {
    let amount = amount.micro();
    // A twentieth of the larger amount is less than a tenth of the smaller one.
    let slack = LARGEST_FEE.max(amount / 10);
    (
        Usdt::from_micro(amount.saturating_sub(slack)),
        Usdt::from_micro(amount.saturating_add(slack)),
    )
}

impl Likeness {
    fn between(amount: Usdt, others: &[Usdt], payment: &Payment) -> Option<Self> {
        let (sent, due) = (amount.micro(), payment.pay_amount.micro());
        let adds_up = |other: Usdt| sent.checked_add(other.micro()) == Some(due);
        let difference = sent.abs_diff(due);
        let is_fee = difference <= LARGEST_FEE && difference.is_multiple_of(ROUND_FEE);
        if difference == 0 {
            return Some(Self::Exact);
        }
        if let Some(received) = payment
            .received_amount
            .filter(|&received| adds_up(received))
        {
            return Some(Self::Rest { received });
        }
        if is_fee {
            let fee = Usdt::from_micro(difference);
            return Some(if sent < due {
                Self::FeeKept(fee)
            } else {
                Self::FeeAdded(fee)
            });
        }
        if payment.status != PaymentStatus::Paid
            && let Some(&other) = others.iter().find(|&&other| adds_up(other))
        {
            return Some(Self::Half { other });
        }
        if amount == payment.amount {
            return Some(Self::WithoutTail);
        }
        let cut = (0..=MOST_CUT_DECIMALS)
            .rev()
            .find(|&decimals| is_cut(sent, due, decimals));
        if let Some(decimals) = cut {
            return Some(Self::Cut { decimals });
        }
        let per_mille = u128::from(difference) * 1_000 / u128::from(due.max(1));
        let is_near = u128::from(difference) * 100 <= u128::from(due) * u128::from(NEAR_PERCENT);
        is_near.then_some(Self::Near {
            per_mille: u16::try_from(per_mille).ok()?,
            is_less: sent < due,
        })
    }

    /// How little it proves: what happens by chance comes last. The second number tells apart
    /// what is otherwise alike.
    pub(super) fn weakness(self) -> (u8, u64) {
        match self {
            Self::Exact => (0, 0),
            Self::Rest { .. } => (1, 0),
            Self::FeeKept(fee) | Self::FeeAdded(fee) => {
                let is_whole = fee.micro().is_multiple_of(MICRO_PER_USDT);
                (if is_whole { 2 } else { 3 }, fee.micro())
            }
            Self::Half { .. } => (4, 0),
            // The decimals that are left still tell payments apart.
            Self::Cut { decimals: 3.. } => (5, 0),
            Self::Cut { decimals: 2 } => (6, 0),
            Self::WithoutTail => (7, 0),
            Self::Cut { decimals: 1 } => (8, 0),
            Self::Cut { decimals: 0 } => (9, 0),
            Self::Near { per_mille, .. } => (10, u64::from(per_mille / 10)),
            Self::Alone => (11, 0),
        }
    }
}

/// Whether `sent` is `due` truncated or rounded to so many decimals.
fn is_cut(sent: u64, due: u64, decimals: u8) -> bool {
    let unit = MICRO_PER_USDT / 10_u64.pow(u32::from(decimals));
    let down = due - due % unit;
    let nearest = if due % unit * 2 >= unit {
        down.saturating_add(unit)
    } else {
        down
    };
    sent == down || sent == nearest
}

impl Candidate {
    pub(super) fn new(transfer: &Transfer, payment: Payment, likeness: Likeness) -> Self {
        Self {
            likeness,
            is_younger: payment.created_at > transfer.block_time,
            is_late: transfer.block_time > payment.expires_at,
            payment,
        }
    }

    /// Sorts the likeliest first. Money for a payment that is closed is unlikely, unless the
    /// amount itself points there.
    fn rank(&self, block_time: UtcTime) -> impl Ord + use<> {
        let is_open = self.payment.is_open();
        let points_there = matches!(self.likeness, Likeness::Exact | Likeness::Rest { .. });
        let distance = block_time
            .millis()
            .abs_diff(self.payment.created_at.millis());
        (
            self.is_younger,
            !is_open && !points_there,
            self.likeness.weakness(),
            !is_open,
            distance,
            self.payment.id,
        )
    }
}

/// The reason for the candidate, without a full stop.
impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.likeness {
            Likeness::Exact if self.is_late => {
                f.write_str("exactly the amount to pay, after its time was up")?;
            }
            Likeness::Exact => f.write_str("exactly the amount to pay")?,
            Likeness::Rest { received } => write!(
                f,
                "with the {received} that it received before, this makes the amount to pay"
            )?,
            Likeness::FeeKept(fee) => write!(
                f,
                "the amount to pay less {fee}, as when an exchange keeps a fee"
            )?,
            Likeness::FeeAdded(fee) => write!(
                f,
                "the amount to pay and {fee} more, as when a payer adds a fee"
            )?,
            Likeness::Half { other } => write!(
                f,
                "with the {other} that waits for review too, this makes the amount to pay: look \
                 at both"
            )?,
            Likeness::Cut { decimals: 0 } => f.write_str("the amount to pay without decimals")?,
            Likeness::Cut { decimals: 1 } => f.write_str("the amount to pay, cut to 1 decimal")?,
            Likeness::Cut { decimals } => {
                write!(f, "the amount to pay, cut to {decimals} decimals")?;
            }
            Likeness::WithoutTail => {
                f.write_str("the merchant's price, without the decimals that mark the payment")?;
            }
            Likeness::Near { per_mille, is_less } => write!(
                f,
                "{}.{} % {} than the amount to pay",
                per_mille / 10,
                per_mille % 10,
                if is_less { "less" } else { "more" }
            )?,
            Likeness::Alone => f.write_str(
                "another amount, but no other payment was open at the address at that time",
            )?,
        }
        match self.payment.status {
            PaymentStatus::Paid if self.likeness == Likeness::Exact => {
                f.write_str("; paid already: it came twice")?;
            }
            PaymentStatus::Paid => f.write_str("; paid already")?,
            PaymentStatus::Failed => f.write_str("; it has failed")?,
            PaymentStatus::Pending | PaymentStatus::Expired => {}
        }
        if self.is_younger {
            f.write_str("; but created after the transfer")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use usdt_protocol::PaymentId;

    use super::*;
    use crate::payments::sample::{SENT_AT, payment, transfer, usdt};

    fn paid(payment: Payment, received: &str) -> Payment {
        Payment {
            status: PaymentStatus::Paid,
            received_amount: Some(usdt(received)),
            ..payment
        }
    }

    fn numbers(candidates: &[Candidate]) -> Vec<u64> {
        candidates
            .iter()
            .map(|candidate| candidate.payment.id.get() - PaymentId::MIN)
            .collect()
    }

    #[test]
    fn what_payers_and_exchanges_do_to_an_amount_is_recognised() {
        let fee = |text| Likeness::FeeKept(usdt(text));
        let cut = |decimals| Likeness::Cut { decimals };
        let near = |per_mille, is_less| Likeness::Near { per_mille, is_less };
        for (sent, likeness) in [
            ("50.0871", Some(Likeness::Exact)),
            ("49.0871", Some(fee("1"))),
            ("48.5871", Some(fee("1.5"))),
            ("49.2871", Some(fee("0.8"))),
            ("20.0871", Some(fee("30"))),
            ("19.0871", None),
            ("51.0871", Some(Likeness::FeeAdded(usdt("1")))),
            (
                "10.0001",
                Some(Likeness::Half {
                    other: usdt("40.087"),
                }),
            ),
            ("50.087", Some(cut(3))),
            ("50.08", Some(cut(2))),
            ("50.09", Some(cut(2))),
            ("50.1", Some(cut(1))),
            ("50", Some(Likeness::WithoutTail)),
            ("49", Some(near(21, true))),
            ("52.5", Some(near(48, false))),
            ("52.6", None),
            ("47.5", None),
        ] {
            let found = rank(
                &transfer(usdt(sent)),
                &[usdt("7"), usdt("40.087")],
                vec![payment(1, "50", "50.0871", SENT_AT - 100)],
            );
            let found = found.first().map(|candidate| candidate.likeness);
            assert_eq!(found, likeness, "{sent}");
        }
        // A price with decimals of its own.
        let odd = || vec![payment(1, "49.9567", "50.0368", SENT_AT - 100)];
        let likeness = |sent| rank(&transfer(usdt(sent)), &[], odd())[0].likeness;
        assert_eq!(likeness("49.9567"), Likeness::WithoutTail);
        assert_eq!(likeness("50"), cut(1));
    }

    #[test]
    fn the_likeliest_comes_first_and_each_says_why() {
        let before = SENT_AT - 100;
        let candidates = rank(
            &transfer(usdt("50.0134")),
            &[usdt("20.002")],
            vec![
                payment(1, "51", "51.0021", before),
                paid(payment(2, "52", "52.0134", before), "52.0134"),
                payment(3, "70", "70.0154", before),
                payment(4, "50.8", "50.8134", before),
                payment(5, "62", "62.0134", before),
                payment(6, "51", "51.0134", before),
                paid(payment(7, "90", "90.0234", before), "40.01"),
                paid(payment(8, "50", "50.0134", SENT_AT - 5_000), "50.0134"),
                payment(9, "50", "50.0134", SENT_AT - 9_000),
                payment(10, "50", "50.0134", SENT_AT + 1),
            ],
        );
        assert_eq!(numbers(&candidates), [9, 8, 7, 6, 5, 4, 3, 1, 2, 10]);
        let reasons: Vec<String> = candidates.iter().map(ToString::to_string).collect();
        assert_eq!(
            reasons,
            [
                "exactly the amount to pay, after its time was up",
                "exactly the amount to pay, after its time was up; paid already: it came twice",
                "with the 40.01 that it received before, this makes the amount to pay; paid already",
                "the amount to pay less 1.00, as when an exchange keeps a fee",
                "the amount to pay less 12.00, as when an exchange keeps a fee",
                "the amount to pay less 0.80, as when an exchange keeps a fee",
                "with the 20.002 that waits for review too, this makes the amount to pay: look at both",
                "1.9 % less than the amount to pay",
                "the amount to pay less 2.00, as when an exchange keeps a fee; paid already",
                "exactly the amount to pay; but created after the transfer",
            ]
        );
    }

    #[test]
    fn fewer_decimals_prove_less_and_the_nearest_in_time_is_the_likelier() {
        let candidates = rank(
            &transfer(usdt("50")),
            &[],
            vec![
                payment(1, "49.95", "50.0401", SENT_AT - 10),
                payment(2, "50", "50.0871", SENT_AT - 2_000),
                payment(3, "50", "50.0022", SENT_AT - 1_000),
                payment(4, "49.999", "50.0003", SENT_AT - 9_000),
                payment(5, "49.91", "50.0044", SENT_AT - 9_000),
            ],
        );
        assert_eq!(numbers(&candidates), [4, 5, 3, 2, 1]);
    }

    fn any_payment() -> impl Strategy<Value = Payment> {
        let status = prop::sample::select(vec![
            PaymentStatus::Pending,
            PaymentStatus::Paid,
            PaymentStatus::Expired,
            PaymentStatus::Failed,
        ]);
        (
            1_u64..1 << 40,
            45_u64..=55,
            1_u64..=999,
            0_i64..2 * SENT_AT,
            status,
        )
            .prop_map(|(number, price, tail, created, status)| Payment {
                status,
                amount: Usdt::from_micro(price * MICRO_PER_USDT),
                pay_amount: Usdt::from_micro(price * MICRO_PER_USDT + tail * 100),
                ..payment(number, "1", "1", created)
            })
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_evidence_whatever_the_order_of_the_payments(
            payments in prop::collection::vec(any_payment(), 0..40),
            micro in 45_000_000_u64..55_000_000,
            step in prop::sample::select(vec![1_u64, 100, 1_000, 10_000, 1_000_000]),
        ) {
            let transfer = transfer(Usdt::from_micro(micro - micro % step));
            let ranked = rank(&transfer, &[], payments.clone());
            let mut reversed = payments;
            reversed.reverse();
            prop_assert_eq!(&ranked, &rank(&transfer, &[], reversed));
            prop_assert!(ranked.len() <= MOST);
            prop_assert!(ranked.is_sorted_by_key(|candidate| candidate.is_younger));
            let old = ranked.iter().filter(|candidate| !candidate.is_younger);
            let other = old.filter(|candidate| candidate.likeness != Likeness::Exact);
            let is_closed: Vec<bool> = other
                .map(|candidate| matches!(
                    candidate.payment.status,
                    PaymentStatus::Paid | PaymentStatus::Failed
                ))
                .collect();
            prop_assert!(is_closed.is_sorted());
        }

        #[test]
        fn no_amount_is_too_large_and_none_outside_the_range_is_like(
            sent in 1_u64..,
            due in 1_u64..,
            near in 0_u64..40 * MICRO_PER_USDT,
        ) {
            for due in [due, sent.saturating_add(near), sent.saturating_sub(near).max(1)] {
                let payment = Payment {
                    amount: Usdt::from_micro(due),
                    pay_amount: Usdt::from_micro(due),
                    ..payment(1, "1", "1", SENT_AT)
                };
                let sent = Usdt::from_micro(sent);
                let found = rank(&transfer(sent), &[], vec![payment]);
                let (least, most) = range(sent);
                prop_assert!(found.is_empty() || (least..=most).contains(&Usdt::from_micro(due)));
            }
        }
    }
}
