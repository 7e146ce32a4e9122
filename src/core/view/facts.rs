//! What a payer should know of the network, in plain words.

use super::element::{Element, element};
use super::phrase::phrase;
use super::{address, fold};
use crate::core::checkout::Followed;
use crate::core::presentation::Presentation;

pub(super) fn facts(followed: &Followed, presentation: &Presentation) -> Element {
    let texts = presentation.texts;
    let blocks = followed.payment.required_confirmations.to_string();
    let item = |text: &'static str| element("li").text(text);
    let is_final = element("li").child(phrase(texts.fact_final(), &[("{n}", &blocks)]));
    let token = address::grouped("token", &presentation.chain.token.to_string());
    let list = element("ul")
        .element(item(texts.fact_fee()))
        .element(is_final)
        .element(item(texts.fact_history()))
        .element(item(texts.fact_token()).element(token));
    fold::fold(
        "facts",
        texts.facts_title(),
        fold::empty("facts").element(list),
    )
}
