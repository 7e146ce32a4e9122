//! The address to send to: as a QR code and as text in groups.

use leptos::prelude::*;

use super::copy;
use crate::checkout::{Checkout, Field, Followed};
use crate::qr::QrPath;
use crate::text::{Texts, fill};

const GROUP: usize = 4;

pub(super) fn address(followed: &Followed, checkout: &Checkout, texts: &'static Texts) -> AnyView {
    let address = followed.payment.address.to_string();
    let label = fill(texts.qr_label(), &[("{address}", &address)]);
    let code = followed.qr.as_ref().map(|qr| picture(qr, "qr", label));
    view! {
        <section class="address" aria-labelledby="address-label">
            {code}
            <h2 id="address-label">{texts.to_address()}</h2>
            {grouped("address", &address)}
            {copy::button(Field::Address, checkout, texts)}
        </section>
    }
    .into_any()
}

/// A QR code. `label` says what is in it to those who cannot see it.
pub(super) fn picture(qr: &QrPath, class: &'static str, label: String) -> AnyView {
    let side = qr.side;
    view! {
        <svg
            class=class
            role="img"
            aria-label=label
            viewBox=format!("0 0 {side} {side}")
            shape-rendering="crispEdges"
        >
            <path d=qr.path.clone() />
        </svg>
    }
    .into_any()
}

/// Text in groups that can be compared by eye. The gaps are margins, so that selecting it gives
/// one unbroken text.
pub(super) fn grouped(id: &'static str, text: &str) -> AnyView {
    marked(id, text, None)
}

/// The same with the group marked that holds the character at `index`.
pub(super) fn marked(id: &'static str, text: &str, index: Option<usize>) -> AnyView {
    let groups = spans(text, index);
    view! { <p class="grouped" id=id dir="ltr" translate="no">{groups}</p> }.into_any()
}

/// The same within a sentence.
pub(super) fn inline(id: &'static str, text: &str) -> AnyView {
    let groups = spans(text, None);
    view! { <bdi class="grouped" id=id dir="ltr" translate="no">{groups}</bdi> }.into_any()
}

fn spans(text: &str, index: Option<usize>) -> AnyView {
    let wrong = index.map(|index| index / GROUP);
    groups(text)
        .into_iter()
        .enumerate()
        .map(|(number, group)| {
            let is_wrong = (wrong == Some(number)).then_some("");
            view! { <span data-wrong=is_wrong>{group}</span><wbr /> }
        })
        .collect_view()
        .into_any()
}

fn groups(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters
        .chunks(GROUP)
        .map(|group| group.iter().collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_hold_the_whole_text() {
        let address = "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH";
        let groups = groups(address);
        assert_eq!(groups.concat(), address);
        assert_eq!(groups.first().map(String::as_str), Some("TUEZ"));
        assert_eq!(groups.last().map(String::as_str), Some("dH"));
    }
}
