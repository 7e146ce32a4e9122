//! Words beside the payment: explanations, warnings, and what is wrong at the moment.

use leptos::prelude::*;

use crate::checkout::{Checkout, Shown};
use crate::text::{Texts, fill};

pub(super) fn explanation(text: &'static str) -> AnyView {
    view! { <p class="why">{text}</p> }.into_any()
}

/// Something that the payer must not overlook.
pub(super) fn warning(text: &'static str) -> AnyView {
    view! { <p class="warning">{text}</p> }.into_any()
}

pub(super) fn test_mode(texts: &'static Texts) -> AnyView {
    view! { <p class="test-mode">{texts.test_mode()}</p> }.into_any()
}

/// What keeps the status from being up to date. An empty text would leave a space in the
/// gateway's HTML, so that nothing is none.
pub(super) fn banner(checkout: &Checkout, texts: &'static Texts) -> Option<String> {
    let Shown::Payment(followed) = &checkout.shown else {
        return None;
    };
    let delay = followed.payment.chain_delay;
    if followed.lost {
        Some(texts.connection_lost().to_owned())
    } else if delay > 0 && followed.may_change(checkout.now) {
        let minutes = delay.div_ceil(60).to_string();
        Some(fill(texts.delayed(), &[("{n}", &minutes)]))
    } else {
        None
    }
}

/// What came of something that the payer did: `good`, `bad`, or `open` as yet. It can take the
/// focus from a control that is gone.
pub(super) fn said(id: &'static str, kind: &'static str, text: String) -> AnyView {
    let text = (!text.is_empty()).then_some(text);
    view! {
        <p class="said" id=id data-kind=kind role="status" tabindex="-1">
            {text}
        </p>
    }
    .into_any()
}
