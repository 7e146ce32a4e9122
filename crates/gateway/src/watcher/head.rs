//! Looks at the blocks that are not solid yet, for the payer's eyes only: credits nothing.

use usdt_protocol::payment::REQUIRED_CONFIRMATIONS;
use usdt_tron::Node;

use super::{WatchError, Watcher};
use crate::store::SeenTransfer;

impl Watcher {
    /// Shows payers that their transfer is on its way, where somebody may be waiting for that.
    pub(super) async fn look_at_head(&self, node: &Node, solid: u64) -> Result<(), WatchError> {
        let network = self.chain.network;
        if !self.store.expects_news(network).await? {
            return Ok(());
        }
        let ours = self.store.addresses(network).await?;
        let sightings = node
            .unsolid_sightings(self.chain.token, &ours, solid.saturating_add(1))
            .await?;
        // Most looks find nothing, and then the height of the chain does not matter.
        let head = if sightings.is_empty() {
            solid
        } else {
            node.head_block().await?.number
        };
        let seen: Vec<SeenTransfer> = sightings
            .into_iter()
            .map(|sighting| {
                let on_top = head.saturating_sub(sighting.block);
                SeenTransfer {
                    txid: sighting.txid,
                    block: sighting.block,
                    to: sighting.to,
                    amount: sighting.amount,
                    confirmations: u8::try_from(on_top)
                        .unwrap_or(u8::MAX)
                        .min(REQUIRED_CONFIRMATIONS),
                }
            })
            .collect();
        let changed = self.store.note_seen(network, &seen, solid).await?;
        self.announcer.changes.announce(&changed);
        Ok(())
    }
}
