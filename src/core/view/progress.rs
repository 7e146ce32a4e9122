//! How far the network has confirmed the transfer.

use super::element::{Element, element};
use super::phrase::phrase;
use crate::core::text::Texts;

pub(super) fn progress(confirmations: u8, required: u8, texts: &'static Texts) -> Element {
    let (n, total) = (confirmations.to_string(), required.to_string());
    let item = |text: &'static str| element("li").text(text);
    let list = element("ul")
        .element(item(texts.track_sent()))
        .element(item(texts.track_seen()))
        .element(item(texts.track_final()).set("aria-current", "step"));
    let count = element("p").id("confirmations").child(phrase(
        texts.confirmations(),
        &[("{n}", &n), ("{total}", &total)],
    ));
    element("div").class("track").element(list).element(count)
}
