//! Reads a network as the one gateway that does. Where several work on one database, a lease says which.
//!
//! Whoever has the lease watches and audits, with a store that writes only while its term lasts. The
//! others look once a second whether the lease is free, and adopt what its holder tells of the chain.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::audit::Auditor;
use crate::chain::Chain;
use crate::clock::SharedClock;
use crate::store::{AlarmKind, LAPSES_AFTER, Lead, Store, StoreError, Term};
use crate::watcher::Watcher;

/// Between two renewals of the lease, and between two looks at it.
const BEAT: Duration = Duration::from_secs(1);

/// Whoever could not renew it for so long lets go, some time before another one may take it.
const PATIENCE: Duration = Duration::from_secs(5);
const _: () = assert!(PATIENCE.as_millis() < LAPSES_AFTER.as_millis());

/// For giving it up.
const FAREWELL: Duration = Duration::from_secs(5);

/// Nobody leads for so long before an operator is told.
const ALARM_AFTER: Duration = Duration::from_mins(1);

/// The store with which this gateway writes as the leader of a network, while it is that.
pub type Led = watch::Receiver<Option<Store>>;

/// Leads one network, or waits to.
pub struct Leader {
    chain: Chain,
    store: Store,
    clock: SharedClock,
    /// By which other gateways know this one.
    me: String,
    /// Whether it audits too.
    audits: bool,
    led: watch::Sender<Option<Store>>,
}

/// How a look at the lease has ended.
enum Look {
    Begun(Term),
    /// Another gateway leads.
    Led,
    /// The lease is free, and was not to be had.
    Free,
}

impl Leader {
    pub fn new(chain: Chain, store: Store, clock: SharedClock, me: String) -> Self {
        // The only gateway leads from the start.
        let led = (!store.is_shared()).then(|| store.clone());
        Self {
            chain,
            store,
            clock,
            me,
            audits: true,
            led: watch::Sender::new(led),
        }
    }

    /// Leaves the audits to somebody else.
    pub fn take_auditor(&mut self) -> Auditor {
        self.audits = false;
        self.auditor(self.store.clone())
    }

    fn auditor(&self, store: Store) -> Auditor {
        Auditor::new(self.chain.clone(), store, Arc::clone(&self.clock))
    }

    fn watcher(&self, store: Store) -> Watcher {
        Watcher::new(self.chain.clone(), store, Arc::clone(&self.clock))
    }

    /// Whether it leads, for what has to be done where it does.
    pub fn led(&self) -> Led {
        self.led.subscribe()
    }

    /// Leads whenever it can, until the shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
        if !self.store.is_shared() {
            return self.read(self.store.clone(), shutdown.cancelled()).await;
        }
        loop {
            let term = tokio::select! {
                () = shutdown.cancelled() => return,
                begun = self.turn() => begun,
            };
            let network = self.chain.network;
            tracing::info!(%network, "this gateway reads the chain from now on");
            let over = async {
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = self.keep(&term) => {}
                }
            };
            self.read(self.store.fenced(&term), over).await;
            tracing::info!(%network, "this gateway reads the chain no longer");
            // Another gateway, or this one, can begin at once where the term was still this one's.
            let given_up = timeout(FAREWELL, self.store.end_term(&term)).await;
            if !matches!(given_up, Ok(Ok(()))) {
                tracing::warn!(%network, "the lease on the chain ends by itself");
            }
        }
    }

    /// Watches and audits until it is over.
    async fn read(&self, store: Store, over: impl Future<Output = ()>) {
        let end = CancellationToken::new();
        let mut workers = JoinSet::new();
        workers.spawn(self.watcher(store.clone()).run(end.clone()));
        if self.audits {
            workers.spawn(self.auditor(store.clone()).run(end.clone()));
        }
        self.led.send_replace(Some(store));
        tokio::select! {
            () = over => {}
            // Only by a panic, which is everybody's end.
            () = finish(&mut workers) => {}
        }
        self.led.send_replace(None);
        end.cancel();
        finish(&mut workers).await;
    }

    /// Returns once a term of this gateway has begun.
    async fn turn(&self) -> Term {
        let mut led_at = Instant::now();
        loop {
            match self.look().await {
                Ok(Look::Begun(term)) => return term,
                // An answer that was long on its way says nothing of the time that it took.
                Ok(Look::Led) => led_at = Instant::now(),
                Ok(Look::Free) => {}
                Err(error) => {
                    let network = self.chain.network;
                    tracing::warn!(%network, %error, "it cannot be seen who reads the chain");
                }
            }
            if led_at.elapsed() > ALARM_AFTER {
                self.tell(&self.store, Some("no gateway has read it for a minute"))
                    .await;
            }
            sleep(BEAT).await;
        }
    }

    async fn look(&self) -> Result<Look, StoreError> {
        let network = self.chain.network;
        let leads = self.store.leads().await?;
        let lead = leads.iter().find(|lead| lead.network == network.as_str());
        if lead.is_none_or(Lead::is_free) {
            let begun = self.store.begin_term(network, &self.me).await?;
            return Ok(begun.map_or(Look::Free, Look::Begun));
        }
        if let Some(lead) = lead
            && let Some(health) = &lead.health
        {
            self.chain.health.adopt(health, lead.age);
        }
        Ok(Look::Led)
    }

    /// Renews the lease until that fails for too long.
    async fn keep(&self, term: &Term) {
        let network = self.chain.network;
        let mut renewed = Instant::now();
        loop {
            let asked = Instant::now();
            let health = self.chain.health.report();
            let renewal = self.store.renew_term(term, &health);
            match timeout_at(renewed + PATIENCE, renewal).await {
                Ok(Ok(true)) => renewed = asked,
                Ok(Ok(false)) => {
                    tracing::warn!(%network, "another gateway has taken the chain over");
                    return;
                }
                Ok(Err(error)) => {
                    tracing::warn!(%network, %error, "the lease on the chain cannot be renewed");
                }
                Err(_) => {
                    tracing::warn!(%network, "the lease on the chain could not be renewed in time");
                    return;
                }
            }
            // Each time, since a gateway that looked in vain may raise it after this one has begun. It must
            // not keep the lease from being renewed.
            let _ = timeout(BEAT, self.tell(&self.store.fenced(term), None)).await;
            sleep(BEAT).await;
        }
    }

    /// Sets the alarm of a network that nobody reads.
    async fn tell(&self, store: &Store, cause: Option<&str>) {
        let (network, now) = (self.chain.network, self.clock.now());
        let told = store
            .set_alarm(Some(network), AlarmKind::NoLeader, "chain", cause, now)
            .await;
        if let Err(error) = told {
            tracing::warn!(%network, %error, "the alarm of a network without a reader is not set");
        }
    }
}

/// Waits for all, and goes on with the panic of any.
async fn finish(workers: &mut JoinSet<()>) {
    while let Some(ended) = workers.join_next().await {
        if let Err(error) = ended
            && let Ok(panic) = error.try_into_panic()
        {
            resume_unwind(panic);
        }
    }
}
