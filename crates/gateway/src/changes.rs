//! What has changed in the database, and the requests that wait for a payment to change.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use usdt_protocol::PaymentId;
use usdt_tron::Network;

/// What has changed since the last look.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Whether any payment may have changed.
    pub all: bool,
    pub changed: HashSet<PaymentId>,
    /// On which networks there are new payments.
    pub created: HashSet<Network>,
}

/// Connects what follows the database with whoever waits for a payment, within this process.
#[derive(Clone, Debug, Default)]
pub struct Changes(Arc<Mutex<HashMap<PaymentId, watch::Sender<()>>>>);

/// Waits for changes of one payment.
#[derive(Debug)]
pub struct Subscription {
    changes: Changes,
    payment: PaymentId,
    receiver: watch::Receiver<()>,
}

impl Changes {
    fn waiting(&self) -> MutexGuard<'_, HashMap<PaymentId, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Subscribes to changes from now on. Read the payment after this, or a change in between
    /// is missed.
    pub fn subscribe(&self, payment: PaymentId) -> Subscription {
        let receiver = self
            .waiting()
            .entry(payment)
            .or_insert_with(|| watch::Sender::new(()))
            .subscribe();
        Subscription {
            changes: self.clone(),
            payment,
            receiver,
        }
    }

    /// Wakes everyone who waits for what has changed.
    pub fn announce(&self, news: &News) {
        let waiting = self.waiting();
        let wake = |sender: &watch::Sender<()>| {
            sender.send_replace(());
        };
        if news.all {
            waiting.values().for_each(wake);
        } else {
            let changed = news.changed.iter();
            changed.filter_map(|id| waiting.get(id)).for_each(wake);
        }
    }
}

impl Subscription {
    /// Returns once the payment has changed.
    pub async fn changed(&mut self) {
        // The sender lives as long as this subscription.
        let _ = self.receiver.changed().await;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut waiting = self.changes.waiting();
        if waiting
            .get(&self.payment)
            .is_some_and(|sender| sender.receiver_count() <= 1)
        {
            waiting.remove(&self.payment);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_wakes_those_who_wait_for_that_payment_and_leaves_nothing_behind() {
        let changes = Changes::default();
        let [one, other] = [1 << 40, 1 << 41].map(|id: u64| PaymentId::try_from(id).unwrap());
        let mut first = changes.subscribe(one);
        let mut second = changes.subscribe(one);
        let third = changes.subscribe(other);
        changes.announce(&News {
            changed: [one].into(),
            ..News::default()
        });
        tokio::join!(first.changed(), second.changed());
        assert!(!third.receiver.has_changed().unwrap());
        changes.announce(&News {
            all: true,
            ..News::default()
        });
        assert!(third.receiver.has_changed().unwrap());
        drop((first, second, third));
        assert!(changes.waiting().is_empty());
    }
}
