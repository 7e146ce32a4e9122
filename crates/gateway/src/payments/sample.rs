//! Payments and transfers for the tests of what belongs together.

use usdt_protocol::{PaymentId, PaymentStatus, TronAddress, Txid, Usdt, UtcTime};
use usdt_tron::{Network, Transfer};

use super::Payment;
use super::fields::OrderId;

/// When [`transfer`] was mined, in seconds.
pub const SENT_AT: i64 = 10_000;

pub fn at(seconds: i64) -> UtcTime {
    UtcTime::from_millis(seconds * 1_000)
}

pub fn usdt(text: &str) -> Usdt {
    text.parse().unwrap()
}

/// A transfer at [`SENT_AT`].
pub fn transfer(amount: Usdt) -> Transfer {
    Transfer {
        txid: Txid::from_bytes([1; 32]),
        log_position: 0,
        block: 1,
        block_time: at(SENT_AT),
        from: TronAddress::from_bytes([1; 20]),
        to: TronAddress::from_bytes([2; 20]),
        amount,
    }
}

/// An expired payment that was open for 900 seconds from `created`.
pub fn payment(number: u64, price: &str, due: &str, created: i64) -> Payment {
    Payment {
        id: PaymentId::try_from(PaymentId::MIN + number).unwrap(),
        project_id: 1,
        network: Network::Simulated,
        order_id: OrderId::parse("ORDER").unwrap(),
        description: None,
        status: PaymentStatus::Expired,
        amount: usdt(price),
        pay_amount: usdt(due),
        address: TronAddress::from_bytes([2; 20]),
        success_url: None,
        fail_url: None,
        created_at: at(created),
        expires_at: at(created + 900),
        confirmations: 0,
        txid: None,
        received_amount: None,
        paid_at: None,
        late: false,
        version: 1,
    }
}
