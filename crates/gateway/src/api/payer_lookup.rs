//! The payment that a payer names, for requests that need no key.

use usdt_protocol::PaymentId;

use super::error::ApiError;
use crate::http::{AppState, Client};
use crate::payments::Payment;

/// The payment; a client that guesses IDs has to wait.
pub async fn payment(state: &AppState, client: Client, id: &str) -> Result<Payment, ApiError> {
    state.lookups.check(client, state.clock.now())?;
    let known = match id.parse::<PaymentId>() {
        Ok(id) => state.store.payment(id).await?,
        Err(_) => None,
    };
    known.ok_or_else(|| {
        state.lookups.missed(client, state.clock.now());
        ApiError::NotFound
    })
}
