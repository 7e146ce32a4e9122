//! Waiting that ends: what never comes fails a test instead of hanging it.

use std::time::Duration;

/// Far longer than anything takes, also on a slow machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Awaits what has to come.
#[track_caller]
pub fn patiently<T>(what: &str, future: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        tokio::time::timeout(PATIENCE, future)
            .await
            .unwrap_or_else(|_| panic!("{caller}: waited in vain for {what}"))
    }
}
