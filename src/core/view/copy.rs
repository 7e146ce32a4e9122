//! The buttons that copy.

use super::element::{Element, element};
use crate::core::checkout::{Checkout, Copied, Field};
use crate::core::text::Texts;

pub(super) fn button(field: Field, checkout: &Checkout, texts: &'static Texts) -> Element {
    let (id, label, name) = match field {
        Field::Amount => ("copy-amount", texts.copy_amount(), None),
        Field::Address => ("copy-address", texts.copy_address(), None),
        Field::Txid => ("copy-txid", texts.copy(), Some(texts.copy_txid())),
        Field::Reference => ("copy-reference", texts.copy_reference(), None),
    };
    let done = checkout.copied == Some(Copied { field, done: true });
    let (label, name) = if done {
        (texts.copied(), Some(told(field, texts)))
    } else {
        (label, name)
    };
    element("button")
        .class(if done { "copy done" } else { "copy" })
        .id(id)
        .set("type", "button")
        .set("data-do", id)
        .set_some("aria-label", name)
        .text(label)
}

/// What is said once it is done.
pub(super) fn told(field: Field, texts: &'static Texts) -> &'static str {
    match field {
        Field::Amount => texts.amount_copied(),
        Field::Address => texts.address_copied(),
        Field::Txid => texts.txid_copied(),
        Field::Reference => texts.copied(),
    }
}
