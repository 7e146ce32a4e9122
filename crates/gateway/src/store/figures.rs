//! Counts for the metrics and the doctor.

use sqlx::any::AnyRow;
use usdt_protocol::UtcTime;

use super::row::RowExt as _;
use super::{Store, StoreError};

/// How long an event that was given up is counted: it stays given up for good.
const FAILED_SECONDS: i64 = 7 * 86_400;

/// How far back transfers are counted.
const DAY_SECONDS: i64 = 86_400;

/// How much there is of what.
#[derive(Clone, Debug)]
pub struct Figures {
    /// By network and kind.
    pub alarms: Vec<([String; 2], i64)>,
    /// Recorded in the last 24 hours, by network, outcome and detector.
    pub transfers_day: Vec<([String; 3], i64)>,
    /// By network.
    pub live_slots: Vec<([String; 1], i64)>,
    pub pending_payments: i64,
    /// Without dust.
    pub transfers_in_review: i64,
    pub pending_webhooks: i64,
    /// Given up in the last seven days.
    pub failed_webhooks: i64,
    /// When the oldest event that is not delivered was born.
    pub oldest_webhook_at: Option<UtcTime>,
}

impl Store {
    pub async fn figures(&self, now: UtcTime) -> Result<Figures, StoreError> {
        let alarms = sqlx::query(
            "SELECT network, kind, count(*) AS count
             FROM alarms WHERE cleared_at IS NULL GROUP BY network, kind",
        );
        let transfers_day = sqlx::query(self.dialect.recent_transfers())
            .bind(now.plus_seconds(-DAY_SECONDS).millis());
        let live_slots = sqlx::query(
            "SELECT network, count(*) AS count
             FROM slots WHERE released = 0 GROUP BY network",
        );
        let counts = sqlx::query(
            "SELECT
                 (SELECT count(*) FROM payments WHERE status = 'pending') AS pending_payments,
                 (SELECT count(*) FROM transfers
                     WHERE outcome = 'review' AND review_reason <> 'dust') AS in_review,
                 (SELECT count(*) FROM webhook_events WHERE state = 'pending') AS pending,
                 (SELECT count(*) FROM webhook_events e WHERE state = 'failed' AND $1 <= (
                     SELECT max(finished_at) FROM delivery_attempts WHERE event_id = e.id)
                 ) AS failed,
                 (SELECT min(created_at) FROM webhook_events WHERE state = 'pending') AS oldest",
        )
        .bind(now.plus_seconds(-FAILED_SECONDS).millis())
        .fetch_one(&self.readers)
        .await?;
        Ok(Figures {
            alarms: counted(&alarms.fetch_all(&self.readers).await?, ["network", "kind"])?,
            transfers_day: counted(
                &transfers_day.fetch_all(&self.readers).await?,
                ["network", "outcome", "detector"],
            )?,
            live_slots: counted(&live_slots.fetch_all(&self.readers).await?, ["network"])?,
            pending_payments: counts.integer("pending_payments")?,
            transfers_in_review: counts.integer("in_review")?,
            pending_webhooks: counts.integer("pending")?,
            failed_webhooks: counts.integer("failed")?,
            oldest_webhook_at: counts.optional_integer("oldest")?.map(UtcTime::from_millis),
        })
    }
}

/// Each row's columns, and its count. What is of no network in particular has an empty name there.
fn counted<const N: usize>(
    rows: &[AnyRow],
    columns: [&'static str; N],
) -> Result<Vec<([String; N], i64)>, StoreError> {
    rows.iter()
        .map(|row| {
            let mut of = [const { String::new() }; N];
            for (value, column) in of.iter_mut().zip(columns) {
                *value = row.optional_text(column)?.unwrap_or_default();
            }
            Ok((of, row.integer("count")?))
        })
        .collect()
}
