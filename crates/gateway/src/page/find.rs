//! Finding what a payer's browser shows of a payment.

use usdt_protocol::Payment as WirePayment;

use crate::brand::Brand;
use crate::embedders::Embedders;
use crate::http::lookups::{self, NoPayment};
use crate::http::{AppState, Client};
use crate::payments::Payment;

/// A payment, and what is shown with it.
pub struct Found {
    pub payment: Payment,
    /// How its payer sees it.
    pub view: WirePayment,
    /// Of the merchant who is paid.
    pub brand: Brand,
    /// The sites that may show it.
    pub embedders: Embedders,
}

/// Finds the payment of this ID, as it stands in a query.
pub async fn payment(state: &AppState, client: Client, id: &str) -> Result<Found, NoPayment> {
    let payment = lookups::payment(state, client, id).await?;
    let shown = state.shown(payment).await?;
    let view = state.public_view(&shown).await?;
    let payment = shown.payment;
    let brand = state.store.brand(payment.project_id).await?;
    let embedders = state.store.embedders(payment.project_id).await?;
    Ok(Found {
        payment,
        view,
        brand,
        embedders,
    })
}
