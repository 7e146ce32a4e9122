//! The buttons that copy.

use leptos::prelude::*;

use crate::checkout::{Checkout, Copied, Field};
use crate::text::Texts;

pub(super) fn button(field: Field, checkout: &Checkout, texts: &'static Texts) -> AnyView {
    let (id, label, name, told) = match field {
        Field::Amount => (
            "copy-amount",
            texts.copy(),
            texts.copy_amount(),
            texts.amount_copied(),
        ),
        Field::Address => (
            "copy-address",
            texts.copy_address(),
            texts.copy_address(),
            texts.address_copied(),
        ),
        Field::Txid => (
            "copy-txid",
            texts.copy(),
            texts.copy_txid(),
            texts.txid_copied(),
        ),
    };
    let done = checkout.copied == Some(Copied { field, done: true });
    let name = if done { told } else { name };
    view! {
        <button type="button" class="copy" class:done=done id=id data-do=id aria-label=name>
            {if done { texts.copied() } else { label }}
        </button>
    }
    .into_any()
}
