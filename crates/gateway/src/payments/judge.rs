//! Judges a sound transfer: does it pay the payment whose slot it hit?

use usdt_protocol::{PaymentStatus, Usdt, UtcTime};
use usdt_tron::Block;

use super::LatePolicy;

/// Less than this is dust where it fits no payment. Bots send 0.000001 to 0.01 to addresses that they
/// see in use, so that their own look-alikes are copied from the list of transfers. Nobody pays a
/// fee for the network to pay so little.
const DUST_BELOW: Usdt = Usdt::from_micro(100_000);

/// The slot that a transfer hit by address, exact amount and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HitSlot {
    pub status: PaymentStatus,
    /// The last block that was read when the payment was created.
    pub held_after: u64,
    pub expires_at: UtcTime,
    /// The end of the quarantine.
    pub held_until: UtcTime,
    pub late_policy: LatePolicy,
}

/// What becomes of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It pays the payment.
    Credit { late: bool },
    /// It waits for a person to decide.
    Review(ReviewReason),
}

/// Why a transfer pays nothing by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewReason {
    /// No slot held this amount at this address.
    NoMatch,
    /// The same, and it is too little to be anybody's payment.
    Dust,
    /// It was mined before the payment was created: it was meant for something else.
    BeforeCreation,
    /// It came after the window, and the project wants to see such payments.
    Late,
    /// The payment is paid already.
    PaidTwice,
    /// The payment has failed.
    Failed,
}

impl ReviewReason {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoMatch => "no_match",
            Self::Dust => "dust",
            Self::BeforeCreation => "before_creation",
            Self::Late => "late",
            Self::PaidTwice => "paid_twice",
            Self::Failed => "failed",
        }
    }

    /// The reason that [`Self::as_str`] writes so.
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::NoMatch,
            Self::Dust,
            Self::BeforeCreation,
            Self::Late,
            Self::PaidTwice,
            Self::Failed,
        ]
        .into_iter()
        .find(|reason| reason.as_str() == name)
    }
}

/// Judges a transfer by the block in which it was mined, never by the time of day: an outage can
/// delay the verdict but not change it.
pub fn judge(mined: Block, amount: Usdt, slot: Option<&HitSlot>) -> Verdict {
    let Some(slot) = slot else {
        let is_dust = amount < DUST_BELOW;
        return Verdict::Review(if is_dust {
            ReviewReason::Dust
        } else {
            ReviewReason::NoMatch
        });
    };
    if mined.time > slot.held_until {
        return Verdict::Review(ReviewReason::NoMatch);
    }
    if mined.number <= slot.held_after {
        return Verdict::Review(ReviewReason::BeforeCreation);
    }
    let late = mined.time > slot.expires_at;
    match (slot.status, slot.late_policy) {
        (PaymentStatus::Paid, _) => Verdict::Review(ReviewReason::PaidTwice),
        (PaymentStatus::Failed, _) => Verdict::Review(ReviewReason::Failed),
        (PaymentStatus::Pending | PaymentStatus::Expired, LatePolicy::Review) if late => {
            Verdict::Review(ReviewReason::Late)
        }
        (PaymentStatus::Pending | PaymentStatus::Expired, _) => Verdict::Credit { late },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UtcTime {
        UtcTime::from_millis(seconds * 1_000)
    }

    const AMOUNT: Usdt = Usdt::from_micro(50_012_300);

    /// A block whose number is its second.
    fn mined(seconds: u32) -> Block {
        Block {
            number: seconds.into(),
            time: at(seconds.into()),
        }
    }

    const fn slot(status: PaymentStatus) -> HitSlot {
        HitSlot {
            status,
            held_after: 0,
            expires_at: UtcTime::EPOCH,
            held_until: UtcTime::EPOCH,
            late_policy: LatePolicy::Accept,
        }
    }

    fn hit(status: PaymentStatus) -> HitSlot {
        HitSlot {
            held_after: 100,
            expires_at: at(200),
            held_until: at(300),
            ..slot(status)
        }
    }

    #[test]
    fn the_exact_amount_in_the_window_pays() {
        for time in [101, 150, 200] {
            assert_eq!(
                judge(mined(time), AMOUNT, Some(&hit(PaymentStatus::Pending))),
                Verdict::Credit { late: false }
            );
        }
    }

    #[test]
    fn a_late_payment_is_credited_or_reviewed_as_the_project_wants() {
        for status in [PaymentStatus::Pending, PaymentStatus::Expired] {
            let accepting = hit(status);
            assert_eq!(
                judge(mined(201), AMOUNT, Some(&accepting)),
                Verdict::Credit { late: true }
            );
            let reviewing = HitSlot {
                late_policy: LatePolicy::Review,
                ..accepting
            };
            assert_eq!(
                judge(mined(201), AMOUNT, Some(&reviewing)),
                Verdict::Review(ReviewReason::Late)
            );
            assert_eq!(
                judge(mined(200), AMOUNT, Some(&reviewing)),
                Verdict::Credit { late: false }
            );
        }
    }

    #[test]
    fn everything_else_goes_to_review() {
        let review = |time: u32, slot: Option<&HitSlot>| match judge(mined(time), AMOUNT, slot) {
            Verdict::Review(reason) => reason,
            credit @ Verdict::Credit { .. } => panic!("{credit:?}"),
        };
        assert_eq!(review(150, None), ReviewReason::NoMatch);
        assert_eq!(
            review(301, Some(&hit(PaymentStatus::Expired))),
            ReviewReason::NoMatch
        );
        assert_eq!(
            review(100, Some(&hit(PaymentStatus::Pending))),
            ReviewReason::BeforeCreation
        );
        assert_eq!(
            review(150, Some(&hit(PaymentStatus::Paid))),
            ReviewReason::PaidTwice
        );
        assert_eq!(
            review(150, Some(&hit(PaymentStatus::Failed))),
            ReviewReason::Failed
        );
    }

    #[test]
    fn dust_is_what_hits_no_slot_and_is_too_little_for_a_payment() {
        for (micro, slot, reason) in [
            (1, None, ReviewReason::Dust),
            (99_999, None, ReviewReason::Dust),
            (100_000, None, ReviewReason::NoMatch),
            // Somebody's payment of a tiny price, long after its quarantine.
            (
                10_100,
                Some(hit(PaymentStatus::Expired)),
                ReviewReason::NoMatch,
            ),
        ] {
            assert_eq!(
                judge(mined(301), Usdt::from_micro(micro), slot.as_ref()),
                Verdict::Review(reason),
                "{micro}"
            );
        }
        assert_eq!(
            judge(
                mined(150),
                Usdt::from_micro(10_100),
                Some(&hit(PaymentStatus::Pending))
            ),
            Verdict::Credit { late: false }
        );
    }
}
