//! What stands around the answer of a signed call: how much its key may still do, and that the answer is kept
//! where the call has an `Idempotency-Key`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::Instrument as _;

use super::authentication::is_claimed;
use super::error::ApiError;
use crate::http::AppState;
use crate::http::key_limits::Standing;
use crate::store::{GivenAnswer, NamedCall, StoreError};

/// What the key may do in all, and what is left of it, as
/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/> has it.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// An answer that is given again says so.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Longer than any answer of a call that can be named.
const LONGEST_ANSWER: usize = 16 << 20;

/// A call, filled in while it is answered.
#[derive(Clone, Debug, Default)]
pub struct Call(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    standing: Option<Standing>,
    named: Option<NamedCall>,
}

impl Call {
    pub fn of(request: &Request) -> Self {
        request.extensions().get().cloned().unwrap_or_default()
    }

    /// Its key is known, and may do so much more.
    pub fn stands(&self, standing: Standing) {
        self.lock().standing = Some(standing);
    }

    /// Whoever sends it again wants the same answer.
    pub fn is_named(&self, named: NamedCall) {
        self.lock().named = Some(named);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer with what the key may still do.
    pub fn tell(&self, mut response: Response) -> Response {
        let standing = self.lock().standing;
        if let Some(standing) = standing {
            let Standing {
                name,
                allowed,
                window_seconds,
                left,
                resets_in,
            } = standing;
            let headers = response.headers_mut();
            for (header, text) in [
                (POLICY, format!("\"{name}\";q={allowed};w={window_seconds}")),
                (LEFT, format!("\"{name}\";r={left};t={resets_in}")),
            ] {
                if let Ok(value) = HeaderValue::try_from(text) {
                    headers.insert(header, value);
                }
            }
        }
        response
    }
}

/// Answers a call that may be signed. One that is goes on by itself, so that a client that goes away interrupts
/// nothing, and finds the answer when it comes again.
pub async fn answer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if !is_claimed(request.headers()) {
        return next.run(request).await;
    }
    let call = Call::default();
    request.extensions_mut().insert(call.clone());
    let answering = async move {
        let response = next.run(request).await;
        let named = call.lock().named.take();
        let response = match named {
            Some(named) => settle(&state, &named, response).await,
            None => response,
        };
        call.tell(response)
    };
    tokio::spawn(answering.in_current_span())
        .await
        .unwrap_or_else(|error| ApiError::Internal(error.to_string()).into_response())
}

/// Keeps the answer of a named call, or gives its name back where it was refused: it has changed nothing then, and
/// may come again with better luck. What was done is done: that it cannot be written down is no reason to deny it.
async fn settle(state: &AppState, named: &NamedCall, response: Response) -> Response {
    if !response.status().is_success() {
        observe(state, state.store.give_name_back(named).await);
        return response;
    }
    let (parts, body) = response.into_parts();
    let bytes = match to_bytes(body, LONGEST_ANSWER).await {
        Ok(bytes) => bytes,
        Err(error) => return ApiError::Internal(error.to_string()).into_response(),
    };
    let text = String::from_utf8_lossy(&bytes);
    let answer = (parts.status.as_u16(), text.as_ref());
    observe(state, state.store.keep_answer(named, answer).await);
    Response::from_parts(parts, Body::from(bytes))
}

fn observe(state: &AppState, written: Result<(), StoreError>) {
    if let Err(error) = written {
        state.store.observe(&error);
        tracing::error!(%error, "what became of a named call cannot be written down");
    }
}

/// An answer that was given before.
pub fn again(given: GivenAnswer) -> Response {
    let status = StatusCode::from_u16(given.status).unwrap_or(StatusCode::OK);
    let head = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
        (REPLAYED, HeaderValue::from_static("true")),
    ];
    (status, head, given.body).into_response()
}
