//! How the payer came to the page: when, and whether from where the page had led.

use js_sys::Reflect;
use leptos::prelude::window;
use usdt_protocol::PaymentId;
use wasm_bindgen::JsValue;

use crate::browser::storage::Storage;

/// Milliseconds until the first byte of the page came.
pub(crate) fn first_byte() -> Option<f64> {
    navigation("responseStart")?.as_f64()
}

/// Whether the payer has come back: by the browser's history, or in another way after this tab was
/// led on from the payment. To be led on again would be a trap.
pub(crate) fn has_returned(id: PaymentId) -> bool {
    let by_history = || navigation("type").is_some_and(|kind| kind == "back_forward");
    Storage::of_tab().is_some_and(|tab| tab.get(&key(id)).is_some()) || by_history()
}

/// Remembers that this tab is led on from the payment.
pub(crate) fn led_on(id: PaymentId) {
    if let Some(tab) = Storage::of_tab() {
        tab.set(&key(id), "1");
    }
}

/// What the browser knows of how the document was opened.
fn navigation(what: &str) -> Option<JsValue> {
    let entries = window().performance()?.get_entries_by_type("navigation");
    Reflect::get(&entries.get(0), &what.into()).ok()
}

/// In a shop's own document it stands among the shop's.
fn key(id: PaymentId) -> String {
    ["usdt-checkout-left-", &id.to_string()].concat()
}
