//! The amount to send, and why it is odd.

use super::element::{Element, element};
use super::phrase::phrase;
use super::{copy, notice, steps};
use crate::core::checkout::{Checkout, Field, Followed};
use crate::core::text::Texts;

/// What is below the fourth decimal, in micro-USDT, is not sent by every exchange.
const CUT: u64 = 100;

pub(super) fn amount(followed: &Followed, checkout: &Checkout, texts: &'static Texts) -> Element {
    let due = followed.payment.pay_amount;
    let is_long = !due.micro().is_multiple_of(CUT);
    let (order, due) = (followed.payment.amount.to_string(), due.to_string());
    let (whole, digits) = due.split_at(mark(&order, &due));
    let values: [(&str, &str); 2] = [("{amount}", &order), ("{digits}", digits)];
    let figure = element("p")
        .class("figure")
        .untranslated()
        .element(
            element("span")
                .id("amount")
                .text(whole.to_owned())
                .element(element("span").text(digits.to_owned())),
        )
        .element(element("span").class("unit").text(" USDT"));
    let hint = element("p")
        .class("hint")
        .child(phrase(texts.exactly_why(), &values));
    let warning = is_long.then(|| notice::warning(texts.decimals_why()));
    steps::step("amount-label", element("h2").text(texts.send_exactly()))
        .element(figure)
        .element(hint)
        .maybe(warning)
        .element(copy::button(Field::Amount, checkout, texts))
}

/// Where the digits begin that the order's price does not have: at the point, where only zeros stand
/// between, and where the whole part is another one too.
fn mark(order: &str, due: &str) -> usize {
    let point = due.find('.').unwrap_or(due.len());
    let bytes = order.bytes().zip(due.bytes());
    let same = bytes.take_while(|(one, other)| one == other).count();
    let between = due.get(point + 1..same).unwrap_or_default();
    if between.bytes().all(|digit| digit == b'0') {
        point
    } else {
        same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_marks_a_payment_is_what_the_orders_price_does_not_have() {
        for (order, due, marks) in [
            ("50.00", "50.0479", ".0479"),
            ("50.00", "50.479", ".479"),
            ("19.90", "19.9479", "479"),
            ("19.95", "20.0479", ".0479"),
            ("50.50", "50.500003", "0003"),
            ("50.00", "50", ""),
        ] {
            assert_eq!(due.split_at(mark(order, due)).1, marks, "{order} {due}");
        }
    }
}
