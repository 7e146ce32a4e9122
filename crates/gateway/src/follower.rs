//! Follows what changes in the database, wherever it is changed, and tells those in this process who wait
//! for it: held requests, the webhook worker, and watchers that rest.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::chain::Chain;
use crate::changes::{Changes, News};
use crate::known::Known;
use crate::store::{Store, Woken};

/// Between two looks while much is changed: one finds what many transactions have done.
const REST: Duration = Duration::from_millis(10);

/// Between two removals of what is old.
const REMOVE_EVERY: Duration = Duration::from_mins(1);

/// Follows the database of one gateway.
pub struct Follower {
    pub store: Store,
    pub changes: Changes,
    pub known: Arc<Known>,
    /// Wakes the webhook worker.
    pub credited: Arc<Notify>,
    pub chains: Vec<Chain>,
}

impl Follower {
    /// Follows until the shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.follow() => {}
            () = self.remove_old() => {}
        }
    }

    async fn follow(&self) {
        let mut feed = self.store.feed();
        let mut woken = Woken::Never;
        loop {
            let look = self.known.begin_look();
            match feed.look(woken).await {
                Ok(news) => {
                    // Before anybody reads anew.
                    self.known.renew(look, &news);
                    self.tell(&news);
                }
                Err(error) => tracing::error!(%error, "what has changed cannot be read"),
            }
            tokio::time::sleep(REST).await;
            woken = feed.wait().await;
        }
    }

    fn tell(&self, news: &News) {
        self.changes.announce(news);
        // Whatever has a new event has changed.
        if news.all || !news.changed.is_empty() {
            self.credited.notify_one();
        }
        for chain in &self.chains {
            if news.all || news.created.contains(&chain.network) {
                chain.wanted.notify_one();
            }
        }
    }

    async fn remove_old(&self) {
        loop {
            match self.store.remove_old_changes().await {
                Ok(true) => {}
                Ok(false) => tokio::time::sleep(REMOVE_EVERY).await,
                Err(error) => {
                    tracing::error!(%error, "old changes cannot be removed");
                    tokio::time::sleep(REMOVE_EVERY).await;
                }
            }
        }
    }
}
