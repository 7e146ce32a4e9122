//! What is worth keeping of a payment: for the payer's records, and for the shop's support.

use leptos::prelude::{AnyView, IntoAny as _};
use usdt_protocol::{Txid, Usdt};

use super::element::{Element, element, list};
use super::{address, copy, countdown, leaving};
use crate::core::checkout::{Checkout, Field, Followed, Stage};
use crate::core::presentation::Presentation;
use crate::core::text::Texts;

pub(super) fn receipt(
    followed: &Followed,
    stage: Stage,
    checkout: &Checkout,
    presentation: &Presentation,
) -> AnyView {
    let texts = presentation.texts;
    let payment = &followed.payment;
    let due = payment.pay_amount;
    let arrived = followed.unmatched().filter(|_| stage.is_unmatched());
    let amount = match arrived {
        None => money(texts.amount(), payment.received_amount.unwrap_or(due)),
        Some(_) => money(texts.to_be_paid(), due),
    };
    let paid_at = payment.paid_at.map(|at| {
        row(
            texts.paid_at(),
            countdown::time(at, checkout.server_time(), presentation),
            None,
        )
    });
    // Where the address is shown to be paid, it is not shown twice.
    let to = arrived.is_none().then(|| {
        let address = payment.address.to_string();
        row(texts.address(), address::grouped("address", &address), None)
    });
    let transaction = followed.txid().map(|txid| {
        let actions = element("div")
            .class("actions")
            .element(copy::button(Field::Txid, checkout, texts))
            .maybe(explorer(txid, presentation));
        let txid = address::grouped("txid", &txid.to_string());
        row(texts.transaction(), txid, Some(actions))
    });
    // What came beside the payment, for which a person has to decide too.
    let more = payment.unmatched.filter(|_| stage == Stage::Paid);
    let other = more.map(|more| {
        let txid = address::grouped("other-txid", &more.txid.to_string());
        row(texts.transaction(), txid, None)
    });
    let print = (stage == Stage::Paid).then(|| {
        element("button")
            .class("quiet")
            .id("print")
            .set("type", "button")
            .set("data-do", "print")
            .text(texts.print())
    });
    let rows = element("dl")
        .class("receipt")
        .element(amount)
        .maybe(paid_at)
        .maybe(to)
        .maybe(transaction)
        .maybe(more.map(|more| money(texts.too_much(), more.amount)))
        .maybe(other);
    list([rows.into_any(), print.into_any()])
}

fn row(name: &'static str, value: Element, more: Option<Element>) -> Element {
    element("div")
        .element(element("dt").text(name))
        .element(element("dd").element(value).maybe(more))
}

fn money(name: &'static str, amount: Usdt) -> Element {
    row(name, usdt(amount), None)
}

fn number(name: &'static str, amount: Usdt) -> Element {
    let amount = element("span").untranslated().text(amount.to_string());
    row(name, amount, None)
}

pub(super) fn usdt(amount: Usdt) -> Element {
    element("span")
        .untranslated()
        .text(format!("{amount} USDT"))
}

/// How what arrived differs from what was to be paid, in figures.
pub(super) fn difference(
    followed: &Followed,
    stage: Stage,
    texts: &'static Texts,
) -> Option<Element> {
    let payment = &followed.payment;
    let arrived = followed.unmatched()?.amount;
    let due = payment.pay_amount;
    let difference = || Usdt::from_micro(due.micro().abs_diff(arrived.micro()));
    let rest = match stage {
        Stage::Short => Some(number(texts.missing(), difference())),
        Stage::Over => Some(number(texts.too_much(), difference())),
        _ => None,
    };
    let final_ones = payment
        .unmatched
        .map(|it| number(texts.received(), it.amount));
    let coming = payment
        .arriving
        .map(|it| number(texts.on_its_way(), it.amount));
    let figures = element("dl")
        .class("figures")
        .maybe(final_ones)
        .maybe(coming)
        .maybe(rest.map(|rest| rest.class("rest")));
    Some(figures)
}

fn explorer(txid: Txid, presentation: &Presentation) -> Option<Element> {
    let explorer = presentation.chain.explorer.as_ref()?;
    let to = [explorer.as_str(), &txid.to_string()].concat();
    let link = leaving::outward("explorer", to, presentation.texts.explorer());
    Some(link.class("explorer"))
}
