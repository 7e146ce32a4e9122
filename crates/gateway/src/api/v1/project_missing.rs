//! What a project lacks before it can take real money: each with a code for programs and a sentence for people.

use schemars::JsonSchema;
use serde::Serialize;

use crate::http::AppState;
use crate::store::{Project, Standing, StoreError};

/// One thing that is missing.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Missing {
    /// For programs.
    #[schemars(extend("enum" = [
        "project_disabled",
        "network_not_read",
        "network_read_late",
        "token_unusable",
        "no_address",
        "test_mode",
        "gateway_without_https",
        "no_webhook_url",
        "webhook_without_https",
        "webhook_url_refused",
        "receiver_fails",
        "no_webhook_delivered",
        "events_failed",
        "no_payment_paid",
        "reviews_waiting",
    ]))]
    code: &'static str,
    /// For people.
    message: String,
}

/// All that a look finds, the gravest first.
pub async fn of(
    state: &AppState,
    project: &Project,
    standing: &Standing,
) -> Result<Vec<Missing>, StoreError> {
    let mut missing = Vec::new();
    let mut find = |is_missing: bool, code, message: &str| {
        if is_missing {
            let message = message.to_owned();
            missing.push(Missing { code, message });
        }
    };
    find(
        project.disabled,
        "project_disabled",
        "The operator has disabled the project: it gets no new payments.",
    );
    let is_read = state.chain(project.network).is_some();
    find(
        !is_read,
        "network_not_read",
        "The gateway does not read this project's network: payments cannot be created.",
    );
    find(
        is_read && state.chain_delay(project.network).await? > 0,
        "network_read_late",
        "The gateway reads the payment network late: payments show with a delay.",
    );
    find(
        !standing.token_usable,
        "token_unusable",
        "The token's contract is paused or was replaced: nobody can pay.",
    );
    find(
        standing.addresses_offered == 0 && standing.addresses_derivable == 0,
        "no_address",
        "The project has no address for new payments: ask the operator for one.",
    );
    find(
        project.test,
        "test_mode",
        "This is a test project: real money needs the keys of a live one.",
    );
    find(
        !state.public_url.is_https() && !project.test,
        "gateway_without_https",
        "The gateway's own address uses http: payers can be shown another address on the way.",
    );
    let webhook_url = project.webhook_url.as_ref();
    find(
        webhook_url.is_none(),
        "no_webhook_url",
        "The project has no webhook URL: nobody tells your shop of a payment.",
    );
    let is_plain = |url: &url::Url| url.scheme() != "https";
    find(
        webhook_url.is_some_and(is_plain),
        "webhook_without_https",
        "The webhook URL uses http: a live project needs https.",
    );
    find(
        webhook_url.is_some_and(|url| !state.webhooks.sender.may_reach(url)),
        "webhook_url_refused",
        "The webhook URL leads to an address to which the gateway sends nothing.",
    );
    find(
        webhook_url.is_some() && standing.receiver_fails,
        "receiver_fails",
        "The last webhook failed: its event says why.",
    );
    find(
        webhook_url.is_some() && standing.events_delivered == 0,
        "no_webhook_delivered",
        "No payment's webhook was delivered yet: pay a test payment, and look at its event.",
    );
    find(
        standing.events_failed > 0,
        "events_failed",
        "Webhooks were given up: send their events again.",
    );
    find(
        standing.payments_paid == 0,
        "no_payment_paid",
        "No payment of this project was paid yet: try one.",
    );
    find(
        standing.reviews_waiting > 0,
        "reviews_waiting",
        "Transfers wait for a decision.",
    );
    Ok(missing)
}
