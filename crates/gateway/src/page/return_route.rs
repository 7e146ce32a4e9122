//! `GET /pay/return/?id=…`: leads a payer whose payment has ended on to the shop.
//!
//! A shop's page that shows the payment sends its payer here: so the gateway alone says where to.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Redirect;
use serde::Deserialize;
use usdt_protocol::{PaymentId, PaymentStatus};

use crate::http::{AppState, Client};
use crate::store::StoreError;

#[derive(Default, Deserialize)]
pub struct Parameters {
    #[serde(default)]
    id: String,
}

pub async fn go_on(
    State(state): State<AppState>,
    client: Client,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Redirect {
    let Query(Parameters { id }) = parameters.unwrap_or_default();
    let Ok(id) = id.parse::<PaymentId>() else {
        return Redirect::to("/pay/");
    };
    let to = match target(&state, client, id).await {
        Ok(to) => to,
        Err(error) => {
            tracing::error!(%error, "a payer cannot be led on");
            None
        }
    };
    // The page tells whatever there is to tell.
    Redirect::to(&to.unwrap_or_else(|| format!("/pay/?id={id}")))
}

async fn target(
    state: &AppState,
    client: Client,
    id: PaymentId,
) -> Result<Option<String>, StoreError> {
    let now = state.clock.now();
    if state.lookups.check(client, now).is_err() {
        return Ok(None);
    }
    let Some(payment) = state.store.payment(id).await? else {
        state.lookups.missed(client, now);
        return Ok(None);
    };
    let url = match payment.status {
        PaymentStatus::Pending => None,
        PaymentStatus::Paid => payment.success_url,
        PaymentStatus::Expired | PaymentStatus::Failed => payment.fail_url,
    };
    Ok(url.map(|url| url.to_string()))
}
