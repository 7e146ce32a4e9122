//! What must be true when everything is over, told from what was sent and not from how the
//! gateway works.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use usdt_gateway::payments::LatePolicy;

use crate::database::{Database, Key, Payment, Recorded};
use crate::history::{History, Tally};
use crate::site::QUARANTINE;

/// A sound transfer in a solid block: what the chain's own record says.
#[derive(Debug)]
struct Transfer {
    key: Key,
    to: String,
    amount: u64,
    block: i64,
    time: i64,
}

pub async fn judge(history: &mut History<'_>) -> Tally {
    let transfers = solid_transfers(history).await;
    let database = &mut history.site.database;
    let payments = database.payments().await;
    let rows: BTreeMap<Key, Recorded> = database.transfers().await.into_iter().collect();
    let read_until = database.read_until().await;
    let mut tally = history.tally;

    let recorded: BTreeSet<_> = rows.keys().cloned().collect();
    let sent: BTreeSet<_> = transfers.iter().map(|one| one.key.clone()).collect();
    assert_eq!(
        recorded, sent,
        "not every sound solid transfer is written down, or more than those"
    );

    for payment in &payments {
        let (_, policy) = history
            .projects
            .iter()
            .find(|(known, _)| known.id == payment.project_id)
            .unwrap();
        // What pays by itself, and what an operator has taken for it.
        let eligible = transfers
            .iter()
            .filter(|one| one.to == payment.address && one.amount == payment.amount)
            .filter(|one| payment.held_after < one.block && one.time <= payment.held_until)
            .filter(|one| one.time <= payment.expires_at || *policy == LatePolicy::Accept);
        let eligible: Vec<&Transfer> = eligible.collect();
        let taken = transfers
            .iter()
            .filter(|one| history.accepted.get(&one.key) == Some(&payment.id));
        // Nothing pays what its merchant has given up.
        let is_cancelled = history.cancelled.contains(&payment.id);
        let can_pay = eligible.iter().copied().chain(taken);
        let can_pay: Vec<&Transfer> = can_pay.filter(|_| !is_cancelled).collect();
        let received: Vec<&Transfer> = transfers
            .iter()
            .filter(|one| rows[&one.key].paid_to == Some(payment.id))
            .collect();
        let credited: Vec<&Transfer> = received
            .iter()
            .copied()
            .filter(|one| rows[&one.key].outcome == "credited")
            .collect();
        let status = if is_cancelled {
            "failed"
        } else if !can_pay.is_empty() {
            "paid"
        } else if read_until > payment.expires_at {
            "expired"
        } else {
            "pending"
        };
        let told = || {
            let rows: Vec<_> = can_pay.iter().map(|one| (one, &rows[&one.key])).collect();
            format!("{payment:?} {rows:?}")
        };
        assert_eq!(payment.status, status, "{}", told());
        assert_eq!(credited.len(), usize::from(status == "paid"), "{}", told());
        assert!(
            received
                .iter()
                .all(|one| can_pay.iter().any(|can| can.key == one.key)),
            "something else has paid: {}",
            told()
        );
        let sum = received
            .iter()
            .map(|one| u128::from(one.amount))
            .sum::<u128>();
        assert_eq!(payment.received, sum, "{}", told());
        tally.expired += u64::from(status == "expired");
        for one in credited {
            assert_eq!(payment.paid_at, Some(one.time));
            tally.credited += 1;
            tally.late += u64::from(one.time > payment.expires_at);
            assert_told(history, payment.id, &one.key.0).await;
        }
    }
    for (key, row) in &rows {
        let is_paid = row.paid_to.is_some();
        let expected = match (history.accepted.get(key), is_paid) {
            (Some(_), _) => {
                assert_eq!(row.paid_to.as_ref(), history.accepted.get(key), "{key:?}");
                row.outcome.as_str()
            }
            (None, true) => "credited",
            (None, false) if history.dismissed.contains(key) => "dismissed",
            (None, false) => "review",
        };
        assert_eq!(row.outcome, expected, "{key:?}");
        tally.in_review += u64::from(row.outcome == "review");
        tally.by_indexer += u64::from(row.detector == "indexer");
    }
    assert_no_stranger_is_paid(history, &transfers, &rows);
    tally.shown += assert_shown(history, &transfers, &payments, &rows).await;
    let database = &mut history.site.database;
    let paid = i64::try_from(database.paid().await.len()).unwrap();
    assert_eq!(database.webhook_events().await, paid);
    tally.told_besides += assert_told_besides(database).await;
    let false_alarms = database.alarms_about_money().await;
    assert_eq!(false_alarms, 0, "alarms although nothing is wrong");
    tally
}

/// What the merchant has asked for says what it is, and nobody takes it for a payment. Returns how much it is.
async fn assert_told_besides(database: &mut Database) -> u64 {
    let mut told = 0;
    for (kind, body) in database.notices().await {
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["type"], kind, "{body}");
        assert_eq!(body.get("status"), None, "{body}");
        told += 1;
    }
    told
}

/// Money that was cut, or whose payment a restored database does not know, pays nobody else's.
fn assert_no_stranger_is_paid(
    history: &History<'_>,
    transfers: &[Transfer],
    rows: &BTreeMap<Key, Recorded>,
) {
    for one in transfers {
        let Some(meant) = history.meant.get(&one.key) else {
            continue;
        };
        let held_until = meant
            .expires_at
            .plus_seconds(QUARANTINE.as_secs().cast_signed());
        let (paid_to, accepted) = (rows[&one.key].paid_to, history.accepted.get(&one.key));
        assert!(
            paid_to.is_none()
                || paid_to == accepted.copied()
                || paid_to == Some(meant.id.get().cast_signed())
                || one.time > held_until.millis(),
            "{one:?} was meant for {meant:?} and has paid a stranger's payment {paid_to:?}"
        );
    }
}

/// Money is shown to a payer at its address who was there before it; and where there was never
/// another payment at the address, all that has not paid is shown. Returns how much is shown.
async fn assert_shown(
    history: &mut History<'_>,
    transfers: &[Transfer],
    payments: &[Payment],
    rows: &BTreeMap<Key, Recorded>,
) -> u64 {
    let links: BTreeSet<(i64, Key)> = history.site.database.shown().await.into_iter().collect();
    for (id, key) in &links {
        let payment = payments.iter().find(|payment| payment.id == *id).unwrap();
        let transfer = transfers.iter().find(|one| one.key == *key).unwrap();
        assert_eq!(payment.address, transfer.to, "{payment:?} {transfer:?}");
        assert!(
            payment.created_at <= transfer.time,
            "{payment:?} {transfer:?}"
        );
    }
    let is_ours =
        |address: &str, lost: &usdt_gateway::payments::Payment| lost.address.to_string() == address;
    for payment in payments.iter().filter(|payment| {
        payment.is_live
            && !matches!(payment.status.as_str(), "paid" | "failed")
            && payments
                .iter()
                .filter(|one| one.address == payment.address)
                .count()
                == 1
            && !history
                .lost
                .iter()
                .any(|lost| is_ours(&payment.address, lost))
    }) {
        for one in transfers.iter().filter(|one| one.to == payment.address) {
            let is_dust = one.amount < 100_000;
            let was_open = payment.created_at <= one.time
                && payment.held_after < one.block
                && one.time <= payment.held_until;
            let row = &rows[&one.key];
            // A claim can come before the payment is created.
            let is_watched = row.detector == "watcher";
            if was_open && !is_dust && is_watched && row.paid_to.is_none() {
                let link = (payment.id, one.key.clone());
                assert!(links.contains(&link), "{one:?} is not shown to {payment:?}");
            }
        }
    }
    u64::try_from(links.len()).unwrap()
}

/// Asks the chain which of the transactions are in solid blocks, and when they were mined.
async fn solid_transfers(history: &History<'_>) -> Vec<Transfer> {
    let ours: BTreeSet<String> = history
        .site
        .store
        .addresses(crate::site::NETWORK)
        .await
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    let http = reqwest::Client::new();
    let mut transfers = Vec::new();
    for sent in &history.sent {
        let url = format!(
            "{}/walletsolidity/gettransactioninfobyid",
            history.site.door.url
        );
        let body = serde_json::json!({ "value": sent.txid }).to_string();
        let answer = http.post(url).body(body).send().await.unwrap();
        let info: Value = answer.json().await.unwrap();
        let Some(time) = info["blockTimeStamp"].as_i64() else {
            // Not in a solid block: its fork was abandoned.
            continue;
        };
        for (position, to, amount) in &sent.transfers {
            if ours.contains(&to.to_string()) {
                transfers.push(Transfer {
                    key: (sent.txid.to_string(), *position),
                    to: to.to_string(),
                    amount: amount.micro(),
                    block: info["blockNumber"].as_i64().unwrap(),
                    time,
                });
            }
        }
    }
    transfers
}

/// The merchant is told once, of this transaction.
async fn assert_told(history: &mut History<'_>, payment: i64, txid: &str) {
    let bodies = history.site.database.webhook_bodies(payment).await;
    let [body] = bodies.as_slice() else {
        panic!("{} events for one payment", bodies.len());
    };
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["txid"], txid);
    assert_eq!(body["status"], "paid");
}
