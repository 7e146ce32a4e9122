//! The page as the gateway sends it: complete without a script, and the state from which the
//! live page starts.

use leptos::prelude::*;
use usdt_protocol::{Payment, PaymentStatus, RedirectUrl, StatusAnswer};

use crate::checkout::Checkout;
use crate::clock::Moment;
use crate::departure::paid_recently;
use crate::text::ENGLISH;
use crate::view;

/// How often a page without a script loads itself again while the payment is open.
const RELOAD_SECONDS: u32 = 10;

/// The same after expiry, when only a late payment can still come.
const SLOW_RELOAD_SECONDS: u32 = 60;

/// How long a page without a script shows that it is paid before it goes on to the shop.
const LEAVE_SECONDS: u32 = 5;

/// Pieces of HTML that fill the placeholders of index.html.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub title: String,
    pub head: String,
    pub body: String,
}

/// The page of a payment. `stay`: the payer chose not to be taken to the shop.
///
/// What belongs to the merchant alone (`order_id`, `description`) is left out, whatever
/// `payment` holds.
pub fn payment_page(payment: &Payment, stay: bool) -> Document {
    let payment = Payment { order_id: None, description: None, ..payment.clone() };
    let head = match payment.status {
        PaymentStatus::Pending => reload(RELOAD_SECONDS),
        PaymentStatus::Expired => reload(SLOW_RELOAD_SECONDS),
        PaymentStatus::Paid if !stay && paid_recently(&payment) => {
            payment.success_url.as_ref().map(leave).unwrap_or_default()
        }
        PaymentStatus::Paid | PaymentStatus::Failed => String::new(),
    };
    let checkout = Checkout::opened(payment.clone(), Moment::ORIGIN);
    let checkout = if stay { checkout.staying() } else { checkout };
    document(&checkout, head, Some(&StatusAnswer::payment(payment)))
}

/// The page of an ID that no payment has.
pub fn unknown_payment_page() -> Document {
    let answer = StatusAnswer::error("Payment not found");
    document(&Checkout::unknown(), String::new(), Some(&answer))
}

/// The page while the gateway cannot answer. It tries again by itself.
pub fn unavailable_page() -> Document {
    document(&Checkout::unavailable(), reload(RELOAD_SECONDS), None)
}

fn document(checkout: &Checkout, head: String, state: Option<&StatusAnswer>) -> Document {
    let html = Owner::new().with(|| view::checkout(checkout, &ENGLISH).to_html());
    let state = state.map(embed).unwrap_or_default();
    Document {
        title: escape(&view::title(checkout, &ENGLISH)),
        head,
        body: format!(r#"<div id="view">{html}</div>{state}"#),
    }
}

/// `<` never stands in the data, so that it cannot end the element.
fn embed(state: &StatusAnswer) -> String {
    let json = serde_json::to_string(state).unwrap_or_default().replace('<', "\\u003c");
    format!(r#"<script type="application/json" id="payment-state">{json}</script>"#)
}

fn reload(seconds: u32) -> String {
    without_script(&seconds.to_string())
}

fn leave(to: &RedirectUrl) -> String {
    without_script(&format!("{LEAVE_SECONDS};url={to}"))
}

fn without_script(refresh: &str) -> String {
    let refresh = escape(refresh);
    format!(r#"<noscript><meta http-equiv="refresh" content="{refresh}"></noscript>"#)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn p() {
        let payment: Payment = serde_json::from_str(r#"{"payment_id":1234567890123,"status":"pending","amount":"50.00","pay_amount":"50.013400","currency":"USDT","network":"TRC20","address":"TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH","payment_url":"https://pay.example.com/pay/?id=1234567890123","expires_at":"2026-07-01 18:30:00","expires_in":900,"server_time":"2026-07-01T18:15:00.000Z","success_url":"https://merchant-site.com/success?a=1&b=2","fail_url":"https://merchant-site.com/fail?a=1&b=2","confirmations":0,"required_confirmations":19,"version":1}"#).unwrap();
        println!("{:#?}", payment_page(&payment, false));
    }
}
