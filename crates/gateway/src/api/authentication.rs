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

/// The project that signed `body`.
pub async fn authenticate(
    state: &State,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Project, ApiError> {
    let header = |name: &HeaderName| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let signature = header(&SIGNATURE).trim();
    let Some(project) = state.store.project_by_key(header(&API_KEY).trim()).await? else {
        // The same work as for a known key, so that time does not tell which keys exist.
        ApiSecret::generate(false)?.verify(body, signature);
        let told = hint::api_key(headers, &API_KEY, only_mode(state));
        return Err(ApiError::InvalidApiKey.hint(told));
    };
    let secret = state
        .vault
        .unseal(&project.api_key, &project.sealed_secret)?;
    if secret.verify(body, signature) {
        Ok(project)
    } else {
        let told = hint::signature(headers, &SIGNATURE, body);
        Err(ApiError::InvalidSignature.hint(told))
    }
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
