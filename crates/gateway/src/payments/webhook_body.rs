//! The body of the `paid` webhook, in the published order of its fields.

use schemars::JsonSchema;
use serde::Serialize;
use usdt_protocol::payment::{Currency, Network};
use usdt_protocol::{PaymentId, PaymentStatus, Txid, Usdt, UtcTime, money};

use super::{Payment, ProjectId};

/// A payment is paid.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PaidEvent")]
pub struct Body<'a> {
    payment_id: PaymentId,
    /// The number of the project.
    app_id: ProjectId,
    /// The order, as the merchant sent it.
    order_id: &'a str,
    #[schemars(extend("const" = "paid"))]
    status: PaymentStatus,
    /// What the merchant asked for.
    amount: Usdt,
    /// What the payer was asked for.
    #[serde(with = "money::six_decimals")]
    #[schemars(with = "usdt_protocol::schema::SixDecimals")]
    pay_amount: Usdt,
    currency: Currency,
    network: Network,
    txid: Txid,
    /// The time of the block that holds the transfer.
    paid_at: UtcTime,
    /// `true` where the payment came after its window, otherwise absent.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    late: bool,
    /// What arrived, where somebody accepted another amount than `pay_amount`, otherwise absent.
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "money::optional_six_decimals"
    )]
    #[schemars(with = "Option<usdt_protocol::schema::SixDecimals>")]
    received_amount: Option<Usdt>,
}

/// The bytes that every delivery of the event sends and signs.
pub fn paid(
    payment: &Payment,
    txid: Txid,
    paid_at: UtcTime,
    late: bool,
) -> Result<String, serde_json::Error> {
    let body = Body {
        payment_id: payment.id,
        app_id: payment.project_id,
        order_id: payment.order_id.as_str(),
        status: PaymentStatus::Paid,
        amount: payment.amount,
        pay_amount: payment.pay_amount,
        currency: Currency::Usdt,
        network: Network::Trc20,
        txid,
        paid_at,
        late,
        received_amount: payment
            .received_amount
            .filter(|received| *received != payment.pay_amount),
    };
    serde_json::to_string(&body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payments::fields::OrderId;
    use usdt_tron::Network;

    #[test]
    fn the_body_is_as_published() {
        let payment = Payment {
            id: PaymentId::try_from(1_234_567_890_123).unwrap(),
            project_id: 45,
            network: Network::Mainnet,
            order_id: OrderId::parse("ORDER_12345").unwrap(),
            description: None,
            status: PaymentStatus::Pending,
            amount: "50".parse().unwrap(),
            pay_amount: "50.0134".parse().unwrap(),
            address: "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH".parse().unwrap(),
            success_url: None,
            fail_url: None,
            created_at: UtcTime::EPOCH,
            expires_at: UtcTime::EPOCH,
            confirmations: 0,
            txid: None,
            received_amount: None,
            paid_at: None,
            late: false,
            version: 1,
        };
        let txid = Txid::from_bytes([0xab; 32]);
        let paid_at = "2026-07-01 18:04:12".parse().unwrap();
        let on_time = format!(
            concat!(
                r#"{{"payment_id":1234567890123,"app_id":45,"order_id":"ORDER_12345","#,
                r#""status":"paid","amount":"50.00","pay_amount":"50.013400","#,
                r#""currency":"USDT","network":"TRC20","txid":"{}","#,
                r#""paid_at":"2026-07-01 18:04:12"}}"#,
            ),
            txid
        );
        assert_eq!(paid(&payment, txid, paid_at, false).unwrap(), on_time);
        let late = paid(&payment, txid, paid_at, true).unwrap();
        assert!(late.ends_with(r#""paid_at":"2026-07-01 18:04:12","late":true}"#));
        let received = |text: &str| Payment {
            received_amount: Some(text.parse().unwrap()),
            ..payment.clone()
        };
        let exact = paid(&received("50.0134"), txid, paid_at, false).unwrap();
        assert_eq!(exact, on_time);
        let short = paid(&received("49"), txid, paid_at, false).unwrap();
        assert!(
            short.ends_with(r#""paid_at":"2026-07-01 18:04:12","received_amount":"49.000000"}"#)
        );
    }
}
