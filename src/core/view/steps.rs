//! What the payer does, step by step: this amount, to this address, on this network.

use super::element::{Element, element};
use super::{address, amount, copy, notice, wallet, wallets};
use crate::core::checkout::{Checkout, Field, Followed};
use crate::core::presentation::Presentation;
use crate::core::text::fill;

/// `pays` where the payer can pay from here, and not only look up what was to be paid.
pub(super) fn steps(
    followed: &Followed,
    checkout: &Checkout,
    presentation: &Presentation,
    pays: bool,
) -> Element {
    let texts = presentation.texts;
    let to = followed.payment.address.to_string();
    let label = fill(texts.qr_label(), &[("{address}", &to)]);
    let address = step("address-label", heading(texts.to_address()))
        .element(address::grouped("address", &to))
        .element(copy::button(Field::Address, checkout, texts));
    let pay = pays.then(|| {
        wallet::wallet(followed, checkout, presentation)
            .or_else(|| wallets::wallets(followed, presentation))
    });
    let network = step("network-label", element("h2").text(texts.on_tron()))
        .element(notice::warning(texts.network_warning()))
        .maybe(pay.flatten());
    let summary = element("summary").id("code-title").text(texts.show_code());
    let show = element("details").class("show").id("code").element(summary);
    let picture = followed.qr.as_ref();
    let code = element("div")
        .class("code")
        .maybe(picture.map(|qr| address::picture(qr, "qr", label)))
        .element(element("p").text(texts.code_why()));
    element("div")
        .class("steps")
        .element(amount::amount(followed, checkout, texts))
        .element(address)
        .element(network)
        .element(show)
        .element(code)
}

/// One step under its heading, by which it is known as `label`.
pub(super) fn step(label: &'static str, heading: Element) -> Element {
    element("div")
        .class("step")
        .set("role", "group")
        .set("aria-labelledby", label)
        .element(heading.id(label))
}

/// With the network's name, before what must not be sent on another one.
fn heading(text: &'static str) -> Element {
    let chip = element("span")
        .class("chip")
        .untranslated()
        .text("TRON · TRC20");
    element("h2").text(text).text(" ").element(chip)
}
