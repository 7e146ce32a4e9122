//! Checks that balances add up: what an address held, and received and sent since, is what it
//! holds.

use std::collections::HashMap;

use usdt_protocol::{TronAddress, Usdt};
use usdt_tron::Node;
use usdt_tron::NodeError;
use usdt_tron::node::{MAX_LOG_RANGE, MAX_RECIPIENTS};

use super::{AuditError, Auditor, Check, RETRY_SECONDS};
use crate::store::{AlarmKind, AuditedAddress, Balance, LastBalance};

/// A balance that does not add up is looked at once more after this many seconds: a node that
/// lags can make it seem so.
const SUSPECT_SECONDS: i64 = 600;

/// How often the balance of an address is checked.
const EVERY_SECONDS: i64 = 86_400;

/// How often to ask again when a new block comes between the questions.
const ATTEMPTS: usize = 5;

impl Auditor {
    /// Checks all addresses, and says after how many seconds to check again.
    pub(super) async fn check_balances(&mut self) -> Result<i64, AuditError> {
        let network = self.chain.network;
        let before = self.store.balances(network).await?;
        let now = self.clock.now();
        let is_due = |address: &TronAddress| {
            self.suspects.contains_key(address)
                || before
                    .get(address)
                    .is_none_or(|last| last.checked_at.plus_seconds(EVERY_SECONDS) <= now)
        };
        let addresses = self.store.addresses(network).await?;
        let mut now_held = Vec::new();
        for address in addresses.into_iter().filter(is_due) {
            let token = self.chain.token;
            let held = self
                .ask(async |node| balance_at(node, token, address).await)
                .await?;
            now_held.extend(held);
        }
        let newest = now_held
            .iter()
            .map(|held| held.at.number)
            .max()
            .unwrap_or(0);
        let read = self.store.cursor(network).await?;
        let Some(read) = read.filter(|cursor| cursor.block >= newest) else {
            // The watcher is about to come there.
            return Ok(RETRY_SECONDS);
        };
        let sent = self.sent(&before, &now_held).await?;
        let mut suspects = HashMap::new();
        for held in now_held {
            let Some(last) = before.get(&held.address) else {
                self.store
                    .set_balance(network, &held, self.clock.now())
                    .await?;
                continue;
            };
            let received = self
                .store
                .received(network, held.address, last.balance.at.time, held.at.time)
                .await?;
            let sent = sent
                .iter()
                .filter(|(from, block, _)| {
                    *from == held.address
                        && last.balance.at.number < *block
                        && *block <= held.at.number
                })
                .map(|(_, _, amount)| i128::from(amount.micro()))
                .sum::<i128>();
            let expected = i128::from(last.balance.balance.micro()) + received - sent;
            let difference = i128::from(held.balance.micro()) - expected;
            if difference == 0 {
                self.store
                    .set_balance(network, &held, self.clock.now())
                    .await?;
            } else if self.suspects.get(&held.address) == Some(&difference) {
                self.alarm(&held, difference).await?;
                self.store
                    .set_balance(network, &held, self.clock.now())
                    .await?;
            } else {
                // Perhaps a transfer was missed: the indexer may know it.
                let address = AuditedAddress {
                    address: held.address,
                    watched_from: last.balance.at.time,
                    compared_until: None,
                };
                self.compare(&address, read).await?;
                suspects.insert(held.address, difference);
            }
        }
        self.suspects = suspects;
        Ok(if self.suspects.is_empty() {
            Check::Balances.every_seconds()
        } else {
            SUSPECT_SECONDS
        })
    }

    async fn alarm(&self, held: &Balance, difference: i128) -> Result<(), AuditError> {
        let amount = Usdt::from_micro(u64::try_from(difference.unsigned_abs()).unwrap_or(u64::MAX));
        let more_or_less = if difference > 0 { "more" } else { "less" };
        let detail = format!(
            "at block {} it holds {amount} USDT {more_or_less} than its transfers add up to",
            held.at.number
        );
        self.set_alarm(
            AlarmKind::BalanceDiffers,
            &held.address.to_string(),
            Some(detail.as_str()),
        )
        .await?;
        Ok(())
    }

    /// What our addresses have sent since their last balances: sender, block and amount.
    async fn sent(
        &self,
        before: &HashMap<TronAddress, LastBalance>,
        now_held: &[Balance],
    ) -> Result<Vec<(TronAddress, u64, Usdt)>, AuditError> {
        let (Some(oldest), Some(newest)) = (
            now_held
                .iter()
                .filter_map(|held| before.get(&held.address))
                .map(|last| last.balance.at.number)
                .min(),
            now_held.iter().map(|held| held.at.number).max(),
        ) else {
            return Ok(Vec::new());
        };
        let token = self.chain.token;
        let senders: Vec<TronAddress> = now_held.iter().map(|held| held.address).collect();
        let mut sent = Vec::new();
        for senders in senders.chunks(MAX_RECIPIENTS) {
            let mut from = oldest.saturating_add(1);
            while from <= newest {
                let to = newest.min(from.saturating_add(MAX_LOG_RANGE - 1));
                let departures = self
                    .ask(async |node| node.departures(token, senders, from, to).await)
                    .await?;
                sent.extend(
                    departures
                        .into_iter()
                        .map(|departure| (departure.from, departure.block, departure.amount)),
                );
                from = to.saturating_add(1);
            }
        }
        Ok(sent)
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
