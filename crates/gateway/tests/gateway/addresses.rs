//! Receiving addresses: derived when they are needed, retired, and always watched.

use std::collections::HashSet;

use reqwest::StatusCode;
use serde_json::Value;
use usdt_devchain::Transfer;
use usdt_gateway::addresses::AccountKey;
use usdt_protocol::{TronAddress, Usdt};

use crate::merchant::sign;
use crate::patience::patiently;
use crate::test_gateway::{
    QUARANTINE_SECONDS, Setup, TestGateway, WINDOW_SECONDS, address, author, json_of, pay_amount,
};

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
    assert_eq!(gateway.database.addresses().await, 2);
    gateway.database.take_amounts().await;
    gateway.database.pay_two_in_nine().await;
    gateway.database.free_amount("50.0123").await;
    let last = gateway.create("last", "50").await;
    assert_eq!(pay_amount(&last), "50.012300");
    gateway.create("another price", "60").await;
    gateway.create("one more", "50").await;
    assert_eq!(gateway.database.addresses().await, 2);

    let payment = gateway.create("first", "50").await;
    assert_eq!(payment["address"], DERIVED[1]);
    assert_eq!(gateway.database.addresses().await, 3);
    // It is not watched from before it was ours.
    assert_eq!(
        gateway.database.second_addresses_watched_from_now().await,
        1
    );
    pay(&gateway, &payment).await;
}

#[tokio::test]
async fn a_flood_that_nobody_pays_gets_finer_amounts_and_no_further_address() {
    let gateway = with_account_key().await;
    gateway.database.take_amounts().await;
    let payment = gateway.create("fine", "50").await;
    let tail = pay_amount(&payment).parse::<Usdt>().unwrap().micro() - 50_000_000;
    assert!(
        [10, 20, 30, 40].contains(&(tail % 1_000)),
        "{}",
        pay_amount(&payment)
    );
    gateway.database.take_finer_amounts().await;
    assert_eq!(refused(&gateway, "refused").await.0, 503);
    assert_eq!(gateway.database.addresses().await, 2);

    // Payers pay: the shop needs another one.
    gateway.database.pay_two_in_nine().await;
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

    gateway.database.take_finer_amounts().await;
    gateway.database.free_amount("50.01202").await;
    gateway.database.free_amount("50.034003").await;
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
    gateway.database.free_amounts_below("51").await;
    gateway.audit_after(110).await;
    assert_eq!(gateway.alarms().await, []);
    assert_eq!(gateway.database.alarms().await, 1);
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
    gateway.database.take_amounts().await;
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
    gateway.database.lose_payments().await;
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
    assert_eq!(gateway.database.transfers().await, 30);
    assert_eq!(gateway.database.credited().await, 0);
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
        .add_addresses(other.app_id, &taken, &author())
        .await
        .unwrap();
    gateway.database.take_amounts().await;
    gateway.database.pay_two_in_nine().await;
    let payment = gateway.create("first", "50").await;
    let key: AccountKey = XPUB.parse().unwrap();
    assert_eq!(payment["address"], key.address(3).unwrap().to_string());
}

#[tokio::test]
async fn a_project_grows_to_a_thousand_addresses_and_no_further() {
    let gateway = with_account_key().await;
    gateway.database.add_retired_addresses().await;
    gateway.database.take_amounts().await;
    gateway.database.pay_two_in_nine().await;
    gateway.create("first", "50").await;
    gateway.database.take_amounts().await;
    gateway.database.take_finer_amounts().await;
    gateway.database.pay_two_in_nine().await;
    let (status, error) = refused(&gateway, "second").await;
    assert_eq!(status, 503);
    assert!(error.starts_with("No unique amount is free"), "{error}");
    assert_eq!(gateway.database.addresses().await, 1_000);
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
    gateway
        .store
        .set_retired(first, true, &author())
        .await
        .unwrap();
    let second = gateway.create("second", "50").await;
    assert_ne!(second["address"], open["address"]);

    gateway.database.blacklist_offered_addresses().await;
    assert_eq!(refused(&gateway, "third").await.0, 503);
    gateway
        .store
        .set_retired(first, false, &author())
        .await
        .unwrap();
    assert_eq!(
        gateway.create("third", "50").await["address"],
        open["address"]
    );

    gateway
        .store
        .set_retired(first, true, &author())
        .await
        .unwrap();
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
    gateway
        .store
        .set_retired(retired, true, &author())
        .await
        .unwrap();
    gateway.catch_up().await;
    gateway
        .devchain
        .transfer(&Transfer::new(retired, Usdt::from_micro(5_000_000)));
    // Ten minutes after it is solid, a minute at a time.
    for _ in 0..11 {
        gateway.devchain.mine(20);
        gateway.catch_up().await;
    }
    let found = async {
        while gateway.database.in_review().await == 0 {
            gateway.steps(1).await;
        }
    };
    patiently("a transfer to a retired address", found).await;
}

/// Runs a command on the gateway's data. Returns whether it succeeded and all that it said.
async fn command(gateway: &TestGateway, arguments: &[&str]) -> (bool, String) {
    let output = gateway.command(arguments).await;
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn an_address_moves_to_another_project_once_nothing_of_its_own_is_open_there() {
    let setup = Setup {
        addresses: 2,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let other = gateway.add_project(2, &Setup::default()).await;
    let moved = address(1, 0).to_string();
    let old = gateway.create("ORDER_1", "50").await;
    assert_eq!(old["address"], moved);
    let to_other = ["address", "move", &moved, "--to", "2", "--yes"];
    for (arguments, why) in [
        (&to_other[..5], "nothing was moved"),
        (&to_other[..5], "cannot be accepted for those"),
        (&to_other, "payments hold an amount"),
        (
            &["address", "move", &moved, "--to", "1", "--yes"],
            "has the address",
        ),
        (
            &["address", "move", &moved, "--to", "7", "--yes"],
            "no project 7",
        ),
        (
            &[
                "address",
                "move",
                &address(7, 7).to_string(),
                "--to",
                "2",
                "--yes",
            ],
            "belongs to no project",
        ),
    ] {
        let (ok, said) = command(&gateway, arguments).await;
        assert!(!ok && said.contains(why), "{arguments:?}: {said}");
    }

    let stray = gateway.transfer(&old, "7").to_string();
    assert!(command(&gateway, &["address", "retire", &moved]).await.0);
    gateway.let_pass(WINDOW_SECONDS + QUARANTINE_SECONDS + 120);
    gateway.catch_up().await;
    let (ok, said) = command(&gateway, &to_other).await;
    assert!(!ok && said.contains("wait for review"), "{said}");
    let (ok, said) = command(&gateway, &["review", "dismiss", &stray, "--note", "x"]).await;
    assert!(ok, "{said}");
    let (ok, said) = command(&gateway, &to_other).await;
    assert!(ok && said.contains("no longer project 1's"), "{said}");

    // It is offered to the one, and to the other no more.
    assert!(
        command(&gateway, &["address", "retire", &address(2, 0).to_string()])
            .await
            .0
    );
    let new = gateway.create_as(&other, "ORDER_1", "60").await;
    assert_eq!(new["address"], moved);
    let stays = gateway.create("ORDER_2", "50").await;
    assert_eq!(stays["address"], address(1, 1).to_string());
    gateway.transfer(&new, pay_amount(&new));
    gateway.make_solid();
    gateway
        .status_when(&new, |payment| payment["status"] == "paid")
        .await;

    // What comes for an old payment is the new owner's, and the operator can take it for that payment.
    let late = gateway.transfer(&old, pay_amount(&old)).to_string();
    gateway.make_solid();
    gateway.catch_up().await;
    let (_, listed) = command(&gateway, &["review", "list", "--project", "2"]).await;
    assert!(listed.contains(&late), "{listed}");
    let theirs = gateway
        .get("/api/v1/reviews")
        .header("x-api-key", &other.api_key)
        .header("x-signature", sign(&other.secret, ""));
    let theirs = json_of(theirs.send().await.unwrap()).await["reviews"].clone();
    assert_eq!(theirs[0]["txid"], late.as_str());
    assert_eq!(theirs[0]["payment_id"], Value::Null);
    // Nothing is guessed of what belongs to the other.
    assert_eq!(theirs[0]["candidates"], serde_json::json!([]));
    let id = old["payment_id"].to_string();
    let accept = ["review", "accept", &late, "--payment", &id, "--yes"];
    let (ok, said) = command(&gateway, &accept).await;
    assert!(ok && said.contains("is paid, late"), "{said}");
    for project in ["1", "2"] {
        let (_, log) = command(&gateway, &["audit", "--project", project]).await;
        assert_eq!(log.matches("address move").count(), 1, "{log}");
    }
}
