//! The field in which the payer compares the address that arrived in the wallet.

use leptos::prelude::*;

use super::{address, fold, notice};
use crate::checkout::{Checkout, Followed};
use crate::comparison::Comparison;
use crate::text::{Texts, fill};

pub(super) fn check(followed: &Followed, checkout: &Checkout, texts: &'static Texts) -> AnyView {
    let expected = followed.payment.address.to_string();
    let pasted = &checkout.entered.pasted;
    let (kind, said, found) = match Comparison::between(&expected, pasted) {
        None => ("", String::new(), None),
        Some(Comparison::Same) => {
            let count = expected.len().to_string();
            ("good", fill(texts.check_same(), &[("{n}", &count)]), None)
        }
        Some(Comparison::Part { missing }) => {
            let count = missing.to_string();
            ("open", fill(texts.check_part(), &[("{n}", &count)]), None)
        }
        Some(Comparison::Different { index }) => (
            "bad",
            fill(
                texts.check_different(),
                &[("{n}", &(index + 1).to_string())],
            ),
            Some(address::marked("pasted", pasted, Some(index))),
        ),
    };
    let inside = view! {
        <p>{texts.check_why()}</p>
        <label for="check-field">{texts.check_label()}</label>
        <textarea
            id="check-field"
            data-say="pasted"
            rows="2"
            dir="ltr"
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            maxlength="200"
        ></textarea>
        {notice::said("check-said", kind, said)}
        {found}
    };
    fold::fold("check", texts.check_title(), inside.into_any())
}
