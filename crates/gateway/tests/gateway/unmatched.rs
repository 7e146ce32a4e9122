//! What a payer is told of money that has come and not paid, and of a chain that is not read

use reqwest::StatusCode;
use serde_json::{Value, json};
use usdt_devchain::Transfer;
use usdt_gateway::payments::LatePolicy;
use usdt_protocol::{TronAddress, Txid, Usdt};

use crate::faulty_node::Fault;
use crate::merchant::sign;
use crate::patience::patiently;
use crate::test_gateway::{Setup, TestGateway, WINDOW_SECONDS, json_of, pay_amount, transfer_to};

/// The amount to pay and so much more or less, in micro-USDT.
pub fn plus(payment: &Value, micro: i64) -> Usdt {
    let due: Usdt = pay_amount(payment).parse().unwrap();
    Usdt::from_micro(due.micro().checked_add_signed(micro).unwrap())
}

/// Sends an amount to the payment's address, and returns once the gateway has recorded it.
async fn sent(gateway: &TestGateway, payment: &Value, amount: &str) -> Txid {
    let txid = gateway.transfer(payment, amount);
    gateway.make_solid();
    gateway.catch_up().await;
    txid
}

pub fn shown(amount: Usdt, txid: Txid) -> Value {
    json!({"amount": amount.six_decimals().to_string(), "txid": txid})
}

async fn claim(gateway: &TestGateway, payment: &Value, txid: Txid) -> Value {
    let body = json!({"payment_id": payment["payment_id"], "txid": txid});
    let response = gateway.post("/api/claim.php").json(&body).send().await;
    let response = response.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let answer = json_of(response).await;
    assert_eq!(answer["claim"]["result"], "under_review", "{answer}");
    answer["payment"].clone()
}

async fn decide(gateway: &TestGateway, arguments: &[&str]) {
    let mut all = vec!["review"];
    all.extend(arguments);
    let output = gateway.command(&all).await;
    assert!(output.status.success(), "{output:?}");
}

/// Waits for the next change as the page does, while `happens`.
pub async fn change(gateway: &TestGateway, payment: &Value, happens: impl Future) -> Value {
    let version = gateway.status(payment).await["version"].clone();
    let path = format!(
        "/api/payment-status.php?payment_id={}&wait=25&v={version}",
        payment["payment_id"]
    );
    let held = tokio::spawn(gateway.get(&path).send());
    happens.await;
    let answer = patiently("the held request", held).await.unwrap().unwrap();
    let changed = json_of(answer).await["payment"].clone();
    // One that is held to its end is answered too, but without the news.
    assert!(changed["version"].as_u64() > version.as_u64(), "{changed}");
    changed
}

#[tokio::test]
async fn money_that_came_short_or_over_is_shown_until_it_is_decided_also_once_paid() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let short = plus(&payment, -1_000_000);
    let amount = short.six_decimals().to_string();
    let first = sent(&gateway, &payment, &amount).await;
    let status = gateway.status(&payment).await;
    assert_eq!(status["unmatched"], shown(short, first));
    assert_eq!(status["status"], "pending");
    assert!(status.get("chain_delay").is_none());

    let over = plus(&payment, 500_000);
    let last = sent(&gateway, &payment, &over.six_decimals().to_string()).await;
    let both = Usdt::from_micro(short.micro() + over.micro());
    assert_eq!(
        gateway.status(&payment).await["unmatched"],
        shown(both, last)
    );
    let path = format!(
        "/api/payment-status.php?payment_id={}",
        payment["payment_id"]
    );
    let signed = gateway
        .get(&path)
        .header("x-api-key", &gateway.keys.api_key)
        .header("x-signature", sign(&gateway.keys.secret, ""));
    let own = json_of(signed.send().await.unwrap()).await["payment"].clone();
    assert_eq!(own["order_id"], "ORDER_1");
    assert_eq!(own["unmatched"], shown(both, last));

    sent(&gateway, &payment, pay_amount(&payment)).await;
    let paid = gateway.status(&payment).await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["unmatched"], shown(both, last));

    let dismiss = async |txid: Txid| {
        let name = txid.to_string();
        decide(&gateway, &["dismiss", &name, "--note", "paid back"]).await;
    };
    let status = change(&gateway, &payment, dismiss(last)).await;
    assert_eq!(status["unmatched"], shown(short, first));
    dismiss(first).await;
    assert!(gateway.status(&payment).await.get("unmatched").is_none());
}

#[tokio::test]
async fn a_late_payment_that_a_person_must_decide_about_is_shown() {
    let setup = Setup {
        late_policy: LatePolicy::Review,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.let_pass(WINDOW_SECONDS);
    let txid = sent(&gateway, &payment, pay_amount(&payment)).await;
    let status = gateway.status(&payment).await;
    assert_eq!(status["status"], "expired");
    assert_eq!(status["unmatched"], shown(plus(&payment, 0), txid));
}

#[tokio::test]
async fn both_halves_are_shown_where_only_one_payment_is_open() {
    let gateway = TestGateway::start().await;
    // The other half of the second resembles the amount to pay by itself.
    for (paid, half) in (0..).zip([20_050_000, 20_000_000]) {
        let payment = gateway.create(&format!("ORDER_{paid}"), "50").await;
        let first = Usdt::from_micro(half).six_decimals().to_string();
        sent(&gateway, &payment, &first).await;
        let alone = gateway.status(&payment).await;
        // Once this sender has paid, the half may be a stranger's.
        assert_eq!(alone.get("unmatched").is_some(), paid == 0, "{alone}");
        let rest = plus(&payment, -half.cast_signed())
            .six_decimals()
            .to_string();
        let last = sent(&gateway, &payment, &rest).await;
        let status = gateway.status(&payment).await;
        assert_eq!(status["unmatched"], shown(plus(&payment, 0), last));
        assert_eq!(gateway.database.credited().await, paid);
        sent(&gateway, &payment, pay_amount(&payment)).await;
    }
}

#[tokio::test]
async fn money_of_any_size_is_shown_where_only_one_payment_was_open() {
    for amount in ["30", "0.1", "50000", "18000000000000"] {
        let gateway = TestGateway::start().await;
        let payment = gateway.create("ORDER_1", "50").await;
        let txid = sent(&gateway, &payment, amount).await;
        let status = gateway.status(&payment).await;
        let amount: Usdt = amount.parse().unwrap();
        assert_eq!(status["unmatched"], shown(amount, txid));
        assert_eq!(status["status"], "pending");
        assert_eq!(gateway.database.credited().await, 0);
        let listed = gateway.command(&["review", "list"]).await;
        let listed = String::from_utf8(listed.stdout).unwrap();
        assert!(listed.contains("no other payment was open"), "{listed}");
        sent(&gateway, &payment, pay_amount(&payment)).await;
        assert_eq!(gateway.status(&payment).await["status"], "paid");
    }
}

/// More payments than are looked at one by one, all paid but one.
#[tokio::test]
async fn money_of_any_size_is_shown_where_many_were_paid_and_only_one_was_open() {
    let gateway = TestGateway::start().await;
    let mut payments = Vec::new();
    for order in 0..60 {
        payments.push(gateway.create(&format!("ORDER_{order}"), "50").await);
    }
    let open = payments.pop().unwrap();
    let from = Some(TronAddress::from_bytes([5; 20]));
    for payment in &payments {
        gateway.devchain.transfer(&Transfer {
            from,
            ..transfer_to(payment, pay_amount(payment))
        });
    }
    gateway.make_solid();
    gateway.catch_up().await;
    assert_eq!(gateway.database.credited().await, 59);
    let txid = sent(&gateway, &open, "7").await;
    let status = gateway.status(&open).await;
    assert_eq!(status["unmatched"], shown("7".parse().unwrap(), txid));
    assert_eq!(gateway.database.credited().await, 59);
}

#[tokio::test]
async fn money_of_any_size_is_shown_to_nobody_who_may_be_a_stranger() {
    let gateway = TestGateway::start().await;
    let first = gateway.create("ORDER_1", "50").await;
    let second = gateway.create("ORDER_2", "70").await;
    // Two were open.
    sent(&gateway, &first, "30").await;
    // Bots send dust to whatever is in use.
    sent(&gateway, &first, "0.000001").await;
    sent(&gateway, &first, pay_amount(&first)).await;
    // Only one is, and whoever paid the other one sends more.
    sent(&gateway, &first, "31").await;
    let status = gateway.status(&second).await;
    assert!(status.get("unmatched").is_none(), "{status}");

    let other = Transfer {
        from: Some(TronAddress::from_bytes([5; 20])),
        ..transfer_to(&second, "32")
    };
    let txid = gateway.devchain.transfer(&other)[0];
    gateway.make_solid();
    gateway.catch_up().await;
    let status = gateway.status(&second).await;
    assert_eq!(status["unmatched"], shown("32".parse().unwrap(), txid));
    assert_eq!(gateway.database.credited().await, 1);
}

#[tokio::test]
async fn money_that_may_be_anybodys_is_shown_to_those_who_claim_it_until_it_is_decided() {
    let gateway = TestGateway::start().await;
    let [one, two] = [
        gateway.create("ORDER_1", "50").await,
        gateway.create("ORDER_2", "50").await,
    ];
    let before = [gateway.status(&one).await, gateway.status(&two).await];
    let txid = sent(&gateway, &one, "50").await;
    for (payment, before) in [&one, &two].into_iter().zip(before) {
        let status = gateway.status(payment).await;
        assert!(status.get("unmatched").is_none(), "{status}");
        assert_eq!(status["version"], before["version"]);
    }

    let price: Usdt = "50".parse().unwrap();
    let mut answer = Value::Null;
    let claims = async { answer = claim(&gateway, &one, txid).await };
    let status = change(&gateway, &one, claims).await;
    assert_eq!(status["unmatched"], shown(price, txid));
    assert_eq!(answer["unmatched"], status["unmatched"]);
    assert_eq!(answer["version"], status["version"]);
    assert!(gateway.status(&two).await.get("unmatched").is_none());
    // Once is enough: nobody is woken by saying it again.
    let again = claim(&gateway, &one, txid).await;
    assert_eq!(again["version"], status["version"]);
    // Whoever claims it too takes nothing away.
    claim(&gateway, &two, txid).await;
    for payment in [&one, &two] {
        let status = gateway.status(payment).await;
        assert_eq!(status["unmatched"], shown(price, txid));
        assert_eq!(status["status"], "pending");
    }

    // What is decided is shown to nobody any more, and both are told.
    let (name, id) = (txid.to_string(), one["payment_id"].to_string());
    let dismiss = ["dismiss", &name, "--note", "a gift"];
    let status = change(&gateway, &one, decide(&gateway, &dismiss)).await;
    assert!(status.get("unmatched").is_none(), "{status}");
    assert!(gateway.status(&two).await.get("unmatched").is_none());
    let claimed = claim(&gateway, &two, txid).await;
    assert!(claimed.get("unmatched").is_none(), "{claimed}");

    let other = sent(&gateway, &two, "50").await;
    claim(&gateway, &two, other).await;
    let name = other.to_string();
    let accept = ["accept", &name, "--payment", &id, "--yes"];
    let status = change(&gateway, &two, decide(&gateway, &accept)).await;
    assert!(status.get("unmatched").is_none(), "{status}");
    assert_eq!(gateway.status(&one).await["status"], "paid");
    assert_eq!(gateway.database.credited().await, 1);
}

#[tokio::test]
async fn a_claim_shows_nothing_of_other_addresses_or_for_a_payment_that_is_paid() {
    let setup = Setup {
        addresses: 2,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let one = gateway.create("ORDER_1", "50").await;
    let mut elsewhere = gateway.create("ORDER_2", "50").await;
    while elsewhere["address"] == one["address"] {
        let order = format!("ORDER_{}", elsewhere["payment_id"]);
        elsewhere = gateway.create(&order, "50").await;
    }
    let txid = sent(&gateway, &elsewhere, "7").await;
    let claimed = claim(&gateway, &one, txid).await;
    assert!(claimed.get("unmatched").is_none(), "{claimed}");

    sent(&gateway, &one, pay_amount(&one)).await;
    let twice = sent(&gateway, &one, pay_amount(&one)).await;
    let claimed = claim(&gateway, &one, twice).await;
    assert_eq!(claimed["status"], "paid");
    assert!(claimed.get("unmatched").is_none(), "{claimed}");
}

/// More payments than are looked at one by one.
#[tokio::test]
async fn a_payer_is_known_by_decimals_among_many() {
    let gateway = TestGateway::start().await;
    let mut payments = Vec::new();
    for number in 0..60 {
        let order = format!("ORDER_{number}");
        payments.push(
            gateway
                .create(&order, &format!("{}", 20 + number / 6))
                .await,
        );
    }
    let payer = &payments[7];
    let short = plus(payer, -15_000_000);
    let txid = sent(&gateway, payer, &short.six_decimals().to_string()).await;
    for payment in &payments {
        let status = gateway.status(payment).await;
        if payment["payment_id"] == payer["payment_id"] {
            assert_eq!(status["unmatched"], shown(short, txid));
        } else {
            assert!(status.get("unmatched").is_none(), "{status}");
        }
    }
}

#[tokio::test]
async fn a_delay_is_shown_while_the_node_is_silent_and_gone_afterwards() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.make_solid();
    gateway.catch_up().await;
    assert!(gateway.status(&payment).await.get("chain_delay").is_none());
    gateway
        .node
        .fail("/walletsolidity/getblock", Fault::Answer(503, ""));
    gateway.devchain.mine(40);
    let until = async |is_shown| {
        loop {
            let status = gateway.status(&payment).await;
            if status.get("chain_delay").is_some() == is_shown {
                return status;
            }
        }
    };
    let status = patiently("the delay", until(true)).await;
    assert_eq!(status["chain_delay"], 120);
    gateway.node.heal();
    let after = patiently("the end of the delay", until(false)).await;
    assert_eq!(after["version"], status["version"]);
    assert_eq!(after["status"], "pending");
}
