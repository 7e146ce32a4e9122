//! Keeps the account of the requests to each node: adds them each minute to what all gateways have asked.
//! Where this one reads the chain, it raises the alarm where a daily limit would not last, and sets by
//! how much the watcher slows down.

use std::collections::VecDeque;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use usdt_protocol::UtcTime;
use usdt_tron::{Call, Network};

use crate::chain::Chain;
use crate::clock::SharedClock;
use crate::leader::Led;
use crate::quota::{DAY_MILLIS, MOST_STRETCHED, UNSTRETCHED, day, stretch, wanted};
use crate::store::{AlarmKind, NodeRequests, Store, StoreError, requests_on};

/// Between two looks.
const PAUSE: Duration = Duration::from_mins(1);

/// The pace is that of so many looks: a burst, such as catching up after an outage, slows nothing
/// down by itself.
const LOOKS: usize = 15;
const WINDOW: Duration = Duration::from_mins(15);

/// An alarm that is open closes when no more than this part of what is left would be used, in
/// percent: at the limit itself it would come and go.
const CALM: u128 = 90;

/// The account of one chain's nodes.
pub struct Keeper {
    chain: Chain,
    store: Store,
    clock: SharedClock,
    led: Led,
    accounts: Vec<Account>,
    /// Days since the epoch; `None` before the first look.
    day: Option<i64>,
}

/// The account of one node.
#[derive(Default)]
struct Account {
    /// What the client had counted at the last look, by kind.
    counted: [u64; Call::ALL.len()],
    /// What is not written down yet, by kind.
    new: [u64; Call::ALL.len()],
    /// Today, by all gateways.
    used: u64,
    /// In the last looks, by all gateways, as if no pause were stretched.
    recent: VecDeque<u64>,
    is_low: bool,
}

impl Account {
    /// What was written down is counted anew.
    fn forget_new(&mut self) -> u64 {
        std::mem::take(&mut self.new).iter().sum()
    }

    fn asked(&self) -> u64 {
        self.recent.iter().sum()
    }
}

impl Keeper {
    pub fn new(chain: Chain, store: Store, clock: SharedClock, led: Led) -> Self {
        let accounts = chain.quota.members().iter().map(|_| Account::default());
        Self {
            accounts: accounts.collect(),
            chain,
            store,
            clock,
            led,
            day: None,
        }
    }

    /// Keeps the account until the shutdown, and writes it down once more then.
    pub async fn run(mut self, shutdown: CancellationToken) {
        loop {
            if let Err(error) = self.look().await {
                self.store.observe(&error);
                let network = self.chain.network;
                tracing::error!(%network, %error, "the account of requests cannot be kept");
            }
            if shutdown.is_cancelled() {
                return;
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Counts what was asked since the last look, and draws the consequences.
    pub async fn look(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let today = day(now);
        self.count();
        self.write_down(today).await?;
        let own: Vec<u64> = self.accounts.iter_mut().map(Account::forget_new).collect();
        self.read_back(today, &own).await?;
        let led = self.led.borrow().clone();
        let Some(store) = led else {
            self.chain.quota.set_stretch(UNSTRETCHED);
            return Ok(());
        };
        self.slow_down(now);
        self.tell(&store, now).await
    }

    fn count(&mut self) {
        for (account, member) in self.accounts.iter_mut().zip(self.chain.quota.members()) {
            let counters = account.counted.iter_mut().zip(&mut account.new);
            for ((counted, new), call) in counters.zip(Call::ALL) {
                let requests = member.node.tally(call).requests;
                *new = new.saturating_add(requests.saturating_sub(*counted));
                *counted = requests;
            }
        }
    }

    async fn write_down(&self, today: i64) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for (account, member) in self.accounts.iter().zip(self.chain.quota.members()) {
            let new = account.new.iter().zip(Call::ALL);
            rows.extend(
                new.filter(|(new, _)| **new > 0)
                    .map(|(new, call)| NodeRequests {
                        node: member.name.clone(),
                        day: today,
                        call: call.as_str().to_owned(),
                        requests: *new,
                    }),
            );
        }
        self.store
            .add_node_requests(self.chain.network, &rows)
            .await
    }

    /// Learns what all gateways have asked today, where this one has just added its `own`.
    async fn read_back(&mut self, today: i64, own: &[u64]) -> Result<(), StoreError> {
        let known = self.store.node_requests(self.chain.network, today).await?;
        let stretch = u64::from(self.chain.quota.stretch());
        let members = self.chain.quota.members();
        for ((account, member), own) in self.accounts.iter_mut().zip(members).zip(own) {
            let used = requests_on(&known, &member.name, today);
            let before = match self.day {
                Some(day) if day == today => account.used,
                Some(_) => 0,
                // Of those before it nobody knows when they asked.
                None => used.saturating_sub(*own),
            };
            let others = used.saturating_sub(before).saturating_sub(*own);
            let unstretched = if member.is_watched {
                own.saturating_mul(stretch) / u64::from(UNSTRETCHED)
            } else {
                *own
            };
            account.used = used;
            account.recent.push_back(unstretched.saturating_add(others));
            if account.recent.len() > LOOKS {
                account.recent.pop_front();
            }
        }
        self.day = Some(today);
        Ok(())
    }

    /// The watcher goes on with the next node where one has used its limit up: only all of them
    /// together have to last.
    fn slow_down(&self, now: UtcTime) {
        let members = self.chain.quota.members().iter();
        let watched = members
            .zip(&self.accounts)
            .filter(|(one, _)| one.is_watched);
        let (mut left, mut asked) = (Some(0_u64), 0_u64);
        for (member, account) in watched {
            let its = member
                .per_day
                .map(|limit| limit.saturating_sub(account.used));
            left = left.zip(its).map(|(left, its)| left.saturating_add(its));
            asked = asked.saturating_add(account.asked());
        }
        let stretch = left.map_or(UNSTRETCHED, |left| stretch(left, rest(now), asked, WINDOW));
        let before = self.chain.quota.stretch();
        if (stretch == UNSTRETCHED) != (before == UNSTRETCHED) {
            let (network, thousandths) = (self.chain.network, stretch);
            tracing::info!(%network, thousandths, "the pause between two looks at the chain has changed");
        }
        self.chain.quota.set_stretch(stretch.min(MOST_STRETCHED));
    }

    async fn tell(&mut self, store: &Store, now: UtcTime) -> Result<(), StoreError> {
        let network: Option<Network> = Some(self.chain.network);
        for (account, member) in self.accounts.iter_mut().zip(self.chain.quota.members()) {
            let cause = member.per_day.and_then(|limit| {
                let used = account.used;
                let left = limit.saturating_sub(used);
                let wanted = wanted(rest(now), account.asked(), WINDOW);
                let bearable = if account.is_low {
                    u128::from(left) * CALM / 100
                } else {
                    left.into()
                };
                account.is_low = left == 0 || wanted > bearable;
                account.is_low.then(|| {
                    let until = lasts_until(now, left, account.asked());
                    format!(
                        "{used} of {limit} requests of this day of UTC are used; at the present pace \
                         the rest lasts until {until} UTC"
                    )
                })
            });
            store
                .set_alarm(
                    network,
                    AlarmKind::QuotaLow,
                    &member.name,
                    cause.as_deref(),
                    now,
                )
                .await?;
        }
        Ok(())
    }
}

/// From now to midnight UTC.
fn rest(now: UtcTime) -> Duration {
    let millis = DAY_MILLIS - now.millis().rem_euclid(DAY_MILLIS);
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

fn lasts_until(now: UtcTime, left: u64, asked: u64) -> UtcTime {
    let seconds = left
        .saturating_mul(WINDOW.as_secs())
        .checked_div(asked)
        .and_then(|seconds| i64::try_from(seconds).ok())
        .unwrap_or(0);
    now.plus_seconds(seconds)
}
