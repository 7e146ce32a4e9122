//! Receiving addresses: derived when they are needed, retired, and always watched.

use serde_json::Value;
use usdt_gateway::addresses::AccountKey;
use usdt_protocol::TronAddress;

use crate::test_gateway::{Setup, TestGateway, json_of, pay_amount};

/// Of the public mnemonic "abandon … about", at m/44'/195'/0', and its first addresses.
pub const XPUB: &str = "xpub6D1AabNHCupeiLM65ZR9UStMhJ1vCpyV4XbZdyhMZBiJXALQtmn9p42VTQckoHVn8WNqS7dqnJokZHAHcHGoaQgmv8D45oNUKx6DZMNZBCd";
pub const DERIVED: [&str; 3] = [
    "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH",
    "TSeJkUh4Qv67VNFwY8LaAxERygNdy6NQZK",
    "TYJPRrdB5APNeRs4R7fYZSwW3TcrTKw2gx",
];

async fn with_account_key() -> TestGateway {
    let key: AccountKey = XPUB.parse().unwrap();
    TestGateway::start_with(Setup {
        account_key: Some(key),
        ..Setup::default()
    })
    .await
}

/// Takes every amount for 50 USDT at every address that is offered.
async fn fill(gateway: &TestGateway) {
    gateway
        .execute(
            "WITH RECURSIVE additions (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM additions WHERE n < 999)
             INSERT INTO payments (id, project_id, network, order_id, status, amount, pay_amount,
                 address, created_at, expires_at)
             SELECT (SELECT coalesce(max(id), 1 << 40) FROM payments) + row_number() OVER (),
                 project_id, network, address || n || random(), 'expired', 50000000,
                 50000000 + n * 100, address, 0, 0
             FROM additions, addresses
             WHERE retired = 0 AND n % 10 <> 0 AND (network, address, 50000000 + n * 100) NOT IN
                 (SELECT network, address, amount FROM slots WHERE released = 0)",
        )
        .await;
    gateway
        .execute(
            "INSERT INTO slots (payment_id, network, address, amount, held_after, held_until)
             SELECT id, network, address, pay_amount, 0, 1 << 50 FROM payments
             WHERE id NOT IN (SELECT payment_id FROM slots)",
        )
        .await;
}

async fn refused(gateway: &TestGateway, order: &str) -> (u16, String) {
    let body = format!(r#"{{"order_id":"{order}","amount":"50"}}"#);
    let response = gateway.create_request(&body).send().await.unwrap();
    let status = response.status().as_u16();
    let error = json_of(response).await["error"]
        .as_str()
        .unwrap()
        .to_owned();
    (status, error)
}

async fn pay(gateway: &TestGateway, payment: &Value) {
    gateway.transfer(payment, pay_amount(payment));
    gateway.make_solid();
    gateway
        .status_when(payment, |payment| payment["status"] == "paid")
        .await;
}

#[tokio::test]
async fn the_next_address_is_derived_when_every_amount_is_taken_and_not_earlier() {
    let gateway = with_account_key().await;
    let addresses = "SELECT count(*) FROM addresses";
    assert_eq!(gateway.count(addresses).await, 2);
    fill(&gateway).await;
    gateway
        .execute("UPDATE slots SET released = 1 WHERE amount = 50012300")
        .await;
    let last = gateway.create("last", "50").await;
    assert_eq!(pay_amount(&last), "50.012300");
    gateway.create("another price", "60").await;
    gateway.create("one more", "50").await;
    assert_eq!(gateway.count(addresses).await, 2);

    let payment = gateway.create("first", "50").await;
    assert_eq!(payment["address"], DERIVED[1]);
    assert_eq!(gateway.count(addresses).await, 3);
    let never_before_it_was_ours =
        "SELECT count(*) FROM addresses, cursors WHERE key_index = 1 AND watched_from = block_time";
    assert_eq!(gateway.count(never_before_it_was_ours).await, 1);
    pay(&gateway, &payment).await;
}

#[tokio::test]
async fn an_address_of_another_project_is_skipped() {
    let gateway = with_account_key().await;
    let other = gateway.add_project(2, &Setup::default()).await;
    let taken: Vec<TronAddress> = DERIVED[1..]
        .iter()
        .map(|text| text.parse().unwrap())
        .collect();
    gateway
        .store
        .add_addresses(other.app_id, &taken)
        .await
        .unwrap();
    fill(&gateway).await;
    let payment = gateway.create("first", "50").await;
    let key: AccountKey = XPUB.parse().unwrap();
    assert_eq!(payment["address"], key.address(3).unwrap().to_string());
}

#[tokio::test]
async fn a_project_grows_to_a_thousand_addresses_and_no_further() {
    let gateway = with_account_key().await;
    gateway
        .execute(
            "WITH RECURSIVE positions (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM positions WHERE n < 998)
             INSERT INTO addresses (network, address, project_id, position, retired)
             SELECT network, 'retired ' || n, id, n, 1 FROM positions, projects",
        )
        .await;
    fill(&gateway).await;
    gateway.create("first", "50").await;
    fill(&gateway).await;
    let (status, error) = refused(&gateway, "second").await;
    assert_eq!(status, 503);
    assert!(error.starts_with("No unique amount is free"), "{error}");
    assert_eq!(gateway.count("SELECT count(*) FROM addresses").await, 1_000);
}

#[tokio::test]
async fn a_retired_address_gets_no_new_payment_and_its_open_ones_are_still_paid() {
    let gateway = TestGateway::start_with(Setup {
        addresses: 2,
        ..Setup::default()
    })
    .await;
    let open = gateway.create("open", "50").await;
    let first: TronAddress = open["address"].as_str().unwrap().parse().unwrap();
    gateway.store.set_retired(first, true).await.unwrap();
    let second = gateway.create("second", "50").await;
    assert_ne!(second["address"], open["address"]);

    gateway
        .execute("UPDATE addresses SET blacklisted = 1 WHERE retired = 0")
        .await;
    assert_eq!(refused(&gateway, "third").await.0, 503);
    gateway.store.set_retired(first, false).await.unwrap();
    assert_eq!(
        gateway.create("third", "50").await["address"],
        open["address"]
    );

    gateway.store.set_retired(first, true).await.unwrap();
    pay(&gateway, &open).await;
}
