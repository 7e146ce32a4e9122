//! What accepting a transfer from review does to the payment that it is accepted for.

use usdt_protocol::{PaymentStatus, Usdt};
use usdt_tron::Transfer;

use super::Payment;

/// What becomes of the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// It becomes paid, with what the transfer brought.
    Pays { late: bool },
    /// It is paid already: it has received so much more.
    Adds { received: Usdt },
}

/// Why a payment takes no transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the payment has failed, and the merchant was told so by its status")]
    Failed,
    #[error("the sum would be larger than any amount")]
    TooMuch,
}

/// What accepting `transfer` for `payment` does.
pub fn judge(payment: &Payment, transfer: &Transfer) -> Result<Acceptance, Refusal> {
    match payment.status {
        PaymentStatus::Pending | PaymentStatus::Expired => Ok(Acceptance::Pays {
            late: transfer.block_time > payment.expires_at,
        }),
        PaymentStatus::Paid => payment
            .received_amount
            .unwrap_or(Usdt::ZERO)
            .micro()
            .checked_add(transfer.amount.micro())
            .map(|micro| Acceptance::Adds {
                received: Usdt::from_micro(micro),
            })
            .ok_or(Refusal::TooMuch),
        PaymentStatus::Failed => Err(Refusal::Failed),
    }
}
