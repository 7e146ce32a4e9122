//! What stands around the answer of a signed call: how much its key may still do, and that the answer is kept
//! where the call has an `Idempotency-Key`.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::error::ApiError;
use crate::http::AppState;
use crate::http::key_limits::Standing;
use crate::store::{GivenAnswer, NamedCall};

/// What the key may do in all, and what is left of it, as
/// <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/> has it.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// An answer that is given again says so.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The longest answer that is kept: each of the calls that can be named has a shorter one.
const LONGEST_ANSWER: usize = 1 << 20;

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
        self.change(|known| known.standing = Some(standing));
    }

    /// Whoever sends it again wants the same answer.
    pub fn is_named(&self, named: NamedCall) {
        self.change(|known| known.named = Some(named));
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The answer with what the key may still do.
    pub fn tell(&self, mut response: Response) -> Response {
        let standing = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .standing;
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

/// Answers a call that may be signed.
pub async fn answer(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let call = Call::default();
    request.extensions_mut().insert(call.clone());
    let mut response = next.run(request).await;
    let named = call
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .named
        .take();
    // A refusal has changed nothing: the call may come again with better luck.
    if let Some(named) = named
        && response.status().is_success()
    {
        response = keep(&state, &named, response)
            .await
            .unwrap_or_else(ApiError::into_response);
    }
    call.tell(response)
}

/// Keeps an answer. Of two that came at once, the one that was kept is given to both.
async fn keep(
    state: &AppState,
    named: &NamedCall,
    response: Response,
) -> Result<Response, ApiError> {
    let internal = |error: &dyn std::fmt::Display| ApiError::Internal(error.to_string());
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, LONGEST_ANSWER)
        .await
        .map_err(|error| internal(&error))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| internal(&error))?;
    let now = state.clock.now();
    // What was done is done: that it cannot be kept is no reason to deny it.
    if let Err(error) = state
        .store
        .keep_answer(named, (parts.status.as_u16(), text), now)
        .await
    {
        state.store.observe(&error);
        tracing::error!(%error, "an answer cannot be kept");
        return Ok(Response::from_parts(parts, Body::from(bytes)));
    }
    let kept = state.store.given_answer(named, now).await?;
    match kept.filter(|kept| kept.fingerprint == named.fingerprint && kept.body != text) {
        Some(kept) => Ok(again(kept)),
        None => Ok(Response::from_parts(parts, Body::from(bytes))),
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
