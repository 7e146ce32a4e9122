//! Asking the gateway: for a payment's state, whether a transaction has paid it, and to pay it from
//! a wallet.

use std::pin::pin;

use futures::future::{Either, select};
use gloo_net::http::{Request, Response};
use gloo_timers::future::TimeoutFuture;
use js_sys::{JSON, Object, Reflect};
use usdt_protocol::{ClaimAnswer, Payment, PaymentId, StatusAnswer, TronAddress, Txid};
use wasm_bindgen::JsValue;
use web_sys::{AbortController, AbortSignal, RequestCache, RequestCredentials, RequestInit};

use crate::browser::json;
use crate::browser::pace::HOLD_SECONDS;
use crate::core::claiming::Claiming;
use crate::core::paying::WalletEvent;

/// The longest that a payer waits until a signed transaction is handed in once more.
const LONGEST_PAUSE_SECONDS: u32 = 15;

/// How much longer than it is held an answer may take. What is shown may be old then, and the payer
/// is to know within half a minute.
const HOLD_PATIENCE_SECONDS: u32 = 3;

/// How long an answer may take on the network.
const PATIENCE_SECONDS: u32 = 10;

/// The same where the gateway itself asks the chain first.
const POST_PATIENCE_SECONDS: u32 = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The gateway says that there is no such payment.
    NotFound,
    /// No answer, or none that can be trusted. With `retry_after` it is the gateway's own, who is
    /// there and wants to be asked again in so many seconds.
    NoAnswer { retry_after: Option<u32> },
    /// Nothing came in time.
    Silence,
}

const NO_ANSWER: Failure = Failure::NoAnswer { retry_after: None };

/// Asks the gateway at `origin` for a payment. With `known` the answer is held until the payment's
/// version is another, or the hold ends. Dropping the future aborts the request.
pub(crate) async fn payment(
    origin: &str,
    id: PaymentId,
    known: Option<u64>,
) -> Result<Payment, Failure> {
    let id = id.to_string();
    let (hold, seconds) = match known {
        None => (String::new(), PATIENCE_SECONDS),
        Some(version) => (
            format!("&wait={HOLD_SECONDS}&v={version}"),
            HOLD_SECONDS + HOLD_PATIENCE_SECONDS,
        ),
    };
    let url = [origin, "/api/payment-status.php?payment_id=", &id, &hold].concat();
    let answer = pin!(answer(&url));
    match select(answer, TimeoutFuture::new(seconds * 1_000)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(Failure::Silence),
    }
}

/// Points to a transaction. Returns what came of it, and where the payment stands now.
pub(crate) async fn claim(id: PaymentId, txid: Txid) -> (Claiming, Option<Payment>) {
    let (id, txid) = (id.to_string(), txid.to_string());
    let body = [r#"{"payment_id":"#, &id, r#","txid":""#, &txid, r#""}"#].concat();
    let answer = match post("/api/claim.php", &body).await {
        Some(Answer { status: 429, .. }) => return (Claiming::TooOften, None),
        Some(Answer { text, .. }) => json::parse::<ClaimAnswer>(&text),
        None => None,
    };
    match answer {
        Some(answer) => (Claiming::Answered(answer.claim), Some(answer.payment)),
        None => (Claiming::NoAnswer, None),
    }
}

/// Asks for the transaction that pays from this account. Returns the answer as it came.
pub(crate) async fn wallet_transfer(
    id: PaymentId,
    from: TronAddress,
) -> Result<String, WalletEvent> {
    let (id, from) = (id.to_string(), from.to_string());
    let body = [r#"{"payment_id":"#, &id, r#","from":""#, &from, r#""}"#].concat();
    match post("/api/wallet-transfer.php", &body).await {
        Some(Answer {
            status: 200, text, ..
        }) => Ok(text),
        Some(Answer {
            status: 409 | 422, ..
        }) => Err(WalletEvent::Refused),
        _ => Err(WalletEvent::NoAnswer),
    }
}

/// Hands a signed transaction to the network: its bytes and the signature, both in hex. Whatever
/// is not clearly the gateway's refusal leaves open whether the network has it. A gateway that is
/// busy is asked once more.
pub(crate) async fn wallet_broadcast(
    id: PaymentId,
    raw: &str,
    signature: &str,
) -> Result<Txid, WalletEvent> {
    let id = id.to_string();
    let body = [
        r#"{"payment_id":"#,
        &id,
        r#","transaction":{"raw_data_hex":""#,
        raw,
        r#"","signature":[""#,
        signature,
        r#""]}}"#,
    ]
    .concat();
    let mut has_waited = false;
    loop {
        let Some(answer) = post("/api/wallet-broadcast.php", &body).await else {
            return Err(WalletEvent::Lost);
        };
        let pause = answer.retry_after.unwrap_or(LONGEST_PAUSE_SECONDS);
        match answer.status {
            200 => return txid(&answer.text).ok_or(WalletEvent::Lost),
            409 | 422 => return Err(WalletEvent::Refused),
            429 if has_waited || pause > LONGEST_PAUSE_SECONDS => {
                return Err(WalletEvent::NoAnswer);
            }
            429 => TimeoutFuture::new(pause * 1_000).await,
            _ => return Err(WalletEvent::Lost),
        }
        has_waited = true;
    }
}

/// The transaction's ID in a `WalletBroadcastAnswer`.
fn txid(answer: &str) -> Option<Txid> {
    let answer = JSON::parse(answer).ok()?;
    json::get(&answer, "txid").as_string()?.parse().ok()
}

/// What the gateway says to something that is posted.
struct Answer {
    status: u16,
    /// When to come back, in seconds.
    retry_after: Option<u32>,
    text: String,
}

/// Sends JSON. Returns the answer, or `None` if none came in time.
async fn post(url: &str, body: &str) -> Option<Answer> {
    let answer = pin!(posted(url, body));
    match select(answer, TimeoutFuture::new(POST_PATIENCE_SECONDS * 1_000)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => None,
    }
}

async fn posted(url: &str, body: &str) -> Option<Answer> {
    let abortable = Abortable(AbortController::new().ok()?);
    let request = request(url, &abortable.0.signal(), Some(body)).ok()?;
    let response = request.send().await.ok()?;
    Some(Answer {
        status: response.status(),
        retry_after: retry_after(&response),
        text: response.text().await.ok()?,
    })
}

async fn answer(url: &str) -> Result<Payment, Failure> {
    let abortable = Abortable(AbortController::new().map_err(|_| NO_ANSWER)?);
    let request = request(url, &abortable.0.signal(), None).map_err(|_| NO_ANSWER)?;
    let response = request.send().await.map_err(|_| NO_ANSWER)?;
    let retry_after = retry_after(&response);
    let text = response
        .text()
        .await
        .map_err(|_| Failure::NoAnswer { retry_after })?;
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
        // What is not of this form comes from the way: the gateway is away.
        (_, answer) => Err(Failure::NoAnswer {
            retry_after: retry_after.or(answer.map(|_| 0)),
        }),
    }
}

/// gloo-net's own builder takes the URL apart with classes that nothing else here needs.
fn request(url: &str, signal: &AbortSignal, body: Option<&str>) -> Result<Request, JsValue> {
    let options = RequestInit::new();
    if let Some(body) = body {
        options.set_method("POST");
        options.set_body(&JsValue::from_str(body));
        let headers = Object::new();
        Reflect::set(&headers, &"content-type".into(), &"application/json".into())?;
        options.set_headers(&headers);
    }
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
