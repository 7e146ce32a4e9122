//! Payments as a table for bookkeeping, in the form of RFC 4180.
//!
//! A text that a spreadsheet would take for a formula gets an apostrophe before it: order numbers and
//! descriptions may come from strangers.

use super::Payment;

pub const HEAD: &str = "payment_id,order_id,description,status,amount,pay_amount,received_amount,currency,\
                        network,address,txid,created_at,expires_at,paid_at,late\r\n";

/// The row of a payment.
pub fn row(payment: &Payment) -> String {
    let description = payment.description.as_ref();
    let received = payment.received_amount;
    // What is only on its way may not arrive.
    let credited = payment.txid.filter(|_| payment.paid_at.is_some());
    let cells = [
        payment.id.to_string(),
        text(payment.order_id.as_str()),
        text(description.map_or("", |text| text.as_str())),
        payment.status.as_str().to_owned(),
        payment.amount.to_string(),
        payment.pay_amount.six_decimals().to_string(),
        received.map_or_else(String::new, |amount| amount.six_decimals().to_string()),
        "USDT".to_owned(),
        "TRC20".to_owned(),
        payment.address.to_string(),
        credited.map_or_else(String::new, |txid| txid.to_string()),
        payment.created_at.to_string(),
        payment.expires_at.to_string(),
        payment
            .paid_at
            .map_or_else(String::new, |at| at.to_string()),
        if payment.late { "true" } else { "" }.to_owned(),
    ];
    cells.join(",") + "\r\n"
}

/// A cell that holds a merchant's text.
fn text(text: &str) -> String {
    // With blanks before, some programs look past them; the wide forms are the same signs to some.
    let begins_formula = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    let defused = if begins_formula { "'" } else { "" };
    format!("\"{defused}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_in_its_cell_and_is_no_formula() {
        for (came, cell) in [
            ("", r#""""#),
            ("ORDER, 1", r#""ORDER, 1""#),
            (r#"5" pizza"#, r#""5"" pizza""#),
            ("=1+1", r#""'=1+1""#),
            (" @SUM(A1)", r#""' @SUM(A1)""#),
            ("-5", r#""'-5""#),
            ("＝1", r#""'＝1""#),
            ("a=b", r#""a=b""#),
        ] {
            assert_eq!(text(came), cell);
        }
    }
}
