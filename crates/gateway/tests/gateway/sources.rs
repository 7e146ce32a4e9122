//! A source of the chain that fails in a way which its answers do not tell: payments are credited all
//! the same, within 15 seconds of the chain's time of when they would have been, and the operator is
//! told.

use serde_json::Value;
use usdt_devchain::{Fault as ChainFault, FaultKind};

use crate::faulty_node::Fault;
use crate::test_gateway::{Setup, TestGateway, pay_amount};

const RECEIPT: &str = "/walletsolidity/gettransactioninfobyid";
const RECEIPTS: &str = "/walletsolidity/gettransactioninfobyblocknum";
const LOGS: &str = "/jsonrpc";
const LIST: &str = "/v1/";

/// Blocks of 15 seconds.
const SOON: u64 = 5;

/// Blocks between two questions to the indexer about open payments.
const OPEN_EVERY: u64 = 3;

/// Blocks of a minute.
const MINUTE: u32 = 20;

fn is_paid(payment: &Value) -> bool {
    payment["status"] == "paid"
}

fn fault(kind: FaultKind, path: &str) -> ChainFault {
    ChainFault::new(kind).on(path)
}

/// A gateway on a chain like the main network, whose every block has transfers.
async fn start() -> TestGateway {
    TestGateway::start_with(Setup {
        every_block_pays: true,
        ..Setup::default()
    })
    .await
}

/// Pays a payment exactly, mines up to the block before the one that makes it final, and then block by
/// block until it is paid. Returns how many blocks more than usual that takes.
async fn blocks_late(gateway: &TestGateway, payment: &Value) -> u64 {
    gateway.transfer(payment, pay_amount(payment));
    gateway.devchain.mine(1);
    let final_at = gateway.devchain.head() + 19;
    while gateway.devchain.head() + 1 < final_at {
        gateway.devchain.mine(1);
        gateway.steps(2).await;
    }
    loop {
        gateway.devchain.mine(1);
        // Further steps, of which one at least has begun since: each asks once or a few times.
        gateway.steps(8).await;
        if gateway.devchain.head().is_multiple_of(OPEN_EVERY) {
            gateway.watch_open_payments().await;
        }
        let late = gateway.devchain.head() - final_at;
        if is_paid(&gateway.status(payment).await) {
            return late;
        }
        assert!(
            late < SOON,
            "it is still not paid: {}",
            gateway.status(payment).await
        );
    }
}

/// Lets the chain go on until an alarm of this kind is open. Returns how many blocks that takes.
async fn blocks_until_alarm(gateway: &TestGateway, kind: &str) -> u32 {
    for blocks in 1..=2 * MINUTE {
        gateway.devchain.mine(1);
        gateway.steps(3).await;
        if gateway.alarms().await.iter().any(|(open, _)| *open == kind) {
            return blocks;
        }
    }
    panic!("no alarm {kind} within two minutes");
}

async fn until_alarms_are_over(gateway: &TestGateway) {
    for _ in 0..2 * MINUTE {
        gateway.devchain.mine(1);
        gateway.steps(3).await;
        if gateway.alarms().await.is_empty() {
            return;
        }
    }
    panic!("an alarm stays: {:?}", gateway.alarms().await);
}

async fn degraded(gateway: &TestGateway) -> Value {
    let answer = gateway.get("/readyz").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    body["degraded"].clone()
}

#[tokio::test]
async fn a_blind_index_of_logs_delays_nothing_and_is_told_within_a_minute() {
    let gateway = start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway
        .devchain
        .add_fault(fault(FaultKind::Missing { every: 1 }, LOGS));
    assert!(blocks_until_alarm(&gateway, "source_unsound").await <= MINUTE);
    let told = degraded(&gateway).await;
    assert!(
        told[0].as_str().unwrap().contains("index of logs"),
        "{told}"
    );
    assert_eq!(blocks_late(&gateway, &payment).await, 0);
    assert_eq!(gateway.status(&payment).await.get("chain_delay"), None);

    gateway.devchain.clear_faults();
    until_alarms_are_over(&gateway).await;
    assert_eq!(degraded(&gateway).await, serde_json::json!([]));
    // It is asked again.
    let before = gateway.node.arrived(RECEIPTS);
    let payment = gateway.create("ORDER_2", "50").await;
    assert_eq!(blocks_late(&gateway, &payment).await, 0);
    assert!(gateway.node.arrived(RECEIPTS) < before + 5);
}

#[tokio::test]
async fn a_payment_is_not_late_that_comes_as_the_index_goes_blind() {
    let gateway = start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.catch_up().await;
    gateway
        .devchain
        .add_fault(fault(FaultKind::Missing { every: 1 }, LOGS));
    assert_eq!(blocks_late(&gateway, &payment).await, 0);
}

/// Blocks without transfers are usual on a test network, so that nothing tells of the blind index.
#[tokio::test]
async fn what_was_seen_at_the_head_is_credited_in_time_whatever_the_logs_say_later() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(1);
    gateway
        .status_when(&payment, |payment| payment["txid"].is_string())
        .await;
    gateway
        .devchain
        .add_fault(fault(FaultKind::Missing { every: 1 }, LOGS));
    gateway.devchain.mine(19);
    gateway.status_when(&payment, is_paid).await;
}

#[tokio::test]
async fn an_index_that_is_late_by_seconds_or_minutes_delays_nothing() {
    for blocks in [2, 8, 100] {
        let gateway = start().await;
        let payment = gateway.create("ORDER_1", "50").await;
        gateway
            .devchain
            .add_fault(ChainFault::new(FaultKind::LateLogs { blocks }));
        assert_eq!(blocks_late(&gateway, &payment).await, 0, "{blocks}");
    }
}

#[tokio::test]
async fn an_index_that_loses_rows_is_told_within_a_minute_and_delays_little() {
    for every in [2, 3] {
        let gateway = start().await;
        let payment = gateway.create("ORDER_1", "50").await;
        gateway
            .devchain
            .add_fault(fault(FaultKind::Missing { every }, LOGS));
        assert!(blocks_late(&gateway, &payment).await <= SOON);
        blocks_until_alarm(&gateway, "source_unsound").await;
    }
}

#[tokio::test]
async fn an_index_that_cannot_be_asked_is_told_and_delays_nothing() {
    let refused = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"method not found","data":"{}"}}"#;
    for answer in [(404, "Not Found"), (200, refused)] {
        let gateway = start().await;
        let payment = gateway.create("ORDER_1", "50").await;
        gateway.node.fail(LOGS, Fault::Answer(answer.0, answer.1));
        assert_eq!(blocks_late(&gateway, &payment).await, 0, "{answer:?}");
        blocks_until_alarm(&gateway, "source_unsound").await;
    }
}

/// java-tron closes the port of its JSON-RPC where that is off.
#[tokio::test]
async fn where_nobody_answers_for_the_index_blocks_are_read_by_their_receipts_after_an_outage_too()
{
    let gateway = start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.catch_up().await;
    gateway.node.fail("/walletsolidity/getblock", Fault::Hold);
    gateway.devchain.add_fault(fault(FaultKind::Outage, LOGS));
    gateway.devchain.mine(100);
    gateway.node.heal();
    assert_eq!(blocks_late(&gateway, &payment).await, 0);
    blocks_until_alarm(&gateway, "source_unsound").await;
}

#[tokio::test]
async fn a_node_that_refuses_receipts_by_their_transactions_is_asked_by_their_blocks() {
    let gateway = start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let lite = "this API is closed because this node is a lite fullnode";
    gateway.node.fail(RECEIPT, Fault::Answer(200, lite));
    assert_eq!(blocks_late(&gateway, &payment).await, 0);
}

#[tokio::test]
async fn a_node_that_refuses_all_receipts_is_helped_by_another() {
    let gateway = TestGateway::start_with(Setup {
        every_block_pays: true,
        two_nodes: true,
        ..Setup::default()
    })
    .await;
    let payment = gateway.create("ORDER_1", "50").await;
    let lite = "this API is closed because this node is a lite fullnode";
    for path in [RECEIPT, RECEIPTS] {
        gateway.node.fail(path, Fault::Answer(200, lite));
    }
    assert_eq!(blocks_late(&gateway, &payment).await, 0);
    assert!(gateway.second_node.as_ref().unwrap().arrived(RECEIPT) > 0);
}

#[tokio::test]
async fn an_indexer_that_is_behind_or_loses_rows_delays_nothing() {
    for kind in [
        FaultKind::Stale { blocks: 300 },
        FaultKind::Missing { every: 1 },
    ] {
        let gateway = start().await;
        let payment = gateway.create("ORDER_1", "50").await;
        gateway.devchain.add_fault(fault(kind, LIST));
        assert_eq!(blocks_late(&gateway, &payment).await, 0);
    }
}

#[tokio::test]
async fn nodes_of_different_heights_behind_one_name_delay_little() {
    for blocks in [1, 3, 30] {
        let gateway = start().await;
        let payment = gateway.create("ORDER_1", "50").await;
        gateway
            .devchain
            .add_fault(ChainFault::new(FaultKind::Uneven { blocks }));
        assert!(blocks_late(&gateway, &payment).await <= SOON, "{blocks}");
    }
}

#[tokio::test]
async fn of_two_nodes_the_one_with_a_sound_index_is_asked() {
    let gateway = TestGateway::start_with(Setup {
        every_block_pays: true,
        two_nodes: true,
        ..Setup::default()
    })
    .await;
    gateway.create("ORDER_1", "50").await;
    let blind = r#"{"jsonrpc":"2.0","id":1,"result":[]}"#;
    gateway.node.fail(LOGS, Fault::Answer(200, blind));
    blocks_until_alarm(&gateway, "source_unsound").await;
    let second = gateway.second_node.as_ref().unwrap();
    let first = gateway.node.arrived("/walletsolidity/getblock");
    second.arrivals("/walletsolidity/getblock", 5).await;
    assert_eq!(gateway.node.arrived("/walletsolidity/getblock"), first);
}

/// Blocks of twelve seconds: what was true when it was asked comes so much later.
const LATE: u64 = 4;

#[tokio::test]
async fn where_all_answers_are_late_what_was_seen_is_credited_as_late_as_one_answer() {
    let gateway = start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(1);
    let final_at = gateway.devchain.head() + 19;
    gateway
        .status_when(&payment, |payment| payment["txid"].is_string())
        .await;
    gateway
        .devchain
        .add_fault(ChainFault::new(FaultKind::Late { blocks: LATE }));
    gateway.devchain.mine(18);
    let asked = gateway.node.arrived(RECEIPT);
    gateway.devchain.mine(1);
    assert_eq!(gateway.devchain.head(), final_at);
    gateway.node.arrived_in_all(RECEIPT, asked + 1).await;
    gateway.devchain.mine(u32::try_from(LATE).unwrap());
    gateway.status_when(&payment, is_paid).await;
}
