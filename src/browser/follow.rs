//! Following a payment: one question at a time until nothing can change any more.

use std::future::Future;
use std::pin::pin;

use futures::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use usdt_protocol::PaymentId;

use crate::browser::pace::{Answer, Ask, Failed, Pace};
use crate::browser::requests::{self, Failure};
use crate::browser::screen::{self, Screen};
use crate::browser::wake::Wake;
use crate::core::checkout::{Event, Interest};

/// Asks until the payment is settled. A wake ends whatever is waited for and asks at once.
pub(crate) async fn follow(screen: Screen, id: PaymentId) {
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
async fn one_question(screen: &Screen, id: PaymentId, pace: &mut Pace) -> u32 {
    let known = screen.version();
    let ask = if known.is_some() {
        pace.ask()
    } else {
        Ask::Now
    };
    let started = screen::now();
    let answer = requests::payment(screen.gateway(), id, known.filter(|_| ask == Ask::Hold)).await;
    match answer {
        Ok(payment) => {
            let is_news = known != Some(payment.version);
            screen.tell(Event::Answered(Box::new(payment)));
            let took = screen::now().millis_since(started).max(0);
            pace.answered(Answer {
                ask,
                took: u32::try_from(took).unwrap_or(u32::MAX),
                is_news,
                interest: screen.interest(),
                is_visible: screen::is_visible(),
            })
        }
        Err(failure) => {
            let failed = Failed {
                ask,
                retry_after: match failure {
                    Failure::NotFound => Some(0),
                    Failure::NoAnswer { retry_after } => retry_after,
                    Failure::Silence => None,
                },
                is_visible: screen::is_visible(),
            };
            let pause = pace.failed(failed, chance());
            if failure == Failure::NotFound {
                screen.tell(Event::NotFound);
            } else if failure == Failure::Silence || pace.is_lost(ask) {
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
