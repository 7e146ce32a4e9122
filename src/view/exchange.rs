//! What a payer must enter on an exchange, so that the right amount arrives.

use leptos::prelude::*;

use super::{fold, notice};
use crate::checkout::{Checkout, Followed};
use crate::exchange::Withdrawal;
use crate::text::{Texts, fill};

pub(super) fn exchange(followed: &Followed, checkout: &Checkout, texts: &'static Texts) -> AnyView {
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
    let inside = view! {
        <p>{fill(texts.exchange_why(), &[("{amount}", &amount)])}</p>
        <label for="fee">{texts.fee_label()}</label>
        <input
            id="fee"
            data-say="fee"
            type="text"
            inputmode="decimal"
            dir="ltr"
            autocomplete="off"
            maxlength="12"
        />
        {notice::said("fee-said", kind, said)}
    };
    fold::fold("exchange", texts.exchange_title(), inside.into_any())
}
