//! `POST /api/create-payment.php`: a merchant's server creates a payment.

use axum::Json;
use axum::extract;
use serde::Deserialize;
use serde_json::value::RawValue;
use usdt_protocol::{RedirectUrl, Usdt};

use super::error::ApiError;
use super::hint;
use super::json_body::{self, mended_text, required, text, whole_text};
use super::signed::{self, Signed, Stopped};
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::http::key_limits::CallKind;
use crate::http::state::State;
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Link, Operation};
use crate::payments::fields::{self, Description, FieldError, OrderId};
use crate::payments::metadata::Metadata;
use crate::payments::price::{FrozenPrice, Price, Quote};
use crate::payments::{NewPayment, OwnAnswer, Payment, ProjectId};
use crate::rates::RateError;
use crate::store::{CreateError, Created, Project};

pub const CREATE: Operation = Operation {
    path: "/api/create-payment.php",
    name: "createPayment",
    title: "Create a payment",
    about: "The same order with the same amount is the same payment, so a request can be repeated safely. Unknown fields are ignored.",
    body: Some(&FIELDS),
    answers: &[Answer::json::<OwnAnswer>("The payment.")],
    links: &[
        Link::new("getPaymentStatus", "payment_id", PAYMENT_ID),
        Link::new("getPayment", "payment_id", PAYMENT_ID),
        Link::new("cancelPayment", "payment_id", PAYMENT_ID),
        Link::new("listEvents", "payment_id", PAYMENT_ID),
        Link::new("payInTest", "payment_id", PAYMENT_ID),
        Link::new("claimTransaction", "payment_id", PAYMENT_ID),
        Link::new("prepareWalletTransfer", "payment_id", PAYMENT_ID),
    ],
    refusals: &[
        ErrorCode::OrderIdConflict,
        ErrorCode::InvalidOrderId,
        ErrorCode::InvalidDescription,
        ErrorCode::InvalidAmount,
        ErrorCode::AmountNotPositive,
        ErrorCode::AmountTooLarge,
        ErrorCode::InvalidUrl,
        ErrorCode::UrlNotHttps,
        ErrorCode::InvalidMetadata,
        ErrorCode::MetadataTooLarge,
        ErrorCode::InvalidCurrency,
        ErrorCode::AmountAndPrice,
        ErrorCode::PriceOutOfBounds,
        ErrorCode::NetworkUnreachable,
        ErrorCode::TokenUnusable,
        ErrorCode::NoFreeAmount,
        ErrorCode::NoNewPayments,
        ErrorCode::RateUnavailable,
    ],
    ..Operation::CHANGES
};

/// Where it stands in the answer.
const PAYMENT_ID: &str = "/payment/payment_id";

const FIELDS: [Field; 8] = [
    Field::required(
        "order_id",
        Form::Text(128),
        "Your order or invoice number. It is used for ever.",
    ),
    Field::optional(
        "amount",
        Form::Amount,
        "What you ask for, in USDT. Required where there is no price.",
    ),
    Field::optional(
        "price_amount",
        Form::Amount,
        "What you ask for in another currency, instead of amount.",
    ),
    Field::optional("price_currency", Form::CurrencyCode, "That currency."),
    Field::optional(
        "description",
        Form::Text(512),
        "For your own records, and for payers where the operator has set that.",
    ),
    Field::optional(
        "metadata",
        Form::Texts,
        "Texts under names of yours, which only you see: up to 20, 4096 bytes as JSON in all.",
    ),
    Field::optional(
        "success_url",
        Form::Url,
        "Where the payer goes after paying. The public status shows it.",
    ),
    Field::optional(
        "fail_url",
        Form::Url,
        "Where the payer goes after cancelling, or when the payment expired or failed.",
    ),
];

pub async fn create_payment(
    extract::State(state): extract::State<AppState>,
    request: extract::Request,
) -> Result<Json<OwnAnswer>, Stopped> {
    let Signed { holder, body } = signed::read(request, &state, CallKind::Usual).await?;
    let project = holder.project;
    let (order, asked) = parse(&body, project.test)?;
    let new = match asked {
        Asked::Usdt(amount) => order.asking(amount, None),
        Asked::Price(price) => match quote(&state, &project, &order, price).await? {
            Quoted::Now(quote) => order.asking(quote.amount, Some(quote.frozen)),
            Quoted::Before(payment) => return answer(&state, payment).await,
        },
    };
    require_room(&state)?;
    let turn = state.creates.enter(project.id).await?;
    let (store, now, network) = (state.store.clone(), state.clock.now(), project.network);
    let app_id = project.id;
    let created = store.create_payment(&project, &new, now).await;
    drop(turn);
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
    answer(&state, payment).await
}

async fn answer(state: &State, payment: Payment) -> Result<Json<OwnAnswer>, Stopped> {
    let shown = state.shown(payment).await?;
    let view = state.project_view(&shown).await?;
    Ok(Json(OwnAnswer::of(view)))
}

/// What a price comes to, by today's rate or by that of the order's payment.
enum Quoted {
    Now(Quote),
    Before(Payment),
}

async fn quote(
    state: &State,
    project: &Project,
    order: &Order,
    price: Price,
) -> Result<Quoted, ApiError> {
    if !state.store.may_price_in(project.id, price.currency).await? {
        let told = "the operator allows currencies with `usdt-gateway project currencies`";
        return Err(ApiError::from(FieldError::Currency).hint(told));
    }
    match state.rates.quote(price, state.clock.now()) {
        Ok(quote) => Ok(Quoted::Now(quote)),
        Err(RateError::OutOfBounds) => Err(FieldError::PriceBounds.into()),
        // What was created before needs no rate any more.
        Err(RateError::Unknown | RateError::TooOld) => {
            let order_id = order.id.as_str();
            let before = state.store.payment_for_price(project.id, order_id, price);
            before.await?.map(Quoted::Before).ok_or(ApiError::NO_RATE)
        }
    }
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
        CreateError::DifferentAmount => ApiError::refused(
            ErrorCode::OrderIdConflict,
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
        CreateError::TokenUnusable => ApiError::because(
            ErrorCode::TokenUnusable,
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
    price_amount: Option<&'a RawValue>,
    #[serde(borrow)]
    price_currency: Option<&'a RawValue>,
    #[serde(borrow)]
    description: Option<&'a RawValue>,
    #[serde(borrow)]
    success_url: Option<&'a RawValue>,
    #[serde(borrow)]
    fail_url: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
}

/// What is asked for an order.
enum Asked {
    Usdt(Usdt),
    Price(Price),
}

/// A payment to create, before its amount is known.
struct Order {
    id: OrderId,
    description: Option<Description>,
    success_url: Option<RedirectUrl>,
    fail_url: Option<RedirectUrl>,
    metadata: Option<Metadata>,
}

impl Order {
    fn asking(self, amount: Usdt, price: Option<FrozenPrice>) -> NewPayment {
        NewPayment {
            order_id: self.id,
            amount,
            description: self.description,
            success_url: self.success_url,
            fail_url: self.fail_url,
            price,
            metadata: self.metadata,
        }
    }
}

fn asked(request: &Request, body: &[u8]) -> Result<Asked, ApiError> {
    let amount = |field, value| {
        let amount = required(text(field, value)?, field, body)?;
        fields::parse_amount(&amount)
            .map_err(|error| ApiError::from(error).hint(hint::amount(&amount)))
    };
    let currency = text("price_currency", request.price_currency)?;
    if currency.is_none() && text("price_amount", request.price_amount)?.is_none() {
        return amount("amount", request.amount).map(Asked::Usdt);
    }
    if text("amount", request.amount)?.is_some() {
        return Err(FieldError::AmountAndPrice.into());
    }
    let currency = required(currency, "price_currency", body)?;
    Ok(Asked::Price(Price {
        micro: amount("price_amount", request.price_amount)?.micro(),
        currency: currency.parse().map_err(|_| FieldError::CurrencyCode)?,
    }))
}

fn parse(body: &[u8], test_mode: bool) -> Result<(Order, Asked), ApiError> {
    let request: Request = json_body::parse(body)?;
    let order_id = whole_text("order_id", request.order_id, FieldError::OrderId)?;
    let order_id = required(order_id, "order_id", body)?;
    let asked = asked(&request, body)?;
    let url = |field, value| {
        text(field, value)?
            .map(|url| {
                fields::parse_redirect(field, &url, test_mode)
                    .map_err(|error| ApiError::from(error).hint(hint::url(&url)))
            })
            .transpose()
    };
    let order = Order {
        id: OrderId::parse(&order_id)
            .map_err(|error| ApiError::from(error).hint(hint::order_id(&order_id)))?,
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
    };
    Ok((order, asked))
}
