//! Asking the gateway for a payment's state.

use std::pin::pin;

use futures::future::{Either, select};
use gloo_net::http::{Request, Response};
use gloo_timers::future::TimeoutFuture;
use usdt_protocol::{Payment, PaymentId, StatusAnswer};
use wasm_bindgen::JsValue;
use web_sys::{AbortController, AbortSignal, RequestCache, RequestCredentials, RequestInit};

use crate::json;
use crate::pace::HOLD_SECONDS;

/// How long an answer may take on the network.
const PATIENCE_SECONDS: u32 = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The gateway says that there is no such payment.
    NotFound,
    /// No answer, or none that can be trusted. The gateway may have said when to come back.
    NoAnswer { retry_after: Option<u32> },
}

const NO_ANSWER: Failure = Failure::NoAnswer { retry_after: None };

/// Asks for a payment. With `known` the answer is held until the payment's version is another,
/// or the hold ends. Dropping the future aborts the request.
pub(crate) async fn payment(id: PaymentId, known: Option<u64>) -> Result<Payment, Failure> {
    let mut url = format!("/api/payment-status.php?payment_id={id}");
    let mut seconds = PATIENCE_SECONDS;
    if let Some(version) = known {
        url += &format!("&wait={HOLD_SECONDS}&v={version}");
        seconds += HOLD_SECONDS;
    }
    let answer = pin!(answer(&url));
    match select(answer, TimeoutFuture::new(seconds * 1_000)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(NO_ANSWER),
    }
}

async fn answer(url: &str) -> Result<Payment, Failure> {
    let abortable = Abortable(AbortController::new().map_err(|_| NO_ANSWER)?);
    let request = request(url, &abortable.0.signal()).map_err(|_| NO_ANSWER)?;
    let response = request.send().await.map_err(|_| NO_ANSWER)?;
    let failure = Failure::NoAnswer {
        retry_after: retry_after(&response),
    };
    let text = response.text().await.map_err(|_| failure)?;
    match (response.status(), json::parse::<StatusAnswer>(&text)) {
        (
            200,
            Some(StatusAnswer {
                ok: true,
                payment: Some(payment),
                ..
            }),
        ) => Ok(payment),
        (404, Some(StatusAnswer { ok: false, .. })) => Err(Failure::NotFound),
        _ => Err(failure),
    }
}

/// gloo-net's own builder takes the URL apart with classes that nothing else here needs.
fn request(url: &str, signal: &AbortSignal) -> Result<Request, JsValue> {
    let options = RequestInit::new();
    options.set_signal(Some(signal));
    options.set_cache(RequestCache::NoStore);
    options.set_credentials(RequestCredentials::Omit);
    web_sys::Request::new_with_str_and_init(url, &options).map(Request::from)
}

fn retry_after(response: &Response) -> Option<u32> {
    response.headers().get("retry-after")?.parse().ok()
}

/// A request that ends when nobody waits for it any more.
struct Abortable(AbortController);

impl Drop for Abortable {
    fn drop(&mut self) {
        self.0.abort();
    }
}
