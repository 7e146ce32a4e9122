//! Receiving addresses: derived when they are needed, retired, and always watched.

use std::collections::HashSet;

use reqwest::StatusCode;
use serde_json::Value;
use usdt_devchain::Transfer;
use usdt_gateway::addresses::AccountKey;
use usdt_protocol::{TronAddress, Usdt};

use crate::patience::patiently;
use crate::test_gateway::{Setup, TestGateway, address, json_of, pay_amount};

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

/// Takes the amounts for 50 USDT that are so many micro-USDT above it, at every address that is
/// offered.
macro_rules! take {
    ($gateway:expr, $which:literal) => {{
        $gateway
            .execute(concat!(
                "WITH RECURSIVE additions (n) AS
                     (SELECT 1 UNION ALL SELECT n + 1 FROM additions WHERE n < 99900)
                 INSERT INTO payments (id, project_id, network, order_id, status, amount,
                     pay_amount, address, created_at, expires_at)
                 SELECT (SELECT coalesce(max(id), 1 << 40) FROM payments) + row_number() OVER (),
                     project_id, network, address || n || random(), 'expired', 50000000,
                     50000000 + n, address, 0, 0
                 FROM additions, addresses
                 WHERE retired = 0 AND (",
                $which,
                ") AND (network, address, 50000000 + n) NOT IN
                     (SELECT network, address, amount FROM slots WHERE released = 0)"
            ))
            .await;
        $gateway
            .execute(
                "INSERT INTO slots (payment_id, network, address, amount, held_after, held_until)
                 SELECT id, network, address, pay_amount, 0, 1 << 50 FROM payments
                 WHERE id NOT IN (SELECT payment_id FROM slots)",
            )
            .await;
    }};
}

/// Takes every amount of four decimals for 50 USDT at every address that is offered.
async fn fill(gateway: &TestGateway) {
    take!(gateway, "n % 100 = 0 AND n % 1000 <> 0");
}

/// Takes those of more decimals too.
async fn fill_finely(gateway: &TestGateway) {
    take!(
        gateway,
        "n % 1000 BETWEEN 1 AND 4 OR n % 1000 IN (10, 20, 30, 40)"
    );
}

/// As if two in nine had been paid.
async fn pay_some(gateway: &TestGateway) {
    gateway
        .execute(
            "UPDATE payments SET status = 'paid', txid = printf('%064d', 0), paid_at = 0
             WHERE status = 'expired' AND pay_amount % 1000 IN (100, 200)",
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
    pay_some(&gateway).await;
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
async fn a_flood_that_nobody_pays_gets_finer_amounts_and_no_further_address() {
    let gateway = with_account_key().await;
    let addresses = "SELECT count(*) FROM addresses";
    fill(&gateway).await;
    let payment = gateway.create("fine", "50").await;
    let tail = pay_amount(&payment).parse::<Usdt>().unwrap().micro() - 50_000_000;
    assert!(
        [10, 20, 30, 40].contains(&(tail % 1_000)),
        "{}",
        pay_amount(&payment)
    );
    fill_finely(&gateway).await;
    assert_eq!(refused(&gateway, "refused").await.0, 503);
    assert_eq!(gateway.count(addresses).await, 2);

    // Payers pay: the shop needs another one.
    pay_some(&gateway).await;
    let payment = gateway.create("first", "50").await;
    assert_eq!(payment["address"], DERIVED[1]);
}

/// A flood of one price at one address, to its end.
#[tokio::test]
async fn a_price_outlives_its_amounts_of_four_decimals_warns_before_and_refuses_clearly() {
    let gateway = TestGateway::start().await;
    let low = [("amounts_run_low", format!("{}/50.00", gateway.keys.app_id))];
    let mut amounts = HashSet::new();
    for order in 0..910 {
        let payment = gateway.create(&order.to_string(), "50").await;
        let micro = pay_amount(&payment).parse::<Usdt>().unwrap().micro();
        assert!(amounts.insert(micro), "{micro}");
        match order {
            629 => assert_eq!(gateway.alarms().await, []),
            630 | 909 => assert_eq!(gateway.alarms().await, low),
            _ => {}
        }
        assert_eq!(micro % 100 == 0, order < 900, "{micro}");
    }
    // Wherever decimals are cut, the rest is nobody's.
    for micro in &amounts {
        for unit in [10, 100, 1_000] {
            let arrives = micro / unit * unit;
            assert!(arrives == *micro || !amounts.contains(&arrives), "{micro}");
        }
    }

    fill_finely(&gateway).await;
    gateway
        .execute("UPDATE slots SET released = 1 WHERE amount IN (50012020, 50034003)")
        .await;
    for (order, amount) in [("five", "50.012020"), ("six", "50.034003")] {
        assert_eq!(pay_amount(&gateway.create(order, "50").await), amount);
    }
    let refused = gateway.create_request(r#"{"order_id":"more","amount":"50"}"#);
    let refused = refused.send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "3600");
    let error = json_of(refused).await["error"].clone();
    let error = error.as_str().unwrap();
    assert!(error.starts_with("No unique amount is free for this price"));
    assert!(error.contains("another receiving address"), "{error}");
    gateway.create("another amount", "51").await;

    // The quarantine is over.
    gateway
        .execute("UPDATE slots SET released = 1 WHERE amount < 51000000")
        .await;
    gateway.audit_after(110).await;
    assert_eq!(gateway.alarms().await, []);
    assert_eq!(gateway.count("SELECT count(*) FROM alarms").await, 1);
    let payment = gateway.create("more", "50").await;
    assert!(pay_amount(&payment).ends_with("00"), "{payment}");
}

#[tokio::test]
async fn larger_additions_come_before_finer_ones_where_the_project_allows_them() {
    let gateway = TestGateway::start_with(Setup {
        most_addition: "0.3".parse().unwrap(),
        ..Setup::default()
    })
    .await;
    fill(&gateway).await;
    for order in 0..20 {
        let payment = gateway.create(&order.to_string(), "50").await;
        let addition = pay_amount(&payment).parse::<Usdt>().unwrap().micro() - 50_000_000;
        assert!((100_100..=299_900).contains(&addition), "{addition}");
        assert!(addition % 100 == 0 && addition % 1_000 != 0, "{addition}");
    }
    // There is room enough.
    assert_eq!(gateway.alarms().await, []);
}

/// What the lost database gave out is not known, and its payers may still pay.
#[tokio::test]
async fn after_a_restore_no_amount_is_given_out_that_a_lost_payment_may_have() {
    let gateway = TestGateway::start().await;
    let mut lost = Vec::new();
    for order in 0..30 {
        lost.push(gateway.create(&format!("lost {order}"), "50").await);
    }
    gateway
        .execute(
            "DELETE FROM slots; DELETE FROM payments;
             INSERT INTO restorations (restored_at, holds_until, digit)
             SELECT block_time, block_time + 600000, 8 FROM cursors;",
        )
        .await;
    let mut payments = Vec::new();
    for order in 0..60 {
        payments.push(gateway.create(&format!("new {order}"), "50").await);
    }
    for payment in &payments {
        assert!(pay_amount(payment).ends_with('8'), "{payment}");
    }
    for payment in &lost {
        gateway.transfer(payment, pay_amount(payment));
    }
    gateway.make_solid();
    gateway.catch_up().await;
    let credited = "SELECT count(*) FROM transfers WHERE outcome = 'credited'";
    let recorded = "SELECT count(*) FROM transfers";
    assert_eq!(gateway.count(recorded).await, 30);
    assert_eq!(gateway.count(credited).await, 0);
    pay(&gateway, &payments[0]).await;

    gateway.let_pass(600);
    gateway.catch_up().await;
    let after = gateway.create("after", "50").await;
    assert!(pay_amount(&after).ends_with("00"), "{after}");
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
    pay_some(&gateway).await;
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
    pay_some(&gateway).await;
    gateway.create("first", "50").await;
    fill(&gateway).await;
    fill_finely(&gateway).await;
    pay_some(&gateway).await;
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

#[tokio::test]
async fn what_is_sent_to_a_retired_address_without_payments_is_found_within_ten_minutes() {
    let gateway = TestGateway::start_with(Setup {
        addresses: 2,
        ..Setup::default()
    })
    .await;
    gateway.create("open", "50").await;
    let retired = address(1, 1);
    gateway.store.set_retired(retired, true).await.unwrap();
    gateway.catch_up().await;
    gateway
        .devchain
        .transfer(&Transfer::new(retired, Usdt::from_micro(5_000_000)));
    // Ten minutes after it is solid, a minute at a time.
    for _ in 0..11 {
        gateway.devchain.mine(20);
        gateway.catch_up().await;
    }
    let waiting = "SELECT count(*) FROM transfers WHERE outcome = 'review'";
    let found = async {
        while gateway.count(waiting).await == 0 {
            gateway.steps(1).await;
        }
    };
    patiently("a transfer to a retired address", found).await;
}
