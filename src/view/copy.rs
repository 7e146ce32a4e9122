//! The buttons that copy.

use leptos::prelude::*;

use crate::checkout::{Checkout, Copied, Field};
use crate::text::Texts;

pub(super) fn button(field: Field, checkout: &Checkout, texts: &'static Texts) -> AnyView {
    let (id, name) = match field {
        Field::Amount => ("copy-amount", texts.copy_amount),
        Field::Address => ("copy-address", texts.copy_address),
        Field::Txid => ("copy-txid", texts.copy_txid),
    };
    let done = checkout.copied == Some(Copied { field, done: true });
    view! {
        <button type="button" class="copy" class:done=done id=id data-do=id aria-label=name>
            {if done { texts.copied } else { texts.copy }}
        </button>
    }
    .into_any()
}
