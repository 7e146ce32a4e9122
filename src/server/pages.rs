//! The page as the gateway sends it: complete without a script, and the state from which the
//! live page starts.

use leptos::prelude::*;
use serde::Serialize;
use usdt_protocol::{Payment, PaymentId, PaymentStatus, RedirectUrl, StatusAnswer};

use crate::core::checkout::Checkout;
use crate::core::clock::Moment;
use crate::core::departure::paid_recently;
use crate::core::presentation::{Chain, Merchant, Place, Presentation, Sent, Theme};
use crate::core::view;
use crate::server::language::Language;

/// How often a page without a script loads itself again while the payment is open.
const RELOAD_SECONDS: u32 = 10;

/// The same after expiry, when only a late payment can still come.
const SLOW_RELOAD_SECONDS: u32 = 60;

const GLOBE: &str = r#"<svg viewBox="0 0 18 18" aria-hidden="true"><path d="M9 1.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15c-5 4-5 11 0 15c5-4 5-11 0-15M2 9h14"/></svg>"#;

/// Pieces of HTML that fill the placeholders of index.html.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Attributes of the root element.
    pub root: String,
    pub title: String,
    pub head: String,
    pub body: String,
}

/// What a shop's script mounts a payment from in the shop's own document, as JSON.
#[derive(Debug, Serialize)]
pub struct InPage {
    ok: bool,
    payment: Payment,
    presentation: Sent,
    /// CSS of the merchant's own colors.
    palette: String,
    words: Words,
}

/// What a shop's script needs to know beside the checkout.
#[derive(Debug, Serialize)]
struct Words {
    /// What the checkout is called.
    title: String,
    close: &'static str,
    /// Asks whether to close while the payment is on its way.
    ask: &'static str,
    keep: &'static str,
    lang: &'static str,
    dir: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    theme: Option<&'static str>,
}

/// Makes pages in one language, for one merchant.
#[derive(Debug)]
pub struct Pages {
    language: &'static Language,
    theme: Option<Theme>,
    /// What the head of a framed page has beside.
    frame: Option<String>,
    presentation: Presentation,
}

impl Pages {
    pub fn new(language: &'static Language, merchant: Merchant, chain: Chain) -> Self {
        Self {
            language,
            theme: None,
            frame: None,
            presentation: Presentation::new(language, merchant, chain),
        }
    }

    /// The same pages in a theme; `None` follows the payer's device.
    #[must_use]
    pub fn in_theme(self, theme: Option<Theme>) -> Self {
        Self { theme, ..self }
    }

    /// The same pages for a frame in a shop's page. `script` is the path of what tells that page.
    #[must_use]
    pub fn in_frame(self, script: Option<&str>) -> Self {
        let script = script
            .map(|path| format!(r#"<script defer data-cfasync="false" src="{path}"></script>"#));
        // Links lead out of the frame, to where the shop's page was.
        let head = [r#"<base target="_top">"#, &script.unwrap_or_default()].concat();
        Self {
            frame: Some(head),
            ..self.at(Place::Frame)
        }
    }

    fn at(mut self, place: Place) -> Self {
        self.presentation.place = place;
        self
    }

    /// The page of a payment. `stay`: the payer chose not to be taken to the shop.
    ///
    /// The merchant's `order_id` is left out, whatever `payment` holds. Its `description` is shown
    /// where `payment` has one: the gateway gives it only where the merchant wants that.
    pub fn payment(&self, payment: &Payment, stay: bool) -> Document {
        let payment = without_order_id(payment);
        let query = format!("id={}&", payment.payment_id);
        let head = match payment.status {
            PaymentStatus::Pending if stay => reload(RELOAD_SECONDS),
            PaymentStatus::Pending => self.follow(&query),
            PaymentStatus::Expired => reload(SLOW_RELOAD_SECONDS),
            PaymentStatus::Paid | PaymentStatus::Failed => String::new(),
        };
        let checkout = Checkout::opened(payment.clone(), Moment::ORIGIN);
        let checkout = if stay { checkout.staying() } else { checkout };
        let state = StatusAnswer::payment(payment);
        self.live(&checkout, &head, &query, Some(&state))
    }

    /// A payment for a shop's own document. `palette` is CSS of the merchant's colors.
    pub fn in_page(self, payment: &Payment, palette: String) -> InPage {
        let pages = self.at(Place::ForeignPage);
        InPage {
            ok: true,
            payment: without_order_id(payment),
            presentation: Sent::from(&pages.presentation),
            palette,
            words: pages.words(),
        }
    }

    /// The page of an ID that no payment has.
    pub fn unknown(&self) -> Document {
        let checkout = Checkout::unknown();
        if self.frame.is_some() {
            return self.still(&checkout);
        }
        let answer = StatusAnswer::error("Payment not found");
        self.live(&checkout, "", "", Some(&answer))
    }

    /// The page while the gateway cannot answer. It tries again by itself.
    pub fn unavailable(&self, id: Option<PaymentId>) -> Document {
        let checkout = Checkout::unavailable();
        let query = id.map(|id| format!("id={id}&")).unwrap_or_default();
        if self.frame.is_some() {
            // By loading it anew: who may frame the payment is not known yet.
            let again = refresh(&RELOAD_SECONDS.to_string());
            return self.document(&checkout, &again, &query, "");
        }
        self.live(&checkout, &reload(RELOAD_SECONDS), &query, None)
    }

    /// Loads the page again as one that follows the payment: where that is paid by then, the gateway
    /// leads on from there (`onward`). So nobody who goes back is led on a second time, and out of a
    /// frame nobody is but by the page around it.
    fn follow(&self, query: &str) -> String {
        if self.frame.is_some() {
            return reload(RELOAD_SECONDS);
        }
        let (query, lang) = (self.query(query), self.language.code);
        without_script(&format!(
            "{RELOAD_SECONDS};url=?{query}lang={lang}&follow=1"
        ))
    }

    /// A page that stays as it is: without what the live page starts from.
    pub fn still(&self, checkout: &Checkout) -> Document {
        self.document(checkout, "", "", "")
    }

    fn live(
        &self,
        checkout: &Checkout,
        head: &str,
        query: &str,
        state: Option<&StatusAnswer>,
    ) -> Document {
        let state = state
            .map(|state| embed("payment-state", state))
            .unwrap_or_default();
        let presentation = embed("presentation", &Sent::from(&self.presentation));
        let not_live = if head.is_empty() {
            String::new()
        } else {
            self.not_live()
        };
        self.document(
            checkout,
            head,
            query,
            &[not_live, state, presentation].concat(),
        )
    }

    fn document(&self, checkout: &Checkout, head: &str, query: &str, data: &str) -> Document {
        let html = self.view(checkout);
        let languages = self.languages(query);
        let texts = self.presentation.texts;
        let stop = escape(&[texts.changed(), ". ", texts.changed_why()].concat());
        Document {
            root: self.root(),
            title: escape(&view::title(checkout, self.presentation.texts)),
            head: [self.frame.as_deref().unwrap_or_default(), head].concat(),
            body: format!(r#"{languages}<div id="view" data-stop="{stop}">{html}</div>{data}"#),
        }
    }

    /// What is seen after some seconds of a page that may change, where no script has hidden it.
    fn not_live(&self) -> String {
        let texts = self.presentation.texts;
        let (said, again) = (escape(texts.not_live()), escape(texts.try_again()));
        format!(r#"<p class="not-live">{said} <a href="" target="_self">{again}</a></p>"#)
    }

    fn view(&self, checkout: &Checkout) -> String {
        Owner::new().with(|| view::checkout(checkout, &self.presentation).to_html())
    }

    fn root(&self) -> String {
        let (code, direction) = (self.language.code, self.language.direction.as_str());
        let theme = self
            .theme
            .map(|theme| format!(r#" data-theme="{}""#, theme.as_str()))
            .unwrap_or_default();
        let frame = self.frame.as_ref().map(|_| self.around());
        let frame = frame.unwrap_or_default();
        format!(r#"lang="{code}" dir="{direction}"{theme}{frame}"#)
    }

    /// Says that the page is framed, and what the page around it needs to know.
    fn around(&self) -> String {
        let words = self.words();
        let (title, close) = (escape(&words.title), escape(words.close));
        let (ask, keep) = (escape(words.ask), escape(words.keep));
        format!(
            r#" data-frame data-title="{title}" data-close="{close}" data-ask="{ask}" data-keep="{keep}""#
        )
    }

    fn words(&self) -> Words {
        let texts = self.presentation.texts;
        Words {
            title: view::heading(&self.presentation),
            close: texts.close(),
            ask: texts.close_why(),
            keep: texts.keep_open(),
            lang: self.language.code,
            dir: self.language.direction.as_str(),
            theme: self.theme.map(Theme::as_str),
        }
    }

    /// What asks for this page, but for its language.
    fn query(&self, payment: &str) -> String {
        let theme = self
            .theme
            .map(|theme| format!("theme={}&", theme.as_str()))
            .unwrap_or_default();
        let frame = self.frame.as_ref().map(|_| "frame=1&");
        [payment, frame.unwrap_or_default(), &theme].concat()
    }

    /// Links to this page in the other languages. The live page leaves them alone.
    fn languages(&self, query: &str) -> String {
        let target = self.frame.as_ref().map(|_| r#" target="_self""#);
        let target = target.unwrap_or_default();
        let query = escape(&self.query(query));
        let link = |language: &Language| {
            let (code, name) = (language.code, language.name);
            let current = if code == self.language.code {
                r#" aria-current="true""#
            } else {
                ""
            };
            format!(
                r#"<li><a href="?{query}lang={code}" lang="{code}"{target}{current}>{name}</a></li>"#
            )
        };
        let links: String = Language::all().iter().map(link).collect();
        let label = escape(self.presentation.texts.language());
        let (code, name) = (self.language.code, self.language.name);
        let code = code.to_uppercase();
        format!(
            r#"<nav class="languages" aria-label="{label}"><details><summary id="language">{GLOBE}<span class="hidden">{label}: {name}</span> {code}</summary><ul>{links}</ul></details></nav>"#
        )
    }
}

/// The payment as its payer may see it, whatever `payment` holds.
fn without_order_id(payment: &Payment) -> Payment {
    Payment {
        order_id: None,
        ..payment.clone()
    }
}

/// `<` never stands in the data, so that it cannot end the element.
fn embed(id: &str, data: &impl Serialize) -> String {
    let json = serde_json::to_string(data)
        .unwrap_or_default()
        .replace('<', "\\u003c");
    format!(r#"<script type="application/json" id="{id}">{json}</script>"#)
}

fn reload(seconds: u32) -> String {
    without_script(&seconds.to_string())
}

/// Where a page without a script that has followed the payment leads its payer, who has just paid.
pub fn onward(payment: &Payment) -> Option<&RedirectUrl> {
    let is_led = payment.status == PaymentStatus::Paid && paid_recently(payment);
    payment.success_url.as_ref().filter(|_| is_led)
}

fn without_script(what: &str) -> String {
    ["<noscript>", &refresh(what), "</noscript>"].concat()
}

fn refresh(what: &str) -> String {
    format!(r#"<meta http-equiv="refresh" content="{}">"#, escape(what))
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
    use crate::core::sample::{pending, with};

    fn pages() -> Pages {
        let chain = Chain {
            token: "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t".parse().unwrap(),
            is_test: false,
            explorer: None,
        };
        Pages::new(Language::of("en").unwrap(), Merchant::default(), chain)
    }

    fn payment_page(payment: &Payment, stay: bool) -> Document {
        pages().payment(payment, stay)
    }

    /// What is on the screen: the HTML without the data for the live page.
    fn shown(page: &Document) -> &str {
        page.body.split("<script").next().unwrap()
    }

    fn noscript(refresh: &str) -> String {
        format!(r#"<noscript><meta http-equiv="refresh" content="{refresh}"></noscript>"#)
    }

    #[test]
    fn a_page_without_a_script_has_everything_needed_to_pay() {
        let page = payment_page(&pending(), false);
        assert_eq!(page.title, "Pay 50.0134 USDT");
        assert_eq!(
            page.head,
            noscript("10;url=?id=1234567890123&amp;lang=en&amp;follow=1")
        );
        for part in [
            r#"<span id="amount">50<span>.0134</span></span>"#,
            r#"Your order is <span dir="ltr" translate="no">50.00</span> USDT."#,
            "<span>TUEZ</span><wbr><span>SdKs</span><wbr><span>oDHQ</span>",
            r#"alt="QR code of the address TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH""#,
            "d='M4 4h7v1h-7z",
            r#"datetime="2026-07-01T18:30:00.000Z">18:30 UTC</time>"#,
            "Waiting for your payment",
            "15:00",
            r#"href="https://shop.example/fail?a=1&amp;b=2""#,
        ] {
            assert!(page.body.contains(part), "{part}");
        }
    }

    #[test]
    fn an_amount_of_more_than_four_decimals_is_shown_whole_with_a_warning() {
        for (amount, is_warned) in [
            ("50.01", false),
            ("50.0134", false),
            ("50.01342", true),
            ("50.013407", true),
        ] {
            let page = payment_page(
                &with(|payment| payment.pay_amount = amount.parse().unwrap()),
                false,
            );
            let (_, digits) = amount.split_once('.').unwrap();
            let figure = format!(r#" id="amount">50<span>.{digits}</span></span>"#);
            assert!(shown(&page).contains(&figure), "{amount}");
            let warns = shown(&page).contains("more than four decimals");
            assert_eq!(warns, is_warned, "{amount}");
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
            assert_eq!(body.matches("<script").count(), 2);
        }
    }

    #[test]
    fn what_belongs_to_the_merchant_stays_out() {
        let page = payment_page(
            &with(|payment| {
                payment.order_id = Some("SECRET_ORDER".into());
            }),
            false,
        );
        assert!(!format!("{page:?}").contains("SECRET"));
    }

    #[test]
    fn a_description_reaches_the_live_page_and_cannot_break_out() {
        let hostile = "</script><img src=x onerror=alert(1)>";
        let page = payment_page(
            &with(|payment| payment.description = Some(hostile.to_owned())),
            false,
        );
        let (_, state) = page.body.split_once(r#"id="payment-state">"#).unwrap();
        let (state, _) = state.split_once("</script>").unwrap();
        let answer: StatusAnswer = serde_json::from_str(state).unwrap();
        assert_eq!(
            answer.payment.unwrap().description.as_deref(),
            Some(hostile)
        );
        assert!(!page.body.contains("<img src=x"));
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
        assert_eq!(page.body.matches("<script").count(), 2);
        assert_eq!(page.body.matches("</script").count(), 2);
        let (_, state) = page.body.split_once(r#"id="payment-state">"#).unwrap();
        let (state, _) = state.split_once("</script>").unwrap();
        let answer: StatusAnswer = serde_json::from_str(state).unwrap();
        assert_eq!(
            answer.payment.unwrap().success_url.unwrap().as_str(),
            hostile
        );
    }

    #[test]
    fn a_fresh_success_leads_from_a_page_that_followed_it_and_not_from_one_that_is_opened() {
        let paid = with(|payment| {
            payment.status = PaymentStatus::Paid;
            payment.paid_at = Some(payment.server_time);
            payment.success_url = Some("https://shop.example/ok?a=1&b=\"2\"".parse().unwrap());
        });
        let page = payment_page(&paid, false);
        assert_eq!(page.head, "");
        assert_eq!(onward(&paid), paid.success_url.as_ref());
        assert_eq!(onward(&pending()), None);
        assert!(
            shown(&page).contains(r#"Redirecting in <span dir="ltr" translate="no">5</span> s."#)
        );
        assert!(shown(&page).contains(r#"/pay/?id=1234567890123&amp;stay=1""#));

        let page = payment_page(&paid, true);
        assert_eq!(page.head, "");
        assert!(!shown(&page).contains("Redirecting"));
        assert!(shown(&page).contains("Continue to shop.example"));
    }

    #[test]
    fn an_old_success_is_a_receipt() {
        let old = with(|payment| {
            payment.status = PaymentStatus::Paid;
            payment.paid_at = Some(payment.server_time.plus_seconds(-15 * 60));
            payment.txid = Some(crate::core::sample::TXID.parse().unwrap());
        });
        let page = payment_page(&old, false);
        assert_eq!(onward(&old), None);
        assert!(shown(&page).contains("Payment received"));
        assert!(shown(&page).contains("18:00 UTC"));
        assert!(shown(&page).contains("<span>d52c</span>"));
    }

    #[test]
    fn an_expired_page_goes_on_looking_and_a_failed_one_does_not() {
        let expired = payment_page(&with(|p| p.status = PaymentStatus::Expired), false);
        assert_eq!(expired.head, noscript("60"));
        assert!(shown(&expired).contains("your money is not lost"));
        assert!(shown(&expired).contains("Return to shop.example"));
        assert!(
            !shown(&expired).contains(r#"class="qr""#),
            "nobody should pay this any more"
        );

        let failed = payment_page(&with(|p| p.status = PaymentStatus::Failed), false);
        assert_eq!(failed.head, "");
        assert!(shown(&failed).contains("your money is not lost"));
    }

    #[test]
    fn a_page_for_a_frame_leaves_it_by_links_only_and_says_what_the_page_around_needs() {
        let paid = with(|payment| {
            payment.status = PaymentStatus::Paid;
            payment.paid_at = Some(payment.server_time);
            payment.success_url = "https://shop.example/ok".parse().ok();
        });
        let page = pages()
            .in_frame(Some("/assets/frame.js"))
            .payment(&paid, false);
        assert_eq!(
            page.head,
            r#"<base target="_top"><script defer data-cfasync="false" src="/assets/frame.js"></script>"#
        );
        let root = r#"data-frame data-title="Pay with USDT" data-close="Close" data-ask="Your "#;
        assert!(page.root.contains(root), "{}", page.root);
        assert!(
            shown(&page).contains(r#"Redirecting in <span dir="ltr" translate="no">5</span> s."#)
        );
        let link = r#"href="?id=1234567890123&amp;frame=1&amp;lang=de" lang="de" target="_self""#;
        assert!(page.body.contains(link), "{}", page.body);
        let (_, card) = page.body.split_once("<article ").unwrap();
        let (card, _) = card.split_once('>').unwrap();
        for part in [
            r#"data-stage="paid""#,
            r#"data-status="paid""#,
            r#"data-confirmations="0""#,
            r#"data-required="19""#,
        ] {
            assert!(card.contains(part), "{part} is not in {card}");
        }

        let unknown = pages().in_frame(None).unknown();
        assert_eq!(unknown.head, r#"<base target="_top">"#);
        assert!(unknown.body.contains(r#"href="?frame=1&amp;lang=de""#));

        let unavailable = pages().in_frame(None).unavailable(None);
        assert_eq!(
            unavailable.head,
            r#"<base target="_top"><meta http-equiv="refresh" content="10">"#
        );
        for page in [&unknown, &unavailable] {
            assert!(!page.body.contains("<script"), "{}", page.body);
        }
    }

    #[test]
    fn a_theme_stands_on_the_root_and_outlives_a_change_of_the_language() {
        let page = payment_page(&pending(), false);
        assert_eq!(page.root, r#"lang="en" dir="ltr""#);
        assert!(!page.body.contains("theme="));
        let page = pages()
            .in_theme(Some(Theme::Dark))
            .payment(&pending(), false);
        assert_eq!(page.root, r#"lang="en" dir="ltr" data-theme="dark""#);
        let link = r#"href="?id=1234567890123&amp;theme=dark&amp;lang=de""#;
        assert!(page.body.contains(link), "{}", page.body);
    }

    #[test]
    fn a_still_page_shows_the_same_and_has_nothing_to_go_on_from() {
        let live = payment_page(&pending(), false);
        let checkout = Checkout::opened(pending(), Moment::ORIGIN);
        let still = pages().still(&checkout);
        let view = |page: &Document| {
            let (_, view) = shown(page).split_once("<div id=\"view\"").unwrap();
            let (view, _) = view.split_once("</article>").unwrap();
            view.to_owned()
        };
        assert_eq!(view(&still), view(&live));
        assert_eq!((still.root, still.head), (live.root, String::new()));
        assert!(!still.body.contains("<script"));

        let dark = pages().in_theme(Some(Theme::Dark)).still(&checkout);
        assert_eq!(dark.root, r#"lang="en" dir="ltr" data-theme="dark""#);
        assert!(dark.body.contains("?theme=dark&amp;lang=ar"));
    }

    #[test]
    fn where_nothing_is_wrong_the_banner_is_empty_and_so_out_of_sight() {
        let body = payment_page(&pending(), false).body;
        assert!(body.contains(r#"<p class="banner" role="status"></p>"#));
    }

    #[test]
    fn pages_without_a_payment_say_so() {
        let unknown = pages().unknown();
        assert!(unknown.body.contains("Payment not found"));
        assert!(unknown.body.contains(r#"{"ok":false"#));
        let unavailable = pages().unavailable(Some(pending().payment_id));
        let link = r#"href="?id=1234567890123&amp;lang=de""#;
        assert!(unavailable.body.contains(link), "{}", unavailable.body);
        assert_eq!(unavailable.head, noscript("10"));
        assert!(unavailable.body.contains("Nothing is lost"));
        assert!(!unavailable.body.contains("payment-state"));
    }
}
