//! The payment that a payer names, for requests that need no key.

use super::error::ApiError;
use crate::http::lookups::{self, NoPayment};
use crate::http::{AppState, Client};
use crate::payments::Payment;

impl From<NoPayment> for ApiError {
    fn from(why: NoPayment) -> Self {
        match why {
            NoPayment::Unknown => Self::NotFound,
            NoPayment::TooMany(too_many) => too_many.into(),
            NoPayment::Store(error) => error.into(),
        }
    }
}

/// The payment; a client that guesses IDs has to wait.
pub async fn payment(state: &AppState, client: Client, id: &str) -> Result<Payment, ApiError> {
    Ok(lookups::payment(state, client, id).await?)
}
