//! A payment in each of its stages.

use leptos::prelude::{AnyView, IntoAny as _};

use super::element::{element, list};
use super::phrase::phrase;
use super::{
    check, claim, exchange, facts, leaving, notice, phone, progress, receipt, steps, unmatched,
};
use crate::core::checkout::{Checkout, Followed, Stage};
use crate::core::presentation::Presentation;

pub(super) fn payment(
    followed: &Followed,
    stage: Stage,
    checkout: &Checkout,
    presentation: &Presentation,
) -> AnyView {
    let texts = presentation.texts;
    let payment = &followed.payment;
    let receipt = || receipt::receipt(followed, stage, checkout, presentation);
    let leaving = || leaving::leaving(followed, stage, checkout, texts).into_any();
    let (body, end) = match stage {
        Stage::Waiting => (
            steps::steps(followed, checkout, presentation, true).into_any(),
            leaving(),
        ),
        Stage::Checking => (
            notice::explanation(texts.checking_why()).into_any(),
            list([receipt(), leaving()]),
        ),
        Stage::Seen {
            confirmations,
            required,
        } => (
            list([
                notice::explanation(texts.seen_why()).into_any(),
                progress::progress(confirmations, required, texts).into_any(),
            ]),
            receipt(),
        ),
        Stage::Short | Stage::Over | Stage::Review => (
            unmatched::unmatched(followed, stage, checkout, presentation),
            list([
                receipt(),
                unmatched::not_yours(followed, checkout, presentation).into_any(),
            ]),
        ),
        Stage::Paid => {
            let total = payment.received_amount.unwrap_or(payment.pay_amount);
            let late = payment.late.then(|| notice::explanation(texts.paid_late()));
            let body = list([
                element("p")
                    .class("total")
                    .element(receipt::usdt(total))
                    .into_any(),
                late.into_any(),
                leaving(),
            ]);
            (body, receipt())
        }
        Stage::Expired | Stage::Failed => {
            let why = if stage == Stage::Expired {
                texts.expired_why()
            } else {
                texts.failed_why()
            };
            let body = list([
                notice::explanation(why).into_any(),
                notice::explanation(texts.not_lost()).into_any(),
                leaving(),
            ]);
            (body, receipt())
        }
        Stage::Changed => (notice::warning(texts.changed_why()).into_any(), leaving()),
    };
    let help = (stage == Stage::Waiting).then(|| {
        list([
            exchange::exchange(followed, checkout, texts).into_any(),
            check::check(followed, checkout, texts).into_any(),
            phone::phone(checkout, texts).into_any(),
            facts::facts(followed, presentation).into_any(),
        ])
    });
    let claim = match stage {
        Stage::Seen { .. } | Stage::Paid | Stage::Changed => None,
        _ => Some(claim::claim(payment, checkout, presentation)),
    };
    // In places of their own, so that what the payer types outlives the stage.
    let help = element("div")
        .class("help")
        .set_some("data-sent", checkout.may_be_sent().then_some(""))
        .child(help.into_any())
        .maybe(claim);
    let number = payment.payment_id.to_string();
    let number = element("p")
        .class("number")
        .child(phrase(texts.payment_number(), &[("{id}", &number)]));
    // Where the shop has to decide, there is a button.
    let support = presentation.merchant.support.as_ref();
    let number = match support.filter(|_| !stage.is_unmatched()) {
        Some(link) => {
            let link = leaving::outward("support", link.to_string(), texts.support());
            number.text(" · ").element(link)
        }
        None => number,
    };
    list([body, help.into_any(), end, number.into_any()])
}
