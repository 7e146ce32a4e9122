//! What is on the screen: the state, its view, and what stands outside of the view in line with it.
//!
//! Every change renders the whole card anew, and Leptos touches what differs. No signals stand
//! between: there is one state, so they would only add weight.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures::channel::oneshot::Sender;
use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::{AnyView, Mountable as _, Render as _, document, window};
use leptos::tachys::view::any_view::AnyViewState;
use usdt_protocol::{PaymentId, RedirectUrl, TronAddress};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, Node, VisibilityState};

use crate::browser::arrival;
use crate::browser::json::get;
use crate::browser::kept::Kept;
use crate::browser::posted;
use crate::browser::provider::Provider;
use crate::browser::transfer::Transfer;
use crate::browser::wake::Wake;
use crate::core::checkout::{Checkout, Event, Interest, Shown, Stage};
use crate::core::clock::Moment;
use crate::core::paying::{Step, WalletEvent};
use crate::core::presentation::Presentation;
use crate::core::view;

const SECOND: u32 = 1_000;
/// Wakes come in swarms, and one is enough.
const WAKE_APART: i64 = 1_000;

/// A handle of it. Outlives it harmlessly.
#[derive(Clone)]
pub(super) struct Screen(pub(super) Rc<Parts>);

pub(super) struct Parts {
    pub(super) checkout: RefCell<Checkout>,
    pub(super) presentation: Presentation,
    pub(super) id: Option<PaymentId>,
    pub(super) view: RefCell<AnyViewState>,
    /// The text of the headline, as long as nobody else has put another in its place.
    headline: RefCell<Option<Node>>,
    title: RefCell<String>,
    pub(super) root: HtmlElement,
    pub(super) surroundings: Surroundings,
    pub(super) ticker: RefCell<Option<Interval>>,
    pub(super) copied: RefCell<Option<Timeout>>,
    pub(super) wallet: RefCell<Option<Provider>>,
    /// Ends what the wallet is asked for.
    pub(super) paying: RefCell<Option<Sender<()>>>,
    pub(super) wake: Wake,
    pub(super) last_wake: Cell<Moment>,
    pub(super) is_away: Cell<bool>,
}

/// What a mounted checkout is surrounded by.
pub struct Surroundings {
    /// The origin of the gateway; empty in a page of its own.
    pub gateway: String,
    /// Takes the payer to the shop.
    pub leave: Box<dyn Fn(&RedirectUrl)>,
}

impl Screen {
    /// Mounts the state into `root`.
    pub fn show(
        root: &HtmlElement,
        checkout: Checkout,
        presentation: Presentation,
        id: Option<PaymentId>,
        surroundings: Surroundings,
    ) -> Self {
        let mut view = view::checkout(&checkout, &presentation).build();
        view.mount(root, None);
        let screen = Self(Rc::new(Parts {
            checkout: RefCell::new(checkout),
            presentation,
            id,
            view: RefCell::new(view),
            headline: RefCell::default(),
            title: RefCell::default(),
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
        screen.0.headline.replace(screen.headline());
        screen
    }

    /// Takes it off the page, and ends its timers and what it waits for.
    pub fn take_off(&self) {
        self.0.ticker.take();
        self.0.copied.take();
        self.0.paying.take();
        self.0.view.borrow_mut().unmount();
    }

    pub fn tell(&self, event: Event) {
        self.tell_at(event, now());
    }

    pub fn tell_at(&self, event: Event, at: Moment) {
        let known = || self.0.checkout.borrow().paying.posted();
        let before = known();
        let said = self.said();
        // What changes with these alone the browser is told not to translate.
        let is_quiet = matches!(
            event,
            Event::Answered(_)
                | Event::Ticked
                | Event::SeenAgain
                | Event::Touched
                | Event::Pasted(_)
                | Event::FeeTyped(_)
        );
        self.0.checkout.borrow_mut().handle(event, at);
        if let Some(id) = self.0.id {
            posted::keep(id, before, known());
        }
        let was_here = self.has_focus();
        let view = view::checkout(&self.0.checkout.borrow(), &self.0.presentation);
        if self.is_translated() && !(is_quiet && said == self.said()) {
            self.mount_anew(view);
        } else {
            let is_ours = *self.0.headline.borrow() == self.headline();
            view.rebuild(&mut self.0.view.borrow_mut());
            if is_ours {
                self.0.headline.replace(self.headline());
            }
        }
        // Who was at something that is gone goes on from what has come of it.
        if was_here && !self.has_focus() {
            self.focus("headline");
        }
        self.settle();
    }

    /// What the words on the page depend on.
    fn said(&self) -> (Option<Stage>, Option<u64>, bool, u64, bool) {
        let checkout = self.0.checkout.borrow();
        let (lost, delay) = match &checkout.shown {
            Shown::Payment(followed) => (followed.lost, followed.payment.chain_delay),
            _ => (false, 0),
        };
        let may_be_sent = checkout.may_be_sent();
        (
            checkout.stage(),
            checkout.version(),
            lost,
            delay,
            may_be_sent,
        )
    }

    /// Whether the browser has put words of its own in the place of the view's, which news would not
    /// reach: wrapped, as most do, or in new nodes.
    fn is_translated(&self) -> bool {
        let has_wrapped = self.0.root.query_selector("font");
        has_wrapped.is_ok_and(|font| font.is_some()) || *self.0.headline.borrow() != self.headline()
    }

    fn headline(&self) -> Option<Node> {
        self.find("headline")?.first_child()
    }

    /// Puts new elements in the place of all that there is.
    fn mount_anew(&self, view: AnyView) {
        let kept = Kept::of(&self.0.root);
        let mut fresh = view.build();
        self.0.view.borrow_mut().unmount();
        fresh.mount(&self.0.root, None);
        self.0.view.replace(fresh);
        self.0.headline.replace(self.headline());
        kept.restore(&self.0.root);
    }

    fn has_focus(&self) -> bool {
        let focused: Option<Node> = focused(&self.0.root).map(Into::into);
        self.0.root.contains(focused.as_ref())
    }

    pub fn focus(&self, id: &str) {
        if let Some(element) = self.find(id) {
            // Without the focus it works as well.
            let _ = element.unchecked_into::<HtmlElement>().focus();
        }
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
    pub fn settle(&self) {
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
            if let Some(id) = self.0.id {
                arrival::led_on(id);
            }
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
        // What the browser has made of it stays.
        if *self.0.title.borrow() != title {
            document.set_title(&title);
            self.0.title.replace(title);
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
            let screen = Rc::downgrade(&self.0);
            *ticker = Some(Interval::new(SECOND, move || {
                tell_if_there(&screen, Event::Ticked);
            }));
        } else if !on {
            *ticker = None;
        }
    }

    /// Asks the gateway at once, unless that has just happened.
    pub fn wake(&self) {
        if now().millis_since(self.0.last_wake.get()) >= WAKE_APART {
            self.interrupt();
        }
    }

    /// Ends whatever the follower waits for.
    pub fn interrupt(&self) {
        self.0.last_wake.set(now());
        self.0.wake.call();
    }

    /// An element of the view, also where it lies in a shadow root.
    pub fn find(&self, id: &str) -> Option<Element> {
        self.0.root.query_selector(&format!("#{id}")).ok()?
    }

    /// Tells what happened with the wallet, and takes the focus along: what was pressed is gone.
    pub fn tell_wallet(&self, event: WalletEvent) {
        let is_elsewhere = self.is_payer_elsewhere();
        self.tell(Event::Wallet(event));
        let next = match self.step() {
            Step::Offered(_) => "wallet-pay",
            Step::Confirming(_) => "wallet-confirm",
            _ => "wallet-said",
        };
        if !is_elsewhere {
            self.focus(next);
        }
    }

    /// Whether the payer is at another control of the card than the wallet's.
    fn is_payer_elsewhere(&self) -> bool {
        let focused: Option<Node> = focused(&self.0.root).map(Into::into);
        let has_focus = |element: &Node| element.contains(focused.as_ref());
        focused.is_some()
            && has_focus(&self.0.root)
            && !self.find("wallet").is_some_and(|wallet| has_focus(&wallet))
    }

    /// Hears of what another page has let go.
    pub fn recall_posted(&self) {
        if let Some(at) = self.0.id.and_then(posted::recall) {
            self.tell(Event::Wallet(WalletEvent::PostedBefore(at)));
        }
    }

    /// How far paying from the wallet is.
    pub fn step(&self) -> Step {
        self.0.checkout.borrow().paying.step
    }

    pub fn is_payable(&self) -> bool {
        self.0.checkout.borrow().payable().is_some()
    }

    /// What pays the payment that is shown from this account.
    pub fn transfer(&self, from: TronAddress) -> Option<Transfer> {
        let checkout = self.0.checkout.borrow();
        let payment = checkout.payable()?;
        Some(Transfer {
            from,
            token: self.0.presentation.chain.token,
            to: payment.address,
            amount: payment.pay_amount,
        })
    }
}

pub(super) fn tell_if_there(screen: &Weak<Parts>, event: Event) {
    if let Some(parts) = screen.upgrade() {
        Screen(parts).tell(event);
    }
}

/// What has the focus in the document or shadow root that `root` is in.
pub(super) fn focused(root: &Element) -> Option<Element> {
    get(&root.get_root_node(), "activeElement").dyn_into().ok()
}

pub(super) fn is_visible() -> bool {
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
