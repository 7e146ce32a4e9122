//! Judges a sound transfer: does it pay the payment whose slot it hit?

use usdt_protocol::{PaymentStatus, UtcTime};
use usdt_tron::Block;

use super::LatePolicy;

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
pub fn judge(mined: Block, slot: Option<&HitSlot>) -> Verdict {
    let Some(slot) = slot.filter(|slot| mined.time <= slot.held_until) else {
        return Verdict::Review(ReviewReason::NoMatch);
    };
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

/// Whether a pending payment has expired for good: the solid chain has passed its deadline, so
/// that no transfer in time can turn up any more.
pub fn is_expired(expires_at: UtcTime, solid_time: UtcTime) -> bool {
    solid_time > expires_at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UtcTime {
        UtcTime::from_millis(seconds * 1_000)
    }

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
                judge(mined(time), Some(&hit(PaymentStatus::Pending))),
                Verdict::Credit { late: false }
            );
        }
    }

    #[test]
    fn a_late_payment_is_credited_or_reviewed_as_the_project_wants() {
        for status in [PaymentStatus::Pending, PaymentStatus::Expired] {
            let accepting = hit(status);
            assert_eq!(
                judge(mined(201), Some(&accepting)),
                Verdict::Credit { late: true }
            );
            let reviewing = HitSlot {
                late_policy: LatePolicy::Review,
                ..accepting
            };
            assert_eq!(
                judge(mined(201), Some(&reviewing)),
                Verdict::Review(ReviewReason::Late)
            );
            assert_eq!(
                judge(mined(200), Some(&reviewing)),
                Verdict::Credit { late: false }
            );
        }
    }

    #[test]
    fn everything_else_goes_to_review() {
        let review = |time: u32, slot: Option<&HitSlot>| match judge(mined(time), slot) {
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
    fn a_payment_expires_only_after_the_solid_chain_has_passed_its_deadline() {
        assert!(!is_expired(at(200), at(200)));
        assert!(is_expired(at(200), UtcTime::from_millis(200_001)));
    }
}
