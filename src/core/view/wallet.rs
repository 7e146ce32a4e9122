//! Paying from the wallet in the browser: the button, what will be sent, and how it goes.

use usdt_protocol::TronAddress;

use super::element::{Element, element};
use super::{address, leaving, notice};
use crate::core::checkout::{Checkout, Followed};
use crate::core::paying::{Setback, Step};
use crate::core::presentation::Presentation;
use crate::core::text::{Texts, fill, next_name};

pub(super) fn wallet(
    followed: &Followed,
    checkout: &Checkout,
    presentation: &Presentation,
) -> Option<Element> {
    let texts = presentation.texts;
    let is_unsure = checkout.is_wallet_unsure();
    let name = match &checkout.paying.wallet {
        Some(name) => name,
        None if is_unsure => "",
        None => return None,
    };
    let (kind, said) = match checkout.paying.step {
        _ if is_unsure => ("bad", texts.wallet_unsure()),
        Step::Offered(Some(Setback::Declined)) => ("bad", texts.wallet_declined()),
        Step::Offered(Some(Setback::Refused)) => ("bad", texts.wallet_refused()),
        Step::Offered(Some(Setback::NoAnswer)) => ("bad", texts.claim_no_answer()),
        Step::Offered(None) | Step::Confirming(_) | Step::Unsure => ("", ""),
        Step::Asking | Step::Signing => ("open", texts.wallet_waiting()),
        Step::Sending => ("open", texts.wallet_sent()),
        Step::Sent => ("good", texts.wallet_sent()),
    };
    let body = match checkout.paying.step {
        _ if is_unsure => Vec::new(),
        Step::Offered(_) => {
            let text = fill(texts.wallet_pay(), &[("{wallet}", name)]);
            vec![if presentation.place.can_sign() {
                button("wallet-pay", "onward", text)
            } else {
                let page = followed.payment.payment_url.to_string();
                leaving::outward("wallet-pay", page, text).class("onward")
            }]
        }
        Step::Confirming(account) => confirmation(followed, account, texts),
        Step::Asking | Step::Signing => vec![cancel(texts)],
        Step::Sending | Step::Sent | Step::Unsure => Vec::new(),
    };
    let wallet = element("div").class("paying").id("wallet");
    let wallet = body.into_iter().fold(wallet, Element::element);
    Some(wallet.element(notice::said("wallet-said", kind, said.to_owned())))
}

fn confirmation(followed: &Followed, account: TronAddress, texts: &'static Texts) -> Vec<Element> {
    let amount = followed.payment.pay_amount.to_string();
    let fill_amount = |text| fill(text, &[("{amount}", &amount)]);
    let (before, _, after) = next_name(texts.wallet_from()).unwrap_or_default();
    let from = address::marked("span", "wallet-from", &account.to_string(), None);
    vec![
        address::grouped("wallet-to", &followed.payment.address.to_string()),
        element("p").text(fill_amount(texts.wallet_will())),
        element("p").text(before).element(from).text(after),
        button(
            "wallet-confirm",
            "onward",
            fill_amount(texts.wallet_confirm()),
        ),
        cancel(texts),
    ]
}

fn cancel(texts: &'static Texts) -> Element {
    button("wallet-cancel", "copy", texts.wallet_cancel().to_owned())
}

fn button(id: &'static str, class: &'static str, text: String) -> Element {
    element("button")
        .class(class)
        .id(id)
        .set("type", "button")
        .set("data-do", id)
        .text(text)
}
