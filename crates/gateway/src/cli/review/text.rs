//! Transfers in review, in words and in JSON.
//!
//! What merchants wrote is quoted, with everything escaped that a terminal would not simply print.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::Failure;
use crate::cli::ascii::ascii;
use crate::payments::Payment;
use crate::payments::acceptance::{self, Acceptance};
use crate::payments::candidates::Candidate;
use crate::payments::judge::ReviewReason;
use crate::store::{Detector, Outcome, RecordedTransfer, ReviewAction, Store};

/// A transfer in a few lines of a list.
pub(super) fn brief(
    recorded: &RecordedTransfer,
    best: Option<&Candidate>,
) -> Result<String, Failure> {
    let transfer = &recorded.transfer;
    let mut text = String::new();
    writeln!(
        text,
        "{} UTC  {} USDT  {}  project {} {:?}",
        transfer.block_time,
        transfer.amount.six_decimals(),
        recorded.reason.map_or("", ReviewReason::as_str),
        recorded.project_id,
        recorded.project_name
    )?;
    writeln!(text, "  {}", recorded.id())?;
    writeln!(text, "  to {}", transfer.to)?;
    if recorded.outcome != Outcome::Review {
        writeln!(text, "  {}", state(recorded))?;
    } else if let Some(candidate) = best {
        let name = payment_name(&candidate.payment);
        writeln!(text, "  perhaps {name}: {candidate}")?;
    } else {
        writeln!(text, "  like no payment at this address")?;
    }
    Ok(text)
}

/// A transfer as one line of JSON.
pub(super) fn json(recorded: &RecordedTransfer, best: Option<&Candidate>) -> String {
    let transfer = &recorded.transfer;
    let candidate = best.map(|candidate| {
        json!({
            "payment_id": candidate.payment.id,
            "order_id": candidate.payment.order_id.as_str(),
            "status": candidate.payment.status,
            "pay_amount": candidate.payment.pay_amount.six_decimals().to_string(),
            "why": candidate.to_string(),
        })
    });
    ascii(&json!({
        "transfer": recorded.id().to_string(),
        "network": recorded.network.as_str(),
        "block_time": transfer.block_time,
        "amount": transfer.amount.six_decimals().to_string(),
        "sender": transfer.from,
        "recipient": transfer.to,
        "project": recorded.project_id,
        "reason": recorded.reason.map(ReviewReason::as_str),
        "outcome": recorded.outcome.as_str(),
        "payment_id": recorded.outcome.payment(),
        "candidate": candidate,
    }))
}

/// All that is known of a transfer.
pub(super) async fn whole(store: &Store, recorded: &RecordedTransfer) -> Result<String, Failure> {
    let mut text = facts(recorded)?;
    let candidates = store.candidates(recorded).await?;
    text.push_str(if candidates.is_empty() {
        "\nNo payment at this address is like it.\n"
    } else {
        "\nCandidates, the likeliest first:\n"
    });
    for candidate in &candidates {
        text.push_str(&described(store, recorded, candidate).await?);
    }
    let actions = store
        .review_actions(recorded.network, recorded.id())
        .await?;
    if !actions.is_empty() {
        text.push_str("\nDecisions:\n");
    }
    for action in &actions {
        text.push_str(&decision(action)?);
    }
    Ok(text)
}

fn facts(recorded: &RecordedTransfer) -> Result<String, Failure> {
    let transfer = &recorded.transfer;
    let mut text = String::new();
    writeln!(text, "Transfer {} on {}", recorded.id(), recorded.network)?;
    writeln!(text, "  Amount   {} USDT", transfer.amount.six_decimals())?;
    let (time, block) = (transfer.block_time, transfer.block);
    writeln!(text, "  Mined    {time} UTC, block {block}")?;
    writeln!(text, "  From     {}", transfer.from)?;
    writeln!(
        text,
        "  To       {}, of project {} {:?}",
        transfer.to, recorded.project_id, recorded.project_name
    )?;
    let found_by = match recorded.detector {
        Detector::Watcher => "by the watcher",
        Detector::Indexer => "by the indexer, after the watcher missed it",
        Detector::Claim => "by a payer's claim",
    };
    writeln!(text, "  Found    {} UTC, {found_by}", recorded.recorded_at)?;
    if let Some(reason) = recorded.reason {
        writeln!(text, "  Reason   {}: {}", reason.as_str(), explain(reason))?;
    }
    writeln!(text, "  State    {}", state(recorded))?;
    Ok(text)
}

const fn explain(reason: ReviewReason) -> &'static str {
    match reason {
        ReviewReason::NoMatch => "no open or reserved payment has this amount at this address",
        ReviewReason::Dust => "less than 0.10 USDT, and no payment has this amount",
        ReviewReason::BeforeCreation => "it is older than the payment with this amount",
        ReviewReason::Late => "the exact amount, but after the window",
        ReviewReason::PaidTwice => "the payment with this amount is paid already",
        ReviewReason::Failed => "the payment with this amount has failed",
    }
}

fn state(recorded: &RecordedTransfer) -> String {
    match recorded.outcome {
        Outcome::Review => "waits for a decision".to_owned(),
        Outcome::Dismissed => "dismissed".to_owned(),
        Outcome::Added(payment) => format!("accepted, added to payment {payment}"),
        Outcome::Credited(payment) if recorded.reason.is_some() => {
            format!("accepted, has paid payment {payment}")
        }
        Outcome::Credited(payment) => format!("has paid payment {payment} by itself"),
    }
}

fn payment_name(payment: &Payment) -> String {
    let (id, status) = (payment.id, payment.status.as_str());
    format!(
        "payment {id}, {status}, order {:?}",
        payment.order_id.as_str()
    )
}

/// A candidate, and what accepting the transfer for it would do.
async fn described(
    store: &Store,
    recorded: &RecordedTransfer,
    candidate: &Candidate,
) -> Result<String, Failure> {
    let payment = &candidate.payment;
    let due = payment.pay_amount.six_decimals();
    let (created, expires) = (payment.created_at, payment.expires_at);
    let mut text = String::new();
    writeln!(text, "\n  {}", payment_name(payment))?;
    writeln!(text, "    To pay    {due} USDT, {created} to {expires} UTC")?;
    if let (Some(received), Some(paid_at)) = (payment.received_amount, payment.paid_at) {
        let received = received.six_decimals();
        writeln!(text, "    Received  {received} USDT, paid {paid_at} UTC")?;
    }
    writeln!(text, "    Likeness  {candidate}")?;
    if recorded.outcome.payment().is_none() {
        let effect = match acceptance::judge(payment, &[&recorded.transfer]) {
            Ok(acceptance) => effect(store, payment, acceptance).await?,
            Err(refusal) => format!("is refused: {refusal}"),
        };
        writeln!(text, "    Accept    {effect}")?;
    }
    for warning in store.warnings(recorded, payment).await? {
        writeln!(text, "    Warning   {warning}")?;
    }
    Ok(text)
}

async fn effect(
    store: &Store,
    payment: &Payment,
    acceptance: Acceptance,
) -> Result<String, Failure> {
    Ok(match acceptance {
        Acceptance::Pays { received, late } => format!(
            "makes it paid{} with {} USDT; {}",
            if late { ", late," } else { "" },
            received.six_decimals(),
            webhook(store, payment).await?
        ),
        Acceptance::Adds { received } => format!(
            "adds to what it has received, {} USDT then; no second webhook goes out",
            received.six_decimals()
        ),
    })
}

/// What accepting the transfers for the payment would do.
pub(super) async fn plan(
    store: &Store,
    transfers: &[RecordedTransfer],
    payment: &Payment,
    acceptance: Acceptance,
) -> Result<String, Failure> {
    let mut text = String::new();
    let due = payment.pay_amount.six_decimals();
    writeln!(text, "For {}, {due} USDT to pay:", payment_name(payment))?;
    for recorded in transfers {
        let amount = recorded.transfer.amount.six_decimals();
        writeln!(text, "  {amount} USDT  {}", recorded.id())?;
    }
    let effect = effect(store, payment, acceptance).await?;
    writeln!(text, "Accepting {effect}.")?;
    Ok(text)
}

async fn webhook(store: &Store, payment: &Payment) -> Result<&'static str, Failure> {
    let project = store.project(payment.project_id).await?;
    let has_url = project.is_some_and(|project| project.webhook_url.is_some());
    Ok(if has_url {
        "the webhook goes out"
    } else {
        "the project has no webhook URL, so tell the merchant"
    })
}

/// What accepting has done.
pub(super) async fn accepted(
    store: &Store,
    payment: &Payment,
    acceptance: Acceptance,
) -> Result<String, Failure> {
    let (id, order) = (payment.id, payment.order_id.as_str());
    let due = payment.pay_amount.six_decimals();
    Ok(match acceptance {
        Acceptance::Pays { received, late } => format!(
            "Payment {id} of order {order:?} is paid{}: {} of {due} USDT; {}.\n",
            if late { ", late" } else { "" },
            received.six_decimals(),
            webhook(store, payment).await?
        ),
        Acceptance::Adds { received } => format!(
            "Payment {id} of order {order:?} was paid already and has now received {} of {due} \
             USDT; no second webhook goes out, so tell the merchant.\n",
            received.six_decimals()
        ),
    })
}

fn decision(action: &ReviewAction) -> Result<String, Failure> {
    let mut text = format!("  {} UTC  {:?} ", action.acted_at, action.actor);
    match action.accepted_for {
        Some(payment) => write!(text, "accepted it for payment {payment}")?,
        None => text.push_str("dismissed it"),
    }
    match &action.note {
        Some(note) => writeln!(text, ": {note:?}")?,
        None => writeln!(text)?,
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_merchants_write_cannot_mislead_the_terminal() {
        let order = "A\u{202e}B\u{200b}\u{2066}\u{1b}[2J\u{9b}é\u{2028}\"\u{e0041}😀";
        let quoted = format!("{order:?}");
        let json = ascii(&json!({ "order_id": order }));
        for hidden in [
            '\u{202e}',
            '\u{200b}',
            '\u{2066}',
            '\u{1b}',
            '\u{9b}',
            '\u{2028}',
            '\u{e0041}',
        ] {
            assert!(
                !quoted.contains(hidden) && !json.contains(hidden),
                "{hidden:?}"
            );
        }
        assert!(quoted.contains('é') && json.is_ascii());
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["order_id"], order);
    }
}
