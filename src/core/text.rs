//! What the page says. The texts of a language are a file in `languages/`, which the gateway sends
//! with the page: the widget itself holds none. `{name}` stands for a value.

#[cfg(feature = "csr")]
use std::cell::RefCell;

macro_rules! texts {
    ($($name:ident,)+) => {
        #[allow(non_camel_case_types, reason = "named as in the files")]
        #[allow(dead_code, reason = "some are said by the gateway alone")]
        #[derive(Clone, Copy)]
        enum Name {
            $($name,)+
        }

        #[allow(dead_code, reason = "some are said by the gateway alone")]
        impl Texts {
            /// The names of all texts, in the order in which they are sent.
            #[cfg(feature = "ssr")]
            pub(crate) const NAMES: &[&str] = &[$(stringify!($name),)+];

            $(pub fn $name(&'static self) -> &'static str {
                self.text(Name::$name)
            })+
        }
    };
}

/// All texts of one language.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts(Vec<String>);

texts! {
    heading,
    pay_merchant,
    network_warning,
    test_mode,
    order_total,
    language,
    loading,
    unavailable,
    unavailable_why,
    unknown,
    unknown_why,
    try_again,
    connection_lost,
    status_old,
    not_live,
    delayed,
    waiting,
    checking,
    checking_why,
    seen,
    seen_why,
    confirmations,
    track_sent,
    track_seen,
    track_final,
    short,
    short_why,
    over,
    over_why,
    review,
    review_why,
    arriving_short,
    arriving_over,
    arriving_why,
    on_its_way,
    missing,
    too_much,
    to_be_paid,
    not_yours,
    paid,
    paid_late,
    expired,
    expired_why,
    failed,
    failed_why,
    changed,
    changed_why,
    not_lost,
    time_left,
    minutes_left,
    seconds_left,
    pay_before,
    send_exactly,
    exactly_why,
    decimals_why,
    to_address,
    on_tron,
    show_code,
    code_why,
    qr_label,
    copy,
    copy_amount,
    copy_address,
    copy_txid,
    copy_reference,
    copied,
    amount_copied,
    address_copied,
    txid_copied,
    select_and_copy,
    wallet_title,
    wallet_filled,
    wallet_page,
    wallet_check,
    wallet_pay,
    wallet_will,
    wallet_from,
    wallet_confirm,
    wallet_cancel,
    wallet_waiting,
    wallet_sent,
    wallet_declined,
    wallet_refused,
    wallet_unsure,
    exchange_title,
    exchange_why,
    fee_label,
    fee_sum,
    fee_wrong,
    check_title,
    check_why,
    check_label,
    check_same,
    check_different,
    check_part,
    phone_title,
    phone_why,
    phone_label,
    claim_title,
    claim_sent,
    claim_why,
    claim_label,
    claim_button,
    claim_looking,
    claim_malformed,
    claim_credited,
    claim_confirming,
    claim_under_review,
    claim_not_found,
    claim_failed,
    claim_not_usdt,
    claim_wrong_recipient,
    claim_already_used,
    claim_too_often,
    claim_no_answer,
    facts_title,
    fact_fee,
    fact_final,
    fact_history,
    fact_token,
    amount,
    received,
    paid_at,
    transaction,
    address,
    explorer,
    print,
    payment_number,
    support,
    cancel,
    continue_to,
    return_to,
    leaving_in,
    stay,
    close,
    close_why,
    keep_open,
    title_waiting,
    title_seen,
    title_paid,
}

impl Texts {
    #[cfg(feature = "ssr")]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Reads the texts in the order of their names, one a line.
    pub fn from_lines(lines: &str) -> Self {
        Self(lines.split('\n').map(str::to_owned).collect())
    }

    /// The same for as long as the window, since what is shown borrows them: once, however often
    /// a checkout is mounted.
    #[cfg(feature = "csr")]
    pub fn kept(self) -> &'static Self {
        thread_local! {
            static KEPT: RefCell<Vec<&'static Texts>> = const { RefCell::new(Vec::new()) };
        }
        KEPT.with_borrow_mut(|kept| {
            if let Some(same) = kept.iter().find(|texts| ***texts == self) {
                return *same;
            }
            let texts: &'static Self = Box::leak(Box::new(self));
            kept.push(texts);
            texts
        })
    }

    #[cfg(feature = "ssr")]
    pub fn to_lines(&self) -> String {
        self.0.join("\n")
    }

    fn text(&'static self, name: Name) -> &'static str {
        self.0.get(name as usize).map_or("", String::as_str)
    }
}

/// Puts values into a text.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, name, after)) = next_name(rest) {
        let value = values.iter().find(|(key, _)| *key == name);
        filled.push_str(before);
        filled.push_str(value.map_or(name, |(_, value)| value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// What stands before a text's first `{name}`, the name with its braces, and what follows.
/// Searching for characters weighs less in the browser than searching for texts.
pub(crate) fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    let (before, named) = text.split_at_checked(text.find('{')?)?;
    let (name, after) = named.split_at_checked(named.find('}')? + 1)?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn values_stand_where_their_names_stood() {
        let values = [("{n}", "3"), ("{total}", "{n}")];
        assert_eq!(fill("{n} of {total}, {n}", &values), "3 of {n}, 3");
        assert_eq!(fill("no name", &values), "no name");
        assert_eq!(fill("{other} { {n", &values), "{other} { {n");
    }
}
