//! Transfers in review, decided by the real binary beside a running gateway

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::{Value, json};
use usdt_protocol::{Txid, Usdt};

use crate::patience::patiently;
use crate::test_gateway::{Setup, TestGateway, WINDOW_SECONDS, json_of, pay_amount, transfer_to};

/// What a command printed, and whether it succeeded.
async fn review(gateway: &TestGateway, arguments: &[&str]) -> Result<String, String> {
    let mut all = vec!["review"];
    all.extend(arguments);
    let output = gateway.command(&all).await;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

/// Accepts a transfer, whatever is doubtful about it.
async fn accept(gateway: &TestGateway, txid: Txid, payment: &Value) -> Result<String, String> {
    accept_all(gateway, &[txid], payment, &["--yes"]).await
}

async fn accept_all(
    gateway: &TestGateway,
    txids: &[Txid],
    payment: &Value,
    options: &[&str],
) -> Result<String, String> {
    let names: Vec<String> = txids.iter().map(Txid::to_string).collect();
    let id = payment["payment_id"].to_string();
    let mut arguments = vec!["accept"];
    arguments.extend(names.iter().map(String::as_str));
    arguments.extend(["--payment", &id]);
    arguments.extend(options);
    review(gateway, &arguments).await
}

/// The amounts of two parts that make up what is to be paid.
fn parts(payment: &Value) -> [String; 2] {
    let due: Usdt = pay_amount(payment).parse().unwrap();
    let rest = Usdt::from_micro(due.micro() - 12_000_000);
    ["12.000000".to_owned(), rest.six_decimals().to_string()]
}

/// The amount to pay and so much more or less, in micro-USDT.
fn plus(payment: &Value, micro: i64) -> String {
    let due: Usdt = pay_amount(payment).parse().unwrap();
    let sent = due.micro().checked_add_signed(micro).unwrap();
    Usdt::from_micro(sent).six_decimals().to_string()
}

/// Sends `amount` to the payment's address, and returns once that is in review.
async fn sent_to_review(gateway: &TestGateway, payment: &Value, amount: &str) -> Txid {
    let before = gateway.database.in_review().await;
    let txid = gateway.transfer(payment, amount);
    gateway.make_solid();
    gateway.catch_up().await;
    assert_eq!(gateway.database.in_review().await, before + 1);
    txid
}

#[tokio::test]
async fn an_accepted_transfer_pays_and_everybody_learns_of_it_at_once() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let short = plus(&payment, -1_000_000);
    let txid = sent_to_review(&gateway, &payment, &short).await;
    let id = payment["payment_id"].to_string();

    let list = review(&gateway, &["list"]).await.unwrap();
    for part in [
        "2026-07-01 18:00:03 UTC",
        &short,
        "no_match",
        &txid.to_string(),
        payment["address"].as_str().unwrap(),
        &id,
        "the amount to pay less 1.00",
    ] {
        assert!(list.contains(part), "{part} is not in\n{list}");
    }
    let show = review(&gateway, &["show", &txid.to_string()])
        .await
        .unwrap();
    assert!(
        show.contains(&format!(
            "makes it paid with {short} USDT; the webhook goes out"
        )),
        "{show}"
    );
    assert!(!show.contains("Decisions"), "{show}");

    let version = gateway.status(&payment).await["version"].clone();
    let path = format!("/api/payment-status.php?payment_id={id}&wait=25&v={version}");
    let held = tokio::spawn(gateway.get(&path).send());
    let note = "agreed with the payer\u{202e}";
    let arguments = [
        "accept",
        &txid.to_string(),
        "--payment",
        &id,
        "--yes",
        "--note",
        note,
    ];
    let accepted = review(&gateway, &arguments).await.unwrap();
    assert!(
        accepted.contains(&format!("is paid: {short} of {}", pay_amount(&payment))),
        "{accepted}"
    );

    // A request that is held to its end is answered too, but without the news.
    let answer = patiently("the held request", held).await.unwrap().unwrap();
    let paid = json_of(answer).await["payment"].clone();
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["received_amount"], short);
    assert_eq!(paid["txid"], txid.to_string());
    assert_eq!(paid["paid_at"], "2026-07-01 18:00:03");
    let webhooks = gateway.receiver.wait_for(1, |_| true).await;
    assert_eq!(webhooks[0].json()["received_amount"], short);
    assert_eq!(webhooks[0].json()["pay_amount"], payment["pay_amount"]);

    assert_eq!(
        review(&gateway, &["list"]).await.unwrap(),
        "Nothing waits for review.\n"
    );
    let all = review(&gateway, &["list", "--all"]).await.unwrap();
    assert!(
        all.contains(&format!("accepted, has paid payment {id}")),
        "{all}"
    );
    let show = review(&gateway, &["show", &txid.to_string()])
        .await
        .unwrap();
    assert!(
        show.contains(&format!(
            r#"(SUDO_USER alice)" accepted it for payment {id}: "agreed with the payer\u{{202e}}""#
        )),
        "{show}"
    );
    let again = accept(&gateway, txid, &payment).await.unwrap_err();
    assert!(again.contains("not in review any more"), "{again}");
    assert_eq!(
        (
            gateway.database.credited().await,
            gateway.database.webhook_events().await
        ),
        (1, 1)
    );
    assert_eq!(gateway.database.decisions().await, 1);
}

/// The page learns of what no webhook tells of.
#[tokio::test]
async fn a_second_payment_of_the_same_order_is_added_without_a_second_webhook() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway
        .status_when(&payment, |status| status["status"] == "paid")
        .await;
    let second = sent_to_review(&gateway, &payment, pay_amount(&payment)).await;
    let list = review(&gateway, &["list"]).await.unwrap();
    assert!(
        list.contains("paid_twice") && list.contains("it came twice"),
        "{list}"
    );

    let before = gateway.status(&payment).await;
    let path = format!(
        "/api/payment-status.php?payment_id={}&wait=25&v={}",
        payment["payment_id"], before["version"]
    );
    let held = tokio::spawn(gateway.get(&path).send());
    let added = accept(&gateway, second, &payment).await.unwrap();
    assert!(added.contains("was paid already"), "{added}");
    let answer = patiently("the held request", held).await.unwrap().unwrap();
    let after = json_of(answer).await["payment"].clone();
    let due: Usdt = pay_amount(&payment).parse().unwrap();
    let twice = Usdt::from_micro(due.micro() * 2).six_decimals().to_string();
    assert_eq!(after["received_amount"], twice);
    assert_eq!(after["version"], before["version"].as_u64().unwrap() + 1);
    assert_eq!(after["txid"], before["txid"]);
    assert_eq!(gateway.database.webhook_events().await, 1);
    assert_eq!(gateway.database.added().await, 1);
    let webhooks = gateway.receiver.wait_for(1, |_| true).await;
    assert!(webhooks[0].json().get("received_amount").is_none());
}

#[tokio::test]
async fn a_late_transfer_pays_late_and_the_orders_newer_payment_is_pointed_out() {
    let gateway = TestGateway::start().await;
    let old = gateway.create("ORDER_1", "50").await;
    gateway.let_pass(WINDOW_SECONDS);
    gateway.make_solid();
    gateway
        .status_when(&old, |status| status["status"] == "expired")
        .await;
    let new = gateway.create("ORDER_1", "50").await;
    let txid = sent_to_review(&gateway, &old, &plus(&old, 1_500_000)).await;
    let warning = format!("another payment that is still open, {}", new["payment_id"]);
    let show = review(&gateway, &["show", &txid.to_string()])
        .await
        .unwrap();
    assert!(
        show.contains(&warning) && show.contains("makes it paid, late"),
        "{show}"
    );
    let accepted = accept(&gateway, txid, &old).await.unwrap();
    assert!(accepted.contains(&warning), "{accepted}");
    let paid = gateway.status(&old).await;
    assert_eq!(
        (&paid["status"], &paid["late"]),
        (&json!("paid"), &json!(true))
    );
    assert_eq!(gateway.status(&new).await["status"], "pending");
    let show = review(&gateway, &["show", &txid.to_string()])
        .await
        .unwrap();
    assert!(show.contains("has another payment that is paid"), "{show}");
}

#[tokio::test]
async fn what_is_dismissed_can_be_listed_and_still_be_accepted() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let txid = sent_to_review(&gateway, &payment, "7").await;
    let name = txid.to_string();
    let unexplained = review(&gateway, &["dismiss", &name]).await.unwrap_err();
    assert!(unexplained.contains("--note"), "{unexplained}");
    let dismiss = ["dismiss", &name, "--note", "a gift"];
    review(&gateway, &dismiss).await.unwrap();
    let again = review(&gateway, &dismiss).await.unwrap_err();
    assert!(again.contains("dismissed already"), "{again}");
    assert_eq!(
        review(&gateway, &["list"]).await.unwrap(),
        "Nothing waits for review.\n"
    );
    let all = review(&gateway, &["list", "--all"]).await.unwrap();
    assert!(all.contains(&name) && all.contains("dismissed"), "{all}");
    assert_eq!(gateway.status(&payment).await["status"], "pending");

    accept(&gateway, txid, &payment).await.unwrap();
    assert_eq!(gateway.status(&payment).await["status"], "paid");
    let dismissed = review(&gateway, &dismiss).await.unwrap_err();
    assert!(dismissed.contains("not in review any more"), "{dismissed}");
    let show = review(&gateway, &["show", &name]).await.unwrap();
    assert!(
        show.contains(r#"(SUDO_USER alice)" dismissed it: "a gift""#),
        "{show}"
    );
    assert_eq!(gateway.database.decisions().await, 2);
}

#[tokio::test]
async fn a_decision_that_makes_no_sense_is_refused_in_one_sentence_and_changes_nothing() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let paying = gateway.transfer(&payment, pay_amount(&payment));
    let txid = sent_to_review(&gateway, &payment, "7").await;
    let failed = gateway.create("ORDER_2", "50").await;
    gateway.database.set_status("ORDER_2", "failed").await;
    let other_keys = gateway.add_project(2, &Setup::default()).await;
    let other = gateway.create_as(&other_keys, "ORDER_1", "50").await;
    let unknown = json!({ "payment_id": 1_u64 << 40 });
    let stranger = Txid::from_bytes([7; 32]);
    for (txid, payment, sentence) in [
        (txid, &unknown, "there is no payment 1099511627776"),
        (txid, &other, "is not of the project"),
        (txid, &failed, "the payment has failed"),
        (paying, &payment, "not in review any more"),
        (stranger, &payment, "no such transfer"),
    ] {
        let refused = accept(&gateway, txid, payment).await.unwrap_err();
        assert!(refused.contains(sentence), "{sentence}: {refused}");
        assert_eq!(refused.trim().lines().count(), 1, "{refused}");
    }
    gateway.database.set_network("ORDER_2", "nile").await;
    let refused = accept(&gateway, txid, &failed).await.unwrap_err();
    assert!(refused.contains("of another network"), "{refused}");
    for (arguments, sentence) in [
        (["show", "7"], "not a transaction ID"),
        (["list", "--project=9"], "there is no project 9"),
    ] {
        let refused = review(&gateway, &arguments).await.unwrap_err();
        assert!(refused.contains(sentence), "{refused}");
    }
    assert_eq!(gateway.database.in_review().await, 1);
    assert_eq!(
        (
            gateway.database.decisions().await,
            gateway.database.webhook_events().await
        ),
        (0, 1)
    );
}

#[tokio::test]
async fn transfers_of_one_transaction_are_told_apart_by_their_position() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let txid = sent_to_review(&gateway, &payment, "7").await;
    gateway
        .database
        .add_transfer_of_the_same_transaction()
        .await;
    let several = accept(&gateway, txid, &payment).await.unwrap_err();
    for part in [
        format!("{txid}:0 (7.000000 USDT"),
        format!("{txid}:9 (8.000000 USDT"),
    ] {
        assert!(several.contains(&part), "{several}");
    }
    let id = payment["payment_id"].to_string();
    let named = format!("{txid}:9");
    review(&gateway, &["accept", &named, "--payment", &id, "--yes"])
        .await
        .unwrap();
    assert_eq!(
        gateway.status(&payment).await["received_amount"],
        "8.000000"
    );
    // Only one is left, so that its position goes without saying.
    accept(&gateway, txid, &payment).await.unwrap();
    assert_eq!(
        gateway.status(&payment).await["received_amount"],
        "15.000000"
    );
}

#[tokio::test]
async fn the_list_is_ordered_by_time_and_safe_to_print_and_to_parse() {
    let gateway = TestGateway::start().await;
    let other_keys = gateway.add_project(2, &Setup::default()).await;
    // As older versions took it.
    let nasty = "A\u{202e}B\u{200b}\u{2066}é\u{2028}";
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.database.set_order_id("ORDER_1", nasty).await;
    let other = gateway.create_as(&other_keys, "ORDER_2", "9").await;
    let first = sent_to_review(&gateway, &payment, "50").await;
    let second = sent_to_review(&gateway, &other, "100").await;
    let third = sent_to_review(&gateway, &payment, "49").await;
    for arguments in [
        vec!["list"],
        vec!["show", &first.to_string()],
        vec!["list", "--json"],
    ] {
        let text = review(&gateway, &arguments).await.unwrap();
        let hidden = ['\u{202e}', '\u{200b}', '\u{2066}', '\u{2028}'];
        assert!(!text.contains(hidden), "{text:?}");
    }
    let listed = async |arguments: &[&str]| -> Vec<Value> {
        let text = review(&gateway, arguments).await.unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let all = listed(&["list", "--json"]).await;
    let names: Vec<_> = all
        .iter()
        .map(|one| one["transfer"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [first, second, third].map(|txid| format!("{txid}:0"))
    );
    assert_eq!(all[0]["candidate"]["order_id"], nasty);
    assert_eq!(all[0]["candidate"]["payment_id"], payment["payment_id"]);
    assert_eq!(all[0]["amount"], "50.000000");
    // It is like no payment, and only one was open there.
    assert_eq!(all[1]["candidate"]["payment_id"], other["payment_id"]);
    assert_eq!(
        all[1]["candidate"]["why"],
        "another amount, but no other payment was open at the address at that time"
    );
    let id = other_keys.app_id.to_string();
    let one = listed(&["list", "--json", "--project", &id]).await;
    assert_eq!(one, [all[1].clone()]);
}

#[tokio::test]
async fn dust_is_listed_on_demand_only_and_can_be_accepted_all_the_same() {
    let gateway = TestGateway::start().await;
    let other_keys = gateway.add_project(2, &Setup::default()).await;
    let payment = gateway.create("ORDER_1", "0.05").await;
    let poison = sent_to_review(&gateway, &payment, "0.000001").await;
    let short = sent_to_review(&gateway, &payment, "0.05").await;
    assert_eq!(
        review(&gateway, &["list"]).await.unwrap(),
        "Nothing waits for review.\nNot listed: 2 of dust, which --dust shows.\n"
    );
    assert_eq!(review(&gateway, &["list", "--json"]).await.unwrap(), "");
    let other = other_keys.app_id.to_string();
    assert_eq!(
        review(&gateway, &["list", "--project", &other])
            .await
            .unwrap(),
        "Nothing waits for review.\n"
    );
    let dust = review(&gateway, &["list", "--dust"]).await.unwrap();
    let id = payment["payment_id"].to_string();
    for part in [
        &poison.to_string(),
        &short.to_string(),
        &format!("perhaps payment {id}"),
        "0.000001 USDT  dust",
    ] {
        assert!(dust.contains(part), "{part} is not in\n{dust}");
    }
    assert!(!dust.contains("Not listed"), "{dust}");

    let show = review(&gateway, &["show", &short.to_string()])
        .await
        .unwrap();
    assert!(show.contains("less than 0.10 USDT"), "{show}");
    accept(&gateway, short, &payment).await.unwrap();
    assert_eq!(gateway.status(&payment).await["status"], "paid");
    // What was decided is no flood.
    let all = review(&gateway, &["list", "--all"]).await.unwrap();
    assert!(
        all.contains(&short.to_string()) && !all.contains(&poison.to_string()),
        "{all}"
    );
    assert!(all.contains("Not listed: 1 of dust"), "{all}");
}

#[tokio::test]
async fn two_operators_at_once_credit_once() {
    let gateway = TestGateway::start().await;
    for round in 0_i64..3 {
        let [one, two] = [
            gateway.create(&format!("ORDER_{round}"), "50").await,
            gateway.create(&format!("OTHER_{round}"), "50").await,
        ];
        // One transfer for two payments.
        let txid = sent_to_review(&gateway, &one, "7").await;
        let results = tokio::join!(accept(&gateway, txid, &one), accept(&gateway, txid, &two));
        let ((Ok(_), Err(refused)) | (Err(refused), Ok(_))) = results else {
            panic!("{results:?}");
        };
        assert!(refused.contains("not in review any more"), "{refused}");
        assert_eq!(gateway.database.webhook_events().await, round * 2 + 1);
        // Two transfers for one payment: the one that is open still.
        let mut open = two;
        if gateway.status(&open).await["status"] == "paid" {
            open = one;
        }
        let first = sent_to_review(&gateway, &open, "20").await;
        let second = sent_to_review(&gateway, &open, "30").await;
        let results = tokio::join!(
            accept(&gateway, first, &open),
            accept(&gateway, second, &open)
        );
        assert!(matches!(results, (Ok(_), Ok(_))), "{results:?}");
        assert_eq!(gateway.status(&open).await["received_amount"], "50.000000");
        assert_eq!(gateway.database.webhook_events().await, round * 2 + 2);
        assert_eq!(gateway.database.credited().await, round * 2 + 2);
        assert_eq!(gateway.database.added().await, round + 1);
    }
}

#[tokio::test]
async fn an_operator_and_the_watcher_at_once_credit_once() {
    let gateway = TestGateway::start().await;
    for round in 0_i64..3 {
        let payment = gateway.create(&format!("ORDER_{round}"), "50").await;
        let short = sent_to_review(&gateway, &payment, &plus(&payment, -1_000_000)).await;
        let exact = transfer_to(&payment, pay_amount(&payment));
        gateway.devchain.transfer(&exact);
        gateway.make_solid();
        let (accepted, ()) = tokio::join!(accept(&gateway, short, &payment), gateway.catch_up());
        accepted.unwrap();
        assert_eq!(gateway.status(&payment).await["status"], "paid");
        assert_eq!(gateway.database.credited().await, round + 1);
        assert_eq!(gateway.database.webhook_events().await, round + 1);
        // The other one has its place too, whichever came second.
        assert_eq!(
            gateway.database.added().await + gateway.database.in_review().await,
            round + 1
        );
    }
}

#[tokio::test]
async fn two_parts_accepted_at_once_give_one_webhook_with_their_sum() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "25").await;
    let [first, second] = parts(&payment);
    let first = sent_to_review(&gateway, &payment, &first).await;
    let second = sent_to_review(&gateway, &payment, &second).await;
    // In whatever order they are named.
    let accepted = accept_all(&gateway, &[second, first], &payment, &[]).await;
    let accepted = accepted.unwrap();
    let due = pay_amount(&payment);
    let told = format!("is paid: {due} of {due} USDT; the webhook goes out");
    assert!(accepted.contains(&told), "{accepted}");
    let paid = gateway
        .status_when(&payment, |status| status["status"] == "paid")
        .await;
    assert_eq!(paid["received_amount"], due);
    assert_eq!(paid["txid"], second.to_string());
    let webhooks = gateway.receiver.wait_for(1, |_| true).await;
    assert_eq!(webhooks[0].json()["txid"], second.to_string());
    // As when it came in one piece.
    assert_eq!(webhooks[0].json().get("received_amount"), None);
    assert_eq!(gateway.database.webhook_events().await, 1);
    assert_eq!(
        (
            gateway.database.credited().await,
            gateway.database.added().await
        ),
        (1, 1)
    );
    assert_eq!(gateway.database.decisions().await, 2);
    for txid in [first, second] {
        let show = review(&gateway, &["show", &txid.to_string()])
            .await
            .unwrap();
        assert!(show.contains(r#"(SUDO_USER alice)" accepted it"#), "{show}");
    }
}

#[tokio::test]
async fn what_does_not_reach_what_is_due_changes_nothing_without_a_yes() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "25").await;
    let due = pay_amount(&payment);
    let [first, second] = parts(&payment);
    let first = sent_to_review(&gateway, &payment, &first).await;
    let refused = accept_all(&gateway, &[first], &payment, &[]).await;
    let refused = refused.unwrap_err();
    let why = format!("12.000000 USDT do not reach the {due} USDT that are due");
    assert!(
        refused.contains(&why) && refused.contains("--yes"),
        "{refused}"
    );
    assert_eq!(refused.trim().lines().count(), 1, "{refused}");
    assert_eq!(gateway.status(&payment).await["status"], "pending");
    assert_eq!(
        (
            gateway.database.decisions().await,
            gateway.database.webhook_events().await
        ),
        (0, 0)
    );

    let accepted = accept_all(&gateway, &[first], &payment, &["--yes"]).await;
    let accepted = accepted.unwrap();
    assert!(
        accepted.starts_with(&format!("Warning: {why}.\n")),
        "{accepted}"
    );
    let webhooks = gateway.receiver.wait_for(1, |_| true).await;
    assert_eq!(webhooks[0].json()["received_amount"], "12.000000");
    // The missing rest is what is due then, and nobody is asked.
    let second = sent_to_review(&gateway, &payment, &second).await;
    let added = accept_all(&gateway, &[second], &payment, &[])
        .await
        .unwrap();
    assert!(added.contains("no second webhook goes out"), "{added}");
    assert_eq!(gateway.status(&payment).await["received_amount"], due);
    let third = sent_to_review(&gateway, &payment, "0.5").await;
    let refused = accept_all(&gateway, &[third], &payment, &[]).await;
    let refused = refused.unwrap_err();
    assert!(refused.contains("nothing is due any more"), "{refused}");
    assert_eq!(gateway.database.webhook_events().await, 1);
}

#[tokio::test]
async fn far_too_much_and_a_payment_that_is_no_candidate_are_asked_about() {
    let gateway = TestGateway::start_with(Setup {
        addresses: 2,
        ..Setup::default()
    })
    .await;
    let payment = gateway.create("ORDER_1", "25").await;
    let much = sent_to_review(&gateway, &payment, "777.77").await;
    let refused = accept_all(&gateway, &[much], &payment, &[]).await;
    let refused = refused.unwrap_err();
    let far_more = "777.770000 USDT are far more than the";
    assert!(refused.contains(far_more), "{refused}");
    // The right sum, at another address of the project.
    let exact = sent_to_review(&gateway, &payment, &plus(&payment, 1)).await;
    gateway.database.move_transfers_below("30").await;
    let refused = accept_all(&gateway, &[exact], &payment, &[]).await;
    let refused = refused.unwrap_err();
    for part in ["not among the candidates", "address is another one"] {
        assert!(refused.contains(part), "{refused}");
    }
    assert_eq!(gateway.database.in_review().await, 2);
    assert_eq!(
        (
            gateway.database.decisions().await,
            gateway.database.webhook_events().await
        ),
        (0, 0)
    );
    accept_all(&gateway, &[much], &payment, &["--yes"])
        .await
        .unwrap();
    let webhooks = gateway.receiver.wait_for(1, |_| true).await;
    assert_eq!(webhooks[0].json()["received_amount"], "777.770000");
}

#[tokio::test]
async fn of_several_transfers_all_are_accepted_or_none() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "25").await;
    let exact = gateway.transfer(&payment, pay_amount(&payment));
    let [first, second] = parts(&payment);
    let first = sent_to_review(&gateway, &payment, &first).await;
    let other = gateway.create("ORDER_2", "25").await;
    let second = sent_to_review(&gateway, &payment, &second).await;
    for (transfers, why) in [
        (vec![first, exact], "is not in review any more"),
        (vec![first, Txid::from_bytes([7; 32])], "no such transfer"),
        (vec![first, second, first], "is named twice"),
    ] {
        let refused = accept_all(&gateway, &transfers, &other, &["--yes"]).await;
        let refused = refused.unwrap_err();
        assert!(refused.contains(why), "{refused}");
        assert_eq!(refused.trim().lines().count(), 1, "{refused}");
    }
    assert_eq!(gateway.database.in_review().await, 2);
    assert_eq!(gateway.database.decisions().await, 0);
}

#[tokio::test]
async fn two_operators_who_accept_the_same_parts_at_once_credit_once() {
    let gateway = TestGateway::start().await;
    for round in 0_i64..3 {
        let payment = gateway.create(&format!("ORDER_{round}"), "25").await;
        let mut sent = Vec::new();
        for part in parts(&payment) {
            sent.push(sent_to_review(&gateway, &payment, &part).await);
        }
        let results = tokio::join!(
            accept_all(&gateway, &sent, &payment, &[]),
            accept_all(&gateway, &sent, &payment, &[])
        );
        let ((Ok(_), Err(refused)) | (Err(refused), Ok(_))) = results else {
            panic!("{results:?}");
        };
        assert!(refused.contains("not in review any more"), "{refused}");
        let status = gateway.status(&payment).await;
        assert_eq!(status["received_amount"], pay_amount(&payment));
        assert_eq!(gateway.database.webhook_events().await, round + 1);
        assert_eq!(gateway.database.credited().await, round + 1);
        assert_eq!(gateway.database.added().await, round + 1);
    }
}

/// `review accept` for one transfer.
fn accepting(gateway: &TestGateway, txid: Txid, payment: &Value) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usdt-gateway"));
    command
        .args(["review", "accept", &txid.to_string()])
        .args(["--payment", &payment["payment_id"].to_string(), "--config"])
        .arg(gateway.data_dir().join("gateway.toml"));
    command
}

/// What an operator at a terminal is shown, who types `answer` when asked, and whether the command
/// succeeded. `meanwhile` is what another operator does between question and answer.
async fn at_a_terminal(
    mut command: Command,
    answer: &'static str,
    meanwhile: Option<Command>,
) -> (String, bool) {
    let session = move || {
        let operator = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&operator).unwrap();
        unlockpt(&operator).unwrap();
        let name = ptsname(&operator, Vec::new()).unwrap();
        let name = name.into_string().unwrap();
        let terminal = OpenOptions::new().read(true).write(true).open(name);
        let terminal = terminal.unwrap();
        command
            .stdout(Stdio::null())
            .stdin(terminal.try_clone().unwrap())
            .stderr(terminal);
        let mut child = command.spawn().unwrap();
        // Its copies of the terminal would keep this end from seeing that all is said.
        drop(command);
        let mut operator = std::fs::File::from(operator);
        let (mut shown, mut meanwhile) = (Vec::new(), meanwhile);
        let mut is_answered = false;
        let mut buffer = [0; 4_096];
        while let Ok(read @ 1..) = operator.read(&mut buffer) {
            shown.extend_from_slice(&buffer[..read]);
            if !is_answered && shown.ends_with(b"[y/N] ") {
                if let Some(mut command) = meanwhile.take() {
                    let done = command.output().unwrap();
                    assert!(done.status.success(), "{done:?}");
                }
                operator.write_all(answer.as_bytes()).unwrap();
                is_answered = true;
            }
        }
        let shown = String::from_utf8(shown).unwrap();
        (shown, child.wait().unwrap().success())
    };
    let session = tokio::task::spawn_blocking(session);
    patiently("the operator's session", session).await.unwrap()
}

#[tokio::test]
async fn an_operator_at_a_terminal_sees_figures_and_warnings_and_is_asked_before_anything_is_done()
{
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "25").await;
    let sibling = gateway.create("ORDER_2", "25").await;
    gateway.database.set_status("ORDER_2", "expired").await;
    gateway.database.set_order_id("ORDER_2", "ORDER_1").await;
    let short = sent_to_review(&gateway, &sibling, "12").await;
    for answer in ["n\n", "\n"] {
        let (shown, succeeded) =
            at_a_terminal(accepting(&gateway, short, &sibling), answer, None).await;
        for part in [
            "12.000000 USDT do not reach the".to_owned(),
            format!("{} USDT to pay", pay_amount(&sibling)),
            format!(
                "another payment that is still open, {}",
                payment["payment_id"]
            ),
            "makes it paid with 12.000000 USDT; the webhook goes out".to_owned(),
            "[y/N]".to_owned(),
            "nothing was accepted".to_owned(),
        ] {
            assert!(shown.contains(&part), "{part} is not in\n{shown}");
        }
        assert!(!succeeded);
        assert_eq!(gateway.database.decisions().await, 0);
    }
    let (shown, succeeded) = at_a_terminal(accepting(&gateway, short, &sibling), "y\n", None).await;
    assert!(succeeded, "{shown}");
    let status = gateway.status(&sibling).await;
    assert_eq!(status["received_amount"], "12.000000");
}

#[tokio::test]
async fn what_an_operator_agreed_to_is_done_as_it_was_shown_or_not_at_all() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "25").await;
    let first = sent_to_review(&gateway, &payment, "12").await;
    let second = sent_to_review(&gateway, &payment, "7").await;
    let mut other = accepting(&gateway, first, &payment);
    other.arg("--yes");
    let command = accepting(&gateway, second, &payment);
    let (shown, succeeded) = at_a_terminal(command, "y\n", Some(other)).await;
    assert!(
        !succeeded && shown.contains("has changed meanwhile"),
        "{shown}"
    );
    let status = gateway.status(&payment).await;
    assert_eq!(status["received_amount"], "12.000000");
    assert_eq!(gateway.database.in_review().await, 1);
    assert_eq!(
        (
            gateway.database.decisions().await,
            gateway.database.webhook_events().await
        ),
        (1, 1)
    );
}
