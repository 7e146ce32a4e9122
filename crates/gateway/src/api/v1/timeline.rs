//! What has become of a payment, in the order of time.

use schemars::JsonSchema;
use serde::Serialize;
use usdt_protocol::{Txid, Usdt, UtcTime, money};

use super::decided;
use super::event::AttemptView;
use crate::payments::judge::ReviewReason;
use crate::payments::{Payment, ProjectId};
use crate::store::{Outcome, Page, RecordedTransfer, Store, StoreError, WebhookFilter};

/// One step of a payment's life. What does not belong to it is absent.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TimelineEntry")]
pub struct Entry {
    what: What,
    /// Absent where nobody has noted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<UtcTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    txid: Option<Txid>,
    /// The transfer's name among those in review.
    #[serde(skip_serializing_if = "Option::is_none")]
    review_id: Option<String>,
    /// What the transfer brought.
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "money::optional_six_decimals"
    )]
    #[schemars(with = "Option<usdt_protocol::schema::SixDecimals>")]
    amount: Option<Usdt>,
    /// Why a transfer has paid nothing by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["no_match", "dust", "before_creation", "late", "paid_twice", "failed"]))]
    reason: Option<&'static str>,
    /// Blocks on top of the transfer that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmations: Option<u8>,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// Why somebody decided so.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// The webhook event that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    /// Of that event.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["payment.paid", "payment.expired", "payment.review", "payment.seen"]))]
    kind: Option<&'static str>,
    /// How that went.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<AttemptView>,
}

/// What has happened to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TimelineStep")]
enum What {
    Created,
    /// Its exact amount is in a block that is not final.
    Seen,
    /// Its exact amount has paid it.
    Credited,
    /// A transfer waits for a decision.
    InReview,
    /// A transfer came into review, and was decided about since.
    Reviewed,
    Accepted,
    Dismissed,
    Expired,
    Cancelled,
    WebhookDelivered,
    WebhookFailed,
}

impl Entry {
    const fn new(what: What, at: UtcTime) -> Self {
        Self {
            what,
            at: Some(at),
            txid: None,
            review_id: None,
            amount: None,
            reason: None,
            confirmations: None,
            by: None,
            note: None,
            event_id: None,
            kind: None,
            attempt: None,
        }
    }
}

/// More events of one payment help nobody.
const MOST_EVENTS: usize = 100;

/// All that is known of a payment's life.
pub async fn of(store: &Store, payment: &Payment) -> Result<Vec<Entry>, StoreError> {
    let mut entries = vec![Entry::new(What::Created, payment.created_at)];
    if let Some(cancellation) = store.cancellation(payment.id).await? {
        let (by, note) = decided::shown(&cancellation.actor, cancellation.note, payment.project_id);
        entries.push(Entry {
            by: Some(by),
            note,
            ..Entry::new(What::Cancelled, cancellation.cancelled_at)
        });
    }
    if payment.status == usdt_protocol::PaymentStatus::Expired || payment.late {
        entries.push(Entry::new(What::Expired, payment.expires_at));
    }
    if let Some(txid) = payment.txid.filter(|_| payment.is_open()) {
        entries.push(Entry {
            at: None,
            txid: Some(txid),
            confirmations: Some(payment.confirmations),
            ..Entry::new(What::Seen, payment.created_at)
        });
    }
    for recorded in store.transfers_for(payment.id).await? {
        entries.push(arrival(&recorded));
        if recorded.reason.is_some() {
            entries.extend(decisions(store, &recorded, payment.project_id).await?);
        }
    }
    entries.extend(deliveries(store, payment).await?);
    // What has no time yet is the latest.
    entries.sort_by_key(|entry| (entry.at.is_none(), entry.at));
    Ok(entries)
}

fn arrival(recorded: &RecordedTransfer) -> Entry {
    let what = match (recorded.outcome, recorded.reason) {
        (Outcome::Credited(_), None) => What::Credited,
        (Outcome::Review, _) => What::InReview,
        _ => What::Reviewed,
    };
    let transfer = &recorded.transfer;
    Entry {
        txid: Some(transfer.txid),
        review_id: recorded.reason.map(|_| recorded.id().to_string()),
        amount: Some(transfer.amount),
        reason: recorded.reason.map(ReviewReason::as_str),
        ..Entry::new(what, transfer.block_time)
    }
}

async fn decisions(
    store: &Store,
    recorded: &RecordedTransfer,
    project: ProjectId,
) -> Result<Vec<Entry>, StoreError> {
    let (network, id) = (recorded.network, recorded.id());
    let actions = store.review_actions(network, id).await?.into_iter();
    let entries = actions.map(|action| {
        let what = match action.accepted_for {
            Some(_) => What::Accepted,
            None => What::Dismissed,
        };
        let (by, note) = decided::shown(&action.actor, action.note, project);
        Entry {
            txid: Some(recorded.transfer.txid),
            review_id: Some(id.to_string()),
            by: Some(by),
            note,
            ..Entry::new(what, action.acted_at)
        }
    });
    Ok(entries.collect())
}

async fn deliveries(store: &Store, payment: &Payment) -> Result<Vec<Entry>, StoreError> {
    let filter = WebhookFilter {
        project: Some(payment.project_id),
        payment: Some(payment.id),
        ..WebhookFilter::default()
    };
    let mut entries = Vec::new();
    for event in store
        .webhook_events(filter, &Page::newest(MOST_EVENTS))
        .await?
    {
        for attempt in AttemptView::all(store, &event).await? {
            let what = if attempt.delivered {
                What::WebhookDelivered
            } else {
                What::WebhookFailed
            };
            let at = attempt.at;
            entries.push(Entry {
                event_id: Some(event.id.clone()),
                kind: Some(event.kind.as_str()),
                attempt: Some(attempt),
                ..Entry::new(what, at)
            });
        }
    }
    Ok(entries)
}
