//! What the routes may do with webhooks: try a project's receiver, and say that an event is due.

use std::sync::Arc;

use tokio::sync::Notify;

use super::limiter::{Limiter, MINUTE};
use crate::payments::ProjectId;
use crate::webhooks::sender::Sender;

/// Each is a request to a receiver that the project has named.
const TESTS_IN_A_MINUTE: u32 = 10;

/// Webhooks, as the routes see them.
#[derive(Debug)]
pub struct WebhookCalls {
    pub sender: Sender,
    /// How often a project tries its receiver.
    pub tests: Limiter<ProjectId>,
    /// Notified when an event is due.
    pub due: Arc<Notify>,
}

impl WebhookCalls {
    pub fn new(sender: &Sender) -> Self {
        Self {
            sender: sender.clone(),
            tests: Limiter::new(TESTS_IN_A_MINUTE, MINUTE),
            due: Arc::default(),
        }
    }
}
