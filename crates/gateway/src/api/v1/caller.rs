//! Who calls: a project that has proven itself, and what it sent.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use usdt_protocol::UtcTime;

use super::parameters::Parameters;
use crate::api::authentication::{Purpose, authenticate};
use crate::api::error::ApiError;
use crate::api::signed::{self, Signed, Stopped};
use crate::http::key_limits::CallKind;
use crate::http::{AppState, Client, Query};
use crate::secrets::ApiKey;
use crate::store::Project;

/// A request that asks, by whichever of its project's keys.
pub struct Asking {
    pub project: Project,
    pub query: Query,
}

impl FromRequestParts<AppState> for Asking {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Ok(query) = Query::from_request_parts(parts, state).await;
        let purpose = Purpose::Ask {
            query: parts.uri.query(),
        };
        let call = parts.extensions.get().cloned().unwrap_or_default();
        let caller = authenticate(state, &parts.headers, &call, purpose).await?;
        Ok(Self {
            project: caller.project,
            query,
        })
    }
}

/// A request that changes something: signed by its body, which is JSON and never empty, so that the signature of
/// a request that asks is none for one that changes. It has no query, which nobody has signed.
pub struct Changing {
    pub caller: Caller,
    pub body: Bytes,
}

/// Who changes something, as the audit log tells.
pub struct Caller {
    pub project: Project,
    pub api_key: ApiKey,
    pub client: Client,
    pub now: UtcTime,
}

impl FromRequest<AppState> for Changing {
    type Rejection = Stopped;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Stopped> {
        let (mut parts, body) = request.into_parts();
        let Ok(query) = Query::from_request_parts(&mut parts, state).await;
        let Ok(client) = Client::from_request_parts(&mut parts, state).await;
        let request = Request::from_parts(parts, body);
        let Signed { holder, body } = signed::read(request, state, CallKind::Change).await?;
        Parameters::of(&query, &[])?;
        let caller = Caller {
            project: holder.project,
            api_key: holder.api_key,
            client,
            now: state.clock.now(),
        };
        Ok(Self { caller, body })
    }
}
