//! `/api/v1/test/…`: what a test project does to the simulated chain, so that a merchant's own tests reach every
//! state of a payment.

mod node;
mod pay;
mod time;

use axum::routing::post;

use crate::api::error::ApiError;
use crate::api::routes::Routes;
use crate::chain::simulator::{Simulator, SimulatorError};
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::store::Project;

pub fn routes() -> Routes {
    Routes::default()
        .path(post(pay::pay), [pay::PAY])
        .path(post(time::pass), [time::PASS])
        .path(post(node::behave), [node::BEHAVE])
}

/// The chain of a test project. A live project has none that anybody could tell what to do.
fn simulator<'a>(state: &'a AppState, project: &Project) -> Result<&'a Simulator, ApiError> {
    if !project.test {
        return Err(ApiError::because(
            ErrorCode::LiveProject,
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
