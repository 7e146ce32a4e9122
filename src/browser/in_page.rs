//! The checkout in a shop's own document: mounted where the shop's script wants it, and taken away
//! again.

use js_sys::Function;
use usdt_protocol::StatusAnswer;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;

use crate::browser::json;
use crate::browser::live::{self, Live};
use crate::browser::screen::{self, Surroundings};
use crate::core::checkout::Checkout;
use crate::core::clock::Moment;
use crate::core::presentation::Presentation;

/// A mounted checkout. Freeing it takes it away.
#[wasm_bindgen]
pub struct InPage(#[expect(dead_code, reason = "kept for when it is dropped")] Live);

/// Mounts a payment into `root`, which lies in a shadow root. `presentation` and `state` are what
/// the payment's own page would come with, as they were at `at` by the browser's monotonic clock.
/// `leave` is called when the payer is to go to the shop.
///
/// Nothing is mounted where these are not what the gateway sends.
#[wasm_bindgen]
#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds since the page was opened"
)]
pub fn mount(
    root: &HtmlElement,
    presentation: &str,
    state: &str,
    at: f64,
    gateway: String,
    leave: Function,
) -> Option<InPage> {
    let presentation = Presentation::parse(presentation)?;
    let payment = json::parse::<StatusAnswer>(state)?.payment?;
    let id = payment.payment_id;
    let checkout = Checkout::opened(payment, Moment::from_millis(at as i64)).at(screen::now());
    let surroundings = Surroundings {
        gateway,
        leave: Box::new(move |_| {
            // What the shop's script throws is its own affair.
            let _ = leave.call0(&JsValue::UNDEFINED);
        }),
    };
    Some(InPage(live::mount(
        root,
        checkout,
        presentation,
        Some(id),
        surroundings,
    )))
}
