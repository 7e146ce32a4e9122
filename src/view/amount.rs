//! The amount to send.

use leptos::prelude::*;

use super::copy;
use crate::checkout::{Checkout, Field, Followed};
use crate::text::Texts;

pub(super) fn amount(followed: &Followed, checkout: &Checkout, texts: &'static Texts) -> AnyView {
    view! {
        <section class="amount" aria-labelledby="amount-label">
            <h2 id="amount-label">{texts.send_exactly()}</h2>
            <p class="figure">
                <strong id="amount" dir="ltr">{followed.payment.pay_amount.to_string()}</strong>
                <span class="unit">" USDT"</span>
            </p>
            {copy::button(Field::Amount, checkout, texts)}
            <p class="hint">{texts.exactly_why()}</p>
        </section>
    }
    .into_any()
}
