//! What is worth keeping of a payment: for the payer's records, and for the shop's support.

use leptos::prelude::*;
use usdt_protocol::{Txid, Usdt};

use super::{address, copy, countdown};
use crate::checkout::{Checkout, Field, Followed, Stage};
use crate::presentation::Presentation;

pub(super) fn receipt(
    followed: &Followed,
    stage: Stage,
    checkout: &Checkout,
    presentation: &Presentation,
) -> AnyView {
    let texts = presentation.texts;
    let payment = &followed.payment;
    let due = payment.pay_amount;
    let arrived = payment.unmatched.filter(|_| stage.is_unmatched());
    let amounts = match arrived {
        None => money(texts.amount(), payment.received_amount.unwrap_or(due)),
        Some(arrived) => {
            let difference = Usdt::from_micro(due.micro().abs_diff(arrived.amount.micro()));
            let rest = match stage {
                Stage::Short => Some(money(texts.missing(), difference)),
                Stage::Over => Some(money(texts.too_much(), difference)),
                _ => None,
            };
            view! {
                {money(texts.to_be_paid(), due)}
                {money(texts.received(), arrived.amount)}
                {rest}
            }
            .into_any()
        }
    };
    let paid_at = payment
        .paid_at
        .map(|at| row(texts.paid_at(), countdown::time(at)));
    // Where the address is shown to be paid, it is not shown twice.
    let to = arrived.is_none().then(|| {
        let address = payment.address.to_string();
        row(texts.address(), address::grouped("address", &address))
    });
    let txid = payment.txid.or_else(|| arrived.map(|arrived| arrived.txid));
    let transaction = txid.map(|txid| {
        let text = view! {
            {address::grouped("txid", &txid.to_string())}
            <span class="actions">
                {copy::button(Field::Txid, checkout, texts)}
                {explorer(txid, presentation)}
            </span>
        };
        row(texts.transaction(), text.into_any())
    });
    // What came beside the payment, for which a person has to decide too.
    let more = payment
        .unmatched
        .filter(|_| stage == Stage::Paid)
        .map(|more| {
            let txid = more.txid.to_string();
            view! {
                {money(texts.too_much(), more.amount)}
                {row(texts.transaction(), address::grouped("other-txid", &txid))}
            }
        });
    let print = (stage == Stage::Paid).then(|| {
        view! {
            <button type="button" class="copy" id="print" data-do="print">{texts.print()}</button>
        }
    });
    view! {
        <dl class="receipt">
            {amounts}
            {paid_at}
            {to}
            {transaction}
            {more}
        </dl>
        {print}
    }
    .into_any()
}

fn row(name: &'static str, value: AnyView) -> AnyView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

fn money(name: &'static str, amount: Usdt) -> AnyView {
    let amount = view! { <bdi dir="ltr">{format!("{amount} USDT")}</bdi> };
    row(name, amount.into_any())
}

fn explorer(txid: Txid, presentation: &Presentation) -> Option<AnyView> {
    let explorer = presentation.chain.explorer.as_ref()?;
    let href = [explorer.as_str(), &txid.to_string()].concat();
    let text = presentation.texts.explorer();
    let link = view! {
        <a class="explorer" id="explorer" href=href target="_blank" rel="noopener">{text}</a>
    };
    Some(link.into_any())
}
