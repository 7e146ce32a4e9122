//! Following a payment: one question at a time until nothing can change any more.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Poll, Waker};

use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use usdt_protocol::PaymentId;

use crate::checkout::{Event, Interest};
use crate::gateway::{self, Failure};
use crate::live::{self, Page};
use crate::pace::{Answer, Ask, Pace};

/// Ends whatever the follower waits for. A call that comes while it waits for nothing is kept.
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

    async fn heard(&self) {
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

/// Asks until the payment is settled. A wake ends whatever is waited for and asks at once.
pub(crate) async fn follow(screen: Page, id: PaymentId) {
    let wake = screen.wake_of_follower();
    let mut pace = Pace::default();
    while screen.interest() != Interest::Over {
        if screen.is_away() {
            wake.heard().await;
            continue;
        }
        let Some(pause) = or_wake(one_question(&screen, id, &mut pace), wake).await else {
            pace.woken();
            continue;
        };
        if screen.interest() == Interest::Over {
            return;
        }
        if or_wake(TimeoutFuture::new(pause), wake).await.is_none() {
            pace.woken();
        }
    }
}

/// Asks once, tells the page, and returns how many milliseconds to wait.
async fn one_question(screen: &Page, id: PaymentId, pace: &mut Pace) -> u32 {
    let known = screen.version();
    let ask = if known.is_some() {
        pace.ask()
    } else {
        Ask::Now
    };
    let started = live::now();
    let answer = gateway::payment(screen.gateway(), id, known.filter(|_| ask == Ask::Hold)).await;
    match answer {
        Ok(payment) => {
            let is_news = known != Some(payment.version);
            screen.tell(Event::Answered(Box::new(payment)));
            let took = live::now().millis_since(started).max(0);
            pace.answered(Answer {
                ask,
                took: u32::try_from(took).unwrap_or(u32::MAX),
                is_news,
                interest: screen.interest(),
                is_visible: live::is_visible(),
            })
        }
        Err(failure) => {
            let retry_after = match failure {
                Failure::NotFound => None,
                Failure::NoAnswer { retry_after } => retry_after,
            };
            let pause = pace.failed(ask, retry_after, chance());
            if failure == Failure::NotFound {
                screen.tell(Event::NotFound);
            } else if pace.is_lost(ask) {
                screen.tell(Event::Lost);
            }
            pause
        }
    }
}

/// `None` if a wake came first.
async fn or_wake<T>(wait: impl Future<Output = T>, wake: &Wake) -> Option<T> {
    match select(pin!(wait), pin!(wake.heard())).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 1000"
)]
fn chance() -> u32 {
    (js_sys::Math::random() * 1_000.0) as u32
}
