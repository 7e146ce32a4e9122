//! When and whereto the page takes the payer back to the shop.

use usdt_protocol::{Payment, PaymentStatus, RedirectUrl, UtcTime};

use crate::core::clock::Moment;

/// How long a payment counts as just paid when the page is opened again.
const RECENT_SECONDS: i64 = 15 * 60;

/// An automatic return that may be on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Departure {
    /// Nobody leaves by himself; at most there is a link.
    None,
    /// The page leaves at `at`, unless the payer stops it.
    Counting {
        to: RedirectUrl,
        reason: Reason,
        at: Moment,
    },
    /// The payer chose to stay, or has already been taken away once.
    Stayed,
}

/// Why the page leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Paid,
    /// Expired or failed. Somebody who still acts on the page is not taken away.
    NotPaid,
}

impl Reason {
    pub const fn seconds(self) -> u32 {
        match self {
            Self::Paid => 5,
            Self::NotPaid => 15,
        }
    }
}

impl Departure {
    /// For a payment that was in its state when the page was opened: only a fresh success leads
    /// on by itself. Whoever opens an old link wants to look at it.
    pub fn on_opening(payment: &Payment, now: Moment) -> Self {
        if payment.status == PaymentStatus::Paid && paid_recently(payment) {
            Self::leave(payment, now)
        } else {
            Self::None
        }
    }

    /// For a payment whose status changed while the payer looked on.
    pub fn on_change(payment: &Payment, now: Moment) -> Self {
        Self::leave(payment, now)
    }

    fn leave(payment: &Payment, now: Moment) -> Self {
        let (reason, to) = match payment.status {
            PaymentStatus::Pending => return Self::None,
            PaymentStatus::Paid => (Reason::Paid, &payment.success_url),
            PaymentStatus::Expired | PaymentStatus::Failed => (Reason::NotPaid, &payment.fail_url),
        };
        to.clone().map_or(Self::None, |to| Self::Counting {
            to,
            reason,
            at: now.plus_seconds(reason.seconds()),
        })
    }

    /// Starts the count anew: it must be seen before it ends.
    #[must_use]
    pub fn seen_again(self, now: Moment) -> Self {
        match self {
            Self::Counting { to, reason, .. } => Self::Counting {
                to,
                reason,
                at: now.plus_seconds(reason.seconds()),
            },
            other => other,
        }
    }

    #[must_use]
    pub fn touched(self) -> Self {
        match self {
            Self::Counting {
                reason: Reason::NotPaid,
                ..
            } => Self::Stayed,
            other => other,
        }
    }

    /// Seconds until the page leaves.
    pub fn seconds_left(&self, now: Moment) -> Option<u32> {
        match self {
            Self::Counting { at, .. } => Some(now.seconds_until(*at)),
            Self::None | Self::Stayed => None,
        }
    }
}

/// Whether the payment was paid so shortly before the answer that the payer is still on the way.
pub fn paid_recently(payment: &Payment) -> bool {
    payment
        .paid_at
        .is_some_and(|paid_at: UtcTime| payment.server_time < paid_at.plus_seconds(RECENT_SECONDS))
}
