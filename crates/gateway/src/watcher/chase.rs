//! Asks for the receipts of transfers that were seen at the head, as soon as they should be solid.
//!
//! So a transfer that was once seen is credited whatever the index of logs says of it later, and a
//! node whose answers take long is asked for what counts without waiting for its other answers.

use std::collections::HashMap;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::MissedTickBehavior;
use usdt_protocol::Txid;
use usdt_tron::NodeError;

use super::Context;
use super::proof::Place;
use crate::outcomes;
use crate::store::{Detector, StoreError};

/// Requests under way at once. One for the same transfer may be among them more than once: the answer
/// to the first tells what was true when it was asked.
const AT_ONCE: usize = 8;

/// A transfer that has no receipt so many blocks after its own was on a fork, and is gone.
const GONE_AFTER: u64 = 100;

/// So often one is asked for at each new block, and then at every fourth.
const PATIENT_AFTER: u32 = 5;
const PATIENT_PAUSE: u64 = 4;

/// How often one was asked for, and for which newest block the last time.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    times: u32,
    solid: u64,
}

impl Asked {
    /// The answer can be another one only with a new block.
    fn may_ask(self, solid: u64) -> bool {
        let pause = if self.times < PATIENT_AFTER {
            1
        } else {
            PATIENT_PAUSE
        };
        self.times == 0 || self.solid.saturating_add(pause) <= solid
    }
}

/// Chases what was seen.
#[derive(Debug, Default)]
pub(super) struct Chase {
    asked: HashMap<Txid, Asked>,
}

impl Chase {
    pub async fn run(mut self, context: &Context) {
        let mut under_way = FuturesUnordered::new();
        let mut ticks = tokio::time::interval(context.chain.poll);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some(()) = under_way.next(), if !under_way.is_empty() => {}
                _ = ticks.tick() => {
                    let free = AT_ONCE.saturating_sub(under_way.len());
                    for place in self.next(context, free) {
                        under_way.push(context.fetch(place));
                    }
                }
            }
        }
    }

    /// Asks once for each.
    pub async fn once(&self, context: &Context) {
        for place in context.sightings.up_to(context.expected_solid()) {
            context.fetch(place).await;
        }
    }

    /// Those to ask for now, so many at most, the least asked first: what has no receipt must not keep
    /// others from theirs.
    fn next(&mut self, context: &Context, most: usize) -> Vec<Place> {
        let solid = context.expected_solid();
        let mut due = context.sightings.up_to(solid);
        self.asked
            .retain(|txid, _| due.iter().any(|(_, known)| known == txid));
        due.retain(|(_, txid)| self.asked_of(*txid).may_ask(solid));
        due.sort_by_key(|(_, txid)| self.asked_of(*txid).times);
        due.truncate(most);
        for (_, txid) in &due {
            let asked = self.asked.entry(*txid).or_default();
            asked.times = asked.times.saturating_add(1);
            asked.solid = solid;
        }
        due
    }

    fn asked_of(&self, txid: Txid) -> Asked {
        self.asked.get(&txid).copied().unwrap_or_default()
    }
}

impl Context {
    fn expected_solid(&self) -> u64 {
        self.chain.health.expected_solid(self.clock.now())
    }

    async fn fetch(&self, place: Place) {
        if let Err(error) = self.chase_one(place).await {
            self.store.observe(&error);
            tracing::warn!(network = %self.chain.network, %error, "a transfer cannot be recorded");
        }
    }

    async fn chase_one(&self, (block, txid): Place) -> Result<(), StoreError> {
        let network = self.chain.network;
        let cursor = self.store.cursor(network).await?;
        let read = cursor.map_or(0, |cursor| cursor.block);
        if self.store.is_recorded(network, txid).await? || block.saturating_add(GONE_AFTER) < read {
            self.sightings.forget(txid);
            return Ok(());
        }
        let node = self.chain.pool.pick().await;
        let receipt = match node.find_solid_receipt(txid).await {
            Ok(Some(receipt)) => receipt,
            Ok(None) => return Ok(()),
            Err(error @ (NodeError::Senseless { .. } | NodeError::Refused { .. })) => {
                match self.other_proof(&node, (block, txid), error).await {
                    Ok(receipt) => receipt,
                    Err(_) => return Ok(()),
                }
            }
            Err(error) => {
                Self::be_patient(&node, &error);
                return Ok(());
            }
        };
        let transfers = receipt.transfers(self.chain.token);
        let now = self.clock.now();
        let recorded = if receipt.block <= read {
            self.sightings.forget(txid);
            self.store
                .record_found(network, &transfers, Detector::Watcher, now)
                .await?
        } else {
            // What pays nothing is judged when all before it is read.
            let found = (Detector::Watcher, transfers.as_slice());
            self.store.record_credits(network, found, now).await?
        };
        outcomes::log(&recorded);
        Ok(())
    }
}
