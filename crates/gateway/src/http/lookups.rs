//! Finds the payment that somebody names by its ID, and slows down whoever guesses IDs.
//!
//! The payment is looked up first, so that payers behind one address with a guesser are answered.
//! Only IDs that do not exist are counted, and after too many of them the client is told no more
//! than that it has to wait. A client that goes on is refused everything for a while: known and
//! unknown IDs are answered differently, and must not be tried as fast as the gateway can look.

use std::sync::Arc;

use usdt_protocol::{PaymentId, UtcTime};

use super::Client;
use super::limiter::{Limiter, MINUTE, TooMany};
use super::state::State;
use crate::known::Shown;
use crate::payments::Payment;
use crate::store::StoreError;

/// Unknown IDs that one client may ask for in a minute.
const ALLOWED_MISSES: u32 = 60;

/// After so many in a minute, a client is refused known IDs too. It would have to go on like that
/// for 28 years to find one of a million payments.
const MOST_MISSES: u32 = 10 * ALLOWED_MISSES;

/// Counts the unknown IDs that each client asked for.
#[derive(Debug)]
pub struct Lookups {
    misses: Limiter<Client>,
    excess: Limiter<Client>,
}

/// Why there is no payment to show.
#[derive(Debug, thiserror::Error)]
pub enum NoPayment {
    /// There is none of this ID, or it is no ID at all.
    #[error("no such payment")]
    Unknown,
    #[error("too many unknown payments")]
    TooMany(TooMany),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Default for Lookups {
    fn default() -> Self {
        Self {
            misses: Limiter::new(ALLOWED_MISSES, MINUTE),
            excess: Limiter::new(MOST_MISSES, MINUTE),
        }
    }
}

impl Lookups {
    /// Whether the client may ask at all.
    fn admit(&self, client: Client, now: UtcTime) -> Result<(), TooMany> {
        match client {
            // Maybe everybody: their misses are slowed down together, and nobody is locked out.
            Client::Unknown => Ok(()),
            Client::Known(_) => self.excess.check(&client, now),
        }
    }

    /// Counts an ID that does not exist, and says how to answer.
    fn missed(&self, client: Client, now: UtcTime) -> NoPayment {
        self.excess.count(client, now);
        match self.misses.take(client, now) {
            Ok(_) => NoPayment::Unknown,
            Err(too_many) => NoPayment::TooMany(too_many),
        }
    }
}

/// The payment of the ID that stands in a request. What cannot be an ID is no guess: it was cut or
/// garbled on its way.
pub async fn payment(state: &State, client: Client, id: &str) -> Result<Payment, NoPayment> {
    let id: PaymentId = id.trim().parse().map_err(|_| NoPayment::Unknown)?;
    let admitted = state.lookups.admit(client, state.clock.now());
    admitted.map_err(NoPayment::TooMany)?;
    let found = state.store.payment(id).await?;
    found.ok_or_else(|| state.lookups.missed(client, state.clock.now()))
}

/// The same with what is shown of it: see [`State::look_up`]. `newest` is the version that the client has,
/// which another gateway may have told it.
pub async fn shown(
    state: &State,
    client: Client,
    id: PaymentId,
    newest: Option<u64>,
) -> Result<Arc<Shown>, NoPayment> {
    let admitted = state.lookups.admit(client, state.clock.now());
    admitted.map_err(NoPayment::TooMany)?;
    let found = state.look_up(id, newest).await?;
    found.ok_or_else(|| state.lookups.missed(client, state.clock.now()))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn client(ip: &str) -> Client {
        ip.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn a_guessing_client_has_to_wait_and_others_do_not() {
        let lookups = Lookups::default();
        let [guesser, payer] = ["192.0.2.1", "192.0.2.2"].map(client);
        let now = UtcTime::EPOCH;
        let is_slowed = |client, now| match lookups.missed(client, now) {
            NoPayment::TooMany(TooMany { retry_after }) => Some(retry_after),
            _ => None,
        };
        for _ in 0..ALLOWED_MISSES {
            assert_eq!(is_slowed(guesser, now), None);
        }
        assert_eq!(is_slowed(guesser, now), Some(60));
        assert_eq!(is_slowed(payer, now), None);
        // It may still ask for what exists.
        assert_eq!(lookups.admit(guesser, now), Ok(()));
        assert_eq!(is_slowed(guesser, now.plus_seconds(60)), None);
    }

    #[test]
    fn a_client_that_goes_on_guessing_is_refused_and_those_who_are_not_known_never() {
        let lookups = Lookups::default();
        let now = UtcTime::EPOCH;
        for asking in [client("192.0.2.1"), Client::Unknown] {
            for _ in 0..MOST_MISSES {
                assert_eq!(lookups.admit(asking, now), Ok(()));
                lookups.missed(asking, now);
            }
        }
        let refused = lookups.admit(client("192.0.2.1"), now).unwrap_err();
        assert_eq!(refused.retry_after, 60);
        assert_eq!(lookups.admit(client("192.0.2.2"), now), Ok(()));
        assert_eq!(lookups.admit(Client::Unknown, now), Ok(()));
        assert_eq!(
            lookups.admit(client("192.0.2.1"), now.plus_seconds(60)),
            Ok(())
        );
    }
}
