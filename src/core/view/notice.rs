//! Words beside the payment: explanations, warnings, and what is wrong at the moment.

use leptos::prelude::{AnyView, IntoAny as _};

use super::element::{Element, element};
use super::phrase::phrase;
use crate::core::checkout::{Checkout, Shown};
use crate::core::text::Texts;

pub(super) fn explanation(text: &'static str) -> Element {
    element("p").class("why").text(text)
}

/// Something that the payer must not overlook.
pub(super) fn warning(text: &'static str) -> Element {
    element("p").class("warning").text(text)
}

/// What keeps the status from being up to date. An empty text would leave a space in the
/// gateway's HTML, so that nothing is none.
pub(super) fn banner(checkout: &Checkout, texts: &'static Texts) -> Option<AnyView> {
    let Shown::Payment(followed) = &checkout.shown else {
        return None;
    };
    let delay = followed.payment.chain_delay;
    if followed.lost {
        let text = if checkout.payable().is_some() {
            texts.connection_lost()
        } else {
            texts.status_old()
        };
        Some(text.into_any())
    } else if delay > 0 && followed.may_change(checkout.now) {
        let minutes = delay.div_ceil(60).to_string();
        Some(phrase(texts.delayed(), &[("{n}", &minutes)]))
    } else {
        None
    }
}

/// What came of something that the payer did: `good`, `bad`, or `open` as yet. It can take the
/// focus from a control that is gone.
pub(super) fn said(id: &'static str, kind: &'static str, text: String) -> Element {
    let said = element("p")
        .class("said")
        .id(id)
        .set("data-kind", kind)
        .set("role", "status")
        .set("tabindex", "-1");
    if text.is_empty() {
        said
    } else {
        said.text(text)
    }
}

/// Loads the page again, also from within a frame.
pub(super) fn again(texts: &'static Texts) -> Element {
    element("a")
        .class("onward")
        .id("again")
        .set("href", "")
        .set("target", "_self")
        .text(texts.try_again())
}
