//! A payment in each of its stages.

use leptos::prelude::*;

use super::{
    address, amount, check, claim, countdown, exchange, facts, fold, leaving, notice, phone,
    progress, receipt, wallet, wallets,
};
use crate::checkout::{Checkout, Followed, Stage};
use crate::presentation::Presentation;
use crate::text::fill;

pub(super) fn payment(
    followed: &Followed,
    stage: Stage,
    checkout: &Checkout,
    presentation: &Presentation,
) -> AnyView {
    let texts = presentation.texts;
    let payment = &followed.payment;
    let receipt = || receipt::receipt(followed, stage, checkout, presentation);
    let body = match stage {
        Stage::Waiting => view! {
            {countdown(followed, checkout, presentation)}
            {to_pay(followed, checkout, presentation, wallet::wallet(followed, checkout, presentation))}
            <section class="help">
                {checkout.paying.wallet.is_none().then(|| wallets::wallets(followed, presentation))}
                {exchange::exchange(followed, checkout, texts)}
                {check::check(followed, checkout, texts)}
                {phone::phone(checkout, texts)}
                {facts::facts(followed, presentation)}
            </section>
        }
        .into_any(),
        Stage::Checking => view! {
            {notice::explanation(texts.checking_why())}
            {receipt()}
        }
        .into_any(),
        Stage::Seen {
            confirmations,
            required,
        } => view! {
            {progress::progress(confirmations, required, texts)}
            {notice::explanation(texts.seen_why())}
            {receipt()}
        }
        .into_any(),
        Stage::Short | Stage::Over | Stage::Review => {
            let why = match stage {
                Stage::Short => texts.short_why(),
                Stage::Over => texts.over_why(),
                _ => texts.review_why(),
            };
            let pay = followed.has_time_to_pay(checkout.now).then(|| {
                let inside = view! {
                    {countdown(followed, checkout, presentation)}
                    {to_pay(followed, checkout, presentation, None)}
                };
                fold::fold("not-yours", texts.not_yours(), inside.into_any())
            });
            view! {
                {notice::explanation(why)}
                {receipt()}
                {pay}
            }
            .into_any()
        }
        Stage::Paid => view! {
            {payment.late.then(|| notice::explanation(texts.paid_late()))}
            {receipt()}
        }
        .into_any(),
        Stage::Expired | Stage::Failed => {
            let why = if stage == Stage::Expired {
                texts.expired_why()
            } else {
                texts.failed_why()
            };
            view! {
                {notice::explanation(why)}
                {notice::explanation(texts.not_lost())}
                {receipt()}
            }
            .into_any()
        }
        Stage::Changed => notice::warning(texts.changed_why()),
    };
    // In a place of its own, so that what the payer types outlives the stage.
    let claim = match stage {
        Stage::Seen { .. } | Stage::Paid | Stage::Changed => None,
        _ => Some(claim::claim(payment, checkout, presentation)),
    };
    let number = fill(
        texts.payment_number(),
        &[("{id}", &payment.payment_id.to_string())],
    );
    let support = presentation.merchant.support.as_ref().map(|link| {
        view! {
            " · "
            <a id="support" href=link.to_string() target="_blank" rel="noopener">
                {texts.support()}
            </a>
        }
    });
    view! {
        {body}
        {claim}
        {leaving::leaving(followed, stage, checkout, texts)}
        <p class="number">{number} {support}</p>
    }
    .into_any()
}

fn countdown(followed: &Followed, checkout: &Checkout, presentation: &Presentation) -> AnyView {
    let left = followed.seconds_left(checkout.now);
    countdown::countdown(left, followed.payment.expires_at, presentation.texts)
}

fn to_pay(
    followed: &Followed,
    checkout: &Checkout,
    presentation: &Presentation,
    wallet: Option<AnyView>,
) -> AnyView {
    let texts = presentation.texts;
    view! {
        {amount::amount(followed, checkout, texts)}
        {wallet}
        {address::address(followed, checkout, texts)}
        {notice::warning(texts.network_warning())}
    }
    .into_any()
}
