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
mod exchange;
mod facts;
mod fold;
mod leaving;
mod masthead;
mod notice;
mod payment;
mod phone;
mod progress;
mod receipt;
mod wallet;
mod wallets;

use leptos::prelude::*;

#[cfg(feature = "ssr")]
pub(crate) use self::masthead::heading;
use crate::checkout::{Checkout, Field, Shown, Stage};
use crate::presentation::Presentation;
use crate::text::{Texts, fill};

/// The whole card. Its outer shape is the same in every state, so that the live regions stay
/// where screen readers watch them.
pub(crate) fn checkout(checkout: &Checkout, presentation: &Presentation) -> AnyView {
    let texts = presentation.texts;
    let payment = checkout.payment();
    let (stage, headline, body) = match &checkout.shown {
        Shown::Loading => ("loading", texts.loading(), ().into_any()),
        Shown::Unavailable => (
            "unavailable",
            texts.unavailable(),
            notice::explanation(texts.unavailable_why()),
        ),
        Shown::Unknown => (
            "unknown",
            texts.unknown(),
            notice::explanation(texts.unknown_why()),
        ),
        Shown::Payment(followed) => {
            let stage = followed.stage(checkout.now);
            let (name, headline) = announce(stage, texts);
            (
                name,
                headline,
                payment::payment(followed, stage, checkout, presentation),
            )
        }
    };
    view! {
        <article
            class="card"
            data-stage=stage
            data-status=payment.map(|payment| payment.status.as_str())
            data-confirmations=payment.map(|payment| payment.confirmations.to_string())
            data-required=payment.map(|payment| payment.required_confirmations.to_string())
            data-txid=payment.and_then(|payment| payment.txid).map(|txid| txid.to_string())
        >
            {masthead::masthead(presentation)}
            <p class="banner" role="status">
                {notice::banner(checkout, texts)}
            </p>
            <p class="status" role="status">
                {headline}
            </p>
            {body}
            <p class="hidden" role="status">
                {copied(checkout, texts)}
            </p>
        </article>
    }
    .into_any()
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

fn announce(stage: Stage, texts: &'static Texts) -> (&'static str, &'static str) {
    let headline = match stage {
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
    };
    (name(stage), headline)
}

fn copied(checkout: &Checkout, texts: &'static Texts) -> &'static str {
    match checkout.copied {
        None => "",
        Some(copied) if !copied.done => texts.select_and_copy(),
        Some(copied) => match copied.field {
            Field::Amount => texts.amount_copied(),
            Field::Address => texts.address_copied(),
            Field::Txid => texts.txid_copied(),
        },
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
        stage => announce(stage, texts).1.to_owned(),
    }
}

/// The picture on the window's tab, which shows from afar how the payment stands.
#[cfg(feature = "csr")]
pub(crate) fn icon(checkout: &Checkout) -> String {
    let (color, sign) = match checkout.stage() {
        Some(Stage::Paid) => ("08775c", "m8 17 5 5 11-12"),
        Some(Stage::Seen { .. } | Stage::Checking) => ("1d55c4", "M16 8v9l6 4"),
        Some(Stage::Short | Stage::Over | Stage::Review | Stage::Expired) => {
            ("8a4b00", "M16 7v11m0 4v3")
        }
        Some(Stage::Failed | Stage::Changed) => ("b3261e", "m10 10 12 12m0-12-12 12"),
        Some(Stage::Waiting) | None => ("08775c", "M9 10h14m-7 0v13"),
    };
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
