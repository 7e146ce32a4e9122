//! The top of the card: who is paid, how much the order costs, and what it is for.

use usdt_protocol::{Payment, Price};

use super::element::{Element, element};
use super::figure;
use super::phrase::phrase;
use crate::core::presentation::Presentation;
use crate::core::text::fill;

/// A bar across a stem, with a ring around: the token's sign, drawn so that it needs no request.
const TOKEN: &str = "M8 8.5h16v4h-6v2.6c3.9.3 6.8 1.3 6.8 2.6s-2.9 2.3-6.8 2.6v6.2h-4v-6.2\
    c-3.9-.3-6.8-1.3-6.8-2.6s2.9-2.3 6.8-2.6v-2.6h-6z";

/// Who is paid, or at least with what.
pub(crate) fn heading(presentation: &Presentation) -> String {
    let texts = presentation.texts;
    match &presentation.merchant.name {
        Some(name) => fill(texts.pay_merchant(), &[("{merchant}", name)]),
        None => texts.heading().to_owned(),
    }
}

/// Numbers and codes, which read alike in every language.
fn reckoned(price: &Price) -> Element {
    let Price {
        amount,
        currency,
        rate,
        margin_percent,
        ..
    } = price;
    let margin = match margin_percent.to_string() {
        none if none.bytes().all(|byte| matches!(byte, b'0' | b'.')) => String::new(),
        some => format!(" + {some}\u{a0}%"),
    };
    let text = format!("{amount} {currency} · 1 {currency} = {rate} USDT{margin}");
    let text = element("bdi").untranslated().text(text);
    element("span").class("price").element(text)
}

pub(super) fn masthead(payment: Option<&Payment>, presentation: &Presentation) -> Element {
    let texts = presentation.texts;
    let merchant = &presentation.merchant;
    let logo = match merchant.logo.clone() {
        Some(path) => element("img")
            .class("logo")
            .set("src", path)
            .set("alt", "")
            .set("width", "40")
            .set("height", "40"),
        None => figure::drawing("0 0 32 32")
            .class("mark")
            .element(figure::path(TOKEN)),
    };
    let order = payment.map(|payment| {
        let amount = payment.amount.to_string();
        let order = element("p").class("order");
        let total = order.child(phrase(texts.order_total(), &[("{amount}", &amount)]));
        total.maybe(payment.price.as_ref().map(reckoned))
    });
    let what = payment
        .and_then(|payment| payment.description.clone())
        .map(|what| element("p").class("what").set("dir", "auto").text(what));
    let test = presentation
        .chain
        .is_test
        .then(|| element("p").class("test-mode").text(texts.test_mode()));
    element("div")
        .class("masthead")
        .element(logo)
        .element(element("h1").text(heading(presentation)))
        .maybe(order)
        .maybe(what)
        .maybe(test)
}
