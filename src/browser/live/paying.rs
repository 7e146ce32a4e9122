//! What the live page does for a payer who pays from the wallet in the browser: finds it, starts
//! and ends what it is asked for.

use futures::channel::oneshot::channel;
use futures::future::{LocalBoxFuture, select};
use leptos::prelude::window;
use wasm_bindgen_futures::spawn_local;

use crate::browser::provider::Provider;
use crate::browser::screen::Screen;
use crate::browser::wallet;
use crate::core::checkout::Event;
use crate::core::paying::{Step, WalletEvent};

impl Screen {
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
}
