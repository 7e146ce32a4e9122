//! Looks at the blocks that are not solid yet, for the payer's eyes only: credits nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use usdt_protocol::payment::REQUIRED_CONFIRMATIONS;
use usdt_protocol::{Txid, UtcTime};
use usdt_tron::{Block, Lease, Node, Sighting};

use super::proof::Place;
use super::solid::BLOCK_MILLIS;
use super::{Context, WatchError};
use crate::store::SeenTransfer;

/// More are not remembered: whoever sends dust pays for each of them.
const MOST_REMEMBERED: usize = 10_000;

/// The transactions that were seen to pay us, and in which blocks, until they are dealt with.
#[derive(Clone, Debug, Default)]
pub(super) struct HeadSightings(Arc<Mutex<BTreeMap<Txid, u64>>>);

impl HeadSightings {
    fn remember(&self, sightings: &[Sighting]) {
        let mut all = self.all();
        for sighting in sightings {
            if all.len() < MOST_REMEMBERED || all.contains_key(&sighting.txid) {
                all.insert(sighting.txid, sighting.block);
            }
        }
    }

    /// Those in blocks up to `block`, oldest first.
    pub fn up_to(&self, block: u64) -> Vec<Place> {
        let mut due: Vec<Place> = self
            .all()
            .iter()
            .filter(|(_, seen)| **seen <= block)
            .map(|(txid, seen)| (*seen, *txid))
            .collect();
        due.sort_unstable();
        due
    }

    pub fn is_any(&self) -> bool {
        !self.all().is_empty()
    }

    pub fn forget(&self, txid: Txid) {
        self.all().remove(&txid);
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Txid, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Context {
    /// Shows payers that their transfer is on its way, where somebody may be waiting for that.
    pub(super) async fn look_at_head(&self, node: &Lease) {
        // An index that lacks blocks shows nothing there either, unless another node's does.
        let sound = |node: &Node| self.indices.fault(node).is_none();
        let other;
        let node = if sound(node) {
            node
        } else {
            let mut ready = self.chain.pool.ready_nodes();
            let Some(lease) = ready
                .find(|node| sound(node))
                .and_then(|node| self.chain.pool.lease_of(node))
            else {
                return;
            };
            other = lease;
            &other
        };
        match self.see(node).await {
            Ok(()) => {}
            Err(WatchError::Store(error)) => self.store.observe(&error),
            Err(error) => {
                let (network, from) = (self.chain.network, node.label());
                // The same node's step, or the inspection of its index, tells of it once.
                tracing::debug!(%network, node = from, %error, "looking at the head failed");
                if let WatchError::Node(error) = &error {
                    Self::be_patient(node, error);
                }
            }
        }
    }

    async fn see(&self, node: &Node) -> Result<(), WatchError> {
        let network = self.chain.network;
        let Some(cursor) = self.store.cursor(network).await? else {
            return Ok(());
        };
        if !self.store.expects_news(network).await? {
            return Ok(());
        }
        let ours = self.ours().await?;
        let sightings = node
            .unsolid_sightings(ours.token, &ours.active, cursor.block.saturating_add(1))
            .await?;
        self.sightings.remember(&sightings);
        let mut seen = Vec::new();
        // Most looks find nothing, and then the head of the chain does not matter.
        if !sightings.is_empty() {
            let head = node.head_block().await?;
            seen.extend(sightings.iter().map(|sighting| seen_below(head, sighting)));
        }
        Ok(self
            .store
            .note_seen(network, &seen, cursor.block, self.clock.now())
            .await?)
    }
}

fn seen_below(head: Block, sighting: &Sighting) -> SeenTransfer {
    let on_top = head.number.saturating_sub(sighting.block);
    let blocks = i64::try_from(on_top).unwrap_or(i64::MAX);
    SeenTransfer {
        txid: sighting.txid,
        block: sighting.block,
        block_time: UtcTime::from_millis(
            head.time
                .millis()
                .saturating_sub(blocks.saturating_mul(BLOCK_MILLIS)),
        ),
        from: sighting.from,
        to: sighting.to,
        amount: sighting.amount,
        confirmations: u8::try_from(on_top)
            .unwrap_or(u8::MAX)
            .min(REQUIRED_CONFIRMATIONS),
    }
}
