//! The field in which the payer compares the address that arrived in the wallet.

use super::element::{Element, element};
use super::{address, fold, notice, typed};
use crate::core::checkout::{Checkout, Followed};
use crate::core::comparison::Comparison;
use crate::core::text::{Texts, fill};

pub(super) fn check(followed: &Followed, checkout: &Checkout, texts: &'static Texts) -> Element {
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
            Some(address::marked("p", "pasted", pasted, Some(index))),
        ),
    };
    let field = element("textarea")
        .id("check-field")
        .set("data-say", "pasted")
        .set("rows", "2")
        .set("autocapitalize", "off")
        .set("maxlength", "200");
    let inside = fold::inside("check", texts.check_why())
        .element(fold::label("check-field", texts.check_label()))
        .element(fold::plain(typed::in_area(field, pasted)))
        .element(notice::said("check-said", kind, said).set("translate", "no"))
        .maybe(found);
    fold::fold("check", texts.check_title(), inside)
}
