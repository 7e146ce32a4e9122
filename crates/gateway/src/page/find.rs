//! Finding what a payer's browser shows of a payment.

use usdt_protocol::{Payment as WirePayment, PaymentId};

use crate::brand::Brand;
use crate::embed::Embedders;
use crate::http::AppState;
use crate::payments::Payment;
use crate::store::StoreError;

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

/// Finds the payment of this ID, as it stands in a query. None where there is no such payment.
pub async fn payment(state: &AppState, id: &str) -> Result<Option<Found>, StoreError> {
    let Ok(id) = id.parse::<PaymentId>() else {
        return Ok(None);
    };
    let Some(payment) = state.store.payment(id).await? else {
        return Ok(None);
    };
    let view = state.public_view(&payment).await?;
    let brand = state.store.brand(payment.project_id).await?;
    let embedders = state.store.embedders(payment.project_id).await?;
    Ok(Some(Found {
        payment,
        view,
        brand,
        embedders,
    }))
}
