//! The money core: what a payment is, which amount it gets, and which transfer pays it.
//!
//! Plain functions over plain data. Nothing here knows HTTP, a database or the time of day.

pub mod acceptance;
pub mod candidates;
pub mod csv;
pub mod event_type;
pub mod fields;
pub mod judge;
pub mod legible;
pub mod metadata;
pub mod notice;
pub mod presumption;
pub mod price;
pub mod public_answer;
#[cfg(test)]
pub(crate) mod sample;
pub mod slot;
pub mod webhook_body;

use schemars::JsonSchema;
use serde::Serialize;
use usdt_protocol::payment::{Currency, Network as TokenNetwork, REQUIRED_CONFIRMATIONS};
use usdt_protocol::{
    Payment as WirePayment, PaymentId, PaymentStatus, RedirectUrl, TronAddress, Txid, Unmatched,
    Usdt, UtcTime,
};
use usdt_tron::Network;

use self::fields::{Description, OrderId};
use self::metadata::Metadata;
use self::price::FrozenPrice;

/// The ID of a project, published as `app_id`.
pub type ProjectId = i64;

/// What becomes of an exact payment that arrives after the window, while its amount is still held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LatePolicy {
    /// It makes the payment paid, marked as late.
    Accept,
    /// It waits in the review list.
    Review,
}

/// What a merchant asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPayment {
    pub order_id: OrderId,
    pub amount: Usdt,
    pub description: Option<Description>,
    pub success_url: Option<RedirectUrl>,
    pub fail_url: Option<RedirectUrl>,
    /// Of what `amount` was reckoned, where the merchant has asked for something else than USDT.
    pub price: Option<FrozenPrice>,
    /// For the merchant alone, beside the payment.
    pub metadata: Option<Metadata>,
}

/// A payment as the gateway keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    pub project_id: ProjectId,
    pub network: Network,
    pub order_id: OrderId,
    pub description: Option<Description>,
    pub status: PaymentStatus,
    /// What the merchant asked for.
    pub amount: Usdt,
    /// What the payer must send: `amount` and a tail that makes it unique at the address.
    pub pay_amount: Usdt,
    pub address: TronAddress,
    pub success_url: Option<RedirectUrl>,
    pub fail_url: Option<RedirectUrl>,
    pub created_at: UtcTime,
    pub expires_at: UtcTime,
    /// Blocks on top of the transfer's block, as last seen; 19 once paid.
    pub confirmations: u8,
    /// The transfer that was seen or credited.
    pub txid: Option<Txid>,
    pub received_amount: Option<Usdt>,
    pub paid_at: Option<UtcTime>,
    pub late: bool,
    /// Grows with every change that a payer or merchant can see.
    pub version: u64,
}

/// What a payer is told besides the payment itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// What came in for the payment and has not paid it.
    pub unmatched: Option<Unmatched>,
    /// What is on its way in a block that is not final, and is likely meant for the payment.
    pub arriving: Option<Unmatched>,
    /// The price in another currency that it was created for.
    pub price: Option<FrozenPrice>,
    /// Whether the merchant lets payers see what the payment is for.
    pub shows_description: bool,
    /// Seconds that reading the chain is behind; 0 where that is not worth a word.
    pub chain_delay: u64,
}

/// A payment as its project sees it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Payment")]
pub struct OwnPayment {
    #[serde(flatten)]
    payment: WirePayment,
    /// As it was created with.
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
}

/// The answer to whoever creates a payment or asks for one.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "StatusAnswer")]
pub struct OwnAnswer {
    ok: bool,
    payment: OwnPayment,
}

impl OwnAnswer {
    pub const fn of(payment: OwnPayment) -> Self {
        Self { ok: true, payment }
    }
}

impl Payment {
    /// Whether money can still make it paid.
    pub const fn is_open(&self) -> bool {
        matches!(self.status, PaymentStatus::Pending | PaymentStatus::Expired)
    }

    /// What anyone who knows the ID may see: nothing that the merchant keeps.
    pub fn public_view(
        &self,
        payment_url: RedirectUrl,
        now: UtcTime,
        circumstances: Circumstances,
    ) -> WirePayment {
        WirePayment {
            payment_id: self.id,
            order_id: None,
            status: self.status,
            amount: self.amount,
            pay_amount: self.pay_amount,
            currency: Currency::Usdt,
            network: TokenNetwork::Trc20,
            address: self.address,
            payment_url,
            expires_at: self.expires_at,
            expires_in: now.seconds_until(self.expires_at),
            server_time: now,
            description: self
                .described_to_payers()
                .filter(|_| circumstances.shows_description),
            success_url: self.success_url.clone(),
            fail_url: self.fail_url.clone(),
            confirmations: self.confirmations,
            required_confirmations: REQUIRED_CONFIRMATIONS,
            received_amount: self.received_amount,
            txid: self.txid,
            paid_at: self.paid_at,
            late: self.late,
            unmatched: circumstances.unmatched,
            arriving: circumstances.arriving,
            chain_delay: circumstances.chain_delay,
            price: circumstances.price.and_then(|price| price.told()),
            version: self.version,
        }
    }

    /// What the payment is for, by today's rules, which an older version may not have had.
    fn described_to_payers(&self) -> Option<String> {
        let text = self.description.as_ref()?.as_str();
        let clean = Description::parse(text).ok()??;
        Some(clean.as_str().to_owned())
    }

    /// What the project itself sees.
    pub fn project_view(
        &self,
        payment_url: RedirectUrl,
        now: UtcTime,
        circumstances: Circumstances,
        metadata: Option<Metadata>,
    ) -> OwnPayment {
        OwnPayment {
            payment: WirePayment {
                order_id: Some(self.order_id.as_str().to_owned()),
                description: self
                    .description
                    .as_ref()
                    .map(|text| text.as_str().to_owned()),
                ..self.public_view(payment_url, now, circumstances)
            },
            metadata,
        }
    }
}
