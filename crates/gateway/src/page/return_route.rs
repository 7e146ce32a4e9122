//! `GET /pay/return/?id=…`: leads a payer whose payment has ended on to the shop.
//!
//! A shop's page that shows the payment sends its payer here: so the gateway alone says where to.

use axum::extract::State;
use axum::response::Redirect;
use usdt_protocol::{PaymentId, PaymentStatus};

use crate::http::lookups::{self, NoPayment};
use crate::http::{AppState, Client, Query};

pub async fn go_on(State(state): State<AppState>, client: Client, query: Query) -> Redirect {
    let id = query.text("id").and_then(|id| id.parse::<PaymentId>().ok());
    let Some(id) = id else {
        return Redirect::to("/pay/");
    };
    // The page tells whatever there is to tell, also of what went wrong.
    let to = target(&state, client, id).await;
    Redirect::to(&to.unwrap_or_else(|| format!("/pay/?id={id}")))
}

async fn target(state: &AppState, client: Client, id: PaymentId) -> Option<String> {
    let payment = match lookups::payment(state, client, &id.to_string()).await {
        Ok(payment) => payment,
        Err(NoPayment::Unknown | NoPayment::TooMany(_)) => return None,
        Err(NoPayment::Store(error)) => {
            tracing::error!(%error, "a payer cannot be led on");
            return None;
        }
    };
    let url = match payment.status {
        PaymentStatus::Pending => None,
        PaymentStatus::Paid => payment.success_url,
        PaymentStatus::Expired | PaymentStatus::Failed => payment.fail_url,
    };
    url.map(|url| url.to_string())
}
