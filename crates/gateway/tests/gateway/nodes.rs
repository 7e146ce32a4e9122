//! Reading from several nodes, from receipts alone, and not more often than needed.

use std::time::Duration;

use usdt_devchain::{Fault as ChainFault, FaultKind};
use usdt_gateway::config::Watch;

use crate::faulty_node::Fault;
use crate::test_gateway::{Setup, TestGateway, pay_amount};

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
        // It has rested, and is preferred again.
        gateway.node.arrivals("", 1).await;
        let before = gateway.node.arrived(path);
        gateway.node.fail(path, fault);
        if path != RECEIPT {
            gateway.node.arrivals(path, 1).await;
        }
        gateway.transfer(&payment, pay_amount(&payment));
        gateway.make_solid();
        gateway.status_when(&payment, is_paid).await;
        assert!(gateway.node.arrived(path) > before, "{path}");
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
