//! Keeps the account of the requests to each node: writes it down each minute, raises the alarm
//! where a daily limit would not last, and sets by how much the watcher slows down.

use std::collections::VecDeque;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use usdt_protocol::UtcTime;
use usdt_tron::{Call, Network};

use crate::chain::Chain;
use crate::clock::SharedClock;
use crate::quota::{MOST_STRETCHED, UNSTRETCHED, stretch, wanted};
use crate::store::{AlarmKind, NodeRequests, Store, StoreError};

/// Between two looks.
const PAUSE: Duration = Duration::from_mins(1);

/// The pace is that of so many looks: a burst, such as catching up after an outage, slows nothing
/// down by itself.
const LOOKS: usize = 15;
const WINDOW: Duration = Duration::from_mins(15);

const DAY_MILLIS: i64 = 86_400_000;

/// An alarm that is open closes when no more than this part of what is left would be used, in
/// percent: at the limit itself it would come and go.
const CALM: u128 = 90;

/// The account of one chain's nodes.
pub struct Keeper {
    chain: Chain,
    store: Store,
    clock: SharedClock,
    accounts: Vec<Account>,
    /// Days since the epoch; `None` before the first look.
    day: Option<i64>,
}

/// The account of one node.
#[derive(Default)]
struct Account {
    /// What the client had counted at the last look, by kind.
    counted: [u64; Call::ALL.len()],
    /// Today, by kind.
    used: [u64; Call::ALL.len()],
    /// In the last looks, as if no pause were stretched.
    recent: VecDeque<u64>,
    is_low: bool,
}

impl Account {
    fn used_today(&self) -> u64 {
        self.used.iter().sum()
    }

    fn asked(&self) -> u64 {
        self.recent.iter().sum()
    }
}

impl Keeper {
    pub fn new(chain: Chain, store: Store, clock: SharedClock) -> Self {
        let accounts = chain.quota.members().iter().map(|_| Account::default());
        Self {
            accounts: accounts.collect(),
            chain,
            store,
            clock,
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
        let today = now.millis() / DAY_MILLIS;
        if self.day != Some(today) {
            self.begin_day(today).await?;
        }
        self.count();
        self.write_down(today).await?;
        self.slow_down(now);
        self.tell(now).await
    }

    /// Takes over what was written down of the day, by this process or one before it.
    async fn begin_day(&mut self, today: i64) -> Result<(), StoreError> {
        let known = self.store.node_requests(self.chain.network, today).await?;
        for (account, member) in self.accounts.iter_mut().zip(self.chain.quota.members()) {
            for (used, call) in account.used.iter_mut().zip(Call::ALL) {
                let known = known.iter().find(|one| {
                    one.day == today && one.node == member.name && one.call == call.as_str()
                });
                *used = known.map_or(0, |one| one.requests);
            }
        }
        self.day = Some(today);
        Ok(())
    }

    fn count(&mut self) {
        let stretch = u64::from(self.chain.quota.stretch());
        for (account, member) in self.accounts.iter_mut().zip(self.chain.quota.members()) {
            let mut asked = 0_u64;
            let counters = account.counted.iter_mut().zip(&mut account.used);
            for ((counted, used), call) in counters.zip(Call::ALL) {
                let requests = member.node.tally(call).requests;
                let new = requests.saturating_sub(*counted);
                *counted = requests;
                *used = used.saturating_add(new);
                asked = asked.saturating_add(new);
            }
            if member.is_watched {
                asked = asked.saturating_mul(stretch) / u64::from(UNSTRETCHED);
            }
            account.recent.push_back(asked);
            if account.recent.len() > LOOKS {
                account.recent.pop_front();
            }
        }
    }

    async fn write_down(&self, today: i64) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        for (account, member) in self.accounts.iter().zip(self.chain.quota.members()) {
            let used = account.used.iter().zip(Call::ALL);
            rows.extend(
                used.filter(|(used, _)| **used > 0)
                    .map(|(used, call)| NodeRequests {
                        node: member.name.clone(),
                        day: today,
                        call: call.as_str().to_owned(),
                        requests: *used,
                    }),
            );
        }
        self.store
            .set_node_requests(self.chain.network, &rows)
            .await
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
                .map(|limit| limit.saturating_sub(account.used_today()));
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

    async fn tell(&mut self, now: UtcTime) -> Result<(), StoreError> {
        let network: Option<Network> = Some(self.chain.network);
        for (account, member) in self.accounts.iter_mut().zip(self.chain.quota.members()) {
            let cause = member.per_day.and_then(|limit| {
                let used = account.used_today();
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
            self.store
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
