//! What came of the requests to create a payment that reached the database.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::store::{CreateError, Created};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfResult {
    result: &'static str,
}

/// Clones count together.
#[derive(Clone, Debug, Default)]
pub struct CreateCounts(Family<OfResult, Counter>);

impl CreateCounts {
    pub fn count(&self, created: &Result<Created, CreateError>) {
        let result = match created {
            Ok(Created::New(_)) => "created",
            Ok(Created::Existing(_)) => "existing",
            Err(CreateError::DifferentAmount) => "different_amount",
            Err(CreateError::NoFreeAmount { .. }) => "no_free_amount",
            Err(CreateError::ChainUnknown) => "chain_unknown",
            Err(CreateError::TokenUnusable) => "token_unusable",
            Err(CreateError::Disabled) => "disabled",
            Err(CreateError::Store(_)) => "failed",
        };
        self.0.get_or_create(&OfResult { result }).inc();
    }

    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "creates",
            "What came of requests to create a payment since the start",
            self.0.clone(),
        );
    }
}
