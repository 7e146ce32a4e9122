//! What stands in a field, as the gateway writes it. On the live page a field is the payer's own.

use super::element::Element;

pub(super) fn in_input(input: Element, typed: &str) -> Element {
    input.set_some("value", shown(typed))
}

pub(super) fn in_area(area: Element, typed: &str) -> Element {
    match shown(typed) {
        Some(typed) => area.text(typed),
        None => area,
    }
}

fn shown(typed: &str) -> Option<String> {
    (cfg!(feature = "ssr") && !typed.is_empty()).then(|| typed.to_owned())
}
