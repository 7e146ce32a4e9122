//! The live page in a real browser: what the payer sees and what stays behind.

#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Reflect};
use usdt_checkout::browser::in_page;
use usdt_checkout::browser::live::{self, Live};
use usdt_checkout::browser::screen::{self, Surroundings};
use usdt_checkout::core::checkout::{Checkout, Event};
use usdt_checkout::core::clock::Moment;
use usdt_checkout::core::presentation::Presentation;
use usdt_protocol::payment::{Currency, Network, REQUIRED_CONFIRMATIONS};
use usdt_protocol::{Payment, PaymentId, PaymentStatus};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement, ShadowRootInit, ShadowRootMode};

wasm_bindgen_test_configure!(run_in_browser);

const TXID: &str = "d52cd9079cf82595dd507640b7b09e34d2dbb63a56b555355f5ef8984f1eb668";
const SUCCESS: &str = "https://shop.example/ok";

fn pending() -> Payment {
    Payment {
        payment_id: id(),
        order_id: None,
        status: PaymentStatus::Pending,
        amount: "50".parse().unwrap(),
        pay_amount: "50.0134".parse().unwrap(),
        currency: Currency::Usdt,
        network: Network::Trc20,
        address: "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH".parse().unwrap(),
        payment_url: "https://pay.example/pay/?id=1234567890123".parse().unwrap(),
        expires_at: "2026-07-01 18:30:00".parse().unwrap(),
        expires_in: 900,
        server_time: "2026-07-01 18:15:00".parse().unwrap(),
        description: None,
        success_url: SUCCESS.parse().ok(),
        fail_url: "https://shop.example/fail".parse().ok(),
        confirmations: 0,
        required_confirmations: REQUIRED_CONFIRMATIONS,
        received_amount: None,
        txid: None,
        paid_at: None,
        late: false,
        unmatched: None,
        arriving: None,
        chain_delay: 0,
        price: None,
        version: 1,
    }
}

fn id() -> PaymentId {
    PaymentId::try_from(1_234_567_890_123).unwrap()
}

fn seen(confirmations: u8) -> Payment {
    Payment {
        txid: TXID.parse().ok(),
        confirmations,
        version: 2,
        ..pending()
    }
}

fn paid() -> Payment {
    Payment {
        status: PaymentStatus::Paid,
        paid_at: Some(pending().server_time),
        version: 3,
        ..seen(19)
    }
}

fn answered(payment: Payment) -> Event {
    Event::Answered(Box::new(payment))
}

fn presentation() -> Presentation {
    Presentation::parse(&sent_presentation()).unwrap()
}

/// The page in English, on a chain without an explorer.
fn sent_presentation() -> String {
    let english = js_sys::JSON::parse(include_str!("../languages/en.json")).unwrap();
    let texts = js_sys::Object::values(english.unchecked_ref::<js_sys::Object>()).join("\n");
    let texts = String::from(js_sys::JSON::stringify(&texts).unwrap());
    let token = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";
    format!(r#"{{"texts":{texts},"merchant":{{}},"chain":{{"token":"{token}","is_test":false}}}}"#)
}

/// A checkout on the page, with the URLs that it wanted to leave for.
struct Mounted {
    root: HtmlElement,
    live: Option<Live>,
    left: Rc<RefCell<Vec<String>>>,
}

impl Mounted {
    fn new(checkout: Checkout, id: Option<PaymentId>) -> Self {
        let root = element("div");
        body().append_child(&root).unwrap();
        Self::within(root, checkout, id)
    }

    fn within(root: HtmlElement, checkout: Checkout, id: Option<PaymentId>) -> Self {
        let left = Rc::new(RefCell::new(Vec::new()));
        let leaves = left.clone();
        let surroundings = Surroundings {
            gateway: String::new(),
            leave: Box::new(move |to| leaves.borrow_mut().push(to.to_string())),
        };
        let live = live::mount(&root, checkout, presentation(), id, surroundings);
        Self {
            root,
            live: Some(live),
            left,
        }
    }

    fn tell(&self, event: Event, at: Moment) {
        self.live.as_ref().unwrap().tell(event, at);
    }

    fn find(&self, selector: &str) -> Option<Element> {
        self.root.query_selector(selector).unwrap()
    }

    fn text(&self, selector: &str) -> String {
        self.find(selector)
            .unwrap_or_else(|| panic!("no {selector}"))
            .text_content()
            .unwrap()
    }

    fn stage(&self) -> Option<String> {
        self.find(".card")?.get_attribute("data-stage")
    }

    fn click(&self, selector: &str) {
        self.find(selector)
            .unwrap()
            .unchecked_into::<HtmlElement>()
            .click();
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.live = None;
        self.root.remove();
    }
}

fn document() -> web_sys::Document {
    web_sys::window().unwrap().document().unwrap()
}

fn body() -> HtmlElement {
    document().body().unwrap()
}

fn element(name: &str) -> HtmlElement {
    document().create_element(name).unwrap().unchecked_into()
}

fn opened(payment: Payment) -> Checkout {
    Checkout::opened(payment, screen::now())
}

/// Waits for a condition, and gives up where it can hardly come true any more.
async fn until(condition: impl Fn() -> bool) {
    for _ in 0..3_000 {
        if condition() {
            return;
        }
        TimeoutFuture::new(10).await;
    }
    panic!("waited in vain; the page says: {:?}", body().text_content());
}

/// Runs a script that changes the page's surroundings.
fn run(script: &str) -> JsValue {
    Function::new_no_args(script).call0(&JsValue::NULL).unwrap()
}

fn number(script: &str) -> u32 {
    run(script).as_f64().unwrap() as u32
}

#[wasm_bindgen_test]
fn every_state_says_what_it_is() {
    let expired = Payment {
        status: PaymentStatus::Expired,
        ..pending()
    };
    let failed = Payment {
        status: PaymentStatus::Failed,
        ..pending()
    };
    let over = Payment {
        server_time: pending().expires_at,
        ..pending()
    };
    for (checkout, stage, says) in [
        (Checkout::loading(), "loading", "Loading the payment"),
        (
            Checkout::unavailable(),
            "unavailable",
            "cannot be shown right now",
        ),
        (Checkout::unknown(), "unknown", "Payment not found"),
        (opened(pending()), "waiting", "Waiting for your payment"),
        (opened(over), "checking", "Still checking"),
        (opened(seen(7)), "seen", "7 of 19 confirmations"),
        (opened(paid()), "paid", "Payment received"),
        (opened(expired), "expired", "your money is not lost"),
        (opened(failed), "failed", "your money is not lost"),
    ] {
        let page = Mounted::new(checkout, None);
        assert_eq!(page.stage().as_deref(), Some(stage));
        assert!(
            page.text(".card").contains(says),
            "{stage}: {}",
            page.text(".card")
        );
    }
}

#[wasm_bindgen_test]
fn a_payment_is_followed_from_waiting_to_paid_and_the_payer_stays() {
    let page = Mounted::new(opened(pending()), None);
    let start = screen::now();
    assert_eq!(page.text("#amount"), "50.0134");
    assert_eq!(page.text("#address"), "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH");
    assert_eq!(page.text(".timer"), "15:00");
    assert_eq!(document().title(), "Pay 50.0134 USDT");
    let status = page.find(".status").unwrap();

    page.tell(Event::Ticked, start.plus_seconds(61));
    assert_eq!(page.text(".timer"), "13:59");

    page.tell(answered(seen(0)), start.plus_seconds(70));
    assert_eq!(page.stage().as_deref(), Some("seen"));
    assert!(page.find(".qr").is_none(), "nobody should pay twice");
    page.tell(answered(seen(12)), start.plus_seconds(106));
    let progress = page.find("[role=progressbar]").unwrap();
    assert_eq!(
        progress.get_attribute("aria-valuenow").as_deref(),
        Some("12")
    );
    assert_eq!(document().title(), "Confirming 12/19");

    let end = start.plus_seconds(127);
    page.tell(answered(paid()), end);
    assert_eq!(page.stage().as_deref(), Some("paid"));
    assert_eq!(page.text("#txid"), TXID);
    assert_eq!(page.text("#continue"), "Continue to shop.example");
    assert!(page.text(".count").contains("5 s"));
    page.tell(Event::Ticked, end.plus_seconds(2));
    assert!(page.text(".count").contains("3 s"));

    page.find("#stay")
        .unwrap()
        .unchecked_into::<HtmlElement>()
        .focus()
        .unwrap();
    page.click("#stay");
    page.tell(Event::Ticked, end.plus_seconds(60));
    assert!(page.find(".count").is_none());
    assert!(page.left.borrow().is_empty());
    assert_eq!(document().active_element().unwrap().id(), "continue");
    assert!(
        status.is_same_node(page.find(".status").as_deref()),
        "one live region throughout"
    );
}

#[wasm_bindgen_test]
fn a_second_that_passes_touches_the_clock_and_nothing_else() {
    let page = Mounted::new(opened(pending()), None);
    let watch = "window.watch = new MutationObserver(() => {});
        watch.observe(root, {
          attributes: true, childList: true, characterData: true, subtree: true });";
    Function::new_with_args("root", watch)
        .call1(&JsValue::NULL, &page.root)
        .unwrap();
    let touched = || {
        run("return watch.takeRecords()
               .map(({ type, target }) => `${type} ${target.parentElement.className}`).join()")
        .as_string()
        .unwrap()
    };
    page.tell(Event::Touched, screen::now());
    assert_eq!(touched(), "");
    page.tell(Event::Ticked, screen::now().plus_seconds(1));
    assert_eq!(touched(), "characterData timer");
    run("watch.disconnect()");
}

#[wasm_bindgen_test]
fn the_page_leaves_once_for_the_url_of_the_shop() {
    let page = Mounted::new(opened(pending()), None);
    let start = screen::now();
    page.tell(answered(paid()), start);
    for second in 1..10 {
        page.tell(Event::Ticked, start.plus_seconds(second));
    }
    assert_eq!(*page.left.borrow(), [SUCCESS]);
}

#[wasm_bindgen_test]
fn any_touch_stops_the_way_back_from_an_expired_payment() {
    let page = Mounted::new(opened(pending()), None);
    let start = screen::now();
    let expired = Payment {
        status: PaymentStatus::Expired,
        version: 2,
        ..pending()
    };
    page.tell(answered(expired), start);
    assert!(page.text(".count").contains("15 s"));
    body().dispatch_event(&bubbling("pointerdown")).unwrap();
    assert!(page.find(".count").is_none());
    assert!(page.find("#continue").is_some());
}

fn bubbling(name: &str) -> web_sys::Event {
    run(&format!("return new Event('{name}', {{bubbles: true}})")).unchecked_into()
}

#[wasm_bindgen_test]
async fn copying_copies_what_is_shown_and_says_so() {
    run("window.copied = [];
         Object.defineProperty(navigator, 'clipboard', { configurable: true, value: {
           writeText: text => { copied.push(text); return Promise.resolve(); } } });");
    let page = Mounted::new(opened(paid()), None);
    page.click("#copy-txid");
    until(|| page.text("#copy-txid") == "Copied").await;
    assert!(page.text(".card").contains("Transaction ID copied"));
    until(|| page.text("#copy-txid") == "Copy").await;

    let page = Mounted::new(opened(pending()), None);
    page.click("#copy-amount");
    until(|| page.text("#copy-amount") == "Copied").await;
    page.click("#copy-address");
    until(|| page.text("#copy-address") == "Copied").await;
    assert_eq!(page.text("#copy-amount"), "Copy amount");
    let copied = run("return copied.join(' ')").as_string().unwrap();
    assert_eq!(
        copied,
        format!("{TXID} 50.0134 TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH")
    );
}

#[wasm_bindgen_test]
async fn copying_works_without_the_clipboard_interface_or_shows_how() {
    run(
        "Object.defineProperty(navigator, 'clipboard', { configurable: true, value: undefined });
         window.works = true;
         document.execCommand = () => {
           window.selected = document.activeElement.value; return works; };",
    );
    let page = Mounted::new(opened(pending()), None);
    page.click("#copy-address");
    until(|| page.text("#copy-address") == "Copied").await;
    let selected = run("return selected").as_string().unwrap();
    assert_eq!(selected, "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH");
    assert!(
        document()
            .query_selector("textarea.hidden")
            .unwrap()
            .is_none()
    );

    run("works = false");
    page.click("#copy-amount");
    until(|| page.text(".card").contains("Selected. Press Ctrl+C")).await;
    assert_eq!(
        run("return String(getSelection())").as_string().unwrap(),
        "50.0134"
    );
}

/// An element on the page, and one in its shadow root.
fn in_shadow() -> (HtmlElement, HtmlElement) {
    let (host, root) = (element("div"), element("div"));
    body().append_child(&host).unwrap();
    let shadow = host
        .attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open))
        .unwrap();
    shadow.append_child(&root).unwrap();
    (host, root)
}

#[wasm_bindgen_test]
fn the_whole_card_can_change_inside_a_shadow_root() {
    let (host, root) = in_shadow();
    let page = Mounted::within(root, Checkout::loading(), None);
    page.tell(answered(pending()), screen::now());
    assert_eq!(page.stage().as_deref(), Some("waiting"));
    page.tell(answered(seen(1)), screen::now());
    assert_eq!(page.stage().as_deref(), Some("seen"));
    page.tell(answered(paid()), screen::now());
    assert_eq!(page.stage().as_deref(), Some("paid"));
    page.click("#stay");
    assert!(page.find("#stay").is_none());
    host.remove();
}

#[wasm_bindgen_test]
async fn in_a_shops_own_document_only_the_status_is_asked_for_and_the_rest_is_the_shops() {
    answer_with(&[answer(&paid())]);
    document().set_title("The shop");
    let (host, root) = in_shadow();
    let state = answer(&pending());
    let sent = sent_presentation().replacen('{', r#"{"place":"foreign_page","#, 1);
    let left = Function::new_no_args("window.left = (window.left ?? 0) + 1");
    let mounted = in_page::mount(
        &root,
        &sent,
        state.strip_prefix("200 ").unwrap(),
        run("return performance.now() - 61_000").as_f64().unwrap(),
        "https://pay.example".to_owned(),
        left,
    );
    let find = |selector| root.query_selector(selector).unwrap();
    let stage = || find(".card").and_then(|card| card.get_attribute("data-stage"));
    assert_eq!(stage().as_deref(), Some("waiting"));
    let timer = find(".timer").unwrap().text_content().unwrap();
    assert!(timer.starts_with("13:5"), "a minute has passed: {timer}");
    assert!(
        find("form").is_none(),
        "the gateway takes no claim from here"
    );
    let claim = find("#claim-page").unwrap();
    let page = claim.get_attribute("href");
    assert_eq!(page.as_deref(), Some(pending().payment_url.as_str()));

    until(|| stage().as_deref() == Some("paid")).await;
    let url = run("return window.askedUrl").as_string().unwrap();
    assert!(
        url.starts_with("https://pay.example/api/payment-status.php?"),
        "{url}"
    );
    assert_eq!(document().title(), "The shop");
    let card = find(".card").unwrap();
    for (name, value) in [
        ("data-status", "paid"),
        ("data-confirmations", "19"),
        ("data-required", "19"),
        ("data-txid", TXID),
    ] {
        assert_eq!(card.get_attribute(name).as_deref(), Some(value));
    }
    drop(mounted);
    assert!(find(".card").is_none());
    host.remove();
    assert!(
        in_page::mount(
            &root,
            "{}",
            "{}",
            0.0,
            String::new(),
            Function::new_no_args("")
        )
        .is_none()
    );
}

/// Counts what is on: listeners, intervals and requests.
const COUNT: &str = "
    window.on = { listeners: 0, intervals: new Set(), requests: [] };
    const add = EventTarget.prototype.addEventListener;
    const remove = EventTarget.prototype.removeEventListener;
    EventTarget.prototype.addEventListener = function (...args) {
      if (!(this instanceof AbortSignal)) window.on.listeners++;
      return add.apply(this, args); };
    EventTarget.prototype.removeEventListener = function (...args) {
      if (!(this instanceof AbortSignal)) window.on.listeners--;
      return remove.apply(this, args); };
    const { setInterval, clearInterval, fetch } = window;
    window.setInterval = (...args) => {
      const id = setInterval(...args); window.on.intervals.add(id); return id; };
    window.clearInterval = id => { window.on.intervals.delete(id); clearInterval(id); };
    window.fetch = request => { window.on.requests.push(request.signal); return new Promise(() => {}); };
    window.restore = () => {
      EventTarget.prototype.addEventListener = add;
      EventTarget.prototype.removeEventListener = remove;
      Object.assign(window, { setInterval, clearInterval, fetch }); };";

#[wasm_bindgen_test]
async fn an_unmounted_page_leaves_nothing_behind() {
    run(COUNT);
    let page = Mounted::new(opened(pending()), Some(id()));
    until(|| number("return on.requests.length") == 1).await;
    assert_eq!(number("return on.intervals.size"), 1, "one ticker");
    assert!(number("return on.listeners") > 0);
    drop(page);
    until(|| run("return on.requests.every(signal => signal.aborted)").is_truthy()).await;
    assert_eq!(number("return on.intervals.size"), 0);
    assert_eq!(number("return on.listeners"), 0);
    run("restore()");
}

#[wasm_bindgen_test]
fn the_ticker_runs_only_while_something_counts() {
    run(COUNT);
    let page = Mounted::new(opened(pending()), None);
    assert_eq!(number("return on.intervals.size"), 1);
    page.tell(answered(seen(1)), screen::now());
    assert_eq!(number("return on.intervals.size"), 0);
    page.tell(answered(paid()), screen::now());
    assert_eq!(number("return on.intervals.size"), 1);
    page.click("#stay");
    assert_eq!(number("return on.intervals.size"), 0);
    drop(page);
    run("restore()");
}

/// Answers questions from a list; a text that is no JSON stands for a broken network.
fn answer_with(answers: &[String]) {
    let list = answers
        .iter()
        .map(|answer| JsValue::from_str(answer))
        .collect::<js_sys::Array>();
    Reflect::set(&js_sys::global(), &"answers".into(), &list).unwrap();
    run("window.asked = [];
         window.realFetch ??= window.fetch;
         window.fetch = request => {
           asked.push(new URL(request.url).search);
           window.askedUrl = request.url;
           const answer = answers.shift();
           if (answer === undefined) return new Promise(() => {});
           if (answer === 'broken') return Promise.reject(new TypeError('Failed to fetch'));
           const [status, body] = [answer.slice(0, 3), answer.slice(4)];
           return Promise.resolve(new Response(body, { status, headers: { 'retry-after': '0' } })); };");
}

/// A payment as the gateway writes it.
fn answer(payment: &Payment) -> String {
    let status = payment.status.as_str();
    let txid = payment
        .txid
        .map_or(String::new(), |txid| format!(r#","txid":"{txid}""#));
    let paid_at = payment
        .paid_at
        .map_or(String::new(), |at| format!(r#","paid_at":"{at}""#));
    format!(
        r#"200 {{"ok":true,"payment":{{"payment_id":{},"status":"{status}","amount":"50.00","pay_amount":"50.013400","currency":"USDT","network":"TRC20","address":"{}","payment_url":"{}","expires_at":"{}","expires_in":900,"server_time":"{}","success_url":"{SUCCESS}","fail_url":null,"confirmations":{},"required_confirmations":19{txid}{paid_at},"version":{},"an additional field":[1,{{}}]}}}}"#,
        payment.payment_id,
        payment.address,
        payment.payment_url,
        payment.expires_at,
        payment.server_time.rfc3339(),
        payment.confirmations,
        payment.version,
    )
}

fn asked(index: u32) -> String {
    run(&format!("return asked[{index}] ?? ''"))
        .as_string()
        .unwrap()
}

#[wasm_bindgen_test]
async fn the_page_asks_and_shows_what_the_gateway_answers() {
    answer_with(&[answer(&pending()), answer(&seen(4)), answer(&paid())]);
    let page = Mounted::new(Checkout::loading(), Some(id()));
    until(|| page.stage().as_deref() == Some("paid")).await;
    assert_eq!(asked(0), "?payment_id=1234567890123");
    assert_eq!(asked(1), "?payment_id=1234567890123&wait=25&v=1");
    assert_eq!(asked(2), "?payment_id=1234567890123&wait=25&v=2");
    TimeoutFuture::new(50).await;
    assert_eq!(
        number("return asked.length"),
        3,
        "a paid payment is not asked for any more"
    );
}

#[wasm_bindgen_test]
async fn a_bad_network_shows_a_banner_and_keeps_the_address() {
    let broken = "broken".to_owned();
    let busy = r#"503 {"ok":false,"error":"Service unavailable"}"#.to_owned();
    let garbage = "200 <html>".to_owned();
    answer_with(&[broken, busy, garbage, answer(&seen(1))]);
    let page = Mounted::new(opened(pending()), Some(id()));
    until(|| page.text(".banner").contains("No connection")).await;
    assert_eq!(page.text("#address"), "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH");
    assert_eq!(page.stage().as_deref(), Some("waiting"));
    run("dispatchEvent(new Event('online'))");
    until(|| page.stage().as_deref() == Some("seen")).await;
    assert_eq!(page.text(".banner"), "");
}

#[wasm_bindgen_test]
async fn an_unknown_payment_is_said_to_be_unknown() {
    answer_with(&[r#"404 {"ok":false,"error":"Payment not found"}"#.to_owned()]);
    let page = Mounted::new(Checkout::loading(), Some(id()));
    until(|| page.stage().as_deref() == Some("unknown")).await;
}

#[wasm_bindgen_test]
async fn hostile_answers_are_no_answers() {
    let good = answer(&pending());
    for (from, to) in [
        (
            "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH",
            "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdh",
        ),
        ("https://shop.example/ok", "javascript:alert(1)"),
        ("50.013400", "50.01340000"),
        ("1234567890123,", "1e300,"),
        ("\"version\":1", "\"version\":-1"),
        ("\"version\":1", "\"version\":1.5"),
        ("pending", "PAID"),
        ("\"ok\":true", "\"ok\":1"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        answer_with(&[bad]);
        let page = Mounted::new(Checkout::loading(), Some(id()));
        until(|| page.stage().as_deref() == Some("unavailable")).await;
    }
}

#[wasm_bindgen_test]
fn the_page_takes_over_from_the_servers_html_and_keeps_the_focus() {
    answer_with(&[]);
    run("history.replaceState(null, '', '?id=1234567890123')");
    let main = element("main");
    main.set_id("checkout");
    let state = answer(&Payment {
        fail_url: None,
        ..pending()
    });
    let state = state.strip_prefix("200 ").unwrap();
    main.set_inner_html(&format!(
        r#"<div id="view"><button id="copy-address">sent by the server</button></div>
           <script type="application/json" id="payment-state">{state}</script>
           <script type="application/json" id="presentation">{}</script>"#,
        sent_presentation()
    ));
    body().append_child(&main).unwrap();
    document()
        .get_element_by_id("copy-address")
        .unwrap()
        .unchecked_into::<HtmlElement>()
        .focus()
        .unwrap();

    let live = usdt_checkout::browser::hosted::start().unwrap();
    assert!(!main.text_content().unwrap().contains("sent by the server"));
    assert_eq!(main.query_selector_all("#view").unwrap().length(), 1);
    let card = main.query_selector("#view > .card").unwrap().unwrap();
    assert_eq!(card.get_attribute("data-stage").as_deref(), Some("waiting"));
    let focused = document().active_element().unwrap();
    assert_eq!(focused.id(), "copy-address");
    assert_eq!(focused.text_content().as_deref(), Some("Copy address"));
    drop(live);
    main.remove();
    run("history.replaceState(null, '', '?')");
}
