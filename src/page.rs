//! The hosted page: takes over from the gateway's HTML in one frame.

use leptos::prelude::{document, window};
use usdt_protocol::{PaymentId, StatusAnswer};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, HtmlElement};

use crate::checkout::Checkout;
use crate::clock::Moment;
use crate::json;
use crate::live::{self, Live};

/// Starts the checkout in `#checkout`. `None` where the page has no such element.
pub fn start() -> Option<Live> {
    let place = document().get_element_by_id("checkout")?;
    let sent = document().get_element_by_id("view");
    let search = window().location().search().unwrap_or_default();
    let id = parameter(&search, "id").and_then(|id| id.parse().ok());
    let checkout = opening(id, sent.is_some());
    let checkout = if parameter(&search, "stay").is_some() {
        checkout.staying()
    } else {
        checkout
    };
    let root: HtmlElement = document().create_element("div").ok()?.dyn_into().ok()?;
    root.set_id("view");
    let live = live::mount(&root, checkout, id, |to| {
        // Where the browser refuses, the link is still there.
        let _ = window().location().assign(to.as_str());
    });
    let focused = document().active_element().map(|element| element.id());
    match sent {
        Some(sent) => sent.replace_with_with_node_1(&root).ok()?,
        None => place.replace_children_with_node_1(&root),
    }
    refocus(focused);
    Some(live)
}

/// The state that came with the page, or else that nothing is known yet.
fn opening(id: Option<PaymentId>, was_sent: bool) -> Checkout {
    let state = document()
        .get_element_by_id("payment-state")
        .and_then(|element| element.text_content())
        .and_then(|text| json::parse::<StatusAnswer>(&text));
    match state {
        _ if id.is_none() => Checkout::unknown(),
        Some(StatusAnswer {
            payment: Some(payment),
            ..
        }) => Checkout::opened(payment, arrival()).at(live::now()),
        Some(_) => Checkout::unknown(),
        None if was_sent => Checkout::unavailable(),
        None => Checkout::loading(),
    }
}

/// When the page's first byte arrived: the gateway's clock was read just before.
#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds since the page was opened"
)]
fn arrival() -> Moment {
    let millis = window().performance().and_then(|performance| {
        let entry = performance.get_entries_by_type("navigation").get(0);
        js_sys::Reflect::get(&entry, &JsValue::from_str("responseStart"))
            .ok()?
            .as_f64()
    });
    Moment::from_millis(millis.unwrap_or_default() as i64)
}

/// Gives focus to the control that stands for the one that was replaced.
fn refocus(id: Option<String>) {
    let control = id
        .filter(|id| !id.is_empty())
        .and_then(|id| document().get_element_by_id(&id))
        .and_then(|control: Element| control.dyn_into::<HtmlElement>().ok());
    if let Some(control) = control {
        // A control that takes no focus had none.
        let _ = control.focus();
    }
}

/// The value of a parameter in a location's query.
fn parameter<'a>(search: &'a str, name: &str) -> Option<&'a str> {
    search
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
