//! The live page: the state machine on the screen, with its timer and listeners.
//!
//! Every change renders the whole card anew, and Leptos touches what differs. No signals stand
//! between: there is one state, so they would only add weight.

mod paying;

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::{Rc, Weak};

use futures::channel::oneshot::{Sender, channel};
use futures::future::select;
use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::{Mountable as _, Render as _, document, window};
use leptos::tachys::view::any_view::AnyViewState;
use usdt_protocol::{PaymentId, RedirectUrl};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement, VisibilityState};

use crate::checkout::{Checkout, Event, Field, Interest};
use crate::claiming::Claiming;
use crate::clipboard;
use crate::clock::Moment;
use crate::follow::{Wake, follow};
use crate::gateway;
use crate::json::get;
use crate::paying::{Step, WalletEvent};
use crate::posted;
use crate::presentation::Presentation;
use crate::provider::Provider;
use crate::view;

const SECOND: u32 = 1_000;
/// How long the word about copying stays.
const COPIED_FOR: u32 = 2 * SECOND;
/// Wakes come in swarms, and one is enough.
const WAKE_APART: i64 = 1_000;

/// A mounted checkout. Dropping it takes it off the page and frees its timers and listeners.
pub struct Live {
    page: Page,
    following: Option<Sender<()>>,
    _listeners: Vec<EventListener>,
}

/// What can be done to a mounted page. Outlives it harmlessly.
#[derive(Clone)]
pub(crate) struct Page(Rc<Parts>);

struct Parts {
    checkout: RefCell<Checkout>,
    presentation: Presentation,
    id: Option<PaymentId>,
    view: RefCell<AnyViewState>,
    root: HtmlElement,
    surroundings: Surroundings,
    ticker: RefCell<Option<Interval>>,
    copied: RefCell<Option<Timeout>>,
    wallet: RefCell<Option<Provider>>,
    /// Ends what the wallet is asked for.
    paying: RefCell<Option<Sender<()>>>,
    wake: Wake,
    last_wake: Cell<Moment>,
    is_away: Cell<bool>,
}

/// What a mounted checkout is surrounded by.
pub struct Surroundings {
    /// The origin of the gateway; empty in a page of its own.
    pub gateway: String,
    /// Takes the payer to the shop.
    pub leave: Box<dyn Fn(&RedirectUrl)>,
}

/// Mounts the checkout into `root`, an element of its own (never a shadow root: what is swapped
/// there would vanish). With an `id` it asks the gateway for that payment.
pub fn mount(
    root: &HtmlElement,
    checkout: Checkout,
    presentation: Presentation,
    id: Option<PaymentId>,
    surroundings: Surroundings,
) -> Live {
    let mut view = view::checkout(&checkout, &presentation).build();
    view.mount(root, None);
    let page = Page(Rc::new(Parts {
        checkout: RefCell::new(checkout),
        presentation,
        id,
        view: RefCell::new(view),
        root: root.clone(),
        surroundings,
        ticker: RefCell::default(),
        copied: RefCell::default(),
        wallet: RefCell::default(),
        paying: RefCell::default(),
        wake: Wake::default(),
        last_wake: Cell::new(now()),
        is_away: Cell::new(false),
    }));
    let following = id.map(|id| {
        let (following, unmounted) = channel();
        let page = page.clone();
        spawn_local(async move {
            // Ends by itself, or with the page.
            select(unmounted, pin!(follow(page, id))).await;
        });
        following
    });
    let listeners = listen(&page);
    page.recall_posted();
    page.look_for_wallet();
    page.settle();
    Live {
        page,
        following,
        _listeners: listeners,
    }
}

impl Live {
    /// Tells the page what happened at the moment `at`.
    pub fn tell(&self, event: Event, at: Moment) {
        self.page.tell_at(event, at);
    }

    /// Tells the page what stands in one of its fields.
    pub(crate) fn typed(&self, field: &Element) {
        self.page.typed(field);
    }

    /// Tells the page which of its help is open.
    pub(crate) fn unfolded(&self, id: &str) {
        if id == "phone" {
            self.page.tell(Event::PhoneWanted);
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.following = None;
        self.page.0.ticker.take();
        self.page.0.copied.take();
        self.page.0.paying.take();
        self.page.0.view.borrow_mut().unmount();
    }
}

impl Page {
    pub fn tell(&self, event: Event) {
        self.tell_at(event, now());
    }

    fn tell_at(&self, event: Event, at: Moment) {
        let known = || self.0.checkout.borrow().paying.posted();
        let before = known();
        self.0.checkout.borrow_mut().handle(event, at);
        if let Some(id) = self.0.id {
            posted::keep(id, before, known());
        }
        let view = view::checkout(&self.0.checkout.borrow(), &self.0.presentation);
        view.rebuild(&mut self.0.view.borrow_mut());
        self.settle();
    }

    /// The origin of the gateway, or nothing.
    pub fn gateway(&self) -> &str {
        &self.0.surroundings.gateway
    }

    pub fn interest(&self) -> Interest {
        self.0.checkout.borrow().interest()
    }

    pub fn version(&self) -> Option<u64> {
        self.0.checkout.borrow().version()
    }

    pub fn wake_of_follower(&self) -> &Wake {
        &self.0.wake
    }

    /// Whether the browser has put the page aside.
    pub fn is_away(&self) -> bool {
        self.0.is_away.get()
    }

    /// Brings everything outside the view in line with the state.
    fn settle(&self) {
        let (is_counting, due) = {
            let checkout = self.0.checkout.borrow();
            (checkout.is_counting(), checkout.due())
        };
        if self.gateway().is_empty() {
            self.show_on_tab();
        }
        if matches!(self.step(), Step::Offered(_)) {
            self.0.paying.take();
        }
        self.tick(is_counting && is_visible());
        if let Some(to) = due {
            self.tell(Event::Left);
            (self.0.surroundings.leave)(&to);
        }
    }

    /// Brings title and icon of the window in line with the state.
    fn show_on_tab(&self) {
        let checkout = self.0.checkout.borrow();
        let (title, icon) = (
            view::title(&checkout, self.0.presentation.texts),
            view::icon(&checkout),
        );
        let document = document();
        if document.title() != title {
            document.set_title(&title);
        }
        if let Some(link) = document.get_element_by_id("icon")
            && link.get_attribute("href").as_ref() != Some(&icon)
        {
            // A link always takes the attribute.
            let _ = link.set_attribute("href", &icon);
        }
    }

    fn tick(&self, on: bool) {
        let mut ticker = self.0.ticker.borrow_mut();
        if on && ticker.is_none() {
            let page = Rc::downgrade(&self.0);
            *ticker = Some(Interval::new(SECOND, move || {
                tell_if_there(&page, Event::Ticked);
            }));
        } else if !on {
            *ticker = None;
        }
    }

    /// Asks the gateway at once, unless that has just happened.
    fn wake(&self) {
        if now().millis_since(self.0.last_wake.get()) >= WAKE_APART {
            self.interrupt();
        }
    }

    /// Ends whatever the follower waits for.
    fn interrupt(&self) {
        self.0.last_wake.set(now());
        self.0.wake.call();
    }

    fn copy(&self, field: Field) {
        let Some(text) = self.0.checkout.borrow().copyable(field) else {
            return;
        };
        let page = self.clone();
        spawn_local(async move {
            if clipboard::copy(&text, &page.0.root).await {
                page.tell(Event::Copied(field));
            } else {
                page.find(field_id(field))
                    .and_then(|element| clipboard::select(&element));
                page.tell(Event::NotCopied(field));
            }
            let told = Rc::downgrade(&page.0);
            let forget = Timeout::new(COPIED_FOR, move || tell_if_there(&told, Event::CopyRead));
            page.0.copied.replace(Some(forget));
        });
    }

    /// An element of the view, also where it lies in a shadow root.
    fn find(&self, id: &str) -> Option<Element> {
        self.0.root.query_selector(&format!("#{id}")).ok()?
    }

    fn clicked(&self, event: &web_sys::Event) {
        let control = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|element| element.closest("[data-do]").ok()?);
        let task = control.and_then(|control| control.get_attribute("data-do"));
        match task.as_deref() {
            Some("copy-amount") => self.copy(Field::Amount),
            Some("copy-address") => self.copy(Field::Address),
            Some("copy-txid") => self.copy(Field::Txid),
            Some("print") => {
                // Where nothing can be printed, nothing happens.
                let _ = window().print();
            }
            Some("wallet-pay") => self.ask_wallet(),
            Some("wallet-confirm") => self.pay_from_wallet(),
            Some("wallet-cancel") => self.tell_wallet(WalletEvent::Cancelled),
            Some("phone") => self.tell(Event::PhoneWanted),
            Some("stay") => {
                event.prevent_default();
                // A shop that keeps its payer presses it too, wherever the payer is.
                let was_focused = focused(&self.0.root).is_some_and(|it| it.id() == "stay");
                self.tell(Event::Stay);
                if let Some(link) = self.find("continue").filter(|_| was_focused) {
                    // The link to stay is gone; the payer goes on from the one beside it.
                    let _ = link.unchecked_into::<HtmlElement>().focus();
                }
            }
            _ => {}
        }
    }

    fn typed(&self, field: &Element) {
        // An input's value is read as a text area's is.
        let text = || field.unchecked_ref::<HtmlTextAreaElement>().value();
        match field.get_attribute("data-say").as_deref() {
            Some("pasted") => self.tell(Event::Pasted(text())),
            Some("fee") => self.tell(Event::FeeTyped(text())),
            _ => {}
        }
    }

    fn claim(&self) {
        let (Some(id), Some(field)) = (self.0.id, self.find("claim-field")) else {
            return;
        };
        if self.0.checkout.borrow().is_looking_up() {
            return;
        }
        let entered = field.unchecked_into::<HtmlTextAreaElement>().value();
        let Ok(txid) = entered.trim().parse() else {
            return self.tell(Event::Claim(Claiming::Malformed));
        };
        self.tell(Event::Claim(Claiming::LookingUp));
        let page = self.clone();
        spawn_local(async move {
            let (claiming, payment) = gateway::claim(id, txid).await;
            if let Some(payment) = payment {
                page.tell(Event::Answered(Box::new(payment)));
            }
            page.tell(Event::Claim(claiming));
        });
    }

    fn came_into_sight(&self) {
        self.look_for_wallet();
        self.tell(Event::SeenAgain);
        self.wake();
    }
}

fn tell_if_there(page: &Weak<Parts>, event: Event) {
    if let Some(parts) = page.upgrade() {
        Page(parts).tell(event);
    }
}

const fn field_id(field: Field) -> &'static str {
    match field {
        Field::Amount => "amount",
        Field::Address => "address",
        Field::Txid => "txid",
    }
}

fn listen(page: &Page) -> Vec<EventListener> {
    let window = window();
    let on = |name: &'static str, react: fn(&Page)| {
        let page = page.clone();
        EventListener::new(&window, name, move |_| react(&page))
    };
    let clicked = page.clone();
    let typed = page.clone();
    let submitted = page.clone();
    let announced = page.clone();
    let options = EventListenerOptions::enable_prevent_default();
    vec![
        EventListener::new(&page.0.root, "input", move |event| {
            if let Some(field) = event.target().and_then(|target| target.dyn_into().ok()) {
                typed.typed(&field);
            }
        }),
        EventListener::new_with_options(&page.0.root, "submit", options, move |event| {
            event.prevent_default();
            submitted.claim();
        }),
        EventListener::new_with_options(&page.0.root, "click", options, move |event| {
            clicked.clicked(event);
        }),
        on("visibilitychange", |page| {
            if is_visible() {
                page.came_into_sight();
            } else {
                page.settle();
            }
        }),
        EventListener::new(&window, "TIP6963:announceProvider", move |event| {
            announced.take_wallet(Provider::announced(event));
        }),
        on("tronLink#initialized", Page::look_for_wallet),
        on("pagehide", |page| {
            page.0.is_away.set(true);
            page.tell(Event::Wallet(WalletEvent::Cancelled));
            page.interrupt();
        }),
        on("pageshow", |page| {
            if page.0.is_away.replace(false) {
                page.interrupt();
            }
            page.came_into_sight();
        }),
        on("offline", Page::interrupt),
        on("online", Page::wake),
        on("focus", Page::wake),
        on("pointerdown", |page| page.tell(Event::Touched)),
        on("keydown", |page| page.tell(Event::Touched)),
    ]
}

/// What has the focus in the document or shadow root that `root` is in.
pub(crate) fn focused(root: &HtmlElement) -> Option<Element> {
    get(&root.get_root_node(), "activeElement").dyn_into().ok()
}

pub(crate) fn is_visible() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

/// Reads the browser's monotonic clock.
#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds since the page was opened"
)]
pub fn now() -> Moment {
    let millis = window()
        .performance()
        .map_or(0.0, |performance| performance.now());
    Moment::from_millis(millis as i64)
}
