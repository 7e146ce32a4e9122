//! `POST /api/claim.php`: a payer points to the transaction that paid.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;
use usdt_protocol::payment::REQUIRED_CONFIRMATIONS;
use usdt_protocol::{Claim, ClaimAnswer, ClaimResult, Txid};

use super::error::ApiError;
use super::hint;
use super::json_body::{self, required, text};
use super::payer_lookup;
use crate::claims::{self, ClaimError, Finding};
use crate::http::error_code::ErrorCode;
use crate::http::{AppState, Client};
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Operation};
use crate::payments::Payment;
use crate::payments::fields::FieldError;

pub const CLAIM: Operation = Operation {
    path: "/api/claim.php",
    name: "claimTransaction",
    title: "Look up the transaction that a payer names",
    about: "It proves nothing and decides nothing: the transfer pays by its amount, address and time. A client can make 5 claims in a minute.",
    body: Some(&FIELDS),
    answers: &[Answer::json::<ClaimAnswer>(
        "What was found, and the payment.",
    )],
    refusals: &[
        ErrorCode::PaymentNotFound,
        ErrorCode::InvalidTxid,
        ErrorCode::NetworkUnreachable,
    ],
    ..Operation::OF_PAYER
};

const FIELDS: [Field; 2] = [
    Field::required("payment_id", Form::PaymentId, "The payment."),
    Field::required(
        "txid",
        Form::TextWithTxid,
        "The transaction's ID, or what holds it, such as an explorer's link.",
    ),
];

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    payment_id: Option<&'a RawValue>,
    #[serde(borrow)]
    txid: Option<&'a RawValue>,
}

pub async fn claim(
    State(state): State<AppState>,
    client: Client,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<ClaimAnswer>, ApiError> {
    let body = json_body::whole(&headers, body)?;
    let request: Request = json_body::parse(&body)?;
    let id = required(text("payment_id", request.payment_id)?, "payment_id", &body)?;
    let txid = required(text("txid", request.txid)?, "txid", &body)?;
    let txid = Txid::find_in(&txid)
        .ok_or_else(|| ApiError::from(FieldError::Txid).hint(hint::txid(&txid)))?;
    state.claim_limits.admit(client, state.clock.now())?;
    let payment = payer_lookup::payment(&state, client, &id).await?;
    let finding = match claims::recorded(&state.store, &payment, txid).await? {
        Some(finding) => finding,
        None => look_up(&state, &payment, txid).await?,
    };
    if let Finding::UnderReview { .. } = finding {
        state.store.link_claimed(&payment, txid).await?;
    }
    // What was found may have paid it, or is shown with it now.
    let shown = state.read(payment.id).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(ClaimAnswer {
        ok: true,
        claim: describe(finding),
        payment: state.public_view(&shown).await?,
    }))
}

async fn look_up(state: &AppState, payment: &Payment, txid: Txid) -> Result<Finding, ApiError> {
    let chain = state.chain(payment.network).ok_or(ApiError::NO_CHAIN)?;
    let now = state.clock.now();
    let _place = state.claim_limits.place(now)?;
    claims::look_up(chain, &state.store, now, payment, txid)
        .await
        .map_err(|error| match error {
            ClaimError::Store(error) => error.into(),
            ClaimError::Silent | ClaimError::Node(_) => {
                tracing::warn!(network = %payment.network, %error, "a claim was not looked up");
                ApiError::NO_CHAIN
            }
        })
}

fn describe(finding: Finding) -> Claim {
    let (result, message, received_amount) = match finding {
        Finding::Credited { amount } => (
            ClaimResult::Credited,
            "The transfer has arrived and counts for this payment.".to_owned(),
            Some(amount),
        ),
        Finding::Confirming {
            amount,
            confirmations,
        } => (
            ClaimResult::Confirming,
            format!(
                "The network is confirming the transfer: {confirmations} of \
                 {REQUIRED_CONFIRMATIONS} blocks."
            ),
            amount,
        ),
        Finding::UnderReview { amount } => (
            ClaimResult::UnderReview,
            "The transfer has arrived but does not match this payment by itself: ask the \
             merchant, who can decide about it."
                .to_owned(),
            Some(amount),
        ),
        Finding::NotFound => (
            ClaimResult::NotFound,
            "The network does not know this transaction yet: check the ID, or try again in a \
             minute."
                .to_owned(),
            None,
        ),
        Finding::Failed => (
            ClaimResult::Failed,
            "This transaction failed on the network, so no money was moved.".to_owned(),
            None,
        ),
        Finding::NotUsdt => (
            ClaimResult::NotUsdt,
            "This transaction transfers no USDT.".to_owned(),
            None,
        ),
        Finding::WrongRecipient => (
            ClaimResult::WrongRecipient,
            "This transaction does not pay this merchant.".to_owned(),
            None,
        ),
        Finding::AlreadyUsed => (
            ClaimResult::AlreadyUsed,
            "This transaction has paid another payment.".to_owned(),
            None,
        ),
    };
    let confirmations = match finding {
        Finding::Confirming { confirmations, .. } => Some(confirmations),
        _ => None,
    };
    Claim {
        result,
        message,
        confirmations,
        required_confirmations: confirmations.map(|_| REQUIRED_CONFIRMATIONS),
        received_amount,
    }
}
