//! What is worth keeping of a payment: for the payer's records, and for the shop's support.

use leptos::prelude::*;

use super::{address, copy, countdown};
use crate::checkout::{Checkout, Field, Followed};
use crate::text::Texts;

pub(super) fn receipt(followed: &Followed, checkout: &Checkout, texts: &'static Texts) -> AnyView {
    let payment = &followed.payment;
    let amount = payment.received_amount.unwrap_or(payment.pay_amount);
    let paid_at = payment.paid_at.map(|at| {
        view! {
            <div>
                <dt>{texts.paid_at}</dt>
                <dd>{countdown::time(at)}</dd>
            </div>
        }
    });
    let transaction = payment.txid.map(|txid| {
        view! {
            <div>
                <dt>{texts.transaction}</dt>
                <dd>
                    {address::grouped("txid", &txid.to_string())}
                    {copy::button(Field::Txid, checkout, texts)}
                </dd>
            </div>
        }
    });
    view! {
        <dl class="receipt">
            <div>
                <dt>{texts.amount}</dt>
                <dd>{format!("{amount} USDT")}</dd>
            </div>
            {paid_at}
            <div>
                <dt>{texts.address}</dt>
                <dd>{address::grouped("address", &payment.address.to_string())}</dd>
            </div>
            {transaction}
        </dl>
    }
    .into_any()
}
