//! What all requests have in common: an ID, a line in the log, and an answer where no route gives one.

use std::any::Any;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use futures_util::FutureExt as _;
use rand::Rng as _;
use tracing::Instrument as _;
use usdt_protocol::txid::Hex;

use super::connections::Connection;
use super::error_code::ErrorCode;
use super::refusal::Refusal;
use super::request_counts::RequestCounts;
use crate::config::PublicUrl;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const LONGEST_ID: usize = 64;

/// Why an answer is an error of ours, for the log: as an extension of the answer.
#[derive(Clone, Debug)]
pub struct Cause(String);

impl Cause {
    pub fn new(why: &impl ToString) -> Self {
        Self(why.to_string())
    }
}

impl IntoResponseParts for Cause {
    type Error = Infallible;

    fn into_response_parts(self, mut answer: ResponseParts) -> Result<ResponseParts, Infallible> {
        answer.extensions_mut().insert(self);
        Ok(answer)
    }
}

/// Whose IDs of requests are taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestIds {
    /// Those of the proxy in front of us.
    Given,
    /// Nobody's.
    Own,
}

impl RequestIds {
    fn choose(self, headers: &HeaderMap) -> HeaderValue {
        let is_sound = |id: &&HeaderValue| {
            let id = id.as_bytes();
            let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
            (1..=LONGEST_ID).contains(&id.len()) && id.iter().all(is_plain)
        };
        let given = headers.get(REQUEST_ID).filter(is_sound);
        match (self, given) {
            (Self::Given, Some(given)) => {
                // A clone would hold what was read from the connection.
                HeaderValue::from_bytes(given.as_bytes()).unwrap_or_else(|_| fresh_id())
            }
            _ => fresh_id(),
        }
    }
}

fn fresh_id() -> HeaderValue {
    let id = Hex(&rand::rng().random::<[u8; 16]>()).to_string();
    HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("-"))
}

/// Counts the answers of all routes, and gives them an ID and a line in the log.
pub fn with_ids(router: Router, ids: RequestIds, counts: &RequestCounts) -> Router {
    router.layer(from_fn_with_state((ids, counts.clone()), follow))
}

/// The answer where a route has panicked.
fn after_panic(panic: &(dyn Any + Send)) -> Response {
    let why = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it does not say why");
    let cause = Cause::new(&format_args!("panicked: {why}"));
    (StatusCode::INTERNAL_SERVER_ERROR, cause, ()).into_response()
}

async fn follow(
    State((ids, counts)): State<(RequestIds, RequestCounts)>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = ids.choose(request.headers());
    let method = request.method().clone();
    // Copies, since the request's own hold what was read from the connection as long as they live.
    // Neither headers, which hold keys, nor the query.
    let path: Option<Box<str>> =
        tracing::enabled!(tracing::Level::DEBUG).then(|| request.uri().path().into());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let connection = request.extensions().get::<Arc<Connection>>().cloned();
    let shown_id = id.to_str().unwrap_or_default();
    let span = tracing::debug_span!("request", id = shown_id);
    // Nothing that is shared is left half done: what is changed under a lock is changed at once.
    let answer = AssertUnwindSafe(next.run(request).instrument(span));
    let answer = answer.catch_unwind().await;
    let mut answer = answer.unwrap_or_else(|panic| after_panic(&*panic));
    let is_late = connection.is_some_and(|connection| connection.body_is_late());
    if is_late && answer.status().is_client_error() {
        answer = (
            StatusCode::REQUEST_TIMEOUT,
            [(header::CONNECTION, "close")],
            Refusal::new(
                "Request body did not arrive in time",
                ErrorCode::BodyTimeout,
            ),
            (),
        )
            .into_response();
    }
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    counts.count(route, answer.status(), started.elapsed());
    let status = answer.status().as_u16();
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let path = path.as_deref();
    tracing::debug!(%method, path, status, ms, request_id = shown_id, "request");
    if answer.status().is_server_error() {
        let cause = answer.extensions_mut().remove::<Cause>();
        let cause = cause.map_or_else(|| "said in the answer".to_owned(), |Cause(why)| why);
        if answer.status() == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(%method, route, status, cause, request_id = shown_id, "a request failed");
        } else {
            tracing::warn!(%method, route, status, cause, request_id = shown_id, "a request failed");
        }
    }
    answer.headers_mut().insert(REQUEST_ID, id);
    answer
}

/// A whole answer for a request that no route has seen, after which the connection ends.
pub(super) fn refusal(status: StatusCode, gateway: &PublicUrl) -> String {
    let body = Refusal::of_status(status, None).to_json(gateway);
    let id = fresh_id();
    format!(
        "HTTP/1.1 {} {}\r\ncontent-type: application/json\r\nx-request-id: {}\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        status.as_u16(),
        status.canonical_reason().unwrap_or_default(),
        id.to_str().unwrap_or_default(),
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_over_from_a_proxy_only_and_only_if_it_is_sound() {
        let choose = |ids: RequestIds, given: &str| {
            let headers = HeaderMap::from_iter([(REQUEST_ID, given.parse().unwrap())]);
            ids.choose(&headers).to_str().unwrap().to_owned()
        };
        let longest = "x".repeat(LONGEST_ID);
        for sound in ["a", "7f.A_b-9", &longest] {
            assert_eq!(choose(RequestIds::Given, sound), sound);
            assert_ne!(choose(RequestIds::Own, sound), sound);
        }
        for wrong in ["", "a b", "a/b", "ä", "a\"b", &"x".repeat(LONGEST_ID + 1)] {
            let chosen = choose(RequestIds::Given, wrong);
            assert_ne!(chosen, wrong);
            assert_eq!(chosen.len(), 32);
        }
    }
}
