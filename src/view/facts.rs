//! What a payer should know of the network, in plain words.

use leptos::prelude::*;

use super::{address, fold};
use crate::checkout::Followed;
use crate::presentation::Presentation;
use crate::text::fill;

pub(super) fn facts(followed: &Followed, presentation: &Presentation) -> AnyView {
    let texts = presentation.texts;
    let blocks = followed.payment.required_confirmations.to_string();
    let inside = view! {
        <ul>
            <li>{texts.fact_fee()}</li>
            <li>{fill(texts.fact_final(), &[("{n}", &blocks)])}</li>
            <li>{texts.fact_history()}</li>
            <li>
                {texts.fact_token()}
                {address::grouped("token", &presentation.chain.token.to_string())}
            </li>
        </ul>
    };
    fold::fold("facts", texts.facts_title(), inside.into_any())
}
