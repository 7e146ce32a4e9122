//! `POST /api/wallet-transfer.php`: the transaction that pays, for the payer's wallet to sign.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use usdt_protocol::TronAddress;

use super::error::ApiError;
use super::json_body::{self, required, text};
use super::payer_lookup;
use crate::http::error_code::ErrorCode;
use crate::http::{AppState, Client};
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Operation};
use crate::payments::fields::FieldError;
use crate::wallet;

pub const TRANSFER: Operation = Operation {
    path: "/api/wallet-transfer.php",
    name: "prepareWalletTransfer",
    title: "Make the transaction that pays",
    about: "For the payer's wallet to sign. A client can make 10 requests for wallets in a minute.",
    body: Some(&FIELDS),
    answers: &[Answer::json::<WalletTransferAnswer>("The transaction.")],
    refusals: &[
        ErrorCode::PaymentNotFound,
        ErrorCode::PaymentClosed,
        ErrorCode::PaymentUnderway,
        ErrorCode::InvalidPayerAddress,
        ErrorCode::WrongTransaction,
        ErrorCode::NetworkUnreachable,
        ErrorCode::NetworkReadLate,
    ],
    ..Operation::OF_PAYER
};

const FIELDS: [Field; 2] = [
    Field::required("payment_id", Form::PaymentId, "The payment."),
    Field::required(
        "from",
        Form::Address,
        "The address of the wallet's account.",
    ),
];

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    payment_id: Option<&'a RawValue>,
    #[serde(borrow)]
    from: Option<&'a RawValue>,
}

/// The transfer that pays a payment, for the payer's wallet to sign.
#[derive(Serialize, JsonSchema)]
pub struct WalletTransferAnswer {
    ok: bool,
    /// In the form in which nodes write it, as `tronWeb.trx.sign` takes it.
    #[schemars(extend("type" = "object"))]
    transaction: Value,
}

pub async fn wallet_transfer(
    State(state): State<AppState>,
    client: Client,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<WalletTransferAnswer>, ApiError> {
    let body = json_body::whole(&headers, body)?;
    let request: Request = json_body::parse(&body)?;
    let id = required(text("payment_id", request.payment_id)?, "payment_id", &body)?;
    let from = required(text("from", request.from)?, "from", &body)?;
    let from: TronAddress = from.parse().map_err(FieldError::From)?;
    state.wallet_limits.admit(client, state.clock.now())?;
    let payment = payer_lookup::payment(&state, client, &id).await?;
    wallet::payable(&payment, state.clock.now())?;
    let chain = state.chain(payment.network).ok_or(ApiError::NO_CHAIN)?;
    if !wallet::can_pay(chain, &payment, from) {
        return Err(wallet::Mismatch::Payer.into());
    }
    if state.chain_delay(payment.network).await? > 0 {
        return Err(ApiError::READ_LATE);
    }
    let now = state.clock.now();
    let _place = state.wallet_limits.place(now)?;
    let transfer = wallet::prepare(chain, &payment, from, now)
        .await
        .map_err(|error| {
            tracing::warn!(network = %payment.network, %error, "no transaction was made for a wallet");
            ApiError::NO_CHAIN
        })?;
    Ok(Json(WalletTransferAnswer {
        ok: true,
        transaction: transfer.to_json(),
    }))
}
