//! A call that ends a wait.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// Ends whatever somebody waits for. A call that comes while nobody waits is kept.
#[derive(Default)]
pub(crate) struct Wake {
    called: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Wake {
    pub fn call(&self) {
        self.called.set(true);
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }

    pub async fn heard(&self) {
        poll_fn(|context| {
            if self.called.take() {
                return Poll::Ready(());
            }
            self.waiting.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}
