//! `GET /api/v1/payments.csv`: the payments of a month or of any time as a table, oldest first, for bookkeeping.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::caller::Asking;
use super::parameters::Parameters;
use crate::api::error::ApiError;
use crate::calendar::Month;
use crate::http::AppState;
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Content, Operation};
use crate::payments::csv;
use crate::store::PaymentFilter;

pub const EXPORT: Operation = Operation {
    path: "/api/v1/payments.csv",
    name: "exportPayments",
    title: "Export payments as a table",
    about: "CSV as in RFC 4180, the oldest payment first, for bookkeeping. An answer that breaks off is not complete.",
    parameters: &PARAMETERS,
    answers: &[Answer {
        status: StatusCode::OK,
        about: "The table.",
        content: Content::Text("text/csv"),
    }],
    ..Operation::ASKS
};

const PARAMETERS: [Field; 3] = [
    Field::optional(
        "month",
        Form::Month,
        "Created in that month, without from and to.",
    ),
    Field::optional("from", Form::Time, "Created then or later."),
    Field::optional("to", Form::Time, "Created before then."),
];

pub async fn export(
    State(state): State<AppState>,
    Asking { project, query }: Asking,
) -> Result<Response, ApiError> {
    let parameters = Parameters::of(&query, &PARAMETERS)?;
    let form = "a month such as 2026-07, without from and to";
    let month: Option<Month> = parameters.parsed("month", form, |text| text.parse().ok())?;
    let (from, to) = (parameters.time("from")?, parameters.time("to")?);
    if month.is_some() && (from.is_some() || to.is_some()) {
        return Err(ApiError::InvalidParameter("month", form));
    }
    let filter = PaymentFilter {
        project: Some(project.id),
        from: month.map(|month| month.begin).or(from),
        to: month.map(|month| month.end).or(to),
        ..PaymentFilter::default()
    };
    let name = parameters.whole("month")?.map_or_else(
        || "payments.csv".to_owned(),
        |month| format!("payments-{}.csv", month.trim()),
    );
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    // A failure breaks the answer off, so that nobody takes a part of it for the whole.
    let rows = state.store.all_payments(filter);
    let rows = rows
        .map_ok(|payments| payments.iter().map(csv::row).collect())
        .inspect_err(|error| tracing::error!(%error, "a list of payments was broken off"));
    let table = stream::once(async { Ok(csv::HEAD.to_owned()) }).chain(rows);
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
        ),
        (
            header::CONTENT_DISPOSITION,
            disposition.unwrap_or(HeaderValue::from_static("attachment")),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Body::from_stream(table)).into_response())
}
