//! Remembers in the browser's tab that a signed transaction has left the page, so that the page
//! asks for no second one when it is loaded again.
//!
//! Where the browser keeps nothing, nothing is remembered.

use js_sys::{Object, Reflect};
use leptos::prelude::window;
use usdt_protocol::{PaymentId, UtcTime};
use wasm_bindgen::{JsCast as _, JsValue};

/// When a signed transaction for this payment was let go, by the server's clock.
pub(crate) fn recall(id: PaymentId) -> Option<UtcTime> {
    let text = Reflect::get(&storage()?, &key(id)).ok()?.as_string()?;
    text.parse().ok().map(UtcTime::from_millis)
}

pub(crate) fn remember(id: PaymentId, at: UtcTime) {
    if let Some(storage) = storage() {
        let _ = Reflect::set(&storage, &key(id), &at.millis().to_string().into());
    }
}

/// It is known that the transaction moves no money.
pub(crate) fn forget(id: PaymentId) {
    if let Some(storage) = storage() {
        let _ = Reflect::delete_property::<Object>(storage.unchecked_ref(), &key(id));
    }
}

/// Browsers that keep nothing throw already here.
fn storage() -> Option<JsValue> {
    let storage = Reflect::get(&window(), &"sessionStorage".into()).ok()?;
    storage.is_object().then_some(storage)
}

fn key(id: PaymentId) -> JsValue {
    ["posted-", &id.to_string()].concat().into()
}
