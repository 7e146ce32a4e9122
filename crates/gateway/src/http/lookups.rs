//! Slows down whoever guesses payment IDs.
//!
//! Only IDs that do not exist are counted, so that payers behind one address do not disturb each
//! other. A client that has guessed too often is refused before the next look-up, whether that
//! would have succeeded or not.

use usdt_protocol::UtcTime;

use super::Client;
use super::limiter::{Limiter, MINUTE, TooMany};

/// Unknown IDs that one client may ask for in a minute.
const ALLOWED_MISSES: u32 = 60;

/// Counts the unknown IDs that each client asked for.
#[derive(Debug)]
pub struct Lookups(Limiter<Client>);

impl Default for Lookups {
    fn default() -> Self {
        Self(Limiter::new(ALLOWED_MISSES, MINUTE))
    }
}

impl Lookups {
    /// Whether the client may look an ID up.
    pub fn check(&self, client: Client, now: UtcTime) -> Result<(), TooMany> {
        self.0.check(client, now)
    }

    /// Counts an ID that does not exist.
    pub fn missed(&self, client: Client, now: UtcTime) {
        self.0.count(client, now);
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
