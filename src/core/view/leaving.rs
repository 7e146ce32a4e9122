//! The ways back to the shop.

use std::borrow::Cow;

use usdt_protocol::RedirectUrl;

use super::element::{Element, element};
use super::phrase::phrase;
use crate::core::checkout::{Checkout, Followed, Stage};
use crate::core::text::{Texts, fill};

pub(super) fn leaving(
    followed: &Followed,
    stage: Stage,
    checkout: &Checkout,
    texts: &'static Texts,
) -> Element {
    let payment = &followed.payment;
    let links = match stage {
        Stage::Paid => payment
            .success_url
            .as_ref()
            .map(|to| onward(to, texts.continue_to())),
        Stage::Expired | Stage::Failed | Stage::Changed => payment
            .fail_url
            .as_ref()
            .map(|to| onward(to, texts.return_to())),
        Stage::Waiting | Stage::Checking => payment.fail_url.as_ref().map(|to| cancel(to, texts)),
        Stage::Seen { .. } | Stage::Short | Stage::Over | Stage::Review => None,
    };
    let count = followed
        .departure
        .seconds_left(checkout.now)
        .map(|seconds| count(seconds, &payment.payment_url, texts));
    element("div").class("leaving").maybe(links).maybe(count)
}

pub(super) fn onward(to: &RedirectUrl, text: &'static str) -> Element {
    element("a")
        .class("onward")
        .id("continue")
        .set("href", to.to_string())
        .text(fill(text, &[("{host}", to.host())]))
}

/// A link that leaves the payment open.
pub(super) fn outward(id: &'static str, to: String, text: impl Into<Cow<'static, str>>) -> Element {
    element("a")
        .id(id)
        .set("href", to)
        .set("target", "_blank")
        .set("rel", "noopener")
        .text(text)
}

fn cancel(to: &RedirectUrl, texts: &'static Texts) -> Element {
    element("a")
        .class("cancel")
        .id("cancel")
        .set("href", to.to_string())
        .text(texts.cancel())
}

fn count(seconds: u32, page: &RedirectUrl, texts: &'static Texts) -> Element {
    let text = phrase(texts.leaving_in(), &[("{n}", &seconds.to_string())]);
    let stay = element("a")
        .id("stay")
        .set("data-do", "stay")
        .set("href", format!("{page}&stay=1"))
        .text(texts.stay());
    element("p")
        .class("count")
        .element(element("span").set("role", "timer").child(text))
        .text(" ")
        .element(stay)
}
