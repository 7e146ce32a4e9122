//! The hosted page: takes over from the gateway's HTML in one frame.

use leptos::prelude::{document, window};
use usdt_protocol::{PaymentId, RedirectUrl, StatusAnswer};
use wasm_bindgen::JsCast as _;
use web_sys::{Event, HtmlElement};

use crate::browser::arrival;
use crate::browser::json;
use crate::browser::kept::Kept;
use crate::browser::live::{self, Live};
use crate::browser::screen::{self, Surroundings};
use crate::core::checkout::Checkout;
use crate::core::clock::Moment;
use crate::core::presentation::Presentation;

/// Starts the checkout in `#checkout`. `None` where the page has no such element, or was not
/// sent by a gateway.
pub fn start() -> Option<Live> {
    let place = document().get_element_by_id("checkout")?;
    let presentation = Presentation::parse(&data("presentation")?)?;
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
    let surroundings = Surroundings {
        gateway: String::new(),
        leave: Box::new(leave),
    };
    let live = live::mount(&root, checkout, presentation, id, surroundings);
    match sent {
        Some(sent) => {
            let kept = Kept::of(&sent);
            sent.replace_with_with_node_1(&root).ok()?;
            live.bring_back(&kept);
        }
        None => place.replace_children_with_node_1(&root),
    }
    Some(live)
}

/// Takes the payer to the shop. In a frame that is up to the page around it.
fn leave(to: &RedirectUrl) {
    let is_framed = document()
        .document_element()
        .is_some_and(|root| root.has_attribute("data-frame"));
    if !is_framed {
        // Where the browser refuses, the link is still there.
        let _ = window().location().assign(to.as_str());
    } else if let Ok(event) = Event::new("usdt-checkout:leave") {
        // The window takes any event, and nobody cancels this one.
        let _ = window().dispatch_event(&event);
    }
}

/// The text of the element with this ID.
fn data(id: &str) -> Option<String> {
    document().get_element_by_id(id)?.text_content()
}

/// The state that came with the page, or else that nothing is known yet.
fn opening(id: Option<PaymentId>, was_sent: bool) -> Checkout {
    let state = data("payment-state").and_then(|text| json::parse::<StatusAnswer>(&text));
    match state {
        _ if id.is_none() => Checkout::unknown(),
        Some(StatusAnswer {
            payment: Some(payment),
            ..
        }) => Checkout::opened(payment, arrival()).at(screen::now()),
        Some(_) => Checkout::unknown(),
        None if was_sent => Checkout::unavailable(),
        None => Checkout::loading(),
    }
}

/// When the state's first byte arrived: the gateway's clock was read just before. The script that
/// fills in until the live page comes may have fetched it anew.
#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds since the page was opened"
)]
fn arrival() -> Moment {
    let renewed = document()
        .document_element()
        .and_then(|root| root.get_attribute("data-renewed")?.parse().ok());
    if let Some(renewed) = renewed {
        return Moment::from_millis(renewed);
    }
    Moment::from_millis(arrival::first_byte().unwrap_or_default() as i64)
}

/// The value of a parameter in a location's query.
fn parameter<'a>(search: &'a str, name: &str) -> Option<&'a str> {
    search
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
