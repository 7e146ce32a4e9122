//! What the browser keeps for the page. Where it keeps nothing, nothing is remembered.

use js_sys::{Object, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast as _, JsValue};

pub(crate) struct Storage(JsValue);

impl Storage {
    /// What all tabs know.
    pub fn shared() -> Option<Self> {
        Self::named("localStorage")
    }

    /// What this tab knows, as long as it is open.
    pub fn of_tab() -> Option<Self> {
        Self::named("sessionStorage")
    }

    /// Browsers that keep nothing throw already here.
    fn named(name: &str) -> Option<Self> {
        let storage = Reflect::get(&window(), &name.into()).ok()?;
        storage.is_object().then_some(Self(storage))
    }

    pub fn get(&self, key: &str) -> Option<String> {
        Reflect::get(&self.0, &key.into()).ok()?.as_string()
    }

    pub fn set(&self, key: &str, value: &str) {
        // A full store keeps nothing either.
        let _ = Reflect::set(&self.0, &key.into(), &value.into());
    }

    pub fn remove(&self, key: &str) {
        // What is not there is gone already.
        let _ = Reflect::delete_property::<Object>(self.0.unchecked_ref(), &key.into());
    }
}
