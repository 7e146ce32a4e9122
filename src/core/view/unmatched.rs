//! Money that has arrived and has not paid: in figures, what to do, and how to do it.

use leptos::prelude::{AnyView, IntoAny as _};

use super::element::{Element, list};
use super::phrase::phrase;
use super::{copy, countdown, fold, leaving, notice, receipt, steps};
use crate::core::checkout::{Checkout, Field, Followed, Stage};
use crate::core::presentation::Presentation;
use crate::core::text::Texts;

/// What is on its way, as long as it is not final.
pub(super) fn headline(
    followed: &Followed,
    stage: Stage,
    texts: &'static Texts,
) -> Option<AnyView> {
    let arriving = followed.payment.arriving?.amount.to_string();
    let due = followed.payment.pay_amount.to_string();
    let values: [(&str, &str); 2] = [("{received}", &arriving), ("{amount}", &due)];
    match stage {
        Stage::Short => Some(phrase(texts.arriving_short(), &values)),
        Stage::Over => Some(phrase(texts.arriving_over(), &values)),
        Stage::Review => Some(texts.on_its_way().into_any()),
        _ => None,
    }
}

pub(super) fn unmatched(
    followed: &Followed,
    stage: Stage,
    checkout: &Checkout,
    presentation: &Presentation,
) -> AnyView {
    let texts = presentation.texts;
    let why = match stage {
        _ if followed.is_arriving() => texts.arriving_why(),
        Stage::Short => texts.short_why(),
        Stage::Over => texts.over_why(),
        _ => texts.review_why(),
    };
    let support =
        presentation.merchant.support.as_ref().map(|link| {
            leaving::outward("support", link.to_string(), texts.support()).class("onward")
        });
    let shop = || {
        let to = followed.payment.fail_url.as_ref()?;
        Some(leaving::onward(to, texts.return_to()))
    };
    let way_on = support.or_else(shop);
    let reference = copy::button(Field::Reference, checkout, texts);
    list([
        receipt::difference(followed, stage, texts).into_any(),
        notice::explanation(why).into_any(),
        way_on.into_any(),
        reference.into_any(),
    ])
}

/// What was to be paid, for whom the money is not: as long as there is time.
pub(super) fn not_yours(
    followed: &Followed,
    checkout: &Checkout,
    presentation: &Presentation,
) -> Option<Element> {
    followed.has_time_to_pay(checkout.now).then(|| {
        let inside = fold::empty("not-yours")
            .element(countdown::countdown(followed, checkout, presentation))
            .element(steps::steps(followed, checkout, presentation, false));
        fold::fold("not-yours", presentation.texts.not_yours(), inside)
    })
}
