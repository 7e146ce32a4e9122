//! Webhooks as a merchant receives them.

mod answers;
mod fairness;
mod local_faults;
mod notices;
mod php;
mod raw_receiver;
mod several;

use std::net::Ipv4Addr;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::database::Write;
use crate::merchant::{sign, sign_standard};
use crate::test_gateway::{Setup, TestGateway};

#[tokio::test]
async fn a_paid_payment_is_told_once_signed_in_both_ways() {
    let gateway = TestGateway::start().await;
    let payment = gateway.paid("ORDER_12345").await;
    let deliveries = gateway.receiver.wait_for(1, |_| true).await;
    let webhook = &deliveries[0];
    assert_eq!(webhook.header("content-type"), "application/json");
    assert_eq!(
        webhook.header("x-signature"),
        sign(&gateway.keys.secret, &webhook.body)
    );

    let standard = sign_standard(&gateway.keys.secret, webhook);
    assert_eq!(webhook.header("webhook-signature"), standard);

    let expected = format!(
        concat!(
            r#"{{"payment_id":{},"app_id":{},"order_id":"ORDER_12345","status":"paid","#,
            r#""amount":"50.00","pay_amount":{},"currency":"USDT","network":"TRC20","txid":{},"#,
            r#""paid_at":"2026-07-01 18:00:03"}}"#,
        ),
        payment["payment_id"], gateway.keys.app_id, payment["pay_amount"], payment["txid"]
    );
    assert_eq!(webhook.body, expected);
    gateway.let_pass(7_200);
    gateway.catch_up().await;
    assert_eq!(gateway.receiver.deliveries().len(), 1);
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_after_5_15_and_60_minutes_with_the_same_bytes() {
    let gateway = TestGateway::start().await;
    gateway.receiver.answer(500);
    gateway.paid("ORDER_12345").await;
    gateway.receiver.wait_for(1, |_| true).await;
    for (attempts, minutes) in [(1, 5), (2, 15), (3, 60)] {
        // Each wait is measured from the end of the attempt before, once that is written down.
        wait_for_attempts(&gateway, attempts).await;
        gateway.let_pass(minutes * 60 - 30);
        gateway.catch_up().await;
        assert_eq!(gateway.receiver.deliveries().len(), attempts);
        gateway.let_pass(30);
        gateway.receiver.wait_for(attempts + 1, |_| true).await;
    }
    wait_for_attempts(&gateway, 4).await;
    assert_eq!(gateway.database.events_failed().await, 1);

    let deliveries = gateway.receiver.deliveries();
    assert!(deliveries.iter().all(|one| one.body == deliveries[0].body));
    let ids: Vec<_> = deliveries
        .iter()
        .map(|one| one.header("webhook-id"))
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    let times: Vec<_> = deliveries
        .iter()
        .map(|one| one.header("webhook-timestamp"))
        .collect();
    assert!(times.is_sorted() && times[0] != times[3]);
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let gateway = TestGateway::start().await;
    gateway.receiver.answer(302);
    gateway.paid("ORDER_12345").await;
    wait_for_attempts(&gateway, 1).await;
    gateway.receiver.answer(204);
    gateway.let_pass(300);
    gateway.receiver.wait_for(2, |_| true).await;
    wait_for_attempts(&gateway, 2).await;
    assert_eq!(gateway.database.events_delivered().await, 1);
}

#[tokio::test]
async fn webhooks_do_not_reach_private_addresses_unless_that_is_allowed() {
    let setup = Setup {
        allow_private_webhooks: false,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    gateway.paid("ORDER_12345").await;
    wait_for_attempts(&gateway, 1).await;
    assert!(gateway.receiver.deliveries().is_empty());
    let attempts = gateway.database.attempts().await;
    let refused = |error: &String| error.contains("private address");
    assert!(
        attempts[0].error.as_ref().is_some_and(refused),
        "{attempts:?}"
    );
}

#[tokio::test]
async fn a_fault_of_the_gateways_own_neither_floods_the_merchant_nor_uses_up_attempts() {
    let gateway = TestGateway::start().await;
    gateway.database.refuse(Write::DeliveryAttempt).await;
    gateway.paid("ORDER_12345").await;
    gateway.receiver.wait_for(1, |_| true).await;
    gateway.node.arrivals("", 200).await;
    assert_eq!(gateway.receiver.deliveries().len(), 1);
    assert_eq!(gateway.database.events_failed().await, 0);
}

#[tokio::test]
async fn the_signature_header_is_spelled_as_published() {
    let gateway = TestGateway::start().await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap())
        .parse()
        .unwrap();
    gateway
        .store
        .set_webhook_url(gateway.keys.app_id, &url)
        .await
        .unwrap();
    gateway.paid("ORDER_12345").await;
    let (mut connection, _) = listener.accept().await.unwrap();
    let mut request = String::new();
    while !request.contains("\r\n\r\n") {
        let mut part = [0; 4096];
        let length = connection.read(&mut part).await.unwrap();
        request.push_str(std::str::from_utf8(&part[..length]).unwrap());
    }
    for name in ["X-Signature", "Content-Type", "Webhook-Id"] {
        assert!(request.contains(&format!("\r\n{name}: ")), "{request}");
    }
}

async fn wait_for_attempts(gateway: &TestGateway, attempts: usize) {
    while gateway.database.attempts().await.len() < attempts {
        gateway.node.arrivals("", 1).await;
    }
}
