//! `POST /api/v1/payments/{id}/cancel`, also beside what other gateways write.

use serde_json::{Value, json};
use usdt_gateway::store::{Detector, SeenTransfer};
use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};
use usdt_tron::Transfer;

use super::{found, post, refused};
use crate::database::open_store;
use crate::test_gateway::{Setup, TestGateway, WINDOW_SECONDS, json_of, pay_amount};

async fn cancel(gateway: &TestGateway, payment: &Value) -> (u16, Value) {
    let path = format!("/api/v1/payments/{}/cancel", payment["payment_id"]);
    post(gateway, &path, &json!({})).await
}

/// A transfer of exactly what is to be paid, in a block that comes.
fn exact(payment: &Value, number: u8) -> Transfer {
    Transfer {
        txid: Txid::from_bytes([number; 32]),
        log_position: 0,
        block: 1 << 40,
        block_time: payment["expires_at"]
            .as_str()
            .unwrap()
            .parse::<UtcTime>()
            .unwrap(),
        from: TronAddress::from_bytes([9; 20]),
        to: payment["address"].as_str().unwrap().parse().unwrap(),
        amount: pay_amount(payment).parse().unwrap(),
    }
}

#[tokio::test]
async fn a_payment_of_which_nothing_was_seen_is_given_up_and_the_page_says_so() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let version = payment["version"].as_u64().unwrap();
    let held = format!(
        "/api/payment-status.php?payment_id={}&wait=25&v={version}",
        payment["payment_id"]
    );
    let held = tokio::spawn(gateway.get(&held).send());
    let (status, answer) = cancel(&gateway, &payment).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["payment"]["status"], "failed");
    let told = json_of(held.await.unwrap().unwrap()).await;
    assert_eq!(told["payment"]["status"], "failed");

    let page = gateway.get(&format!("/pay/?id={}", payment["payment_id"]));
    let page = page.send().await.unwrap().text().await.unwrap();
    for words in [
        "This payment cannot be completed",
        "send anything to this address",
    ] {
        assert!(page.contains(words), "{page}");
    }
    // Nobody is asked to pay any more.
    assert!(!page.contains(r#"class="qr""#), "{page}");

    // The request may come twice, and tells the same.
    let (status, again) = cancel(&gateway, &payment).await;
    assert_eq!(
        (status, &again["payment"]["status"]),
        (200, &json!("failed"))
    );
    assert_eq!(again["payment"]["version"], answer["payment"]["version"]);
    assert!(gateway.receiver.deliveries().is_empty());
}

#[tokio::test]
async fn the_amount_stays_reserved_and_a_transfer_that_comes_all_the_same_goes_to_review() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    assert_eq!(cancel(&gateway, &payment).await.0, 200);
    assert_eq!(gateway.database.amounts_held().await, 1);
    let new = gateway.create("ORDER_1", "50").await;
    assert_ne!(new["payment_id"], payment["payment_id"]);
    assert_ne!(new["pay_amount"], payment["pay_amount"]);

    let txid = gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway.catch_up().await;
    assert_eq!(gateway.status(&payment).await["status"], "failed");
    assert_eq!(gateway.status(&new).await["status"], "pending");
    let reviews = found(&gateway, "/api/v1/reviews").await;
    let review = &reviews["reviews"][0];
    assert_eq!(review["reason"], "failed");
    assert_eq!(review["payment_id"], payment["payment_id"]);
    assert_eq!(review["txid"], txid.to_string());
    let found = found(
        &gateway,
        &format!("/api/v1/payments/{}", payment["payment_id"]),
    )
    .await;
    assert_eq!(found["timeline"][2]["what"], "in_review");
    assert_eq!(gateway.database.webhook_events().await, 0);
}

#[tokio::test]
async fn what_is_seen_paid_expired_or_in_review_is_not_given_up() {
    let gateway = TestGateway::start().await;
    let paid = gateway.paid("PAID").await;
    assert_eq!(
        refused(&cancel(&gateway, &paid).await),
        (409, "payment_paid")
    );

    let seen = gateway.create("SEEN", "60").await;
    gateway.transfer(&seen, pay_amount(&seen));
    gateway.devchain.mine(1);
    gateway
        .status_when(&seen, |payment| payment["txid"].is_string())
        .await;
    assert_eq!(
        refused(&cancel(&gateway, &seen).await),
        (409, "payment_underway")
    );

    let short = gateway.create("SHORT", "70").await;
    // As an exchange does it that keeps a fee.
    let due: Usdt = pay_amount(&short).parse().unwrap();
    let less = Usdt::from_micro(due.micro() - 1_000_000);
    gateway.transfer(&short, &less.six_decimals().to_string());
    gateway.devchain.mine(1);
    gateway
        .status_when(&short, |payment| payment["arriving"].is_object())
        .await;
    assert_eq!(
        refused(&cancel(&gateway, &short).await),
        (409, "payment_underway")
    );
    gateway.make_solid();
    gateway
        .status_when(&short, |payment| payment["unmatched"].is_object())
        .await;
    assert_eq!(
        refused(&cancel(&gateway, &short).await),
        (409, "payment_underway")
    );

    let expired = gateway.create("EXPIRED", "80").await;
    gateway.let_pass(WINDOW_SECONDS + 120);
    gateway
        .status_when(&expired, |payment| payment["status"] == "expired")
        .await;
    assert_eq!(
        refused(&cancel(&gateway, &expired).await),
        (409, "payment_closed")
    );
}

#[tokio::test]
async fn of_a_cancel_and_a_credit_on_another_gateway_one_comes_first() {
    let gateway = TestGateway::start().await;
    let other = open_store(gateway.data_dir()).await;
    for round in 0..10_u8 {
        let payment = gateway.create(&format!("ORDER_{round}"), "50").await;
        let transfer = [exact(&payment, round + 1)];
        let credit = other.record_found(
            gateway.network,
            &transfer,
            Detector::Indexer,
            UtcTime::EPOCH,
        );
        let (cancelled, recorded) = tokio::join!(cancel(&gateway, &payment), credit);
        let recorded = recorded.unwrap();
        let status = gateway.status(&payment).await["status"].clone();
        if recorded.credited.is_empty() {
            assert_eq!(cancelled.0, 200, "{cancelled:?}");
            assert_eq!(status, "failed");
            assert_eq!(recorded.reviews.len(), 1);
        } else {
            assert_eq!(refused(&cancelled), (409, "payment_paid"));
            assert_eq!(status, "paid");
        }
    }
    let credited = gateway.database.credited().await;
    assert_eq!(credited + gateway.database.in_review().await, 10);
    assert_eq!(gateway.database.webhook_events().await, credited);
    assert_eq!(gateway.database.paid().await, credited);
}

#[tokio::test]
async fn of_a_cancel_and_a_transfer_that_another_gateway_sees_one_comes_first() {
    let gateway = TestGateway::start().await;
    let other = open_store(gateway.data_dir()).await;
    for round in 0..10_u8 {
        let payment = gateway.create(&format!("ORDER_{round}"), "50").await;
        let transfer = exact(&payment, round + 1);
        let seen = [SeenTransfer {
            txid: transfer.txid,
            block: transfer.block,
            block_time: transfer.block_time,
            from: transfer.from,
            to: transfer.to,
            amount: transfer.amount,
            confirmations: 1,
        }];
        let noted = other.note_seen(gateway.network, &seen, 0, gateway.devchain.now());
        let (cancelled, noted) = tokio::join!(cancel(&gateway, &payment), noted);
        noted.unwrap();
        let status = gateway.status(&payment).await;
        if cancelled.0 == 200 {
            assert_eq!(status["status"], "failed");
            assert!(status["txid"].is_null(), "{status}");
        } else {
            assert_eq!(refused(&cancelled), (409, "payment_underway"));
            assert_eq!(status["status"], "pending");
            assert_eq!(status["txid"], transfer.txid.to_string());
        }
    }
}

#[tokio::test]
async fn of_a_cancel_and_creates_of_the_same_order_none_is_answered_with_another_s_amount() {
    let gateway = TestGateway::start().await;
    for round in 0..5 {
        let order = format!("ORDER_{round}");
        let body = json!({"order_id": order, "amount": "50"}).to_string();
        let payment = gateway.create(&order, "50").await;
        let create = || gateway.create_request(&body).send();
        let (cancelled, first, second) =
            tokio::join!(cancel(&gateway, &payment), create(), create());
        assert_eq!(cancelled.0, 200, "{cancelled:?}");
        for created in [first, second] {
            let created = json_of(created.unwrap()).await["payment"].clone();
            let is_old = created["payment_id"] == payment["payment_id"];
            assert_eq!(created["pay_amount"] == payment["pay_amount"], is_old);
        }
        // After it, there is one that can be paid, and it is a new one.
        let open = gateway.create(&order, "50").await;
        assert_ne!(open["payment_id"], payment["payment_id"]);
        assert_eq!(open["status"], "pending");
        let query = format!("/api/v1/payments?order_id={order}");
        let listed = found(&gateway, &query).await["payments"].clone();
        assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
    }
    assert_eq!(gateway.database.amounts_held().await, 10);
}

#[tokio::test]
async fn a_cancelled_payment_takes_no_transfer_by_a_person_either() {
    let gateway = TestGateway::start_with(Setup::default()).await;
    let payment = gateway.create("ORDER_1", "50").await;
    assert_eq!(cancel(&gateway, &payment).await.0, 200);
    let txid = gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway.catch_up().await;
    let path = format!("/api/v1/reviews/{txid}:0/accept");
    let body = json!({
        "payment_id": payment["payment_id"], "by": "maria", "note": "paid all the same", "anyway": true,
    });
    let answer = post(&gateway, &path, &body).await;
    assert_eq!(refused(&answer), (409, "payment_failed"));
    // But the order's new payment takes it.
    let new = gateway.create("ORDER_1", "50").await;
    let body = json!({
        "payment_id": new["payment_id"], "by": "maria", "note": "paid all the same", "anyway": true,
    });
    let (status, answer) = post(&gateway, &path, &body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["payment"]["status"], "paid");
}
