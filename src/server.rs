//! The page as the gateway sends it: complete without a script, and the state from which the
//! live page starts.

use leptos::prelude::*;
use usdt_protocol::{Payment, PaymentStatus, RedirectUrl, StatusAnswer};

use crate::checkout::Checkout;
use crate::clock::Moment;
use crate::departure::paid_recently;
use crate::text::ENGLISH;
use crate::view;

/// How often a page without a script loads itself again while the payment is open.
const RELOAD_SECONDS: u32 = 10;

/// The same after expiry, when only a late payment can still come.
const SLOW_RELOAD_SECONDS: u32 = 60;

/// How long a page without a script shows that it is paid before it goes on to the shop.
const LEAVE_SECONDS: u32 = 5;

/// Pieces of HTML that fill the placeholders of index.html.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub title: String,
    pub head: String,
    pub body: String,
}

/// The page of a payment. `stay`: the payer chose not to be taken to the shop.
///
/// What belongs to the merchant alone (`order_id`, `description`) is left out, whatever
/// `payment` holds.
pub fn payment_page(payment: &Payment, stay: bool) -> Document {
    let payment = Payment {
        order_id: None,
        description: None,
        ..payment.clone()
    };
    let head = match payment.status {
        PaymentStatus::Pending => reload(RELOAD_SECONDS),
        PaymentStatus::Expired => reload(SLOW_RELOAD_SECONDS),
        PaymentStatus::Paid if !stay && paid_recently(&payment) => {
            payment.success_url.as_ref().map(leave).unwrap_or_default()
        }
        PaymentStatus::Paid | PaymentStatus::Failed => String::new(),
    };
    let checkout = Checkout::opened(payment.clone(), Moment::ORIGIN);
    let checkout = if stay { checkout.staying() } else { checkout };
    document(&checkout, head, Some(&StatusAnswer::payment(payment)))
}

/// The page of an ID that no payment has.
pub fn unknown_payment_page() -> Document {
    let answer = StatusAnswer::error("Payment not found");
    document(&Checkout::unknown(), String::new(), Some(&answer))
}

/// The page while the gateway cannot answer. It tries again by itself.
pub fn unavailable_page() -> Document {
    document(&Checkout::unavailable(), reload(RELOAD_SECONDS), None)
}

fn document(checkout: &Checkout, head: String, state: Option<&StatusAnswer>) -> Document {
    let html = Owner::new().with(|| view::checkout(checkout, &ENGLISH).to_html());
    let state = state.map(embed).unwrap_or_default();
    Document {
        title: escape(&view::title(checkout, &ENGLISH)),
        head,
        body: format!(r#"<div id="view">{html}</div>{state}"#),
    }
}

/// `<` never stands in the data, so that it cannot end the element.
fn embed(state: &StatusAnswer) -> String {
    let json = serde_json::to_string(state)
        .unwrap_or_default()
        .replace('<', "\\u003c");
    format!(r#"<script type="application/json" id="payment-state">{json}</script>"#)
}

fn reload(seconds: u32) -> String {
    without_script(&seconds.to_string())
}

fn leave(to: &RedirectUrl) -> String {
    without_script(&format!("{LEAVE_SECONDS};url={to}"))
}

fn without_script(refresh: &str) -> String {
    let refresh = escape(refresh);
    format!(r#"<noscript><meta http-equiv="refresh" content="{refresh}"></noscript>"#)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{pending, with};

    fn noscript(refresh: &str) -> String {
        format!(r#"<noscript><meta http-equiv="refresh" content="{refresh}"></noscript>"#)
    }

    #[test]
    fn a_page_without_a_script_has_everything_needed_to_pay() {
        let page = payment_page(&pending(), false);
        assert_eq!(page.title, "Pay 50.0134 USDT");
        assert_eq!(page.head, noscript("10"));
        for part in [
            r#"<strong id="amount" dir="ltr">50.0134</strong>"#,
            "<span>TUEZ</span><wbr><span>SdKs</span><wbr><span>oDHQ</span>",
            r#"aria-label="QR code of the address TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH""#,
            r#"<path d="M4 4h7v1h-7z"#,
            r#"<time datetime="2026-07-01T18:30:00.000Z">2026-07-01 18:30 UTC</time>"#,
            "Waiting for your payment",
            "15:00",
            r#"href="https://shop.example/fail?a=1&amp;b=2""#,
        ] {
            assert!(page.body.contains(part), "{part}");
        }
    }

    #[test]
    fn nothing_that_a_strict_content_policy_forbids_is_in_the_page() {
        for status in [
            PaymentStatus::Pending,
            PaymentStatus::Paid,
            PaymentStatus::Expired,
            PaymentStatus::Failed,
        ] {
            let body = payment_page(&with(|payment| payment.status = status), false).body;
            assert!(!body.contains(" style="), "{body}");
            let is_handler = |word: &str| word.starts_with("on") && word.contains('=');
            assert!(!body.split_whitespace().any(is_handler), "{body}");
            assert_eq!(body.matches("<script").count(), 1);
        }
    }

    #[test]
    fn what_belongs_to_the_merchant_stays_out() {
        let page = payment_page(
            &with(|payment| {
                payment.order_id = Some("SECRET_ORDER".into());
                payment.description = Some("SECRET_DESCRIPTION".into());
            }),
            false,
        );
        assert!(!format!("{page:?}").contains("SECRET"));
    }

    #[test]
    fn the_state_cannot_break_out_of_its_element() {
        let hostile = "https://shop.example/</script><script>alert(1)</script>";
        let page = payment_page(
            &with(|payment| {
                payment.success_url = Some(hostile.parse().unwrap());
                payment.fail_url = Some(hostile.parse().unwrap());
            }),
            false,
        );
        assert_eq!(page.body.matches("<script").count(), 1);
        assert_eq!(page.body.matches("</script").count(), 1);
        let (_, state) = page.body.split_once(r#"id="payment-state">"#).unwrap();
        let answer: StatusAnswer =
            serde_json::from_str(state.strip_suffix("</script>").unwrap()).unwrap();
        assert_eq!(
            answer.payment.unwrap().success_url.unwrap().as_str(),
            hostile
        );
    }

    #[test]
    fn a_fresh_success_leads_to_the_shop_unless_the_payer_stays() {
        let paid = with(|payment| {
            payment.status = PaymentStatus::Paid;
            payment.paid_at = Some(payment.server_time);
            payment.success_url = Some("https://shop.example/ok?a=1&b=\"2\"".parse().unwrap());
        });
        let page = payment_page(&paid, false);
        assert_eq!(
            page.head,
            noscript("5;url=https://shop.example/ok?a=1&amp;b=&quot;2&quot;")
        );
        assert!(page.body.contains("Taking you there in 5 s."));
        assert!(page.body.contains(r#"href="?id=1234567890123&amp;stay=1""#));

        let page = payment_page(&paid, true);
        assert_eq!(page.head, "");
        assert!(!page.body.contains("Taking you there"));
        assert!(page.body.contains("Continue to shop.example"));
    }

    #[test]
    fn an_old_success_is_a_receipt() {
        let page = payment_page(
            &with(|payment| {
                payment.status = PaymentStatus::Paid;
                payment.paid_at = Some(payment.server_time.plus_seconds(-15 * 60));
                payment.txid = Some(crate::sample::TXID.parse().unwrap());
            }),
            false,
        );
        assert_eq!(page.head, "");
        assert!(page.body.contains("Payment received"));
        assert!(page.body.contains("2026-07-01 18:00 UTC"));
        assert!(page.body.contains("<span>d52c</span>"));
    }

    #[test]
    fn an_expired_page_goes_on_looking_and_a_failed_one_does_not() {
        let expired = payment_page(&with(|p| p.status = PaymentStatus::Expired), false);
        assert_eq!(expired.head, noscript("60"));
        assert!(expired.body.contains("it is not lost"));
        assert!(expired.body.contains("Return to shop.example"));
        assert!(
            !expired.body.contains(r#"class="qr""#),
            "nobody should pay this any more"
        );

        let failed = payment_page(&with(|p| p.status = PaymentStatus::Failed), false);
        assert_eq!(failed.head, "");
        assert!(failed.body.contains("it is not lost"));
    }

    #[test]
    fn pages_without_a_payment_say_so() {
        let unknown = unknown_payment_page();
        assert!(unknown.body.contains("Payment not found"));
        assert!(unknown.body.contains(r#"{"ok":false"#));
        let unavailable = unavailable_page();
        assert_eq!(unavailable.head, noscript("10"));
        assert!(unavailable.body.contains("Nothing is lost"));
        assert!(!unavailable.body.contains("payment-state"));
    }
}
