//! Who calls: a project, proven by its API key and a signature of the raw body.

use axum::http::{HeaderMap, HeaderName};
use usdt_tron::Network;

use super::error::ApiError;
use super::hint;
use crate::http::state::State;
use crate::secrets::ApiSecret;
use crate::store::Project;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");

/// Whether the caller claims to be a project.
pub fn is_claimed(headers: &HeaderMap) -> bool {
    headers.contains_key(&API_KEY) || headers.contains_key(&SIGNATURE)
}

/// What a signed call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To ask for a payment's status, which a disabled project may do too.
    Status,
    /// To change something, which a read-only key may not.
    Change,
}

/// The project that signed `body`, with a key that is good for this.
pub async fn authenticate(
    state: &State,
    headers: &HeaderMap,
    body: &[u8],
    purpose: Purpose,
) -> Result<Project, ApiError> {
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
    if !secrets.verify(body, signature) {
        let told = hint::signature(headers, &SIGNATURE, body);
        return Err(ApiError::InvalidSignature.hint(told));
    }
    state.key_uses.note(&holder.api_key, now);
    if holder.project.disabled && purpose != Purpose::Status {
        return Err(ApiError::DISABLED.hint(hint::DISABLED));
    }
    if holder.read_only && purpose == Purpose::Change {
        return Err(ApiError::READ_ONLY.hint(hint::READ_ONLY));
    }
    Ok(holder.project)
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
