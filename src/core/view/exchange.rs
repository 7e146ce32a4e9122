//! What a payer must enter on an exchange, so that the right amount arrives.

use super::element::{Element, element};
use super::phrase::phrase;
use super::{fold, notice, typed};
use crate::core::checkout::{Checkout, Followed};
use crate::core::exchange::Withdrawal;
use crate::core::text::{Texts, fill};

pub(super) fn exchange(followed: &Followed, checkout: &Checkout, texts: &'static Texts) -> Element {
    let due = followed.payment.pay_amount;
    let amount = due.to_string();
    let (kind, said) = match Withdrawal::of(due, &checkout.entered.fee) {
        None => ("", String::new()),
        Some(Withdrawal::Sum(sum)) => (
            "good",
            fill(
                texts.fee_sum(),
                &[("{sum}", &sum.to_string()), ("{amount}", &amount)],
            ),
        ),
        Some(Withdrawal::Unclear) => ("bad", texts.fee_wrong().to_owned()),
    };
    let field = element("input")
        .id("fee")
        .set("data-say", "fee")
        .set("type", "text")
        .set("inputmode", "decimal")
        .set("maxlength", "12");
    let why = element("p").child(phrase(texts.exchange_why(), &[("{amount}", &amount)]));
    let inside = fold::empty("exchange")
        .element(why)
        .element(fold::label("fee", texts.fee_label()))
        .element(fold::plain(typed::in_input(field, &checkout.entered.fee)))
        .element(notice::said("fee-said", kind, said).set("translate", "no"));
    fold::fold("exchange", texts.exchange_title(), inside)
}
