//! Checks that balances add up: what an address held, and received and sent since, is what it
//! holds.

use std::collections::HashMap;

use usdt_protocol::{TronAddress, Usdt, UtcTime};
use usdt_tron::node::{MAX_LOG_RANGE, TransferLog};
use usdt_tron::{Node, NodeError};

use super::indexer::{Comparison, MOST_RECEIPTS};
use super::{AuditError, Context};
use crate::store::{AlarmKind, AuditedAddress, Balance, Cursor, LastBalance};

/// A balance that does not add up is looked at once more after this many seconds: a node that
/// lags can make it seem so.
const SUSPECT_SECONDS: i64 = 600;

/// By how many seconds the clock of the gateway that looked before may be ahead of this one's.
const CLOCKS_DIFFER_SECONDS: i64 = 60;

/// A first balance is looked at once more after this many seconds, 20 blocks: behind one name
/// there can be nodes of different heights, so that a balance may lag behind the block that it is
/// taken for, and no earlier one is there that it would not add up with.
const FIRST_SECONDS: i64 = 60;

/// How often the balance of an address is checked.
const EVERY_SECONDS: i64 = 86_400;

/// How often to ask again when a new block comes between the questions.
const ATTEMPTS: usize = 5;

/// Addresses that are checked together. What was found of them is kept if later ones take too
/// long.
const GROUP: usize = 100;

/// The fewest blocks for which a node that refuses more is asked at once.
const SHORTEST_RANGE: u64 = 20;

/// How often to look whether the watcher has come to the blocks of the balances: two minutes, for
/// one that reads every three seconds.
const LOOKS: usize = 40;

/// The check of one network's balances, and what it remembers. A suspicion is in the database, since it
/// must outlive the process.
#[derive(Default)]
pub(super) struct Balances {
    /// First balances, until a second one bears them out.
    first: HashMap<TronAddress, LastBalance>,
}

impl Balances {
    /// Checks all addresses whose time has come, and says after how many seconds to look at some
    /// of them again.
    pub(super) async fn run(
        &mut self,
        context: &Context,
        comparison: &mut Comparison,
    ) -> Result<Option<i64>, AuditError> {
        let network = context.chain.network;
        let kept = context.store.balances(network).await?;
        let mut due = context.store.addresses(network).await?;
        let now = context.clock.now();
        due.retain(
            |address| match (kept.get(address), self.first.get(address)) {
                (Some(last), _) => match last.suspected_at {
                    Some(since) => has_passed(SUSPECT_SECONDS, since, now),
                    None => has_passed(EVERY_SECONDS, last.checked_at, now),
                },
                (None, Some(first)) => has_passed(FIRST_SECONDS, first.checked_at, now),
                (None, None) => true,
            },
        );
        let mut before = self.first.clone();
        before.extend(kept);
        for group in due.chunks(GROUP) {
            self.check(context, comparison, group, &before).await?;
        }
        if !self.first.is_empty() {
            return Ok(Some(FIRST_SECONDS));
        }
        let kept = context.store.balances(network).await?;
        let suspected = kept.values().filter_map(|last| last.suspected_at).min();
        let now = context.clock.now();
        Ok(suspected.map(|since| {
            let left = now.seconds_until(since.plus_seconds(SUSPECT_SECONDS));
            i64::try_from(left)
                .ok()
                .filter(|left| (1..=SUSPECT_SECONDS).contains(left))
                .unwrap_or(FIRST_SECONDS)
        }))
    }

    async fn check(
        &mut self,
        context: &Context,
        comparison: &mut Comparison,
        addresses: &[TronAddress],
        before: &HashMap<TronAddress, LastBalance>,
    ) -> Result<(), AuditError> {
        let token = context.chain.token;
        let mut now_held = Vec::new();
        for &address in addresses {
            let held = context
                .ask(async |node| balance_at(node, token, address).await)
                .await?;
            now_held.extend(held);
        }
        let Some(newest) = now_held.iter().map(|held| held.at.number).max() else {
            return Ok(());
        };
        let read = context.read_up_to(newest).await?;
        let departures = context.departures(addresses, before, newest).await?;
        for held in now_held {
            let (address, now) = (held.address, context.clock.now());
            let look = before.get(&address).map(|last| Look {
                last,
                held: &held,
                departures: &departures,
            });
            let is_first = look.is_none() || self.first.contains_key(&address);
            let is_settled = match look {
                None => false,
                Some(look) if is_first => look.bears_out(context).await?,
                Some(look) => self.judge(context, comparison, look, read).await?,
            };
            if is_settled {
                let network = context.chain.network;
                context.store.set_balance(network, &held, now).await?;
                self.first.remove(&address);
            } else if is_first {
                let first = LastBalance {
                    balance: held,
                    checked_at: now,
                    suspected_at: None,
                };
                self.first.insert(address, first);
            }
        }
        Ok(())
    }

    /// Whether the next check of the address may start from what it holds now: because that adds
    /// up, or because the alarm is raised and nothing is left to be found.
    async fn judge(
        &mut self,
        context: &Context,
        comparison: &mut Comparison,
        look: Look<'_>,
        read: Cursor,
    ) -> Result<bool, AuditError> {
        let Look { last, held, .. } = look;
        let network = context.chain.network;
        if look.difference(context).await? == 0 {
            return Ok(true);
        }
        // Perhaps a transfer was missed: the indexer may know it.
        let audited = AuditedAddress {
            address: held.address,
            watched_from: last.balance.at.time,
            compared_until: None,
            stopped_at: None,
        };
        let mut receipts = MOST_RECEIPTS;
        let compared = comparison
            .compare(context, &audited, read, &mut receipts)
            .await;
        let failure = compared.map_or_else(Some, |compared| compared.unsettled);
        let difference = look.difference(context).await?;
        if difference == 0 {
            return Ok(true);
        }
        if let Some(error) = &failure {
            let address = held.address;
            tracing::warn!(%network, %address, %error, "the indexer cannot explain a balance");
        }
        let is_second = last.suspected_at.is_some();
        if is_second {
            context.raise_difference(held, difference).await?;
        }
        let now = context.clock.now();
        context
            .store
            .suspect_balance(network, held.address, now)
            .await?;
        Ok(is_second && failure.is_none())
    }
}

/// Whether so many seconds have passed since a time. One that is to come counts as long ago, unless
/// another gateway's clock may have told it: the clock was set back.
fn has_passed(seconds: i64, since: UtcTime, now: UtcTime) -> bool {
    let earliest = since.plus_seconds(-CLOCKS_DIFFER_SECONDS);
    !(earliest..since.plus_seconds(seconds)).contains(&now)
}

/// What is known of an address between two balances.
#[derive(Clone, Copy)]
struct Look<'a> {
    last: &'a LastBalance,
    held: &'a Balance,
    /// Of all addresses.
    departures: &'a [TransferLog],
}

impl Look<'_> {
    /// Whether both balances, of different blocks, agree with what was recorded between them.
    async fn bears_out(self, context: &Context) -> Result<bool, AuditError> {
        let is_later = self.last.balance.at.number < self.held.at.number;
        Ok(is_later && self.difference(context).await? == 0)
    }

    /// By how many micro-USDT the address holds more than its transfers add up to.
    async fn difference(self, context: &Context) -> Result<i128, AuditError> {
        let (last, held) = (&self.last.balance, self.held);
        let received = context
            .store
            .received(
                context.chain.network,
                held.address,
                last.at.time,
                held.at.time,
            )
            .await?;
        let sent = self
            .departures
            .iter()
            .filter(|departure| {
                departure.from == held.address
                    && last.at.number < departure.block
                    && departure.block <= held.at.number
            })
            .map(|departure| i128::from(departure.amount.micro()))
            .sum::<i128>();
        let expected = i128::from(last.balance.micro()) + received - sent;
        Ok(i128::from(held.balance.micro()) - expected)
    }
}

impl Context {
    async fn raise_difference(&self, held: &Balance, difference: i128) -> Result<(), AuditError> {
        let amount = Usdt::from_micro(u64::try_from(difference.unsigned_abs()).unwrap_or(u64::MAX));
        let more_or_less = if difference > 0 { "more" } else { "less" };
        let detail = format!(
            "at block {} it holds {amount} USDT {more_or_less} than its transfers add up to",
            held.at.number
        );
        let subject = held.address.to_string();
        self.raise(AlarmKind::BalanceDiffers, &subject, &detail)
            .await?;
        Ok(())
    }

    /// Waits until the watcher has read `block`, which is solid. It may rest.
    async fn read_up_to(&self, block: u64) -> Result<Cursor, AuditError> {
        for _ in 0..LOOKS {
            let cursor = self.store.cursor(self.chain.network).await?;
            if let Some(cursor) = cursor.filter(|cursor| cursor.block >= block) {
                return Ok(cursor);
            }
            self.chain.wanted.notify_one();
            tokio::time::sleep(self.chain.poll).await;
        }
        Err(AuditError::NotReadUpTo(block))
    }

    /// What the addresses have sent since their last balances up to a block.
    async fn departures(
        &self,
        addresses: &[TronAddress],
        before: &HashMap<TronAddress, LastBalance>,
        newest: u64,
    ) -> Result<Vec<TransferLog>, AuditError> {
        let last = addresses.iter().filter_map(|address| before.get(address));
        let Some(oldest) = last.map(|last| last.balance.at.number).min() else {
            return Ok(Vec::new());
        };
        let token = self.chain.token;
        let mut departures = Vec::new();
        let mut range = MAX_LOG_RANGE;
        let mut from = oldest.saturating_add(1);
        while from <= newest {
            let to = newest.min(from.saturating_add(range - 1));
            let found = self
                .ask(async |node| node.departures(token, addresses, from, to).await)
                .await;
            match found {
                Ok(found) => departures.extend(found),
                Err(AuditError::Node(error)) if error.sends_us_away() => return Err(error.into()),
                Err(AuditError::Node(_)) if range > SHORTEST_RANGE => {
                    range = (range / 2).max(SHORTEST_RANGE);
                    continue;
                }
                Err(error) => return Err(error),
            }
            from = to.saturating_add(1);
        }
        Ok(departures)
    }
}

/// What an address holds at a solid block; `None` while blocks come faster than answers.
async fn balance_at(
    node: &Node,
    token: TronAddress,
    address: TronAddress,
) -> Result<Option<Balance>, NodeError> {
    let mut before = node.solid_block().await?;
    for _ in 0..ATTEMPTS {
        let balance = node.balance(token, address).await?;
        let after = node.solid_block().await?;
        if after.number == before.number {
            return Ok(Some(Balance {
                address,
                at: after,
                balance,
            }));
        }
        before = after;
    }
    Ok(None)
}
