//! `GET /api/v1/payments`: the project's payments, newest first, in pages.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use usdt_protocol::{PaymentId, PaymentStatus, UtcTime};

use super::caller::Asking;
use super::cursor::{self, Kind};
use super::parameters::{CREATED_FROM, CREATED_TO, CURSOR, LIMIT, Parameters};
use crate::api::error::ApiError;
use crate::http::AppState;
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Operation};
use crate::payments::{OwnPayment, Payment};
use crate::store::{Page, PaymentFilter};

pub const LIST: Operation = Operation {
    path: "/api/v1/payments",
    name: "listPayments",
    title: "List payments",
    about: "The newest first, in pages. All filters hold together.",
    parameters: &PARAMETERS,
    answers: &[Answer::json::<PaymentsAnswer>("A page of payments.")],
    ..Operation::ASKS
};

const PARAMETERS: [Field; 8] = [
    Field::optional(
        "status",
        Form::OneOf(&["pending", "paid", "expired", "failed"]),
        "Only payments with this status.",
    ),
    Field::optional(
        "order_id",
        Form::Text(128),
        "Only the payments of this order, byte for byte.",
    ),
    CREATED_FROM,
    CREATED_TO,
    Field::optional(
        "txid",
        Form::Txid,
        "Only payments that have to do with this transaction: paid, added to, on its way or in review.",
    ),
    Field::optional(
        "amount",
        Form::Amount,
        "Only payments for which you have asked this amount, or of which exactly this is to be paid.",
    ),
    CURSOR,
    LIMIT,
];

const STATUSES: [PaymentStatus; 4] = [
    PaymentStatus::Pending,
    PaymentStatus::Paid,
    PaymentStatus::Expired,
    PaymentStatus::Failed,
];

#[derive(Serialize, JsonSchema)]
pub struct PaymentsAnswer {
    ok: bool,
    payments: Vec<PaymentView>,
    /// `null` where there are no more.
    next_cursor: Option<String>,
}

/// A payment as its project sees it, with the time of its creation.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DatedPayment")]
pub struct PaymentView {
    #[serde(flatten)]
    payment: OwnPayment,
    created_at: UtcTime,
}

impl PaymentView {
    /// With all that is known of it now.
    pub async fn of(state: &AppState, payment: Payment) -> Result<Self, ApiError> {
        let shown = state.shown(payment).await?;
        Ok(Self {
            payment: state.project_view(&shown).await?,
            created_at: shown.payment.created_at,
        })
    }
}

pub async fn list(
    State(state): State<AppState>,
    Asking { project, query }: Asking,
) -> Result<Json<PaymentsAnswer>, ApiError> {
    let parameters = Parameters::of(&query, &PARAMETERS)?;
    let named = |text: &str| STATUSES.into_iter().find(|status| status.as_str() == text);
    let filter = PaymentFilter {
        project: Some(project.id),
        status: parameters.parsed("status", "pending, paid, expired or failed", named)?,
        order_id: parameters.whole("order_id")?.map(str::to_owned),
        from: parameters.time("created_from")?,
        to: parameters.time("created_to")?,
        txid: parameters
            .parsed("txid", "a transaction ID of 64 hex digits", |text| {
                text.parse().ok()
            })?
            .map(|txid| (project.network, txid)),
        amount: parameters.amount("amount")?,
    };
    let limit = parameters.limit()?;
    let page = Page {
        behind: parameters.cursor(Kind::Payments, |id| id.parse::<PaymentId>().ok())?,
        // One more tells whether there are more.
        ..Page::newest(limit + 1)
    };
    let mut found = state.store.payments(&filter, &page).await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more);
    let next_cursor = last.map(|last| cursor::write(Kind::Payments, last.created_at, last.id));
    let mut payments = Vec::with_capacity(found.len());
    for payment in found {
        payments.push(PaymentView::of(&state, payment).await?);
    }
    Ok(Json(PaymentsAnswer {
        ok: true,
        payments,
        next_cursor,
    }))
}
