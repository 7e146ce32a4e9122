//! How often a key may call, so that a program in a loop takes nothing from the others and fills no log.

use usdt_protocol::UtcTime;

use super::limiter::{Limiter, MINUTE, TooMany};
use crate::config::Limits;
use crate::secrets::ApiKey;

/// A kept answer takes room for a day.
const WEIGHT_OF_NAMED: u32 = 10;

/// What a call counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// It asks for something or creates a payment.
    Usual,
    /// The same under a name, for which its answer is kept.
    Named,
    /// It changes or sends something, and is written down for the operator.
    Change,
}

/// Counts the calls of each key at this gateway.
#[derive(Debug)]
pub struct KeyLimits {
    calls: Quota,
    changes: Quota,
}

#[derive(Debug)]
struct Quota {
    name: &'static str,
    allowed: u32,
    limiter: Limiter<ApiKey>,
}

/// What a key may still do of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The kind's name in headers.
    pub name: &'static str,
    /// In each window.
    pub allowed: u32,
    pub window_seconds: i64,
    pub left: u32,
    /// Until the window ends.
    pub resets_in: u64,
}

impl KeyLimits {
    pub fn new(limits: &Limits) -> Self {
        let quota = |name, allowed| Quota {
            name,
            allowed,
            limiter: Limiter::new(allowed, MINUTE),
        };
        Self {
            calls: quota("calls", limits.calls_per_key),
            changes: quota("changes", limits.changes_per_key),
        }
    }

    /// Counts a call, if the key may make it.
    pub fn take(
        &self,
        key: &ApiKey,
        kind: CallKind,
        now: UtcTime,
    ) -> (Standing, Result<(), TooMany>) {
        let quota = match kind {
            CallKind::Usual | CallKind::Named => &self.calls,
            CallKind::Change => &self.changes,
        };
        let weight = match kind {
            CallKind::Named => WEIGHT_OF_NAMED,
            CallKind::Usual | CallKind::Change => 1,
        };
        let taken = quota.limiter.take_weighing(key.clone(), weight, now);
        let standing = Standing {
            name: quota.name,
            allowed: quota.allowed,
            window_seconds: MINUTE,
            left: taken.unwrap_or(0),
            resets_in: quota.limiter.ends_in(key, now),
        };
        (standing, taken.map(drop))
    }
}
