//! Whether the proxy's header says who the clients are. Where it does not, an operator is told.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::HeaderName;
use tokio_util::sync::CancellationToken;

use super::AppState;
use super::client::Unreadable;
use crate::store::{AlarmKind, StoreError};

/// Between two looks at what was read.
const PAUSE: Duration = Duration::from_secs(1);

/// So many looks in a row must find readable addresses only, until all is well again.
const CALM_LOOKS: u32 = 60;

/// The header in which a trusted proxy writes the client's address, and what was found there.
#[derive(Debug)]
pub struct ClientAddresses {
    header: Option<HeaderName>,
    found: Mutex<Found>,
}

/// Since the last look.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    readable: bool,
    unreadable: Option<Unreadable>,
}

impl ClientAddresses {
    pub fn new(header: Option<HeaderName>) -> Self {
        Self {
            header,
            found: Mutex::default(),
        }
    }

    pub const fn header(&self) -> Option<&HeaderName> {
        self.header.as_ref()
    }

    /// Notes how reading one went.
    pub(super) fn note(&self, failure: Option<Unreadable>) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        match failure {
            None => found.readable = true,
            Some(_) => found.unreadable = failure,
        }
    }

    fn take(&self) -> Found {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *found)
    }
}

/// What the alarm has to become after a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Raise(Unreadable),
    Clear,
    Leave,
}

/// Looks in a row that found readable addresses only. Looks that found nothing do not count.
#[derive(Debug, Default)]
struct Calm(u32);

impl Calm {
    fn judge(&mut self, found: Found) -> Verdict {
        match found.unreadable {
            Some(why) => {
                self.0 = 0;
                Verdict::Raise(why)
            }
            None if found.readable && self.0 < CALM_LOOKS => {
                self.0 += 1;
                if self.0 == CALM_LOOKS {
                    Verdict::Clear
                } else {
                    Verdict::Leave
                }
            }
            None => Verdict::Leave,
        }
    }
}

/// Raises and clears the alarm until the shutdown: here, since a request must not wait for it. Where
/// there may be other gateways, behind other proxies, the alarm is that of this machine.
pub async fn watch(state: AppState, host: String, shutdown: CancellationToken) {
    let Some(header) = state.client_addresses.header() else {
        return;
    };
    let subject = if state.store.is_shared() {
        format!("{header} at {host}")
    } else {
        header.to_string()
    };
    let looks = async {
        let mut calm = Calm::default();
        loop {
            tokio::time::sleep(PAUSE).await;
            let told = match calm.judge(state.client_addresses.take()) {
                Verdict::Raise(why) => set(&state, &subject, Some(&cause(header, why))).await,
                Verdict::Clear => set(&state, &subject, None).await,
                Verdict::Leave => Ok(()),
            };
            if let Err(error) = told {
                state.store.observe(&error);
                tracing::error!(%error, "an alarm cannot be written down");
            }
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = looks => {}
    }
}

fn cause(header: &HeaderName, why: Unreadable) -> String {
    match why {
        Unreadable::Missing => {
            format!("requests come without the header {header}, so their clients are not known")
        }
        Unreadable::NoAddress => {
            format!("the header {header} holds no address, so the clients are not known")
        }
    }
}

async fn set(state: &AppState, subject: &str, cause: Option<&str>) -> Result<(), StoreError> {
    let kind = AlarmKind::ClientAddressUnreadable;
    let now = state.clock.now();
    state.store.set_alarm(None, kind, subject, cause, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unreadable_address_raises_the_alarm_and_a_minute_of_readable_ones_ends_it_once() {
        let addresses = ClientAddresses::new(None);
        let mut calm = Calm::default();
        let mut look = |failures: &[Option<Unreadable>]| {
            for failure in failures {
                addresses.note(*failure);
            }
            calm.judge(addresses.take())
        };
        assert_eq!(
            look(&[None, Some(Unreadable::Missing), None]),
            Verdict::Raise(Unreadable::Missing)
        );
        for _ in 1..CALM_LOOKS {
            assert_eq!(look(&[None]), Verdict::Leave);
            assert_eq!(look(&[]), Verdict::Leave);
        }
        assert_eq!(look(&[None]), Verdict::Clear);
        assert_eq!(look(&[None]), Verdict::Leave);
    }
}
