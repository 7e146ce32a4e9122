//! Counts the requests that are held until something changes.
//!
//! Each takes a connection and memory for up to 25 seconds, so they are bounded. One that finds no
//! place is answered at once, and its page asks again later.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Client;
use super::descriptors::Capacity;

/// The places of requests that are held.
#[derive(Debug)]
pub struct Held {
    most: usize,
    most_of_client: usize,
    now: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    clients: HashMap<Client, usize>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place<'a> {
    held: &'a Held,
    client: Client,
}

impl Held {
    pub fn within(capacity: &Capacity) -> Self {
        Self::new(capacity.held_requests, capacity.held_requests_per_client)
    }

    fn new(most: usize, most_of_client: usize) -> Self {
        Self {
            most,
            most_of_client,
            now: Mutex::default(),
        }
    }

    /// A place for a request of the client; `None` where none is free. Clients whose address is not
    /// known share no bound: it would be everybody's.
    pub fn place(&self, client: Client) -> Option<Place<'_>> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let of_client = now.clients.get(&client).copied().unwrap_or(0);
        let is_crowded = client != Client::Unknown && of_client >= self.most_of_client;
        if now.all >= self.most || is_crowded {
            return None;
        }
        now.all += 1;
        now.clients.insert(client, of_client + 1);
        Some(Place { held: self, client })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut now = self.held.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.all -= 1;
        if let Some(count) = now.clients.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                now.clients.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn places_are_bounded_in_all_and_for_each_client_and_free_again() {
        let held = Held::new(4, 2);
        let [one, other] =
            ["192.0.2.1", "192.0.2.2"].map(|ip| Client::from(ip.parse::<IpAddr>().unwrap()));
        let first = held.place(one);
        let second = held.place(one);
        assert!(first.is_some() && second.is_some());
        assert!(held.place(one).is_none());
        let third = held.place(Client::Unknown);
        let fourth = held.place(Client::Unknown);
        assert!(third.is_some() && fourth.is_some());
        assert!(held.place(other).is_none());
        drop(first);
        let place = held.place(other);
        assert!(place.is_some());
        drop((place, second, third, fourth));
        assert!(held.now.lock().unwrap().clients.is_empty());
    }
}
