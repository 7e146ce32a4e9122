//! The ways back to the shop.

use leptos::prelude::*;
use usdt_protocol::RedirectUrl;

use crate::checkout::{Checkout, Followed, Stage};
use crate::text::{Texts, fill};

pub(super) fn leaving(
    followed: &Followed,
    stage: Stage,
    checkout: &Checkout,
    texts: &'static Texts,
) -> AnyView {
    let payment = &followed.payment;
    let links = match stage {
        Stage::Paid => payment
            .success_url
            .as_ref()
            .map(|to| onward(to, texts.continue_to())),
        Stage::Expired | Stage::Failed => payment
            .fail_url
            .as_ref()
            .map(|to| onward(to, texts.return_to())),
        Stage::Waiting | Stage::Checking => payment.fail_url.as_ref().map(|to| cancel(to, texts)),
        Stage::Seen { .. } | Stage::Short | Stage::Over | Stage::Review | Stage::Changed => None,
    };
    let count = followed
        .departure
        .seconds_left(checkout.now)
        .map(|seconds| count(seconds, &payment.payment_url, texts));
    view! { <nav class="leaving">{links} {count}</nav> }.into_any()
}

fn onward(to: &RedirectUrl, text: &'static str) -> AnyView {
    let text = fill(text, &[("{host}", to.host())]);
    view! { <a class="onward" id="continue" href=to.to_string()>{text}</a> }.into_any()
}

fn cancel(to: &RedirectUrl, texts: &'static Texts) -> AnyView {
    view! { <a class="cancel" id="cancel" href=to.to_string()>{texts.cancel()}</a> }.into_any()
}

fn count(seconds: u32, page: &RedirectUrl, texts: &'static Texts) -> AnyView {
    let text = fill(texts.leaving_in(), &[("{n}", &seconds.to_string())]);
    view! {
        <p class="count">
            <span role="timer">{text}</span>
            " "
            <a id="stay" data-do="stay" href=format!("{page}&stay=1")>
                {texts.stay()}
            </a>
        </p>
    }
    .into_any()
}
