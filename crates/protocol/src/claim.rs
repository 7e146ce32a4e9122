//! A claim on the wire: what the gateway found when a payer pointed to a transaction.

use serde::{Deserialize, Serialize};

use crate::{Payment, Usdt, money};

/// What a transaction is to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ClaimResult {
    /// It has paid this payment.
    Credited,
    /// Its block is not solid yet. It pays the payment's merchant, or has failed there so far.
    Confirming,
    /// It has paid the payment's merchant, who decides what it is for.
    UnderReview,
    /// The chain does not know it, or not yet.
    NotFound,
    /// It failed, in a solid block: no money moved.
    Failed,
    /// It transfers no USDT.
    NotUsdt,
    /// It pays somebody else.
    WrongRecipient,
    /// It has paid another payment.
    AlreadyUsed,
}

/// The answer to a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Claim {
    pub result: ClaimResult,
    /// One sentence for the payer.
    pub message: String,
    /// Blocks on top of the transaction's block, while it is confirming.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmations: Option<u8>,
    /// Blocks after which a transfer is final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_confirmations: Option<u8>,
    /// What the transaction transfers to the merchant.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "money::optional_six_decimals"
    )]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::schema::SixDecimals>")
    )]
    pub received_amount: Option<Usdt>,
}

/// A claim, and where its payment stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClaimAnswer {
    pub ok: bool,
    pub claim: Claim,
    pub payment: Payment,
}
