//! Who calls: a project, proven by one of its API keys and a signature of the raw body, or of the raw query
//! where there is no body.

use axum::http::{HeaderMap, HeaderName};
use usdt_tron::Network;

use super::call::Call;
use super::error::ApiError;
use super::hint;
use crate::http::key_limits::CallKind;
use crate::http::state::State;
use crate::secrets::ApiSecret;
use crate::store::KeyHolder;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");

/// Whether the caller claims to be a project.
pub fn is_claimed(headers: &HeaderMap) -> bool {
    headers.contains_key(&API_KEY) || headers.contains_key(&SIGNATURE)
}

/// What a signed call is for, and what of it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// To ask, which a disabled project and a read-only key may do too. It has no body: the empty one is signed, or
    /// the query as it stands in the URL, which nobody on the way can change then.
    Ask { query: Option<&'a str> },
    /// To create or change something, or to have something sent. The body is signed.
    Change { body: &'a [u8], kind: CallKind },
}

/// The key that signed the call, and its project, if both are good for this.
pub async fn authenticate(
    state: &State,
    headers: &HeaderMap,
    call: &Call,
    purpose: Purpose<'_>,
) -> Result<KeyHolder, ApiError> {
    let (body, query, kind) = match purpose {
        Purpose::Ask { query } => {
            let query = query.filter(|query| !query.is_empty());
            (&b""[..], query, CallKind::Usual)
        }
        Purpose::Change { body, kind } => (body, None, kind),
    };
    let header = |name: &HeaderName| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let signature = header(&SIGNATURE).trim();
    let now = state.clock.now();
    let Some(holder) = state.store.key_holder(header(&API_KEY).trim(), now).await? else {
        // The same work as for a known key, so that time does not tell which keys exist.
        ApiSecret::generate(false)?.verify(body, signature);
        let told = hint::api_key(headers, &API_KEY, only_mode(state));
        return Err(ApiError::InvalidApiKey.hint(told));
    };
    let secrets = state
        .vault
        .unseal_live(&holder.api_key, &holder.sealed_secrets)?;
    let signs_query = |query: &str| secrets.verify(query.as_bytes(), signature);
    if !secrets.verify(body, signature) && !query.is_some_and(signs_query) {
        let told = hint::signature(headers, &SIGNATURE, (body, query));
        return Err(ApiError::InvalidSignature.hint(told));
    }
    state.key_uses.note(&holder.api_key, now);
    // Only now, so that nobody else uses up what a key may do.
    let (standing, admitted) = state.key_limits.take(&holder.api_key, kind, now);
    call.stands(standing);
    admitted?;
    if matches!(purpose, Purpose::Change { .. }) {
        if holder.project.disabled {
            return Err(ApiError::DISABLED.hint(hint::DISABLED));
        }
        if holder.read_only {
            return Err(ApiError::READ_ONLY.hint(hint::READ_ONLY));
        }
    }
    Ok(holder)
}

/// Whether all projects of this gateway are test projects, or none; `None` where it has both.
fn only_mode(state: &State) -> Option<bool> {
    let mut modes = state
        .chains
        .iter()
        .map(|chain| chain.network == Network::Simulated);
    let first = modes.next()?;
    modes.all(|mode| mode == first).then_some(first)
}
