//! A payment in each of its stages.

use leptos::prelude::*;

use super::{address, amount, countdown, leaving, notice, progress, receipt};
use crate::checkout::{Checkout, Followed, Stage};
use crate::text::{Texts, fill};

pub(super) fn payment(
    followed: &Followed,
    stage: Stage,
    checkout: &Checkout,
    texts: &'static Texts,
) -> AnyView {
    let payment = &followed.payment;
    let body = match stage {
        Stage::Waiting => to_pay(followed, checkout, texts),
        Stage::Checking => view! {
            {notice::explanation(texts.checking_why)}
            {receipt::receipt(followed, checkout, texts)}
        }
        .into_any(),
        Stage::Seen {
            confirmations,
            required,
        } => view! {
            {progress::progress(confirmations, required, texts)}
            {notice::explanation(texts.seen_why)}
            {receipt::receipt(followed, checkout, texts)}
        }
        .into_any(),
        Stage::Paid => view! {
            {payment.late.then(|| notice::explanation(texts.paid_late))}
            {receipt::receipt(followed, checkout, texts)}
        }
        .into_any(),
        Stage::Expired => not_paid(texts.expired_why, followed, checkout, texts),
        Stage::Failed => not_paid(texts.failed_why, followed, checkout, texts),
        Stage::Changed => notice::warning(texts.changed_why),
    };
    let number = fill(
        texts.payment_number,
        &[("{id}", &payment.payment_id.to_string())],
    );
    view! {
        {body}
        {leaving::leaving(followed, stage, checkout, texts)}
        <p class="number">{number}</p>
    }
    .into_any()
}

fn to_pay(followed: &Followed, checkout: &Checkout, texts: &'static Texts) -> AnyView {
    let left = followed.seconds_left(checkout.now);
    view! {
        {countdown::countdown(left, followed.payment.expires_at, texts)}
        {amount::amount(followed, checkout, texts)}
        {address::address(followed, checkout, texts)}
        {notice::warning(texts.network_warning)}
    }
    .into_any()
}

fn not_paid(
    why: &'static str,
    followed: &Followed,
    checkout: &Checkout,
    texts: &'static Texts,
) -> AnyView {
    view! {
        {notice::explanation(why)}
        {notice::explanation(texts.not_lost)}
        {receipt::receipt(followed, checkout, texts)}
    }
    .into_any()
}
