//! Where a payer points to the transaction of a payment that the page does not show.

use leptos::prelude::*;
use usdt_protocol::{Claim, ClaimResult, Payment, Usdt};

use super::{fold, notice};
use crate::checkout::Checkout;
use crate::claiming::Claiming;
use crate::presentation::Presentation;
use crate::text::{Texts, fill};

pub(super) fn claim(
    payment: &Payment,
    checkout: &Checkout,
    presentation: &Presentation,
) -> AnyView {
    let texts = presentation.texts;
    if !presentation.place.can_claim() {
        return elsewhere(payment, texts);
    }
    let claiming = &checkout.entered.claim;
    let (kind, said) = match claiming {
        Claiming::NotTried => ("", String::new()),
        Claiming::Malformed => ("bad", texts.claim_malformed().to_owned()),
        Claiming::LookingUp => ("open", texts.claim_looking().to_owned()),
        Claiming::TooOften => ("bad", texts.claim_too_often().to_owned()),
        Claiming::NoAnswer => ("bad", texts.claim_no_answer().to_owned()),
        Claiming::Answered(claim) => describe(claim, texts),
    };
    let inside = view! {
        <p>{texts.claim_why()}</p>
        <form data-do="claim">
            <label for="claim-field">{texts.claim_label()}</label>
            <textarea
                id="claim-field"
                rows="2"
                dir="ltr"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                maxlength="200"
                aria-describedby="claim-said"
            ></textarea>
            <button type="submit" class="copy" id="claim-button">{texts.claim_button()}</button>
        </form>
        {notice::said("claim-said", kind, said)}
    };
    fold::fold("claim", texts.claim_title(), inside.into_any())
}

/// The way to the gateway's own page, where it can be done.
fn elsewhere(payment: &Payment, texts: &'static Texts) -> AnyView {
    let page = payment.payment_url.to_string();
    view! {
        <a class="cancel" id="claim-page" href=page target="_blank" rel="noopener">
            {texts.claim_title()}
        </a>
    }
    .into_any()
}

fn describe(claim: &Claim, texts: &'static Texts) -> (&'static str, String) {
    let (kind, text) = match claim.result {
        ClaimResult::Credited => ("good", texts.claim_credited()),
        ClaimResult::Confirming => ("good", texts.claim_confirming()),
        ClaimResult::UnderReview => ("good", texts.claim_under_review()),
        ClaimResult::NotFound => ("open", texts.claim_not_found()),
        ClaimResult::Failed => ("bad", texts.claim_failed()),
        ClaimResult::NotUsdt => ("bad", texts.claim_not_usdt()),
        ClaimResult::WrongRecipient => ("bad", texts.claim_wrong_recipient()),
        ClaimResult::AlreadyUsed => ("bad", texts.claim_already_used()),
    };
    let count = |number: Option<u8>| number.unwrap_or_default().to_string();
    let said = fill(
        text,
        &[
            ("{n}", &count(claim.confirmations)),
            ("{total}", &count(claim.required_confirmations)),
            (
                "{amount}",
                &claim.received_amount.unwrap_or(Usdt::ZERO).to_string(),
            ),
        ],
    );
    (kind, said)
}
