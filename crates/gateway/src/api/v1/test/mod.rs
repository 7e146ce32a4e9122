//! `/api/v1/test/…`: what a test project does to the simulated chain, so that a merchant's own tests reach every
//! state of a payment.

mod node;
mod pay;
mod time;

use axum::Router;
use axum::routing::post;

use crate::api::error::ApiError;
use crate::api::refuse;
use crate::chain::simulator::{Simulator, SimulatorError};
use crate::http::AppState;
use crate::store::Project;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/test/pay", post(pay::pay).fallback(refuse("POST")))
        .route(
            "/api/v1/test/time",
            post(time::pass).fallback(refuse("POST")),
        )
        .route(
            "/api/v1/test/node",
            post(node::behave).fallback(refuse("POST")),
        )
}

/// The chain of a test project. A live project has none that anybody could tell what to do.
fn simulator<'a>(state: &'a AppState, project: &Project) -> Result<&'a Simulator, ApiError> {
    if !project.test {
        return Err(ApiError::Forbidden(
            "live_project",
            "Project is live: only a test project can do this",
        ));
    }
    let chain = state.chain(project.network).ok_or(ApiError::NO_CHAIN)?;
    chain.simulator.as_ref().ok_or(ApiError::NO_CHAIN)
}

fn explain(error: &SimulatorError) -> ApiError {
    tracing::error!(%error, "a test project's command is not done");
    ApiError::NO_CHAIN
}

/// The gateway looks at the chain at once, also where nothing is expected there.
fn wake(state: &AppState, project: &Project) {
    if let Some(chain) = state.chain(project.network) {
        chain.wanted.notify_one();
    }
}
