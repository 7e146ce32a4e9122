//! A payment for tests.

use usdt_protocol::payment::{Currency, Network, REQUIRED_CONFIRMATIONS};
use usdt_protocol::{Payment, PaymentId, PaymentStatus};

pub(crate) const TXID: &str = "d52cd9079cf82595dd507640b7b09e34d2dbb63a56b555355f5ef8984f1eb668";

/// A new payment, with a quarter of an hour left.
pub(crate) fn pending() -> Payment {
    Payment {
        payment_id: PaymentId::try_from(1_234_567_890_123).unwrap(),
        order_id: None,
        status: PaymentStatus::Pending,
        amount: "50".parse().unwrap(),
        pay_amount: "50.0134".parse().unwrap(),
        currency: Currency::Usdt,
        network: Network::Trc20,
        address: "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH".parse().unwrap(),
        payment_url: "https://pay.example/pay/?id=1234567890123".parse().unwrap(),
        expires_at: "2026-07-01 18:30:00".parse().unwrap(),
        expires_in: 900,
        server_time: "2026-07-01 18:15:00".parse().unwrap(),
        description: None,
        success_url: Some("https://shop.example/ok?a=1&b=2".parse().unwrap()),
        fail_url: Some("https://shop.example/fail?a=1&b=2".parse().unwrap()),
        confirmations: 0,
        required_confirmations: REQUIRED_CONFIRMATIONS,
        received_amount: None,
        txid: None,
        paid_at: None,
        late: false,
        unmatched: None,
        chain_delay: 0,
        version: 1,
    }
}

pub(crate) fn with(change: impl FnOnce(&mut Payment)) -> Payment {
    let mut payment = pending();
    change(&mut payment);
    payment
}
