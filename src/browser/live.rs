//! The live checkout: mounted, with its listeners, and what it does for the payer who uses it.

mod paying;

use std::pin::pin;
use std::rc::Rc;

use futures::channel::oneshot::{Sender, channel};
use futures::future::select;
use gloo_events::{EventListener, EventListenerOptions};
use gloo_timers::callback::Timeout;
use leptos::prelude::window;
use usdt_protocol::{PaymentId, Txid};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement};

use crate::browser::arrival;
use crate::browser::clipboard;
use crate::browser::follow::follow;
use crate::browser::kept::Kept;
use crate::browser::provider::Provider;
use crate::browser::requests;
use crate::browser::screen::{Screen, Surroundings, focused, is_visible, tell_if_there};
use crate::core::checkout::{Checkout, Event, Field};
use crate::core::claiming::Claiming;
use crate::core::clock::Moment;
use crate::core::paying::WalletEvent;
use crate::core::presentation::Presentation;

/// How long the word about copying stays.
const COPIED_FOR: u32 = 2_000;

/// A mounted checkout. Dropping it takes it off the page and frees its timers and listeners.
pub struct Live {
    screen: Screen,
    following: Option<Sender<()>>,
    _listeners: Vec<EventListener>,
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
    let checkout = if id.is_some_and(arrival::has_returned) {
        checkout.staying()
    } else {
        checkout
    };
    let screen = Screen::show(root, checkout, presentation, id, surroundings);
    let following = id.map(|id| {
        let (following, unmounted) = channel();
        let screen = screen.clone();
        spawn_local(async move {
            // Ends by itself, or with the screen.
            select(unmounted, pin!(follow(screen, id))).await;
        });
        following
    });
    let listeners = listen(&screen);
    screen.recall_posted();
    screen.look_for_wallet();
    screen.settle();
    Live {
        screen,
        following,
        _listeners: listeners,
    }
}

impl Live {
    /// Tells the page what happened at the moment `at`.
    pub fn tell(&self, event: Event, at: Moment) {
        self.screen.tell_at(event, at);
    }

    /// Brings back what the payer has done to the HTML before, and tells the page of it.
    pub(crate) fn bring_back(&self, kept: &Kept) {
        kept.restore(&self.screen.0.root);
        for field in kept.fields(&self.screen.0.root) {
            self.screen.typed(&field);
        }
        if kept.is_open("phone") {
            self.screen.tell(Event::PhoneWanted);
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.following = None;
        self.screen.take_off();
    }
}

impl Screen {
    fn copy(&self, field: Field) {
        let Some(text) = self.0.checkout.borrow().copyable(field) else {
            return;
        };
        let screen = self.clone();
        spawn_local(async move {
            if clipboard::copy(&text, &screen.0.root).await {
                screen.tell(Event::Copied(field));
            } else {
                screen
                    .find(field_id(field))
                    .and_then(|element| clipboard::select(&element));
                screen.tell(Event::NotCopied(field));
            }
            let told = Rc::downgrade(&screen.0);
            let forget = Timeout::new(COPIED_FOR, move || tell_if_there(&told, Event::CopyRead));
            screen.0.copied.replace(Some(forget));
        });
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
            Some("copy-reference") => self.copy(Field::Reference),
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
                if was_focused {
                    // The link to stay is gone; the payer goes on from the one beside it.
                    self.focus("continue");
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
        let Some(txid) = Txid::find_in(&entered) else {
            return self.tell(Event::Claim(Claiming::Malformed));
        };
        self.tell(Event::Claim(Claiming::LookingUp));
        let screen = self.clone();
        spawn_local(async move {
            let (claiming, payment) = requests::claim(id, txid).await;
            if let Some(payment) = payment {
                screen.tell(Event::Answered(Box::new(payment)));
            }
            screen.tell(Event::Claim(claiming));
        });
    }

    fn came_into_sight(&self) {
        self.look_for_wallet();
        self.tell(Event::SeenAgain);
        self.wake();
    }
}

const fn field_id(field: Field) -> &'static str {
    match field {
        Field::Amount => "amount",
        Field::Address => "address",
        Field::Txid | Field::Reference => "txid",
    }
}

fn listen(screen: &Screen) -> Vec<EventListener> {
    let window = window();
    let on = |name: &'static str, react: fn(&Screen)| {
        let screen = screen.clone();
        EventListener::new(&window, name, move |_| react(&screen))
    };
    let clicked = screen.clone();
    let typed = screen.clone();
    let submitted = screen.clone();
    let announced = screen.clone();
    let options = EventListenerOptions::enable_prevent_default();
    vec![
        EventListener::new(&screen.0.root, "input", move |event| {
            if let Some(field) = event.target().and_then(|target| target.dyn_into().ok()) {
                typed.typed(&field);
            }
        }),
        EventListener::new_with_options(&screen.0.root, "submit", options, move |event| {
            event.prevent_default();
            submitted.claim();
        }),
        EventListener::new_with_options(&screen.0.root, "click", options, move |event| {
            clicked.clicked(event);
        }),
        on("visibilitychange", |screen| {
            if is_visible() {
                screen.came_into_sight();
            } else {
                screen.settle();
            }
        }),
        EventListener::new(&window, "TIP6963:announceProvider", move |event| {
            announced.take_wallet(Provider::announced(event));
        }),
        on("tronLink#initialized", Screen::look_for_wallet),
        on("pagehide", |screen| {
            screen.0.is_away.set(true);
            screen.tell(Event::Wallet(WalletEvent::Cancelled));
            screen.interrupt();
        }),
        on("pageshow", |screen| {
            if screen.0.is_away.replace(false) {
                screen.interrupt();
                screen.came_into_sight();
            } else {
                screen.look_for_wallet();
            }
        }),
        on("offline", Screen::interrupt),
        on("online", Screen::wake),
        on("focus", Screen::wake),
        on("pointerdown", |screen| screen.tell(Event::Touched)),
        on("keydown", |screen| screen.tell(Event::Touched)),
    ]
}
