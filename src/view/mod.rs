//! What the payer sees. Each view is a pure function of the state, so that the gateway and the
//! browser make the same HTML.
//!
//! Views carry no handlers: a control says in `data-do` what it is for, and the live page
//! listens at its root. Controls have IDs, by which focus is found again when one HTML replaces
//! the other.

mod address;
mod amount;
mod copy;
mod countdown;
mod leaving;
mod notice;
mod payment;
mod progress;
mod receipt;

use leptos::prelude::*;

use crate::checkout::{Checkout, Field, Shown, Stage};
use crate::text::{Texts, fill};

/// The whole card. Its outer shape is the same in every state, so that the live regions stay
/// where screen readers watch them.
pub(crate) fn checkout(checkout: &Checkout, texts: &'static Texts) -> AnyView {
    let (stage, headline, body) = match &checkout.shown {
        Shown::Loading => ("loading", texts.loading, ().into_any()),
        Shown::Unavailable => (
            "unavailable",
            texts.unavailable,
            notice::explanation(texts.unavailable_why),
        ),
        Shown::Unknown => (
            "unknown",
            texts.unknown,
            notice::explanation(texts.unknown_why),
        ),
        Shown::Payment(followed) => {
            let stage = followed.stage(checkout.now);
            let (name, headline) = announce(stage, texts);
            (
                name,
                headline,
                payment::payment(followed, stage, checkout, texts),
            )
        }
    };
    let is_lost = matches!(&checkout.shown, Shown::Payment(followed) if followed.lost);
    view! {
        <article class="card" data-stage=stage>
            <header class="masthead">
                {notice::mark()}
                <h1>{texts.heading}</h1>
                <p class="network">{texts.network}</p>
            </header>
            <p class="banner" role="status">
                {is_lost.then_some(texts.connection_lost)}
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

fn announce(stage: Stage, texts: &'static Texts) -> (&'static str, &'static str) {
    match stage {
        Stage::Waiting => ("waiting", texts.waiting),
        Stage::Checking => ("checking", texts.checking),
        Stage::Seen { .. } => ("seen", texts.seen),
        Stage::Paid => ("paid", texts.paid),
        Stage::Expired => ("expired", texts.expired),
        Stage::Failed => ("failed", texts.failed),
        Stage::Changed => ("changed", texts.changed),
    }
}

fn copied(checkout: &Checkout, texts: &'static Texts) -> &'static str {
    match checkout.copied {
        None => "",
        Some(copied) if !copied.done => texts.select_and_copy,
        Some(copied) => match copied.field {
            Field::Amount => texts.amount_copied,
            Field::Address => texts.address_copied,
            Field::Txid => texts.txid_copied,
        },
    }
}

/// The title of the window.
pub(crate) fn title(checkout: &Checkout, texts: &'static Texts) -> String {
    let Shown::Payment(followed) = &checkout.shown else {
        return match checkout.shown {
            Shown::Unknown => texts.unknown,
            _ => texts.heading,
        }
        .to_owned();
    };
    let amount = || followed.payment.pay_amount.to_string();
    match followed.stage(checkout.now) {
        Stage::Waiting => fill(texts.title_waiting, &[("{amount}", &amount())]),
        Stage::Seen {
            confirmations,
            required,
        } => fill(
            texts.title_seen,
            &[
                ("{n}", &confirmations.to_string()),
                ("{total}", &required.to_string()),
            ],
        ),
        Stage::Paid => fill(texts.title_paid, &[("{amount}", &amount())]),
        stage @ (Stage::Checking | Stage::Expired | Stage::Failed | Stage::Changed) => {
            announce(stage, texts).1.to_owned()
        }
    }
}
