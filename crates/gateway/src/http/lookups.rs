//! Slows down whoever guesses payment IDs.
//!
//! Only IDs that do not exist are counted, so that payers behind one address do not disturb each
//! other. A client that has guessed too often is refused before the next look-up, whether that
//! would have succeeded or not.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use usdt_protocol::UtcTime;

use super::Client;

/// Unknown IDs that one client may ask for in one window.
const ALLOWED_MISSES: u32 = 60;

const WINDOW_SECONDS: i64 = 60;

/// Above this many clients, those whose window has passed are forgotten.
const CROWD: usize = 10_000;

/// Counts the unknown IDs that each client asked for.
#[derive(Debug, Default)]
pub struct Lookups(Mutex<HashMap<Client, Misses>>);

#[derive(Clone, Copy, Debug)]
struct Misses {
    window_ends: UtcTime,
    count: u32,
}

/// The client has to wait this many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    pub retry_after: u64,
}

impl Lookups {
    /// Whether the client may look an ID up.
    pub fn check(&self, client: Client, now: UtcTime) -> Result<(), TooMany> {
        match self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&client)
        {
            Some(misses) if misses.window_ends > now && misses.count >= ALLOWED_MISSES => {
                Err(TooMany {
                    retry_after: now.seconds_until(misses.window_ends),
                })
            }
            _ => Ok(()),
        }
    }

    /// Counts an ID that does not exist.
    pub fn missed(&self, client: Client, now: UtcTime) {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() > CROWD {
            clients.retain(|_, misses| misses.window_ends > now);
        }
        let fresh = Misses {
            window_ends: now.plus_seconds(WINDOW_SECONDS),
            count: 0,
        };
        let misses = clients.entry(client).or_insert(fresh);
        if misses.window_ends <= now {
            *misses = fresh;
        }
        misses.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn a_guessing_client_has_to_wait_and_others_do_not() {
        let lookups = Lookups::default();
        let [guesser, payer] =
            ["192.0.2.1", "192.0.2.2"].map(|ip| Client::from(ip.parse::<IpAddr>().unwrap()));
        let now = UtcTime::EPOCH;
        for _ in 0..ALLOWED_MISSES {
            assert_eq!(lookups.check(guesser, now), Ok(()));
            lookups.missed(guesser, now);
        }
        assert_eq!(
            lookups.check(guesser, now),
            Err(TooMany { retry_after: 60 })
        );
        assert_eq!(lookups.check(payer, now), Ok(()));
        assert_eq!(lookups.check(guesser, now.plus_seconds(60)), Ok(()));
    }
}
