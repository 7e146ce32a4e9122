//! Keeps what payers ask for from using up what the watcher needs of the node.

use tokio::sync::{Semaphore, SemaphorePermit};
use usdt_protocol::UtcTime;

use super::Client;
use super::limiter::{DAY, Limiter, MINUTE, TooMany};
use crate::heartbeat::Peers;

/// When to try again after all places were taken.
const BUSY_SECONDS: u64 = 5;

/// How many requests of one kind payers may make. What all clients together may, is what all gateways on
/// one database together allow. The watcher needs most of the 100 000 requests a
/// day that `TronGrid` allows.
#[derive(Clone, Copy)]
struct Allowance {
    /// What is counted, for the log.
    what: &'static str,
    /// By one client in a minute.
    client: u32,
    /// In a minute, by all clients together, for which the node is asked.
    minute: u32,
    /// The same in a day.
    day: u32,
    /// For which the node is asked at the same time.
    at_once: usize,
}

/// Each costs up to three requests.
const CLAIMS: Allowance = Allowance {
    what: "claims",
    client: 5,
    minute: 20,
    day: 2_000,
    at_once: 4,
};

/// Each costs one request, and a payment takes two: one before the payer signs, and one after.
const WALLETS: Allowance = Allowance {
    what: "requests for wallets",
    client: 10,
    minute: 60,
    day: 6_000,
    at_once: 8,
};

/// Limits the requests of one kind.
#[derive(Debug)]
pub struct PayerLimits {
    what: &'static str,
    clients: Limiter<Client>,
    minute: Limiter<()>,
    day: Limiter<()>,
    places: Semaphore,
    peers: Peers,
}

impl PayerLimits {
    /// For payers who point to their transaction.
    pub fn for_claims(peers: &Peers) -> Self {
        Self::new(CLAIMS, peers)
    }

    /// For payers who pay from a wallet in their browser.
    pub fn for_wallets(peers: &Peers) -> Self {
        Self::new(WALLETS, peers)
    }

    fn new(allowed: Allowance, peers: &Peers) -> Self {
        Self {
            what: allowed.what,
            clients: Limiter::new(allowed.client, MINUTE),
            minute: Limiter::new(allowed.minute, MINUTE),
            day: Limiter::new(allowed.day, DAY),
            places: Semaphore::new(allowed.at_once),
            peers: peers.clone(),
        }
    }

    /// Counts a request, if the client may make it. Clients that are not known have only the bounds
    /// of all: one of their own would be everybody's.
    pub fn admit(&self, client: Client, now: UtcTime) -> Result<(), TooMany> {
        match client {
            Client::Unknown => Ok(()),
            Client::Known(_) => self.clients.take(client, now).map(drop),
        }
    }

    /// A place to ask the node, until it is dropped.
    pub fn place(&self, now: UtcTime) -> Result<SemaphorePermit<'_>, TooMany> {
        let place = self.places.try_acquire().map_err(|_| TooMany {
            retry_after: BUSY_SECONDS,
        })?;
        // As if each of the other gateways were asked as often.
        let weight = self.peers.running();
        // Counted last, so that refusals do not use it up, and told first, since it lasts longest.
        self.day.check_weighing(&(), weight, now)?;
        self.minute.take_weighing((), weight, now)?;
        if self.day.take_weighing((), weight, now)? < weight {
            tracing::warn!("the {} of a day are used up", self.what);
        }
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Mutex;

    use tempfile::NamedTempFile;

    use super::*;

    #[test]
    fn a_place_is_free_again_when_it_is_left_and_all_clients_share_the_minute() {
        let limits = PayerLimits::for_claims(&Peers::default());
        let now = UtcTime::EPOCH;
        let taken: Vec<_> = (0..CLAIMS.at_once)
            .map(|_| limits.place(now).unwrap())
            .collect();
        let busy = limits.place(now).unwrap_err();
        assert_eq!(busy.retry_after, BUSY_SECONDS);
        drop(taken);
        // Who found no place has not used up anything.
        for _ in CLAIMS.at_once..20 {
            assert!(limits.place(now).is_ok());
        }
        assert_eq!(limits.place(now).unwrap_err().retry_after, 60);
        assert!(limits.place(now.plus_seconds(60)).is_ok());
    }

    #[test]
    fn several_gateways_allow_together_what_one_allows() {
        let peers = Peers::default();
        let limits = PayerLimits::for_claims(&peers);
        let at = |minute: i64| UtcTime::EPOCH.plus_seconds(minute * 60);
        let allowed = |minute| (0..30).filter(|_| limits.place(at(minute)).is_ok()).count();
        peers.set(3);
        assert_eq!(allowed(0), 6);
        assert_eq!(allowed(1), 6);
        peers.set(1);
        assert_eq!(allowed(2), 20);
    }

    #[test]
    fn all_clients_share_the_day_and_the_log_tells_once_that_it_is_used_up() {
        let log = NamedTempFile::new().unwrap();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(Mutex::new(log.reopen().unwrap()))
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let limits = PayerLimits::for_claims(&Peers::default());
        let at = |minute: i64| UtcTime::EPOCH.plus_seconds(minute * 60);
        for minute in 0..100 {
            for _ in 0..20 {
                assert!(limits.place(at(minute)).is_ok(), "{minute}");
            }
            // Who comes too often in a minute does not use up the day.
            assert!(limits.place(at(minute)).is_err(), "{minute}");
        }
        for _ in 0..30 {
            let spent = limits.place(at(100)).unwrap_err();
            assert_eq!(spent.retry_after, (24 * 60 - 100) * 60);
        }
        assert!(limits.place(at(24 * 60)).is_ok());
        let log = fs::read_to_string(log.path()).unwrap();
        assert_eq!(log.matches("WARN").count(), 1, "{log}");
    }
}
