//! The second opinion: what other sources know is not lost, and what they doubt is told.

use usdt_devchain::{Fault, FaultKind, Transfer};
use usdt_protocol::Txid;
use usdt_protocol::Usdt;

use crate::test_gateway::{Setup, TestGateway, json_of, pay_amount, transfer_to};

const BY_INDEXER: &str = "SELECT count(*) FROM transfers WHERE detector = 'indexer'";

/// More blocks than are read twice, and a multiple of what the checks are apart.
const LONG: u32 = 700;
const DAY: u32 = 28_800;

fn missing(path: &str) -> Fault {
    Fault::new(FaultKind::Missing { every: 1 }).on(path)
}

/// Pays a payment while the node's index of logs has a gap, until nobody looks there any more.
async fn pay_unseen(gateway: &TestGateway) -> (serde_json::Value, Txid) {
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.devchain.add_fault(missing("/jsonrpc"));
    let txid = gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(LONG);
    gateway.catch_up().await;
    assert_eq!(gateway.status(&payment).await["status"], "expired");
    (payment, txid)
}

#[tokio::test]
async fn a_transfer_that_the_logs_never_show_is_credited_by_the_second_opinion() {
    let gateway = TestGateway::start().await;
    gateway.audit().await;
    let (payment, txid) = pay_unseen(&gateway).await;
    gateway.audit().await;
    let paid = gateway.status(&payment).await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["txid"], txid.to_string());
    // It came in time; only we did not see it.
    assert!(paid.get("late").is_none(), "{paid}");
    let alarm = ("missed_by_watcher", txid.to_string());
    assert_eq!(gateway.alarms().await, [alarm]);
    let delivered = gateway.receiver.wait_for(1, |_| true).await;
    assert_eq!(delivered[0].json()["txid"], txid.to_string());
}

#[tokio::test]
async fn dust_before_a_payment_does_not_hide_it_from_the_second_opinion() {
    let gateway = TestGateway::start().await;
    gateway.audit().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.devchain.add_fault(missing("/jsonrpc"));
    gateway.devchain.transfer(&Transfer {
        count: 201,
        ..transfer_to(&payment, "0.000001")
    });
    gateway.devchain.mine(1);
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(LONG);
    gateway.catch_up().await;
    gateway.audit().await;
    assert_eq!(gateway.status(&payment).await["status"], "paid");
    assert_eq!(gateway.count(BY_INDEXER).await, 202);
}

#[tokio::test]
async fn an_indexer_that_turns_in_circles_or_lags_is_asked_again() {
    let gateway = TestGateway::start().await;
    gateway.audit().await;
    let (payment, _) = pay_unseen(&gateway).await;
    for kind in [
        FaultKind::RepeatedPage,
        FaultKind::Truncated,
        FaultKind::Status {
            status: 403,
            seconds: 0,
            keyless: false,
        },
    ] {
        gateway.devchain.clear_faults();
        gateway.devchain.add_fault(Fault::new(kind).on("/v1/"));
        gateway.audit().await;
        gateway.devchain.mine(20);
        assert_eq!(gateway.status(&payment).await["status"], "expired");
    }
    gateway.devchain.clear_faults();
    gateway.devchain.mine(20);
    gateway.catch_up().await;
    gateway.audit().await;
    assert_eq!(gateway.status(&payment).await["status"], "paid");
}

#[tokio::test]
async fn a_transfer_that_the_indexer_does_not_list_raises_an_alarm_until_it_does() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let txid = gateway.transfer(&payment, pay_amount(&payment)).to_string();
    gateway.devchain.add_fault(missing("/v1/"));
    gateway.devchain.mine(250);
    gateway.catch_up().await;
    gateway.audit().await;
    assert_eq!(
        gateway.alarms().await,
        [("unknown_to_indexer", txid.clone())]
    );
    gateway.devchain.clear_faults();
    gateway.devchain.mine(120);
    gateway.catch_up().await;
    gateway.audit().await;
    assert_eq!(gateway.alarms().await, []);
    assert_eq!(gateway.status(&payment).await["status"], "paid");

    // No receipt either: the worst that there can be.
    gateway.devchain.add_fault(missing("/v1/"));
    let receipts = "/walletsolidity/gettransactioninfobyid";
    let nothing = Fault::new(FaultKind::EmptyObject).on(receipts);
    gateway.devchain.add_fault(nothing);
    gateway.devchain.mine(120);
    gateway.catch_up().await;
    gateway.audit().await;
    assert_eq!(gateway.alarms().await, [("unproven", txid)]);
}

#[tokio::test]
async fn a_balance_that_does_not_add_up_raises_an_alarm_and_a_withdrawal_does_not() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway.catch_up().await;
    gateway.audit().await;
    let address = payment["address"].as_str().unwrap();
    // The merchant takes some of it away, and more comes in.
    gateway.devchain.transfer(&Transfer {
        from: Some(address.parse().unwrap()),
        ..Transfer::new(gateway.devchain.token(), Usdt::from_micro(20_000_000))
    });
    gateway.devchain.transfer(&transfer_to(&payment, "3"));
    gateway.devchain.mine(DAY);
    gateway.catch_up().await;
    gateway.audit().await;
    gateway.devchain.mine(DAY);
    gateway.catch_up().await;
    gateway.audit().await;
    assert_eq!(gateway.alarms().await, []);

    gateway.devchain.transfer(&transfer_to(&payment, "4"));
    gateway.devchain.add_fault(missing("/v1/"));
    gateway.devchain.add_fault(missing("/jsonrpc"));
    gateway.devchain.mine(DAY);
    gateway.catch_up().await;
    gateway.audit().await;
    assert_eq!(gateway.alarms().await, [], "it may be a node that lags");
    gateway.devchain.mine(LONG);
    gateway.catch_up().await;
    gateway.audit().await;
    let alarm = ("balance_differs", address.to_owned());
    assert_eq!(gateway.alarms().await, [alarm]);
}

#[tokio::test]
async fn money_to_an_address_that_nobody_pays_to_is_found_when_its_balance_is_off() {
    let setup = Setup {
        addresses: 2,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    gateway.audit().await;
    let addresses = gateway.store.addresses(gateway.network).await.unwrap();
    gateway.devchain.add_fault(missing("/jsonrpc"));
    gateway
        .devchain
        .transfer(&Transfer::new(addresses[1], Usdt::from_micro(4_000_000)));
    gateway.devchain.mine(LONG);
    gateway.catch_up().await;
    gateway.devchain.clear_faults();
    gateway.devchain.mine(DAY);
    gateway.catch_up().await;
    gateway.audit().await;
    assert_eq!(gateway.count(BY_INDEXER).await, 1);
    let alarms = gateway.alarms().await;
    assert!(
        matches!(alarms.as_slice(), [("missed_by_watcher", _)]),
        "{alarms:?}"
    );
}

#[tokio::test]
async fn no_payment_is_created_while_the_token_is_paused_or_replaced() {
    let gateway = TestGateway::start().await;
    gateway.audit().await;
    let token = gateway.devchain.token().to_string();
    for (paused, deprecated, alarm) in [
        (true, false, "token_paused"),
        (false, true, "token_deprecated"),
    ] {
        gateway.devchain.set_token(|token| {
            token.paused = paused;
            token.deprecated = deprecated;
        });
        gateway.devchain.mine(120);
        gateway.catch_up().await;
        gateway.audit().await;
        assert_eq!(gateway.alarms().await, [(alarm, token.clone())]);
        let body = r#"{"order_id":"ORDER_1","amount":"50"}"#;
        let response = gateway.create_request(body).send().await.unwrap();
        assert_eq!(response.status(), 503);
        assert_eq!(
            json_of(response).await["error"],
            "USDT cannot be transferred at the moment, try again later"
        );
    }
    gateway.devchain.set_token(|token| token.deprecated = false);
    gateway.devchain.mine(120);
    gateway.catch_up().await;
    gateway.audit().await;
    assert_eq!(gateway.alarms().await, []);
    gateway.create("ORDER_1", "50").await;
}

#[tokio::test]
async fn a_fee_of_the_token_raises_an_alarm_and_what_arrives_counts() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.devchain.set_token(|token| {
        token.basis_points_rate = 10;
        token.maximum_fee = Usdt::from_micro(20_000_000);
    });
    gateway.devchain.mine(20);
    let txid = gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway.catch_up().await;
    gateway.audit().await;
    let token = gateway.devchain.token().to_string();
    assert_eq!(gateway.alarms().await, [("token_takes_fee", token)]);
    // The recipient got less than the exact amount: a person decides.
    assert_eq!(gateway.status(&payment).await["status"], "pending");
    assert_eq!(
        gateway
            .count("SELECT count(*) FROM transfers WHERE outcome = 'review'")
            .await,
        1,
        "{txid}"
    );
}

#[tokio::test]
async fn an_address_that_the_token_has_frozen_is_not_offered_any_more() {
    let setup = Setup {
        addresses: 2,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let first = gateway.create("ORDER_1", "50").await["address"].clone();
    let frozen = first.as_str().unwrap();
    gateway.devchain.set_token(|token| {
        token.blacklisted.insert(frozen.parse().unwrap());
    });
    gateway.devchain.mine(20);
    gateway.catch_up().await;
    gateway.audit().await;
    let alarm = ("address_blacklisted", frozen.to_owned());
    assert_eq!(gateway.alarms().await, [alarm]);
    assert_ne!(gateway.create("ORDER_2", "50").await["address"], first);
}

#[tokio::test]
async fn a_chain_that_is_not_read_any_more_raises_an_alarm_until_it_is() {
    let gateway = TestGateway::start().await;
    gateway
        .devchain
        .add_fault(Fault::new(FaultKind::Outage).on("/walletsolidity/"));
    gateway.devchain.mine(130);
    gateway.audit().await;
    assert_eq!(
        gateway.alarms().await,
        [("chain_delayed", "chain".to_owned())]
    );
    gateway.devchain.clear_faults();
    gateway.catch_up().await;
    gateway.audit().await;
    assert_eq!(gateway.alarms().await, []);
}
