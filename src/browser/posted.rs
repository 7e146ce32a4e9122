//! Remembers in the browser that a signed transaction has left the page, so that no page asks for
//! a second one, loaded again or in another tab.

use usdt_protocol::{PaymentId, UtcTime};

use crate::browser::storage::Storage;

/// When a signed transaction for this payment was let go, by the server's clock.
pub(crate) fn recall(id: PaymentId) -> Option<UtcTime> {
    let text = Storage::shared()?.get(&key(id))?;
    text.parse().ok().map(UtcTime::from_millis)
}

/// Keeps what the page knows now, where that is not what it knew before.
pub(crate) fn keep(id: PaymentId, before: Option<UtcTime>, now: Option<UtcTime>) {
    if before == now {
        return;
    }
    let Some(storage) = Storage::shared() else {
        return;
    };
    if let Some(at) = now {
        storage.set(&key(id), &at.millis().to_string());
    } else if recall(id) == before {
        // What another tab has posted since stays. At worst the payer waits for three minutes.
        storage.remove(&key(id));
    }
}

fn key(id: PaymentId) -> String {
    ["posted-", &id.to_string()].concat()
}
