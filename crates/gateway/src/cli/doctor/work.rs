//! Looks at what waits for somebody: transfers in review, webhooks, alarms.

use usdt_protocol::UtcTime;

use super::Failure;
use super::findings::{Findings, fine, note};
use crate::store::Store;

/// A webhook event that waits for longer has failed at least twice.
const STUCK_SECONDS: i64 = 1_200;

pub(super) async fn examine(
    store: &Store,
    now: UtcTime,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let figures = store.figures(now).await?;
    findings.judge(
        figures.transfers_in_review == 0,
        format_args!("{} transfers wait for review", figures.transfers_in_review),
    );
    let is_stuck = figures
        .oldest_webhook_at
        .is_some_and(|born| born.plus_seconds(STUCK_SECONDS) < now);
    findings.judge(
        !is_stuck,
        format_args!(
            "{} webhooks wait for their delivery",
            figures.pending_webhooks
        ),
    );
    findings.judge(
        figures.failed_webhooks == 0,
        format_args!(
            "{} webhooks were given up in the last 7 days",
            figures.failed_webhooks
        ),
    );
    for (id, name) in store.projects_without_webhooks().await? {
        note(format_args!(
            "project {id} {name:?} has payments and no webhook URL: its merchant learns of them \
             only by asking"
        ));
    }
    let alarms = store.open_alarms().await?;
    if alarms.is_empty() {
        fine("no alarm is open");
    }
    for alarm in alarms {
        findings.problem(format_args!(
            "alarm {} since {} UTC: {} on {}, {}: {}",
            alarm.id,
            alarm.raised_at,
            alarm.kind,
            alarm.scope(),
            alarm.subject,
            alarm.detail
        ));
    }
    Ok(())
}
