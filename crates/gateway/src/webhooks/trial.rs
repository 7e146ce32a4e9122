//! Tries a project's receiver: a signed event that can be taken for no payment, sent at once.

use std::time::{Duration, Instant};

use rand::Rng as _;
use schemars::JsonSchema;
use serde::Serialize;
use url::Url;
use usdt_protocol::UtcTime;
use usdt_protocol::txid::Hex;

use super::sender::{SendError, Sender};
use super::{failure, signature};
use crate::outbound::fault::LocalFault;
use crate::payments::ProjectId;
use crate::secrets::{SecretError, Vault};
use crate::store::Project;

/// The body of the event: neither a payment nor a status stands in it.
#[derive(Serialize, JsonSchema)]
pub struct TestEvent {
    #[serde(rename = "type")]
    #[schemars(extend("const" = "test"))]
    kind: &'static str,
    /// The number of the project.
    app_id: ProjectId,
    /// Says that it is a test.
    message: &'static str,
    sent_at: UtcTime,
}

/// Why nothing was tried: a fault of ours.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    #[error("webhooks cannot be sent from this machine: {0}")]
    Local(#[from] LocalFault),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("a webhook cannot be written: {0}")]
    Body(#[from] serde_json::Error),
}

/// How it went.
#[derive(Clone, Debug)]
pub struct Trial {
    pub event_id: String,
    /// What was sent and signed.
    pub body: String,
    pub time: Duration,
    /// The receiver's answer, where one came.
    pub http_status: Option<u16>,
    pub excerpt: Option<String>,
    /// Why a real event would count as failed; `None` where it would be delivered.
    pub error: Option<String>,
}

impl Trial {
    pub async fn of(
        sender: &Sender,
        vault: &Vault,
        project: &Project,
        url: &Url,
        now: UtcTime,
    ) -> Result<Self, TrialError> {
        let sealed = project.sealed_secrets(now);
        let secrets = vault.unseal_live(&project.api_key, &sealed)?;
        let body = serde_json::to_string(&TestEvent {
            kind: "test",
            app_id: project.id,
            message: "A test of the webhook: no payment is meant.",
            sent_at: now,
        })?;
        let event_id = format!("evt_test_{}", Hex(&rand::rng().random::<[u8; 16]>()));
        let headers = signature::headers(&secrets, &event_id, now, &body);
        let started = Instant::now();
        let (answer, error) = match sender.post(url, headers, &body).await {
            Ok(answer) => {
                let error = failure(&answer);
                (Some(answer), error)
            }
            Err(SendError::Local(fault)) => return Err(fault.into()),
            Err(error) => (None, Some(error.to_string())),
        };
        Ok(Self {
            event_id,
            body,
            time: started.elapsed(),
            http_status: answer.as_ref().map(|answer| answer.status),
            excerpt: answer.map(|answer| answer.excerpt),
            error,
        })
    }
}
