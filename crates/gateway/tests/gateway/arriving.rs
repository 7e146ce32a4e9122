//! What a payer is told of money of another amount before its block is final.

use serde_json::Value;
use usdt_gateway::config::Watch;
use usdt_gateway::payments::LatePolicy;
use usdt_protocol::{Txid, Usdt};

use crate::merchant::sign;
use crate::patience::patiently;
use crate::test_gateway::{Setup, TestGateway, WINDOW_SECONDS, json_of, pay_amount};
use crate::unmatched::{change, plus, shown};

/// Sends an amount to the payment's address, and mines it.
fn sent(gateway: &TestGateway, payment: &Value, amount: Usdt) -> Txid {
    let txid = gateway.transfer(payment, &amount.six_decimals().to_string());
    gateway.devchain.mine(1);
    txid
}

/// The same, while the payment is waited for as the page does. Returns its next version too.
async fn told(gateway: &TestGateway, payment: &Value, amount: Usdt) -> (Txid, Value) {
    let mut txid = None;
    let happens = async { txid = Some(sent(gateway, payment, amount)) };
    let status = change(gateway, payment, happens).await;
    (txid.unwrap(), status)
}

/// The first status that shows the money as waiting for review. Up to then, none is without it,
/// and none shows it twice.
async fn final_without_a_gap(gateway: &TestGateway, payment: &Value) -> Value {
    let follow = async {
        loop {
            let status = gateway.status(payment).await;
            let is_final = status["unmatched"].is_object();
            assert_ne!(status["arriving"].is_object(), is_final, "{status}");
            if is_final {
                return status;
            }
        }
    };
    patiently("the end of what is on its way", follow).await
}

async fn assert_not_told(gateway: &TestGateway, payment: &Value) {
    gateway.catch_up().await;
    let status = gateway.status(payment).await;
    assert!(status.get("arriving").is_none(), "{status}");
}

/// What the amount to pay becomes when it is rounded up to two decimals.
fn rounded(payment: &Value) -> Usdt {
    let due = plus(payment, 0).micro();
    Usdt::from_micro(due.next_multiple_of(10_000))
}

#[tokio::test]
async fn another_amount_is_told_with_the_next_block_and_waits_for_review_once_it_is_final() {
    for watch in [Watch::Logs, Watch::Receipts] {
        for amount in ["50", "49", "25", "60", "rounded"] {
            let setup = Setup {
                watch,
                ..Setup::default()
            };
            let gateway = TestGateway::start_with(setup).await;
            let payment = gateway.create("ORDER_1", "50").await;
            let amount = amount.parse().unwrap_or_else(|_| rounded(&payment));
            let (txid, status) = told(&gateway, &payment, amount).await;
            assert_eq!(status["arriving"], shown(amount, txid));
            assert_eq!(status["status"], "pending");
            for absent in ["unmatched", "txid", "received_amount"] {
                assert!(status.get(absent).is_none(), "{status}");
            }
            assert_eq!(status["confirmations"], 0);
            assert_eq!(gateway.database.transfers().await, 0);
            assert_eq!(gateway.database.webhook_events().await, 0);
            // Once is enough: nobody is woken by each further block.
            gateway.devchain.mine(5);
            gateway.catch_up().await;
            let version = gateway.status(&payment).await["version"].clone();
            assert_eq!(version, status["version"]);

            let becomes_final = async {
                gateway.make_solid();
                final_without_a_gap(&gateway, &payment).await
            };
            let status = change(&gateway, &payment, becomes_final).await;
            assert_eq!(status["unmatched"], shown(amount, txid));
            assert!(status.get("arriving").is_none(), "{status}");
            assert_eq!(status["status"], "pending");
            assert_eq!(gateway.database.credited().await, 0);
            assert_eq!(gateway.database.webhook_events().await, 0);
        }
    }
}

#[tokio::test]
async fn what_is_on_its_way_is_summed_up_and_the_merchant_sees_it_too() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    told(&gateway, &payment, "20".parse().unwrap()).await;
    let (last, status) = told(&gateway, &payment, "7".parse().unwrap()).await;
    let sum = shown("27".parse().unwrap(), last);
    assert_eq!(status["arriving"], sum);
    let path = format!(
        "/api/payment-status.php?payment_id={}",
        payment["payment_id"]
    );
    let signed = gateway
        .get(&path)
        .header("x-api-key", &gateway.keys.api_key)
        .header("x-signature", sign(&gateway.keys.secret, ""));
    let own = json_of(signed.send().await.unwrap()).await["payment"].clone();
    assert_eq!(own["arriving"], sum);
}

#[tokio::test]
async fn what_a_fork_has_dropped_is_not_told_any_more_when_the_chain_has_passed_it() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let short = plus(&payment, -1_000_000);
    let (_, before) = told(&gateway, &payment, short).await;
    gateway.devchain.mine(4);
    // Other nodes may have it still.
    gateway.devchain.fork(5, false).unwrap();
    gateway.devchain.mine(6);
    gateway.catch_up().await;
    assert_eq!(
        gateway.status(&payment).await["arriving"],
        before["arriving"]
    );
    let passes = async { gateway.devchain.mine(20) };
    let after = change(&gateway, &payment, passes).await;
    for absent in ["arriving", "unmatched"] {
        assert!(after.get(absent).is_none(), "{after}");
    }
    assert_eq!(after["status"], "pending");
    assert_eq!(gateway.database.transfers().await, 0);

    // One that comes into another block is told on.
    let (txid, _) = told(&gateway, &payment, short).await;
    gateway.devchain.mine(4);
    gateway.devchain.fork(5, true).unwrap();
    gateway.make_solid();
    let status = final_without_a_gap(&gateway, &payment).await;
    assert_eq!(status["unmatched"], shown(short, txid));
}

#[tokio::test]
async fn where_two_payments_are_open_only_the_one_that_was_clearly_meant_is_told() {
    let gateway = TestGateway::start().await;
    let [one, two] = [
        gateway.create("ORDER_1", "50").await,
        gateway.create("ORDER_2", "50").await,
    ];
    let versions = [gateway.status(&one).await, gateway.status(&two).await];
    // The price of both, and an amount like neither.
    for amount in ["50", "31"] {
        sent(&gateway, &one, amount.parse().unwrap());
    }
    for (payment, before) in [&one, &two].into_iter().zip(versions) {
        assert_not_told(&gateway, payment).await;
        assert_eq!(gateway.status(payment).await["version"], before["version"]);
    }
    let fee_kept = plus(&two, -1_000_000);
    let (txid, status) = told(&gateway, &two, fee_kept).await;
    assert_eq!(status["arriving"], shown(fee_kept, txid));
    assert_not_told(&gateway, &one).await;
}

#[tokio::test]
async fn dust_is_told_to_nobody() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    for amount in ["0.000001", "0.099999"] {
        sent(&gateway, &payment, amount.parse().unwrap());
    }
    assert_not_told(&gateway, &payment).await;
}

#[tokio::test]
async fn money_of_a_payer_who_has_paid_another_payment_is_told_to_nobody() {
    let gateway = TestGateway::start().await;
    let other = gateway.create("ORDER_1", "70").await;
    gateway.transfer(&other, pay_amount(&other));
    gateway.make_solid();
    gateway
        .status_when(&other, |payment| payment["status"] == "paid")
        .await;
    let payment = gateway.create("ORDER_2", "50").await;
    sent(&gateway, &payment, "31".parse().unwrap());
    assert_not_told(&gateway, &payment).await;
    // Twice the first one's amount: the first is paid.
    sent(&gateway, &other, plus(&other, 0));
    for payment in [&payment, &other] {
        assert_not_told(&gateway, payment).await;
    }
}

#[tokio::test]
async fn the_exact_amount_beside_it_is_seen_and_pays_and_ends_the_news() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let exact = gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(1);
    gateway
        .status_when(&payment, |payment| payment["txid"].is_string())
        .await;
    let short = plus(&payment, -1_000_000);
    let (txid, _) = told(&gateway, &payment, short).await;
    let status = gateway
        .status_when(&payment, |payment| payment["arriving"].is_object())
        .await;
    assert_eq!(status["txid"], exact.to_string());
    assert_eq!(status["arriving"], shown(short, txid));

    gateway.devchain.mine(19);
    let paid = gateway
        .status_when(&payment, |payment| payment["status"] == "paid")
        .await;
    assert_eq!(paid["txid"], exact.to_string());
    assert!(paid.get("arriving").is_none(), "{paid}");
    assert_eq!(gateway.database.credited().await, 1);
    assert_eq!(gateway.database.webhook_events().await, 1);
}

#[tokio::test]
async fn another_amount_that_comes_late_is_told_too() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.let_pass(WINDOW_SECONDS);
    gateway.make_solid();
    gateway
        .status_when(&payment, |payment| payment["status"] == "expired")
        .await;
    let short = plus(&payment, -1_000_000);
    let (txid, status) = told(&gateway, &payment, short).await;
    assert_eq!(status["arriving"], shown(short, txid));
    assert_eq!(status["status"], "expired");
    gateway.make_solid();
    let status = final_without_a_gap(&gateway, &payment).await;
    assert_eq!(status["status"], "expired");
    assert_eq!(status["unmatched"], shown(short, txid));
}

#[tokio::test]
async fn the_exact_amount_that_comes_late_is_seen_and_not_told_as_another_one() {
    let setup = Setup {
        late_policy: LatePolicy::Review,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.let_pass(WINDOW_SECONDS);
    gateway.make_solid();
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(1);
    gateway
        .status_when(&payment, |payment| payment["txid"].is_string())
        .await;
    assert_not_told(&gateway, &payment).await;
}
