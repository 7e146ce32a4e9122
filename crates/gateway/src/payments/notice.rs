//! The bodies of the events that a project asks for besides the published one. None of them can be taken for a
//! payment: each says its `type`, and no `status` stands in it.

use schemars::JsonSchema;
use serde::Serialize;
use usdt_protocol::payment::{Currency, Network};
use usdt_protocol::{PaymentId, TronAddress, Txid, Usdt, UtcTime, money};

use super::event_type::EventType;
use super::judge::ReviewReason;
use super::metadata::Metadata;
use super::{Payment, ProjectId};

/// What is told, without whose it is and when it was found.
#[derive(Serialize, JsonSchema)]
pub struct Notice<'a> {
    #[serde(flatten)]
    payment: Option<OfPayment<'a>>,
    /// When the window ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<UtcTime>,
    /// The transfer's name among those in review.
    #[serde(skip_serializing_if = "Option::is_none")]
    review_id: Option<String>,
    /// Why it waits for a decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["no_match", "before_creation", "late", "paid_twice", "failed"]))]
    reason: Option<&'static str>,
    /// The transfer that was seen or waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer: Option<OfTransfer>,
    /// That of the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Metadata>,
}

/// A payment, and what its merchant keeps with it.
pub type Told<'a> = (&'a Payment, Option<&'a Metadata>);

/// A payment without its status.
#[derive(Serialize, JsonSchema)]
struct OfPayment<'a> {
    payment_id: PaymentId,
    /// The order, as the merchant sent it.
    order_id: &'a str,
    /// What the merchant asked for.
    amount: Usdt,
    /// What the payer was asked for.
    #[serde(with = "money::six_decimals")]
    #[schemars(with = "usdt_protocol::schema::SixDecimals")]
    pay_amount: Usdt,
    currency: Currency,
    network: Network,
}

/// A transfer as it is told.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Transfer")]
pub struct OfTransfer {
    pub txid: Txid,
    /// What was sent.
    #[serde(with = "money::six_decimals")]
    #[schemars(with = "usdt_protocol::schema::SixDecimals")]
    pub amount: Usdt,
    /// Who sent it: often an exchange, and not the payer.
    pub from: TronAddress,
    /// Where it came to.
    pub address: TronAddress,
}

/// Something that is no payment of an order.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NoticeEvent")]
pub struct Body<'a> {
    /// What is told.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["payment.expired", "payment.review", "payment.seen"]))]
    kind: &'static str,
    /// The number of the project.
    app_id: ProjectId,
    /// When the gateway has found it.
    at: UtcTime,
    #[serde(flatten)]
    notice: &'a Notice<'a>,
}

impl<'a> Notice<'a> {
    pub fn of_expiry(payment: Told<'a>) -> Self {
        Self {
            expires_at: Some(payment.0.expires_at),
            ..Self::about(Some(payment))
        }
    }

    pub fn of_sight(payment: Told<'a>, transfer: OfTransfer) -> Self {
        Self {
            transfer: Some(transfer),
            ..Self::about(Some(payment))
        }
    }

    /// `payment` is the one whose exact amount the transfer has, if one is.
    pub fn of_review(
        payment: Option<Told<'a>>,
        review_id: String,
        reason: ReviewReason,
        transfer: OfTransfer,
    ) -> Self {
        Self {
            review_id: Some(review_id),
            reason: Some(reason.as_str()),
            transfer: Some(transfer),
            ..Self::about(payment)
        }
    }

    fn about(payment: Option<Told<'a>>) -> Self {
        Self {
            payment: payment.map(|(payment, _)| OfPayment {
                payment_id: payment.id,
                order_id: payment.order_id.as_str(),
                amount: payment.amount,
                pay_amount: payment.pay_amount,
                currency: Currency::Usdt,
                network: Network::Trc20,
            }),
            expires_at: None,
            review_id: None,
            reason: None,
            transfer: None,
            metadata: payment.and_then(|(_, metadata)| metadata),
        }
    }

    /// The bytes that every delivery of the event sends and signs.
    pub fn body(
        &self,
        kind: EventType,
        app_id: ProjectId,
        at: UtcTime,
    ) -> Result<String, serde_json::Error> {
        let kind = kind.as_str();
        serde_json::to_string(&Body {
            kind,
            app_id,
            at,
            notice: self,
        })
    }
}
