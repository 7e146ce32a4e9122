//! `POST /api/wallet-broadcast.php`: hands what the payer's wallet has signed to the network.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;
use usdt_protocol::txid::{decode_hex, decode_hex_bytes};
use usdt_protocol::wallet::WalletBroadcastAnswer;
use usdt_tron::{Broadcast, Refusal};

use super::error::ApiError;
use super::json_body::{self, required, text};
use super::payer_lookup;
use crate::http::error_code::ErrorCode;
use crate::http::{AppState, Client};
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Operation};
use crate::payments::fields::FieldError;
use crate::wallet::{self, Unknown};

pub const BROADCAST: Operation = Operation {
    path: "/api/wallet-broadcast.php",
    name: "broadcastWalletTransfer",
    title: "Hand a signed transaction to the network",
    about: "That is not yet a payment: the status says when it is.",
    body: Some(&FIELDS),
    answers: &[Answer::json::<WalletBroadcastAnswer>("The network has it.")],
    refusals: &[
        ErrorCode::PaymentNotFound,
        ErrorCode::PaymentClosed,
        ErrorCode::PaymentUnderway,
        ErrorCode::InvalidSignedTransaction,
        ErrorCode::WrongTransaction,
        ErrorCode::RefusedByNetwork,
        ErrorCode::NetworkUnreachable,
        ErrorCode::NetworkReadLate,
        ErrorCode::TransactionUnconfirmed,
    ],
    ..Operation::OF_PAYER
};

const FIELDS: [Field; 2] = [
    Field::required("payment_id", Form::PaymentId, "The payment."),
    Field::required(
        "transaction",
        Form::SignedTransaction,
        "What /api/wallet-transfer.php made, with the wallet's signature.",
    ),
];

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    payment_id: Option<&'a RawValue>,
    #[serde(borrow)]
    transaction: Option<&'a RawValue>,
}

/// What counts of a signed transaction: the rest says the same once more.
#[derive(Deserialize)]
struct Signed {
    raw_data_hex: String,
    signature: Vec<String>,
}

impl Signed {
    /// The bytes that were signed, and the signature.
    fn parse(json: &str) -> Option<(Vec<u8>, [u8; 65])> {
        let signed: Self = json_body::parse(json.as_bytes()).ok()?;
        match signed.signature.as_slice() {
            [signature] => Some((
                decode_hex_bytes(&signed.raw_data_hex)?,
                decode_hex(signature)?,
            )),
            _ => None,
        }
    }
}

pub async fn wallet_broadcast(
    State(state): State<AppState>,
    client: Client,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<WalletBroadcastAnswer>, ApiError> {
    let body = json_body::whole(&headers, body)?;
    let request: Request = json_body::parse(&body)?;
    let id = required(text("payment_id", request.payment_id)?, "payment_id", &body)?;
    let transaction = required(request.transaction, "transaction", &body)?;
    let (signed, signature) =
        Signed::parse(transaction.get()).ok_or(FieldError::SignedTransaction)?;
    state.wallet_limits.admit(client, state.clock.now())?;
    let payment = payer_lookup::payment(&state, client, &id).await?;
    let chain = state.chain(payment.network).ok_or(ApiError::NO_CHAIN)?;
    let signed = wallet::read(chain, &payment, &signed, signature)?;
    let txid = signed.transfer.txid();
    let done = Json(WalletBroadcastAnswer { ok: true, txid });
    if payment.txid == Some(txid) {
        return Ok(done);
    }
    let now = state.clock.now();
    wallet::payable(&payment, now)?;
    let _place = state.wallet_limits.place(now)?;
    match wallet::broadcast(chain, &signed).await {
        Ok(Broadcast::Taken) => {
            tracing::info!(payment = %payment.id, %txid, "a transaction was handed to the network");
            Ok(done)
        }
        Ok(Broadcast::Refused(why)) => {
            tracing::info!(payment = %payment.id, %txid, ?why, "the network refused a transaction");
            Err(explain(why))
        }
        Err(error) => {
            tracing::warn!(payment = %payment.id, %txid, %error, "a transaction's fate is unknown");
            Err(match error {
                Unknown::NotAsked => ApiError::NO_CHAIN,
                Unknown::Silent | Unknown::Stale(_) | Unknown::Node(_) => ApiError::UNKNOWN_FATE,
            })
        }
    }
}

const fn explain(why: Refusal) -> ApiError {
    let (reason, why) = match why {
        Refusal::Signature => (
            "signature",
            "The network refused the signature: sign with the account that the transfer is from",
        ),
        Refusal::Stale => ("expired", "The transaction was not sent in time: try again"),
        Refusal::Resources => (
            "fee",
            "The account has too little TRX or bandwidth for the network's fee",
        ),
        Refusal::NoAccount => (
            "account",
            "The account is new to the network: it holds neither USDT nor TRX for the fee",
        ),
        Refusal::Balance => ("balance", "The account holds too little for the transfer"),
        Refusal::Contract => (
            "contract",
            "The network refused the transfer: the account may be new or have too little for it",
        ),
    };
    ApiError::RefusedByNetwork { reason, why }
}
