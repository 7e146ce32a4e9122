//! Paying from the wallet in the browser: the button, what will be sent, and how it goes.

use leptos::prelude::*;
use usdt_protocol::TronAddress;

use super::{address, notice};
use crate::checkout::{Checkout, Followed};
use crate::paying::{Setback, Step};
use crate::presentation::Presentation;
use crate::text::{Texts, fill, next_name};

pub(super) fn wallet(
    followed: &Followed,
    checkout: &Checkout,
    presentation: &Presentation,
) -> Option<AnyView> {
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
        _ if is_unsure => ().into_any(),
        Step::Offered(_) => {
            let text = fill(texts.wallet_pay(), &[("{wallet}", name)]);
            if presentation.place.can_sign() {
                button("wallet-pay", "onward", text)
            } else {
                let page = followed.payment.payment_url.to_string();
                view! {
                    <a class="onward" id="wallet-pay" href=page target="_blank" rel="noopener">
                        {text}
                    </a>
                }
                .into_any()
            }
        }
        Step::Confirming(account) => confirmation(followed, account, texts),
        Step::Asking | Step::Signing => cancel(texts),
        Step::Sending | Step::Sent | Step::Unsure => ().into_any(),
    };
    let view = view! {
        <section class="paying" id="wallet">
            {body}
            {notice::said("wallet-said", kind, said.to_owned())}
        </section>
    };
    Some(view.into_any())
}

fn confirmation(followed: &Followed, account: TronAddress, texts: &'static Texts) -> AnyView {
    let amount = followed.payment.pay_amount.to_string();
    let fill_amount = |text| fill(text, &[("{amount}", &amount)]);
    let (before, _, after) = next_name(texts.wallet_from()).unwrap_or_default();
    view! {
        {address::grouped("wallet-to", &followed.payment.address.to_string())}
        <p>{fill_amount(texts.wallet_will())}</p>
        <p>{before} {address::inline("wallet-from", &account.to_string())} {after}</p>
        {button("wallet-confirm", "onward", fill_amount(texts.wallet_confirm()))}
        {cancel(texts)}
    }
    .into_any()
}

fn cancel(texts: &'static Texts) -> AnyView {
    button("wallet-cancel", "copy", texts.wallet_cancel().to_owned())
}

fn button(id: &'static str, class: &'static str, text: String) -> AnyView {
    view! {
        <button type="button" class=class id=id data-do=id>
            {text}
        </button>
    }
    .into_any()
}
