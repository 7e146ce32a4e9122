//! What the routes need, shared by all of them.

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio_util::sync::CancellationToken;
use usdt_protocol::{Payment as WirePayment, PaymentId, StatusAnswer};
use usdt_tron::Network;

use super::client_addresses::ClientAddresses;
use super::create_counts::CreateCounts;
use super::create_queue::CreateQueue;
use super::health::WriteProbe;
use super::held::Held;
use super::key_limits::KeyLimits;
use super::lookups::Lookups;
use super::other_versions::OtherVersions;
use super::payer_limits::PayerLimits;
use super::request_counts::RequestCounts;
use super::requests::Cause;
use super::webhook_calls::WebhookCalls;
use crate::assets::Freshness;
use crate::assets::template::Template;
use crate::chain::Chain;
use crate::changes::Changes;
use crate::clock::SharedClock;
use crate::config::PublicUrl;
use crate::data::room::Room;
use crate::key_keeper::KeyUses;
use crate::known::{Known, Shown};
use crate::leader::Led;
use crate::payments::public_answer::PublicAnswer;
use crate::payments::{Circumstances, OwnPayment, Payment};
use crate::rates::Rates;
use crate::secrets::Vault;
use crate::store::{Store, StoreError};

/// The state of the HTTP server.
pub struct State {
    pub store: Store,
    pub vault: Vault,
    pub clock: SharedClock,
    /// By which a receiver judges how old a webhook is.
    pub receivers_clock: SharedClock,
    pub changes: Changes,
    pub known: Arc<Known>,
    pub key_uses: KeyUses,
    pub lookups: Lookups,
    pub claim_limits: PayerLimits,
    pub wallet_limits: PayerLimits,
    pub key_limits: KeyLimits,
    pub rates: Rates,
    pub webhooks: WebhookCalls,
    pub creates: CreateQueue,
    pub created: CreateCounts,
    pub requests: RequestCounts,
    pub template: Template,
    /// The same page without scripts.
    pub still: Template,
    pub other_versions: OtherVersions,
    pub public_url: PublicUrl,
    /// Where a trusted proxy in front of us writes the client's address.
    pub client_addresses: ClientAddresses,
    /// The status requests that are held.
    pub held: Held,
    /// One for each network that is watched.
    pub chains: Vec<Chain>,
    /// Whether this gateway reads the first of them; of several gateways one does.
    pub led: Option<Led>,
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

const JSON: (HeaderName, &str) = (header::CONTENT_TYPE, "application/json");

/// What a demo shows below a payment, and whether that is in a frame: a form.
pub type Bar = fn(&Payment, bool) -> String;

/// A cheap handle on the state.
pub type AppState = Arc<State>;

impl State {
    /// The chain of a network; `None` where it is not watched any more.
    pub fn chain(&self, network: Network) -> Option<&Chain> {
        self.chains.iter().find(|chain| chain.network == network)
    }

    /// Whether this gateway's metrics tell of the whole database, and not only of itself.
    pub fn tells_of_the_whole(&self) -> bool {
        self.led.as_ref().is_none_or(|led| led.borrow().is_some())
    }

    /// A payment, not older than the version `newest`, from the database only where it may have changed.
    pub async fn look_up(
        &self,
        id: PaymentId,
        newest: Option<u64>,
    ) -> Result<Option<Arc<Shown>>, StoreError> {
        let known = self.known.get(id);
        match known.filter(|shown| newest <= Some(shown.payment.version)) {
            Some(shown) => Ok(Some(shown)),
            None => self.read(id).await,
        }
    }

    /// A payment from the database.
    pub async fn read(&self, id: PaymentId) -> Result<Option<Arc<Shown>>, StoreError> {
        let reading = self.known.begin_reading();
        let Some(payment) = self.store.payment(id).await? else {
            return Ok(None);
        };
        let shown = Arc::new(self.shown(payment).await?);
        self.known.keep(reading, &shown);
        Ok(Some(shown))
    }

    /// A payment that was just read, with its circumstances: nothing older stands beside its version.
    pub async fn shown(&self, payment: Payment) -> Result<Shown, StoreError> {
        let circumstances = self.store.circumstances(&payment).await?;
        Ok(Shown::new(payment, circumstances))
    }

    /// The answer to who asks for a file that this version does not have, by a name that may be that of
    /// another one.
    pub async fn file_of_another_version(&self, name: &str, request: &HeaderMap) -> Response {
        match self.other_versions.file(&self.store, name).await {
            Ok(Some(file)) => file.answer(request, Freshness::Forever),
            Ok(None) => StatusCode::NOT_FOUND.into_response(),
            Err(error) => (StatusCode::SERVICE_UNAVAILABLE, Cause::new(&error), ()).into_response(),
        }
    }

    /// A payment as anyone sees it who knows its ID.
    pub async fn public_view(&self, shown: &Shown) -> Result<WirePayment, StoreError> {
        let circumstances = self.circumstances(shown).await?;
        let url = self.public_url.payment_page(shown.payment.id);
        let payment = &shown.payment;
        Ok(payment.public_view(url, self.clock.now(), circumstances))
    }

    /// The answer to anyone who asks for a payment.
    pub async fn public_answer(&self, shown: &Shown) -> Result<Response, StoreError> {
        let circumstances = self.circumstances(shown).await?;
        let url = || self.public_url.payment_page(shown.payment.id);
        let (payment, now) = (&shown.payment, self.clock.now());
        // One that tells of a delay is another.
        if circumstances == shown.circumstances
            && let Some(answer) = shown
                .answer
                .get_or_init(|| PublicAnswer::of(payment.public_view(url(), now, circumstances)))
        {
            return Ok(([JSON], answer.at(now)).into_response());
        }
        let view = payment.public_view(url(), now, circumstances);
        Ok(Json(StatusAnswer::payment(view)).into_response())
    }

    /// A payment as its project sees it.
    pub async fn project_view(&self, shown: &Shown) -> Result<OwnPayment, StoreError> {
        let circumstances = self.circumstances(shown).await?;
        let metadata = self.store.metadata(shown.payment.id).await?;
        let url = self.public_url.payment_page(shown.payment.id);
        let payment = &shown.payment;
        Ok(payment.project_view(url, self.clock.now(), circumstances, metadata))
    }

    /// With what changes by time alone.
    async fn circumstances(&self, shown: &Shown) -> Result<Circumstances, StoreError> {
        let payment = &shown.payment;
        let chain_delay = if payment.is_open() {
            self.chain_delay(payment.network).await?
        } else {
            0
        };
        Ok(Circumstances {
            chain_delay,
            ..shown.circumstances
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
