//! Counts what each client does within a while, and slows down who does too much.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use usdt_protocol::UtcTime;

pub const MINUTE: i64 = 60;
pub const DAY: i64 = 86_400;

/// Above this many keys, those whose window has passed are forgotten.
const CROWD: usize = 10_000;

/// Allows each key so many events in a while from its first one.
#[derive(Debug)]
pub struct Limiter<K> {
    allowed: u32,
    seconds: i64,
    windows: Mutex<HashMap<K, Window>>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    ends: UtcTime,
    count: u32,
}

/// The client has to wait this many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    pub retry_after: u64,
}

impl<K: Eq + Hash> Limiter<K> {
    pub fn new(allowed: u32, seconds: i64) -> Self {
        Self {
            allowed,
            seconds,
            windows: Mutex::default(),
        }
    }

    /// Whether the key may go on.
    pub fn check(&self, key: &K, now: UtcTime) -> Result<(), TooMany> {
        self.check_weighing(key, 1, now)
    }

    /// Whether the key may do what counts as `weight` events.
    pub fn check_weighing(&self, key: &K, weight: u32, now: UtcTime) -> Result<(), TooMany> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        self.judge(windows.get(key), weight, now)
    }

    /// Counts an event.
    pub fn count(&self, key: K, now: UtcTime) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        self.increase(&mut windows, key, 1, now);
    }

    /// Counts an event if the key may go on. Returns how many more are allowed.
    pub fn take(&self, key: K, now: UtcTime) -> Result<u32, TooMany> {
        self.take_weighing(key, 1, now)
    }

    /// The same with what counts as `weight` events.
    pub fn take_weighing(&self, key: K, weight: u32, now: UtcTime) -> Result<u32, TooMany> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        self.judge(windows.get(&key), weight, now)?;
        let count = self.increase(&mut windows, key, weight, now);
        Ok(self.allowed.saturating_sub(count))
    }

    /// Seconds until the key's window ends; 0 where it has none.
    pub fn ends_in(&self, key: &K, now: UtcTime) -> u64 {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.get(key);
        window.map_or(0, |window| now.seconds_until(window.ends))
    }

    fn judge(&self, window: Option<&Window>, weight: u32, now: UtcTime) -> Result<(), TooMany> {
        match window {
            Some(window)
                if window.ends > now && window.count.saturating_add(weight) > self.allowed =>
            {
                Err(TooMany {
                    retry_after: now.seconds_until(window.ends),
                })
            }
            _ => Ok(()),
        }
    }

    /// Returns how many events there are now.
    fn increase(&self, windows: &mut HashMap<K, Window>, key: K, weight: u32, now: UtcTime) -> u32 {
        if windows.len() > CROWD {
            windows.retain(|_, window| window.ends > now);
        }
        let fresh = Window {
            ends: now.plus_seconds(self.seconds),
            count: 0,
        };
        let window = windows.entry(key).or_insert(fresh);
        if window.ends <= now {
            *window = fresh;
        }
        window.count = window.count.saturating_add(weight);
        window.count
    }
}
