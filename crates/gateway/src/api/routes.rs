//! The operations of the API, each with its description: none is served that is not described.

use axum::Router;
use axum::routing::MethodRouter;

use super::refuse;
use crate::http::AppState;
use crate::openapi::operation::Operation;

/// Routes, and the operations that they serve.
#[derive(Default)]
pub struct Routes {
    pub router: Router<AppState>,
    pub operations: Vec<Operation>,
}

impl Routes {
    /// A path with the operations that it takes. Other methods are refused.
    #[must_use]
    pub fn path<const N: usize>(
        mut self,
        methods: MethodRouter<AppState>,
        operations: [Operation; N],
    ) -> Self {
        let allowed = operations.map(|operation| operation.method).join(", ");
        if let Some(first) = operations.first() {
            self.router = self
                .router
                .route(first.path, methods.fallback(refuse(allowed)));
        }
        self.operations.extend(operations);
        self
    }

    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.operations.extend(other.operations);
        self
    }
}
