//! `POST /api/create-payment.php`: a merchant's server creates a payment.

use axum::Json;
use axum::body::Bytes;
use axum::extract;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::authentication::{Purpose, authenticate};
use super::error::ApiError;
use super::hint;
use super::json_body::{self, mended_text, required, text, whole_text};
use crate::http::AppState;
use crate::http::state::State;
use crate::payments::fields::{self, Description, FieldError, OrderId};
use crate::payments::metadata::Metadata;
use crate::payments::{NewPayment, OwnAnswer, ProjectId};
use crate::store::{CreateError, Created};

pub async fn create_payment(
    extract::State(state): extract::State<AppState>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<OwnAnswer>, ApiError> {
    let body = json_body::whole(&headers, body)?;
    let caller = authenticate(&state, &headers, Purpose::Change { body: &body }).await?;
    let project = caller.project;
    let new = parse(&body, project.test)?;
    require_room(&state)?;
    let turn = state.creates.enter(project.id).await?;
    let (store, now, network) = (state.store.clone(), state.clock.now(), project.network);
    let app_id = project.id;
    // By itself, so that a client that goes away interrupts no transaction.
    let created = tokio::spawn(async move {
        let created = store.create_payment(&project, &new, now).await;
        drop(turn);
        created
    });
    let created = created
        .await
        .map_err(|error| ApiError::Internal(error.to_string()))?;
    state.created.count(&created);
    // One that is idle may not know the chain any more.
    if let (Err(CreateError::ChainUnknown), Some(chain)) = (&created, state.chain(network)) {
        chain.wanted.notify_one();
    }
    let payment = match created.map_err(|error| explain(&state, app_id, error))? {
        Created::New(payment) => {
            tracing::info!(payment = %payment.id, project = app_id, "payment created");
            payment
        }
        Created::Existing(payment) => payment,
    };
    let shown = state.shown(payment).await?;
    let view = state.project_view(&shown).await?;
    Ok(Json(OwnAnswer::of(view)))
}

/// What can be credited no more must not be offered.
fn require_room(state: &State) -> Result<(), ApiError> {
    if state.store.damage().is_some() {
        return Err(ApiError::NO_ROOM);
    }
    match state.room.usage() {
        Ok(usage) => state.room.for_payments(usage).map_err(|error| {
            tracing::error!(%error, "no payment is created");
            ApiError::NO_ROOM
        }),
        Err(error) => {
            tracing::error!(%error, "the data folder cannot be measured");
            Err(ApiError::NO_ROOM)
        }
    }
}

fn explain(state: &State, app_id: ProjectId, error: CreateError) -> ApiError {
    match error {
        CreateError::DifferentAmount => ApiError::Conflict(
            "order_id_conflict",
            "Order ID already used with a different amount".to_owned(),
        ),
        CreateError::NoFreeAmount { retry_after } => {
            tracing::error!(
                project = app_id,
                "a project has run out of unique amounts for this price: add an address"
            );
            ApiError::NoFreeAmount { retry_after }
        }
        CreateError::ChainUnknown => ApiError::NO_CHAIN,
        CreateError::Disabled => ApiError::DISABLED.hint(hint::DISABLED),
        CreateError::TokenUnusable => ApiError::Unavailable(
            "token_unusable",
            "USDT cannot be transferred at the moment, try again later",
        ),
        CreateError::Store(error) => {
            state.store.observe(&error);
            error.into()
        }
    }
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    order_id: Option<&'a RawValue>,
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
    #[serde(borrow)]
    description: Option<&'a RawValue>,
    #[serde(borrow)]
    success_url: Option<&'a RawValue>,
    #[serde(borrow)]
    fail_url: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
}

fn parse(body: &[u8], test_mode: bool) -> Result<NewPayment, ApiError> {
    let request: Request = json_body::parse(body)?;
    let order_id = whole_text("order_id", request.order_id, FieldError::OrderId)?;
    let order_id = required(order_id, "order_id", body)?;
    let amount = required(text("amount", request.amount)?, "amount", body)?;
    let url = |field, value| {
        text(field, value)?
            .map(|url| {
                fields::parse_redirect(field, &url, test_mode)
                    .map_err(|error| ApiError::from(error).hint(hint::url(&url)))
            })
            .transpose()
    };
    Ok(NewPayment {
        order_id: OrderId::parse(&order_id)
            .map_err(|error| ApiError::from(error).hint(hint::order_id(&order_id)))?,
        amount: fields::parse_amount(&amount)
            .map_err(|error| ApiError::from(error).hint(hint::amount(&amount)))?,
        description: match mended_text("description", request.description)? {
            Some(text) => Description::parse(&text)
                .map_err(|error| ApiError::from(error).hint(hint::length(&text)))?,
            None => None,
        },
        success_url: url("success_url", request.success_url)?,
        fail_url: url("fail_url", request.fail_url)?,
        metadata: match request.metadata {
            Some(value) => Metadata::parse(value.get()).map_err(FieldError::from)?,
            None => None,
        },
    })
}
