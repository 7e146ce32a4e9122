//! What the payer sees. Each view is a pure function of the state, so that the gateway and the
//! browser make the same HTML.
//!
//! Views carry no handlers: a control says in `data-do` what it is for, a field in `data-say`
//! what is typed into it, and the live page listens at its root. Controls have IDs, by which
//! focus is found again when one HTML replaces the other. What a shop's page is told of the
//! payment stands in the card's data.

mod address;
mod amount;
mod check;
mod claim;
mod copy;
mod countdown;
mod element;
mod exchange;
mod facts;
mod figure;
mod fold;
mod leaving;
mod masthead;
mod notice;
mod payment;
mod phone;
mod phrase;
mod progress;
mod receipt;
mod steps;
mod typed;
mod unmatched;
mod wallet;
mod wallets;

use leptos::prelude::{AnyView, IntoAny as _};

use self::element::{element, list};
#[cfg(feature = "ssr")]
pub(crate) use self::masthead::heading;
use crate::core::checkout::{Checkout, Shown, Stage};
use crate::core::presentation::Presentation;
use crate::core::text::{Texts, fill};

/// The whole card. Its outer shape is the same in every state, so that the live regions stay
/// where screen readers watch them.
pub(crate) fn checkout(checkout: &Checkout, presentation: &Presentation) -> AnyView {
    let texts = presentation.texts;
    let payment = checkout.payment();
    let (stage, headline, body) = match &checkout.shown {
        Shown::Loading => ("loading", texts.loading().into_any(), list([])),
        Shown::Unavailable => (
            "unavailable",
            texts.unavailable().into_any(),
            without_payment(texts.unavailable_why(), texts),
        ),
        Shown::Unknown => (
            "unknown",
            texts.unknown().into_any(),
            without_payment(texts.unknown_why(), texts),
        ),
        Shown::Payment(followed) => {
            let stage = followed.stage(checkout.now);
            let headline = unmatched::headline(followed, stage, texts);
            (
                name(stage),
                headline.unwrap_or_else(|| announce(stage, texts).into_any()),
                payment::payment(followed, stage, checkout, presentation),
            )
        }
    };
    let (urgency, time) = match &checkout.shown {
        Shown::Payment(followed) if checkout.payable().is_some() => (
            countdown::urgency(followed.seconds_left(checkout.now)),
            Some(countdown::countdown(followed, checkout, presentation)),
        ),
        _ => (None, None),
    };
    let status = element("p")
        .class("status")
        .id("headline")
        .set("role", "status")
        .set("tabindex", "-1")
        .child(headline);
    let banner = element("p").class("banner").set("role", "status");
    let standing = element("div")
        .class("state")
        .set_some("data-urgency", urgency)
        .maybe(figure::figure(&checkout.shown, checkout.stage()))
        .element(status)
        .maybe(time)
        .element(match notice::banner(checkout, texts) {
            Some(text) => banner.child(text),
            None => banner,
        });
    let told = element("p")
        .class("hidden")
        .set("role", "status")
        .text(copied(checkout, texts));
    let card = element("article").class("card").set("data-stage", stage);
    let card = match payment {
        Some(payment) => card
            .set("data-status", payment.status.as_str())
            .set("data-confirmations", payment.confirmations.to_string())
            .set("data-required", payment.required_confirmations.to_string())
            .set_some("data-txid", payment.txid.map(|txid| txid.to_string())),
        None => card,
    };
    card.element(masthead::masthead(payment, presentation))
        .element(standing)
        .child(body)
        .element(told)
        .into_any()
}

fn without_payment(why: &'static str, texts: &'static Texts) -> AnyView {
    list([
        notice::explanation(why).into_any(),
        notice::again(texts).into_any(),
    ])
}

const fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Waiting => "waiting",
        Stage::Checking => "checking",
        Stage::Seen { .. } => "seen",
        Stage::Short => "short",
        Stage::Over => "over",
        Stage::Review => "review",
        Stage::Paid => "paid",
        Stage::Expired => "expired",
        Stage::Failed => "failed",
        Stage::Changed => "changed",
    }
}

fn announce(stage: Stage, texts: &'static Texts) -> &'static str {
    match stage {
        Stage::Waiting => texts.waiting(),
        Stage::Checking => texts.checking(),
        Stage::Seen { .. } => texts.seen(),
        Stage::Short => texts.short(),
        Stage::Over => texts.over(),
        Stage::Review => texts.review(),
        Stage::Paid => texts.paid(),
        Stage::Expired => texts.expired(),
        Stage::Failed => texts.failed(),
        Stage::Changed => texts.changed(),
    }
}

fn copied(checkout: &Checkout, texts: &'static Texts) -> &'static str {
    match checkout.copied {
        None => "",
        Some(copied) if !copied.done => texts.select_and_copy(),
        Some(copied) => copy::told(copied.field, texts),
    }
}

/// The title of the window.
pub(crate) fn title(checkout: &Checkout, texts: &'static Texts) -> String {
    let Shown::Payment(followed) = &checkout.shown else {
        return match checkout.shown {
            Shown::Unknown => texts.unknown(),
            _ => texts.heading(),
        }
        .to_owned();
    };
    let amount = || followed.payment.pay_amount.to_string();
    match followed.stage(checkout.now) {
        Stage::Waiting => fill(texts.title_waiting(), &[("{amount}", &amount())]),
        Stage::Seen {
            confirmations,
            required,
        } => fill(
            texts.title_seen(),
            &[
                ("{n}", &confirmations.to_string()),
                ("{total}", &required.to_string()),
            ],
        ),
        Stage::Paid => fill(texts.title_paid(), &[("{amount}", &amount())]),
        // Nothing of it has been received for good.
        stage if stage.is_unmatched() && followed.is_arriving() => texts.on_its_way().to_owned(),
        stage => announce(stage, texts).to_owned(),
    }
}

/// The picture on the window's tab, which shows from afar how the payment stands.
#[cfg(feature = "csr")]
pub(crate) fn icon(checkout: &Checkout) -> String {
    let stage = checkout.stage();
    let color = match stage {
        Some(Stage::Seen { .. } | Stage::Checking) => "1a50b8",
        Some(Stage::Short | Stage::Over | Stage::Review | Stage::Expired) => "8a4b00",
        Some(Stage::Failed | Stage::Changed) => "b3261e",
        Some(Stage::Waiting | Stage::Paid) | None => "08775c",
    };
    let sign = figure::sign(&checkout.shown, stage).unwrap_or("M9 10h14m-7 0v13");
    [
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>\
         <circle cx='16' cy='16' r='16' fill='%23",
        color,
        "'/><path fill='none' stroke='%23fff' stroke-width='4' d='",
        sign,
        "'/></svg>",
    ]
    .concat()
}
