//! Where a payer points to the transaction of a payment that the page does not show.

use usdt_protocol::{Claim, ClaimResult, Payment, Usdt};

use super::element::{Element, element};
use super::{fold, leaving, notice, typed};
use crate::core::checkout::Checkout;
use crate::core::claiming::Claiming;
use crate::core::presentation::Presentation;
use crate::core::text::{Texts, fill};

pub(super) fn claim(
    payment: &Payment,
    checkout: &Checkout,
    presentation: &Presentation,
) -> Element {
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
    let field = element("textarea")
        .id("claim-field")
        .set("rows", "2")
        .set("autocapitalize", "off")
        .set("maxlength", "200")
        .set("aria-describedby", "claim-said");
    let button = element("button")
        .class("copy")
        .id("claim-button")
        .set("type", "submit")
        .text(texts.claim_button());
    let form = element("form")
        .set("data-do", "claim")
        .element(fold::label("claim-field", texts.claim_label()))
        .element(fold::plain(typed::in_area(
            field,
            &checkout.entered.claimed,
        )))
        .element(button);
    let inside = fold::inside("claim", texts.claim_why())
        .element(form)
        .element(notice::said("claim-said", kind, said));
    let title = if checkout.may_be_sent() {
        texts.claim_sent()
    } else {
        texts.claim_title()
    };
    fold::fold("claim", title, inside)
}

/// The way to the gateway's own page, where it can be done.
fn elsewhere(payment: &Payment, texts: &'static Texts) -> Element {
    leaving::outward(
        "claim-page",
        payment.payment_url.to_string(),
        texts.claim_title(),
    )
    .class("cancel")
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
