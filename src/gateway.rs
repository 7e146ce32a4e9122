//! Asking the gateway: for a payment's state, and whether a transaction has paid it.

use std::pin::pin;

use futures::future::{Either, select};
use gloo_net::http::{Request, RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use usdt_protocol::{ClaimAnswer, Payment, PaymentId, StatusAnswer, Txid};
use web_sys::{AbortController, RequestCache, RequestCredentials};

use crate::claiming::Claiming;
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
    let request = Request::get("/api/payment-status.php").query([("payment_id", id.to_string())]);
    let (request, seconds) = match known {
        None => (request, PATIENCE_SECONDS),
        Some(version) => (
            request.query([
                ("wait", HOLD_SECONDS.to_string()),
                ("v", version.to_string()),
            ]),
            HOLD_SECONDS + PATIENCE_SECONDS,
        ),
    };
    let answer = pin!(answer(request));
    match select(answer, TimeoutFuture::new(seconds * 1_000)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(NO_ANSWER),
    }
}

/// Points to a transaction. Returns what came of it, and where the payment stands now.
pub(crate) async fn claim(id: PaymentId, txid: Txid) -> (Claiming, Option<Payment>) {
    let answer = pin!(claim_answer(id, txid));
    match select(answer, TimeoutFuture::new(PATIENCE_SECONDS * 3_000)).await {
        Either::Left((Some(answer), _)) => answer,
        Either::Left((None, _)) | Either::Right(_) => (Claiming::NoAnswer, None),
    }
}

async fn claim_answer(id: PaymentId, txid: Txid) -> Option<(Claiming, Option<Payment>)> {
    let body = [
        r#"{"payment_id":"#,
        &id.to_string(),
        r#","txid":""#,
        &txid.to_string(),
        r#""}"#,
    ]
    .concat();
    let abortable = Abortable(AbortController::new().ok()?);
    let response = private(Request::post("/api/claim.php"), &abortable)
        .header("content-type", "application/json")
        .body(body)
        .ok()?
        .send()
        .await
        .ok()?;
    if response.status() == 429 {
        return Some((Claiming::TooOften, None));
    }
    let answer: ClaimAnswer = json::parse(&response.text().await.ok()?)?;
    Some((Claiming::Answered(answer.claim), Some(answer.payment)))
}

/// Sends no cookie and keeps no copy.
fn private(request: RequestBuilder, abortable: &Abortable) -> RequestBuilder {
    request
        .abort_signal(Some(&abortable.0.signal()))
        .cache(RequestCache::NoStore)
        .credentials(RequestCredentials::Omit)
}

async fn answer(request: RequestBuilder) -> Result<Payment, Failure> {
    let abortable = Abortable(AbortController::new().map_err(|_| NO_ANSWER)?);
    let response = private(request, &abortable)
        .send()
        .await
        .map_err(|_| NO_ANSWER)?;
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
