//! A payment that never was: for tests, and for showing the page's states.

use usdt_protocol::payment::{Currency, Network, REQUIRED_CONFIRMATIONS};
use usdt_protocol::{Payment, PaymentId, PaymentStatus};

pub(crate) const TXID: &str = "d52cd9079cf82595dd507640b7b09e34d2dbb63a56b555355f5ef8984f1eb668";

/// A new payment, with a quarter of an hour left. A test sees that there is one.
pub(crate) fn payment() -> Option<Payment> {
    Some(Payment {
        payment_id: PaymentId::try_from(1_234_567_890_123).ok()?,
        order_id: None,
        status: PaymentStatus::Pending,
        amount: "50".parse().ok()?,
        pay_amount: "50.0134".parse().ok()?,
        currency: Currency::Usdt,
        network: Network::Trc20,
        address: "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH".parse().ok()?,
        payment_url: "https://pay.example/pay/?id=1234567890123".parse().ok()?,
        expires_at: "2026-07-01 18:30:00".parse().ok()?,
        expires_in: 900,
        server_time: "2026-07-01 18:15:00".parse().ok()?,
        description: None,
        success_url: "https://shop.example/ok?a=1&b=2".parse().ok(),
        fail_url: "https://shop.example/fail?a=1&b=2".parse().ok(),
        confirmations: 0,
        required_confirmations: REQUIRED_CONFIRMATIONS,
        received_amount: None,
        txid: None,
        paid_at: None,
        late: false,
        unmatched: None,
        arriving: None,
        chain_delay: 0,
        price: None,
        version: 1,
    })
}

#[cfg(test)]
pub(crate) fn pending() -> Payment {
    payment().unwrap()
}

#[cfg(test)]
pub(crate) fn with(change: impl FnOnce(&mut Payment)) -> Payment {
    let mut payment = pending();
    change(&mut payment);
    payment
}
