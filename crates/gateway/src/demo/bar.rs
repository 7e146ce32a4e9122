//! The bar under the demo's payment page: it pays on the simulated chain.

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use usdt_devchain::{Devchain, Transfer};
use usdt_protocol::PaymentId;

use crate::chain::simulator::{SECONDS_PER_BLOCK, short};
use crate::http::AppState;
use crate::payments::Payment;

/// The form, which works without a script.
pub fn html(payment: &Payment, is_framed: bool) -> String {
    let frame = if is_framed {
        "<input type=\"hidden\" name=\"frame\" value=\"1\">"
    } else {
        ""
    };
    format!(
        "<aside class=\"demo-bar\" aria-label=\"Simulated chain\"><span>Simulated chain:</span>\
         <form method=\"post\" action=\"/demo/pay\" target=\"_self\">{frame}\
         <input type=\"hidden\" name=\"payment_id\" value=\"{}\">\
         <button name=\"pay\" value=\"exactly\">pay exactly</button>\
         <button name=\"pay\" value=\"less\">pay less</button>\
         <button name=\"pay\" value=\"late\">pay late</button></form></aside>",
        payment.id
    )
}

#[derive(Deserialize)]
pub struct Pressed {
    payment_id: u64,
    pay: Pay,
    frame: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Pay {
    Exactly,
    Less,
    Late,
}

pub async fn pay(
    State((state, devchain)): State<(AppState, Devchain)>,
    Form(pressed): Form<Pressed>,
) -> Response {
    let Ok(id) = PaymentId::try_from(pressed.payment_id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let payment = match state.store.payment(id).await {
        Ok(Some(payment)) => payment,
        Ok(None) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "the demo cannot pay");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let amount = match pressed.pay {
        Pay::Exactly | Pay::Late => payment.pay_amount,
        Pay::Less => short(payment.pay_amount),
    };
    if matches!(pressed.pay, Pay::Late) {
        let left = devchain.now().seconds_until(payment.expires_at);
        let blocks = u32::try_from(left / SECONDS_PER_BLOCK + 1).unwrap_or(u32::MAX);
        devchain.mine(blocks);
    }
    devchain.transfer(&Transfer::new(payment.address, amount));
    let frame = pressed.frame.map_or("", |_| "&frame=1");
    Redirect::to(&format!("/pay/?id={id}{frame}")).into_response()
}
