//! `GET /api/payment-status.php`: where a payment stands, at once or when it changes.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use usdt_protocol::PaymentId;

use super::authentication::{Purpose, authenticate, is_claimed};
use super::call::Call;
use super::error::ApiError;
use super::v1;
use crate::changes::Subscription;
use crate::http::error_code::ErrorCode;
use crate::http::{AppState, Client, Query, lookups};
use crate::known::Shown;
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Caller, Content, Operation};
use crate::payments::{OwnAnswer, Payment};
use crate::store::Project;

pub const STATUS: Operation = Operation {
    path: "/api/payment-status.php",
    name: "getPaymentStatus",
    title: "Ask for a payment's status",
    about: "By its ID, or for the project that proves itself by the order too. Whoever knows the ID sees it without order_id and metadata.",
    caller: Caller::AnyoneOrProject,
    parameters: &PARAMETERS,
    headers: &[Field::optional(
        "If-None-Match",
        Form::ETag,
        "The version that you have: an unchanged payment is answered with 304.",
    )],
    answers: &[
        Answer::json::<OwnAnswer>(
            "The payment, as its project sees it; for anyone else without order_id and metadata.",
        ),
        Answer {
            status: StatusCode::NOT_MODIFIED,
            about: "The payment has still the version of If-None-Match.",
            content: Content::None,
        },
    ],
    refusals: &[
        ErrorCode::MissingParameter,
        ErrorCode::InvalidParameter,
        ErrorCode::PaymentNotFound,
    ],
    ..Operation::ASKS
};

const PARAMETERS: [Field; 4] = [
    Field::optional(
        "payment_id",
        Form::PaymentId,
        "The payment. Required where there is no order_id.",
    ),
    Field::optional(
        "order_id",
        Form::Text(128),
        "Its order, for the project that proves itself.",
    ),
    Field::optional(
        "wait",
        Form::Whole(0, MAX_WAIT_SECONDS),
        "For so many seconds the answer waits until something changes. More than 25 count as 25.",
    ),
    Field::optional(
        "v",
        Form::Whole(0, PaymentId::MAX),
        "The version that you have: the wait ends when it is another.",
    ),
];

/// The longest that a request is held.
const MAX_WAIT_SECONDS: u64 = 25;

/// Errors too, or a page on another site could not tell an unknown payment from no connection.
const ANY_SITE: [(HeaderName, &str); 1] = [(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];

/// The query's parameters:
/// - `payment_id`, or of a project `order_id`, which stands for that payment of the order that a create would
///   be answered with, or else for its latest;
/// - `wait`: the seconds for which the answer may be held until something changes;
/// - `v`: the version that the caller has: the same as `If-None-Match`, for browsers on other sites,
///   which may not send that header without asking first. Answered with 200 in any case.
pub async fn payment_status(
    State(state): State<AppState>,
    client: Client,
    query: Query,
    request: Request,
) -> impl IntoResponse {
    let call = Call::default();
    let answer = status(&state, client, &query, &call, request).await;
    (ANY_SITE, call.tell(answer.into_response()))
}

/// The answer to another method.
pub async fn refuse() -> impl IntoResponse {
    (
        ANY_SITE,
        ApiError::MethodNotAllowed {
            allowed: "GET".to_owned(),
        },
    )
}

async fn status(
    state: &AppState,
    client: Client,
    query: &Query,
    call: &Call,
    request: Request,
) -> Result<Response, ApiError> {
    let headers = request.headers();
    let project = if is_claimed(headers) {
        let query = request.uri().query();
        let caller = authenticate(state, headers, call, Purpose::Ask { query }).await?;
        Some(caller.project)
    } else {
        None
    };
    // As it stands there: blanks are part of it.
    let order = v1::whole(query, "order_id")?;
    let named = match (query.text("payment_id"), order, &project) {
        (Some(id), ..) => Named::Payment(id),
        (None, Some(order), Some(project)) => Named::Order(order, project),
        (None, Some(_), None) => {
            let told = "an order is looked up for its project only: send its key and signature";
            return Err(ApiError::MissingParameter("payment_id").hint(told));
        }
        (None, None, None) => return Err(ApiError::MissingParameter("payment_id")),
        (None, None, Some(_)) => {
            return Err(ApiError::MissingParameter("payment_id or order_id"));
        }
    };
    let wait = match query.text("wait") {
        None => 0,
        Some(text) => text
            .parse::<u64>()
            .map_err(|_| ApiError::InvalidParameter("wait", "a number of seconds"))?
            .min(MAX_WAIT_SECONDS),
    };
    let etag = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| version_of(value.to_str().ok()?));
    let known = match query.text("v") {
        Some(text) => Some(
            text.parse()
                .map_err(|_| ApiError::InvalidParameter("v", "a version"))?,
        ),
        None => etag,
    };
    // It holds what was read from the connection, and the answer may be held for long.
    drop(request);
    let asked = Asked {
        state,
        client,
        id: named.id(state).await?,
        project,
    };
    // Before the payment is read, or a change in between is missed.
    let subscription = (wait > 0).then(|| state.changes.subscribe(asked.id));
    let mut shown = asked.first(known).await?;
    if let Some(subscription) = subscription
        && let Some(_place) = state.held.place(client)
    {
        shown = asked.hold(shown, subscription, known, wait).await?;
    }
    let payment = &shown.payment;
    let current = (header::ETAG, etag_of(payment));
    let head = [
        current,
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::VARY,
            HeaderValue::from_static("x-api-key, x-signature"),
        ),
    ];
    if etag == Some(payment.version) {
        return Ok((StatusCode::NOT_MODIFIED, head).into_response());
    }
    let answer = match asked.project {
        Some(_) => {
            let view = state.project_view(&shown).await?;
            Json(OwnAnswer::of(view)).into_response()
        }
        None => state.public_answer(&shown).await?,
    };
    Ok((head, answer).into_response())
}

/// How a payment is named.
enum Named<'a> {
    Payment(&'a str),
    Order(&'a str, &'a Project),
}

impl Named<'_> {
    async fn id(self, state: &AppState) -> Result<PaymentId, ApiError> {
        let found = match self {
            Self::Payment(id) => id.parse().ok(),
            Self::Order(order, project) => state.store.payment_of_order(project.id, order).await?,
        };
        found.ok_or(ApiError::NotFound)
    }
}

/// Whose status somebody asks for.
struct Asked<'a> {
    state: &'a AppState,
    client: Client,
    id: PaymentId,
    /// Who asks, if it is a project.
    project: Option<Project>,
}

impl Asked<'_> {
    /// The payment, not older than a version that the caller has. A client that guesses has to wait.
    async fn first(&self, newest: Option<u64>) -> Result<Arc<Shown>, ApiError> {
        match self.project {
            Some(_) => self.again(newest).await,
            None => Ok(lookups::shown(self.state, self.client, self.id, newest).await?),
        }
    }

    /// The same for whom it was shown before. A project is always told what the database holds, of its
    /// own payments only.
    async fn again(&self, newest: Option<u64>) -> Result<Arc<Shown>, ApiError> {
        let found = match &self.project {
            Some(project) => {
                let found = self.state.read(self.id).await?;
                found.filter(|shown| shown.payment.project_id == project.id)
            }
            None => self.state.look_up(self.id, newest).await?,
        };
        found.ok_or(ApiError::NotFound)
    }

    /// Waits until the payment's version is no longer the known one, at most so many seconds.
    async fn hold(
        &self,
        mut shown: Arc<Shown>,
        mut subscription: Subscription,
        known: Option<u64>,
        seconds: u64,
    ) -> Result<Arc<Shown>, ApiError> {
        let known = known.unwrap_or(shown.payment.version);
        let mut end = std::pin::pin!(tokio::time::sleep(Duration::from_secs(seconds)));
        while shown.payment.version == known {
            tokio::select! {
                () = subscription.changed() => shown = self.again(Some(known)).await?,
                () = &mut end => break,
                () = self.state.shutdown.cancelled() => break,
            }
        }
        Ok(shown)
    }
}

/// Weak: every answer has its own `server_time`.
fn etag_of(payment: &Payment) -> HeaderValue {
    HeaderValue::from_str(&format!("W/\"{}\"", payment.version))
        .unwrap_or(HeaderValue::from_static("W/\"0\""))
}

fn version_of(etag: &str) -> Option<u64> {
    etag.trim()
        .trim_start_matches("W/")
        .strip_prefix('"')?
        .strip_suffix('"')?
        .parse()
        .ok()
}
