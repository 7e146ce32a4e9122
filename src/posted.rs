//! Remembers in the browser that a signed transaction has left the page, so that no page asks for
//! a second one, loaded again or in another tab.
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

/// Keeps what the page knows now, where that is not what it knew before.
pub(crate) fn keep(id: PaymentId, before: Option<UtcTime>, now: Option<UtcTime>) {
    if before == now {
        return;
    }
    let Some(storage) = storage() else {
        return;
    };
    if let Some(at) = now {
        // A full store keeps nothing either.
        let _ = Reflect::set(&storage, &key(id), &at.millis().to_string().into());
    } else if recall(id) == before {
        // What another tab has posted since stays. At worst the payer waits for three minutes.
        let _ = Reflect::delete_property::<Object>(storage.unchecked_ref(), &key(id));
    }
}

/// Browsers that keep nothing throw already here.
fn storage() -> Option<JsValue> {
    let storage = Reflect::get(&window(), &"localStorage".into()).ok()?;
    storage.is_object().then_some(storage)
}

fn key(id: PaymentId) -> JsValue {
    ["posted-", &id.to_string()].concat().into()
}
