//! Reading from several nodes, from receipts alone, and not more often than needed.

use std::time::Duration;

use usdt_devchain::{Fault as ChainFault, FaultKind, Transfer};
use usdt_gateway::config::Watch;
use usdt_protocol::Usdt;

use crate::faulty_node::Fault;
use crate::test_gateway::{Setup, TestGateway, address, pay_amount};

const RECEIPT: &str = "/walletsolidity/gettransactioninfobyid";

fn is_paid(payment: &serde_json::Value) -> bool {
    payment["status"] == "paid"
}

#[tokio::test]
async fn when_a_node_fails_in_any_way_the_next_one_is_asked() {
    let setup = Setup {
        two_nodes: true,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let suspended = r#"{"Error":"The key exceeds the frequency limit(30), and the query server is suspended for 30s"}"#;
    let faults = [
        ("/walletsolidity/getblock", Fault::Answer(503, "")),
        ("/jsonrpc", Fault::Answer(200, "{}")),
        (RECEIPT, Fault::Answer(200, "{}")),
        ("/walletsolidity/getblock", Fault::Answer(403, suspended)),
    ];
    for (number, (path, fault)) in (0..).zip(faults) {
        let payment = gateway.create(&format!("ORDER_{number}"), "50").await;
        // It has rested, and what it gives was found sound: it is preferred again.
        let asked = gateway.node.arrived("");
        while gateway.node.arrived("") == asked {
            gateway.devchain.mine(7);
            gateway.steps(3).await;
        }
        let before = gateway.node.arrived(path);
        gateway.node.fail(path, fault);
        if path != RECEIPT {
            gateway.node.arrivals(path, 1).await;
        }
        gateway.transfer(&payment, pay_amount(&payment));
        gateway.make_solid();
        gateway.status_when(&payment, is_paid).await;
        // What a receipt would tell, its block's may have told before.
        assert!(
            path == RECEIPT || gateway.node.arrived(path) > before,
            "{path}"
        );
        gateway.node.heal();
    }
    // It has asked for 30 seconds of patience.
    let second = gateway.second_node.as_ref().unwrap();
    let first = gateway.node.arrived("");
    second.arrivals("/walletsolidity/getblock", 5).await;
    assert_eq!(gateway.node.arrived(""), first);
}

#[tokio::test]
async fn a_node_that_suspends_us_as_the_indexer_is_left_alone_by_the_watcher_too() {
    let setup = Setup {
        two_nodes: true,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    gateway.create("ORDER_1", "50").await;
    let suspended = FaultKind::Status {
        status: 403,
        seconds: 30,
        keyless: false,
    };
    gateway
        .devchain
        .add_fault(ChainFault::new(suspended).on("/v1/"));
    gateway.audit().await;
    let second = gateway.second_node.as_ref().unwrap();
    second.arrivals("/walletsolidity/getblock", 1).await;
    let first = gateway.node.arrived("");
    second.arrivals("/walletsolidity/getblock", 5).await;
    assert_eq!(gateway.node.arrived(""), first);
}

#[tokio::test]
async fn receipts_alone_are_enough_and_an_empty_list_of_them_proves_nothing() {
    let setup = Setup {
        watch: Watch::Receipts,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.catch_up().await;
    let cursor = gateway.store.cursor(gateway.network).await.unwrap();
    // The node tells of a newer solid block than its twin behind the same name has.
    gateway.devchain.add_fault(
        ChainFault::new(FaultKind::Stale { blocks: 40 })
            .on("/walletsolidity/gettransactioninfobyblocknum"),
    );
    gateway
        .devchain
        .add_fault(ChainFault::new(FaultKind::EmptyObject).on("/jsonrpc"));
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    let path = "/walletsolidity/gettransactioninfobyblocknum";
    gateway.node.arrivals(path, 3).await;
    assert_eq!(gateway.store.cursor(gateway.network).await.unwrap(), cursor);
    gateway.devchain.clear_faults();
    gateway.status_when(&payment, is_paid).await;
}

#[tokio::test]
async fn an_idle_gateway_asks_seldom_and_a_new_payment_wakes_it() {
    let setup = Setup {
        idle_poll: Duration::from_hours(1),
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway.status_when(&payment, is_paid).await;
}

/// The node answers, and its chain stands still.
#[tokio::test]
async fn a_node_that_does_not_follow_the_chain_is_left_for_one_that_does() {
    let setup = Setup {
        two_nodes: true,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.catch_up().await;
    let solid = format!("{}/walletsolidity/getblock", gateway.node.url);
    let answer = reqwest::get(solid).await.unwrap().text().await.unwrap();
    let frozen: &'static str = answer.leak();
    gateway
        .node
        .fail("/walletsolidity/getblock", Fault::Answer(200, frozen));
    gateway.transfer(&payment, pay_amount(&payment));
    // Longer than a solid block is old, and less than the payer has.
    gateway.devchain.mine(100);
    gateway.status_when(&payment, is_paid).await;
}

/// A provider that allows few blocks in one request must not stop what is new.
#[tokio::test]
async fn a_range_that_a_node_refuses_is_shrunk_to_what_it_gives() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.catch_up().await;
    gateway.node.fail("/jsonrpc", Fault::LogRange(30));
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(700);
    gateway.status_when(&payment, is_paid).await;
}

#[tokio::test]
async fn a_transfer_that_cannot_be_recorded_is_looked_at_once() {
    let gateway = TestGateway::start().await;
    // Paid before the address was the gateway's.
    let seed = 77;
    let setup = Setup::default();
    gateway.devchain.transfer(&Transfer::new(
        address(seed, 0),
        Usdt::from_micro(5_000_000),
    ));
    gateway.make_solid();
    gateway.catch_up().await;
    let before = gateway.node.arrived(RECEIPT);
    gateway.add_project(seed, &setup).await;
    for _ in 0..3 {
        gateway.devchain.mine(1);
        gateway.catch_up().await;
    }
    assert_eq!(gateway.node.arrived(RECEIPT), before + 1);
    assert_eq!(gateway.database.transfers().await, 0);
}
