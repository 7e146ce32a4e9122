//! What accepting transfers from review does to the payment that they are accepted for, and what to
//! ask about before.

use std::fmt;

use usdt_protocol::{PaymentStatus, Usdt};
use usdt_tron::Transfer;

use super::Payment;

/// More than is due by this part of it is no slip and no fee.
const FAR_PART: u64 = 20;

/// What becomes of the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It becomes paid, with the sum of the transfers.
    Pays { received: Usdt, late: bool },
    /// It is paid already: it has received so much then.
    Adds { received: Usdt },
}

/// Why a payment takes no transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("no transfer is named")]
    Nothing,
    #[error("the payment has failed, and the merchant was told so by its status")]
    Failed,
    #[error("the sum would be larger than any amount")]
    TooMuch,
}

/// Why the sum of the transfers may not be what the payment is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    Short { sum: Usdt, due: Usdt },
    FarTooMuch { sum: Usdt, due: Usdt },
    NothingDue { received: Usdt },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { sum, due } => write!(
                f,
                "{} USDT do not reach the {} USDT that are due",
                sum.six_decimals(),
                due.six_decimals()
            ),
            Self::FarTooMuch { sum, due } => write!(
                f,
                "{} USDT are far more than the {} USDT that are due",
                sum.six_decimals(),
                due.six_decimals()
            ),
            Self::NothingDue { received } => write!(
                f,
                "nothing is due any more: the payment has received {} USDT",
                received.six_decimals()
            ),
        }
    }
}

/// The transfer that completes the payment: the latest.
pub fn completing<'a>(transfers: &[&'a Transfer]) -> Option<&'a Transfer> {
    let latest = |transfer: &&&Transfer| (transfer.block, transfer.txid, transfer.log_position);
    transfers.iter().max_by_key(latest).copied()
}

/// What the transfers bring together; `None` where that is more than any amount.
pub fn sum(transfers: &[&Transfer]) -> Option<Usdt> {
    transfers.iter().try_fold(Usdt::ZERO, |sum, transfer| {
        let micro = sum.micro().checked_add(transfer.amount.micro());
        micro.map(Usdt::from_micro)
    })
}

/// What accepting all of the transfers for `payment` does.
pub fn judge(payment: &Payment, transfers: &[&Transfer]) -> Result<Acceptance, Refusal> {
    let last = completing(transfers).ok_or(Refusal::Nothing)?;
    let sum = sum(transfers).ok_or(Refusal::TooMuch)?;
    match payment.status {
        PaymentStatus::Pending | PaymentStatus::Expired => Ok(Acceptance::Pays {
            received: sum,
            late: last.block_time > payment.expires_at,
        }),
        PaymentStatus::Paid => received(payment)
            .micro()
            .checked_add(sum.micro())
            .map(|micro| Acceptance::Adds {
                received: Usdt::from_micro(micro),
            })
            .ok_or(Refusal::TooMuch),
        PaymentStatus::Failed => Err(Refusal::Failed),
    }
}

/// Whether so much more is not what the payment is waiting for.
pub fn doubt(payment: &Payment, sum: Usdt) -> Option<Doubt> {
    let received = received(payment);
    let due = payment.pay_amount.micro().saturating_sub(received.micro());
    let far = due.saturating_add(due / FAR_PART);
    match due {
        0 => Some(Doubt::NothingDue { received }),
        _ if sum.micro() < due => Some(Doubt::Short {
            sum,
            due: Usdt::from_micro(due),
        }),
        _ if sum.micro() > far => Some(Doubt::FarTooMuch {
            sum,
            due: Usdt::from_micro(due),
        }),
        _ => None,
    }
}

fn received(payment: &Payment) -> Usdt {
    payment.received_amount.unwrap_or(Usdt::ZERO)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{at, payment, transfer, usdt};
    use super::*;

    #[test]
    fn transfers_pay_with_their_sum_at_the_time_of_the_last() {
        let open = payment(1, "25", "25.0619", 9_000);
        let first = transfer(usdt("12"));
        let last = Transfer {
            block: 2,
            block_time: at(9_901),
            ..transfer(usdt("13.0619"))
        };
        let in_time = Transfer {
            block_time: at(9_100),
            ..first.clone()
        };
        for order in [[&in_time, &last], [&last, &in_time]] {
            assert_eq!(completing(&order), Some(&last));
            let pays = Acceptance::Pays {
                received: usdt("25.0619"),
                late: true,
            };
            assert_eq!(judge(&open, &order), Ok(pays));
        }
        assert_eq!(judge(&open, &[]), Err(Refusal::Nothing));
        let all = transfer(Usdt::from_micro(u64::MAX));
        assert_eq!(judge(&open, &[&all, &first]), Err(Refusal::TooMuch));
    }

    #[test]
    fn less_than_is_due_far_more_and_what_is_not_due_are_doubtful() {
        let open = payment(1, "25", "25.0619", 9_000);
        for fine in ["25.0619", "25.07", "26", "26.31"] {
            assert_eq!(doubt(&open, usdt(fine)), None, "{fine}");
        }
        for (sum, told) in [
            (
                "25.061899",
                "25.061899 USDT do not reach the 25.061900 USDT",
            ),
            (
                "26.32",
                "26.320000 USDT are far more than the 25.061900 USDT",
            ),
        ] {
            let doubt = doubt(&open, usdt(sum)).unwrap().to_string();
            assert!(doubt.starts_with(told), "{doubt}");
        }
        let paid = |received: &str| Payment {
            status: PaymentStatus::Paid,
            received_amount: Some(usdt(received)),
            ..open.clone()
        };
        assert_eq!(doubt(&paid("12"), usdt("13.0619")), None);
        assert!(matches!(
            doubt(&paid("12"), usdt("13")),
            Some(Doubt::Short { .. })
        ));
        let nothing = doubt(&paid("25.0619"), usdt("0.000001"));
        assert!(matches!(nothing, Some(Doubt::NothingDue { .. })));
    }
}
