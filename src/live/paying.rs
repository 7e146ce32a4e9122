//! What the live page does for a payer who pays from the wallet in the browser: finds it, starts
//! and ends what it is asked for, and takes the focus along.

use futures::channel::oneshot::channel;
use futures::future::{LocalBoxFuture, select};
use leptos::prelude::window;
use usdt_protocol::TronAddress;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlElement, Node};

use super::{Page, focused};
use crate::checkout::Event;
use crate::paying::{Step, WalletEvent};
use crate::posted;
use crate::provider::Provider;
use crate::transfer::Transfer;
use crate::wallet;

impl Page {
    /// Looks for a wallet, unless there is one. Those that announce themselves come first: they
    /// say what they are called.
    pub(super) fn look_for_wallet(&self) {
        if self.0.wallet.borrow().is_some() {
            return;
        }
        if let Ok(request) = web_sys::Event::new("TIP6963:requestProvider") {
            // The window takes any event, and nobody cancels this one.
            let _ = window().dispatch_event(&request);
        }
        self.take_wallet(Provider::injected());
    }

    /// The first wallet stays.
    pub(super) fn take_wallet(&self, found: Option<Provider>) {
        let Some(found) = found.filter(|_| self.0.wallet.borrow().is_none()) else {
            return;
        };
        let name = found.name.clone();
        self.0.wallet.replace(Some(found));
        self.tell(Event::Wallet(WalletEvent::Found(name)));
    }

    /// Hears of what another page has let go.
    pub(super) fn recall_posted(&self) {
        if let Some(at) = self.0.id.and_then(posted::recall) {
            self.tell(Event::Wallet(WalletEvent::PostedBefore(at)));
        }
    }

    pub(super) fn ask_wallet(&self) {
        self.recall_posted();
        self.tell_wallet(WalletEvent::Wanted);
        let wallet = self.0.wallet.borrow().clone();
        if let Some(wallet) = wallet
            && self.step() == Step::Asking
        {
            self.until_cancelled(Box::pin(wallet::connect(self.clone(), wallet)));
        }
    }

    pub(super) fn pay_from_wallet(&self) {
        let Step::Confirming(account) = self.step() else {
            return;
        };
        self.tell_wallet(WalletEvent::Confirmed);
        let wallet = self.0.wallet.borrow().clone();
        if let (Some(wallet), Some(id)) = (wallet, self.0.id)
            && self.step() == Step::Signing
        {
            let paying = wallet::pay(self.clone(), wallet, id, account);
            self.until_cancelled(Box::pin(paying));
        }
    }

    /// Does something that ends early when the payer or the payment wants that.
    fn until_cancelled(&self, paying: LocalBoxFuture<'static, ()>) {
        let (sender, cancelled) = channel();
        self.0.paying.replace(Some(sender));
        spawn_local(async move {
            // What is cancelled does not go on, even with an answer just there.
            select(cancelled, paying).await;
        });
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
        if let Some(element) = self.find(next).filter(|_| !is_elsewhere) {
            // Without the focus it works as well.
            let _ = element.unchecked_into::<HtmlElement>().focus();
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
