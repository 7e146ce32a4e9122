//! What the routes need, shared by all of them.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use usdt_protocol::Payment as WirePayment;
use usdt_tron::Network;

use super::client_addresses::ClientAddresses;
use super::create_queue::CreateQueue;
use super::health::WriteProbe;
use super::held::Held;
use super::lookups::Lookups;
use super::payer_limits::PayerLimits;
use crate::announcer::Announcer;
use crate::assets::template::Template;
use crate::chain::Chain;
use crate::clock::SharedClock;
use crate::config::PublicUrl;
use crate::data::room::Room;
use crate::payments::{Circumstances, Payment};
use crate::secrets::Vault;
use crate::store::{Store, StoreError};

/// The state of the HTTP server.
pub struct State {
    pub store: Store,
    pub vault: Vault,
    pub clock: SharedClock,
    pub announcer: Announcer,
    pub lookups: Lookups,
    pub claim_limits: PayerLimits,
    pub wallet_limits: PayerLimits,
    pub creates: CreateQueue,
    pub template: Template,
    /// The same page without scripts.
    pub still: Template,
    pub public_url: PublicUrl,
    /// Where a trusted proxy in front of us writes the client's address.
    pub client_addresses: ClientAddresses,
    /// The status requests that are held.
    pub held: Held,
    /// One for each network that is watched.
    pub chains: Vec<Chain>,
    /// Where the data lie.
    pub room: Room,
    pub write_probe: WriteProbe,
    /// Cancelled some time before the shutdown, so that nothing new is sent here.
    pub draining: CancellationToken,
    /// Ends the requests that are held.
    pub shutdown: CancellationToken,
    /// Only where the gateway is a demo.
    pub bar: Option<Bar>,
}

/// What a demo shows below a payment, and whether that is in a frame: a form.
pub type Bar = fn(&Payment, bool) -> String;

/// A cheap handle on the state.
pub type AppState = Arc<State>;

impl State {
    /// The chain of a network; `None` where it is not watched any more.
    pub fn chain(&self, network: Network) -> Option<&Chain> {
        self.chains.iter().find(|chain| chain.network == network)
    }

    /// A payment as anyone sees it who knows its ID.
    pub async fn public_view(&self, payment: &Payment) -> Result<WirePayment, StoreError> {
        let circumstances = self.circumstances(payment).await?;
        let url = self.public_url.payment_page(payment.id);
        Ok(payment.public_view(url, self.clock.now(), circumstances))
    }

    /// A payment as its project sees it.
    pub async fn project_view(&self, payment: &Payment) -> Result<WirePayment, StoreError> {
        let circumstances = self.circumstances(payment).await?;
        let url = self.public_url.payment_page(payment.id);
        Ok(payment.project_view(url, self.clock.now(), circumstances))
    }

    /// Read after the payment, so that nothing older stands beside its version.
    async fn circumstances(&self, payment: &Payment) -> Result<Circumstances, StoreError> {
        let chain_delay = if payment.is_open() {
            self.chain_delay(payment.network).await?
        } else {
            0
        };
        Ok(Circumstances {
            chain_delay,
            ..self.store.circumstances(payment).await?
        })
    }

    /// Seconds that reading a network is behind: see [`Chain::delay`]. Every status request asks,
    /// so the store is only read where there may be a delay.
    pub async fn chain_delay(&self, network: Network) -> Result<u64, StoreError> {
        let Some(chain) = self.chain(network).filter(|chain| chain.is_unread()) else {
            return Ok(0);
        };
        let cursor = self.store.cursor(network).await?;
        Ok(cursor.map_or(0, |cursor| chain.delay(cursor.time, self.clock.now())))
    }
}
