//! A signed request that creates or changes something, and may be named by an `Idempotency-Key`.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};
use usdt_protocol::txid::Hex;

use super::authentication::{Purpose, authenticate};
use super::call::{self, Call};
use super::error::ApiError;
use super::json_body;
use crate::http::AppState;
use crate::http::key_limits::CallKind;
use crate::payments::fields::FieldError;
use crate::store::{KeyHolder, Named, NamedCall, StoreError};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LONGEST_KEY: usize = 255;

/// For the same call that is under way, and between two looks at it.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// Who calls, and what it has signed.
pub struct Signed {
    pub holder: KeyHolder,
    pub body: Bytes,
}

/// Why a request goes no further.
#[derive(Debug)]
pub enum Stopped {
    Refused(ApiError),
    /// The same call had this answer before.
    Answered(Response),
}

impl<E: Into<ApiError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

impl IntoResponse for Stopped {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(error) => error.into_response(),
            Self::Answered(response) => response,
        }
    }
}

pub async fn read(request: Request, state: &AppState, kind: CallKind) -> Result<Signed, Stopped> {
    let call = Call::of(&request);
    let headers = request.headers().clone();
    let path = request.uri().path().to_owned();
    let body = Bytes::from_request(request, state).await;
    let body = json_body::whole(&headers, body)?;
    let key = idempotency_key(&headers)?;
    let kind = match kind {
        CallKind::Usual if key.is_some() => CallKind::Named,
        kind => kind,
    };
    let purpose = Purpose::Change { body: &body, kind };
    let holder = authenticate(state, &headers, &call, purpose).await?;
    if let Some(key) = key {
        let named = NamedCall {
            project: holder.project.id,
            key,
            fingerprint: fingerprint(&path, &body),
        };
        match take_name(state, &named).await? {
            Named::Mine => call.is_named(named),
            Named::Given(given) => return Err(Stopped::Answered(call::again(given))),
            Named::Taken => return Err(FieldError::IdempotencyKey.into()),
            Named::UnderWay => return Err(ApiError::UNDER_WAY.into()),
        }
    }
    Ok(Signed { holder, body })
}

/// Waits a while for the same call that is under way.
async fn take_name(state: &AppState, named: &NamedCall) -> Result<Named, StoreError> {
    let patience = tokio::time::Instant::now() + LONGEST_WAIT;
    loop {
        let known = state.store.name_call(named, state.clock.now()).await?;
        if known != Named::UnderWay || tokio::time::Instant::now() > patience {
            return Ok(known);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let form = "1 to 255 visible characters of ASCII";
    let wrong = ApiError::InvalidParameter("Idempotency-Key", form);
    let mut keys = headers.get_all(&IDEMPOTENCY_KEY).iter();
    match (keys.next(), keys.next()) {
        (None, _) => Ok(None),
        (Some(key), None)
            if (1..=LONGEST_KEY).contains(&key.len())
                && key.as_bytes().iter().all(u8::is_ascii_graphic) =>
        {
            key.to_str()
                .map(|key| Some(key.to_owned()))
                .map_err(|_| wrong)
        }
        _ => Err(wrong),
    }
}

fn fingerprint(path: &str, body: &[u8]) -> String {
    let hash = Sha256::new()
        .chain_update(path)
        .chain_update([0])
        .chain_update(body);
    Hex(&hash.finalize()).to_string()
}
