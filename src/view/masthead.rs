//! The top of the card: who is paid, with what, and on which network.

use leptos::prelude::*;

use super::notice;
use crate::presentation::Presentation;
use crate::text::fill;

/// A bar across a stem, with a ring around: the token's sign, drawn so that it needs no request.
const TOKEN: &str = "M8 8.5h16v4h-6v2.6c3.9.3 6.8 1.3 6.8 2.6s-2.9 2.3-6.8 2.6v6.2h-4v-6.2\
    c-3.9-.3-6.8-1.3-6.8-2.6s2.9-2.3 6.8-2.6v-2.6h-6z";

/// A leaning triangle with its folds: the network's sign.
const NETWORK: &str = "M7 7l17 3 3 3-12 14zM7 7l9 8-1 12m1-12 11-2";

/// Who is paid, or at least with what.
pub(crate) fn heading(presentation: &Presentation) -> String {
    let texts = presentation.texts;
    match &presentation.merchant.name {
        Some(name) => fill(texts.pay_merchant(), &[("{merchant}", name)]),
        None => texts.heading().to_owned(),
    }
}

pub(super) fn masthead(presentation: &Presentation) -> AnyView {
    let texts = presentation.texts;
    let merchant = &presentation.merchant;
    let logo = match merchant.logo.clone() {
        Some(path) => {
            view! { <img class="logo" src=path alt="" width="40" height="40" /> }.into_any()
        }
        None => view! {
            <svg class="mark token" viewBox="0 0 32 32" aria-hidden="true">
                <path d=TOKEN />
            </svg>
        }
        .into_any(),
    };
    let test = presentation.chain.is_test.then(|| notice::test_mode(texts));
    view! {
        <header class="masthead">
            {logo}
            <h1>{heading(presentation)}</h1>
            <p class="network">
                <svg class="mark chain" viewBox="0 0 32 32" aria-hidden="true">
                    <path d=NETWORK />
                </svg>
                {texts.network()}
            </p>
            {test}
        </header>
    }
    .into_any()
}
