//! The second opinion: what other sources know is not lost, and what they doubt is told.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use usdt_devchain::{Devchain, Fault, FaultKind, Transfer};
use usdt_gateway::audit::Auditor;
use usdt_gateway::chain::Chain;
use usdt_gateway::clock::Clock;
use usdt_gateway::config::{ChainConfig, Watch};
use usdt_gateway::store::Alarm;
use usdt_protocol::{TronAddress, Txid, Usdt, UtcTime};
use usdt_tron::{Endpoint, Node};

use crate::faulty_node::{self, FaultyNode};
use crate::patience::patiently;
use crate::test_gateway::{
    QUARANTINE_SECONDS, Setup, TestGateway, WINDOW_SECONDS, json_of, pay_amount, transfer_to,
};

/// More blocks than are read twice, and a multiple of what the checks are apart.
const LONG: u32 = 700;
const DAY: u32 = 28_800;

fn missing(path: &str) -> Fault {
    Fault::new(FaultKind::Missing { every: 1 }).on(path)
}

/// Where receipts are.
const RECEIPTS: &str = "/walletsolidity/gettransactioninfobyid";
/// Where the token's contract is asked.
const CALLS: &str = "/walletsolidity/triggerconstantcontract";

struct ChainClock(Devchain);

impl Clock for ChainClock {
    fn now(&self) -> UtcTime {
        self.0.now()
    }
}

/// Another second opinion about a gateway, which asks nodes that the watcher does not ask.
fn auditor(gateway: &TestGateway, node: &str, indexer: &str) -> Auditor {
    let chain = Chain::new(&ChainConfig {
        network: gateway.network,
        nodes: vec![Endpoint::at(node)],
        indexer: Endpoint::at(indexer),
        watch: Watch::Logs,
        every_block_pays: false,
        token: gateway.devchain.token(),
        poll: Duration::from_millis(20),
        idle_poll: Duration::from_millis(20),
    });
    let clock = Arc::new(ChainClock(gateway.devchain.clone()));
    let store = gateway.store.clone();
    Auditor::new(chain.unwrap(), store, clock)
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, router).await });
    url
}

async fn only_alarm(gateway: &TestGateway) -> Alarm {
    let mut alarms = gateway.store.open_alarms().await.unwrap();
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    alarms.remove(0)
}

/// Pays a payment while the node's index of logs has a gap, until nobody looks there any more.
async fn pay_unseen(gateway: &TestGateway) -> (Value, Txid) {
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
    gateway.audit_after(LONG).await;
    // A run looks up so many and no more; the next goes on soon, and where it ended.
    assert_eq!(gateway.database.found_by("indexer").await, 200);
    gateway.audit_after(20).await;
    assert_eq!(gateway.status(&payment).await["status"], "paid");
    assert_eq!(gateway.database.found_by("indexer").await, 202);
}

#[tokio::test]
async fn what_the_watcher_would_still_find_is_credited_without_an_alarm() {
    let gateway = TestGateway::start().await;
    gateway.audit().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.devchain.add_fault(missing("/jsonrpc"));
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.audit_after(120).await;
    assert_eq!(gateway.status(&payment).await["status"], "paid");
    assert_eq!(gateway.database.found_by("indexer").await, 1);
    assert_eq!(gateway.alarms().await, []);
}

/// A gateway that two payments have paid unseen, at two addresses: of the first the indexer tells
/// only this.
async fn pay_two_unseen(kind: FaultKind) -> (TestGateway, Value, Value) {
    let gateway = TestGateway::start().await;
    let others = gateway.add_project(2, &Setup::default()).await;
    gateway.audit().await;
    let first = gateway.create("ORDER_1", "50").await;
    let second = gateway.create_as(&others, "ORDER_1", "50").await;
    let path = format!("/v1/accounts/{}", first["address"].as_str().unwrap());
    gateway.devchain.add_fault(missing("/jsonrpc"));
    gateway.devchain.add_fault(Fault::new(kind).on(path));
    gateway.transfer(&first, pay_amount(&first));
    gateway.transfer(&second, pay_amount(&second));
    gateway.devchain.mine(LONG);
    gateway.catch_up().await;
    (gateway, first, second)
}

#[tokio::test]
async fn an_address_that_cannot_be_compared_stops_no_other_and_is_named() {
    let message = "no".to_owned();
    let (gateway, first, second) = pay_two_unseen(FaultKind::Error { message }).await;
    gateway.audit().await;
    assert_eq!(gateway.status(&first).await["status"], "expired");
    assert_eq!(gateway.status(&second).await["status"], "paid");

    gateway.audit_after(LONG).await;
    let alarms = gateway.store.open_alarms().await.unwrap();
    let stalled = alarms
        .iter()
        .find(|alarm| alarm.kind.as_str() == "audit_stalled")
        .unwrap();
    assert_eq!(stalled.subject, "indexer");
    let address = first["address"].as_str().unwrap();
    assert!(stalled.detail.contains(address), "{}", stalled.detail);
}

#[tokio::test]
async fn addresses_take_turns_where_the_indexer_ends_a_run() {
    let throttled = FaultKind::Status {
        status: 403,
        seconds: 0,
        keyless: false,
    };
    let (gateway, _, second) = pay_two_unseen(throttled).await;
    gateway.audit().await;
    gateway.audit_after(20).await;
    assert_eq!(gateway.status(&second).await["status"], "paid");
}

#[tokio::test]
async fn a_new_auditor_knows_who_keeps_others_from_their_turn() {
    let throttled = FaultKind::Status {
        status: 403,
        seconds: 0,
        keyless: false,
    };
    let (gateway, _, second) = pay_two_unseen(throttled).await;
    for _ in 0..2 {
        let mut new = auditor(&gateway, &gateway.node.url, &gateway.node.url);
        new.run_due().await;
    }
    assert_eq!(gateway.status(&second).await["status"], "paid");
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
    gateway.audit_after(20).await;
    assert_eq!(gateway.status(&payment).await["status"], "paid");
}

#[tokio::test]
async fn transfers_that_the_indexer_does_not_list_raise_one_alarm_until_it_does() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let address = payment["address"].as_str().unwrap().to_owned();
    let first = gateway.transfer(&payment, pay_amount(&payment)).to_string();
    gateway.devchain.mine(1);
    gateway.transfer(&payment, "7");
    gateway.devchain.add_fault(missing("/v1/"));
    gateway.audit_after(250).await;
    let alarm = only_alarm(&gateway).await;
    assert_eq!(alarm.kind.as_str(), "unknown_to_indexer");
    assert_eq!(alarm.subject, address);
    for told in ["2 transactions", "2026-07-01 18:00:03", &first] {
        assert!(alarm.detail.contains(told), "{}", alarm.detail);
    }

    // Hours later it is the same alarm, which counts what has come since.
    gateway.transfer(&payment, "8");
    for _ in 0..4 {
        gateway.audit_after(LONG).await;
    }
    let later = only_alarm(&gateway).await;
    assert_eq!(later.id, alarm.id);
    assert!(later.detail.contains("3 transactions"), "{}", later.detail);
    assert!(later.detail.contains(&first), "{}", later.detail);

    gateway.devchain.clear_faults();
    gateway.audit_after(120).await;
    assert_eq!(gateway.alarms().await, []);
    assert_eq!(gateway.status(&payment).await["status"], "paid");
}

#[tokio::test]
async fn what_the_indexer_never_lists_raises_an_alarm_for_a_week() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.add_fault(missing("/v1/"));
    gateway.audit_after(250).await;
    assert_eq!(
        only_alarm(&gateway).await.kind.as_str(),
        "unknown_to_indexer"
    );
    for _ in 0..6 {
        gateway.devchain.mine(DAY);
    }
    gateway.catch_up().await;
    gateway.audit().await;
    assert_eq!(gateway.alarms().await.len(), 1);
    gateway.audit_after(2 * DAY).await;
    assert_eq!(gateway.alarms().await, []);
}

#[tokio::test]
async fn what_is_not_listed_is_followed_also_where_no_payment_is_open_any_more() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.audit().await;
    gateway.let_pass(WINDOW_SECONDS + QUARANTINE_SECONDS + 60);
    gateway.transfer(&payment, "7");
    gateway.devchain.add_fault(missing("/v1/"));
    gateway.audit_after(250).await;
    assert_eq!(
        only_alarm(&gateway).await.kind.as_str(),
        "unknown_to_indexer"
    );
    gateway.devchain.clear_faults();
    gateway.audit_after(120).await;
    assert_eq!(gateway.alarms().await, []);
}

/// A gateway with a payment that is paid and that the indexer does not list.
async fn paid_and_unlisted() -> (TestGateway, Value, Txid) {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let txid = gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(250);
    gateway.catch_up().await;
    gateway.devchain.add_fault(missing("/v1/"));
    (gateway, payment, txid)
}

#[tokio::test]
async fn a_transfer_that_only_the_node_confirms_is_not_proven() {
    let (gateway, _, txid) = paid_and_unlisted().await;
    let indexer = FaultyNode::start(&gateway.devchain).await;
    indexer.fail(RECEIPTS, faulty_node::Fault::Answer(200, "{}"));
    let mut auditor = auditor(&gateway, &gateway.node.url, &indexer.url);
    auditor.run_due().await;
    let unproven = [("unproven", txid.to_string())];
    assert_eq!(gateway.alarms().await, unproven);
    // Nothing that comes later takes it back.
    indexer.heal();
    gateway.devchain.clear_faults();
    gateway.devchain.mine(120);
    gateway.catch_up().await;
    auditor.run_due().await;
    assert_eq!(gateway.alarms().await, unproven);
}

#[tokio::test]
async fn a_recorded_amount_that_the_receipt_does_not_tell_is_not_proven() {
    let (gateway, _, txid) = paid_and_unlisted().await;
    gateway.database.falsify_transfers().await;
    gateway.audit().await;
    assert_eq!(gateway.alarms().await, [("unproven", txid.to_string())]);
}

#[tokio::test]
async fn where_the_indexer_has_no_receipts_or_lags_the_node_proves_a_transfer() {
    let (gateway, payment, _) = paid_and_unlisted().await;
    let address = payment["address"].as_str().unwrap().to_owned();
    let indexer = FaultyNode::start(&gateway.devchain).await;
    indexer.fail(RECEIPTS, faulty_node::Fault::Answer(404, "not here"));
    let unlisted = [("unknown_to_indexer", address)];
    auditor(&gateway, &gateway.node.url, &indexer.url)
        .run_due()
        .await;
    assert_eq!(gateway.alarms().await, unlisted);

    gateway.database.forget_proofs().await;
    indexer.fail(RECEIPTS, faulty_node::Fault::Answer(200, "{}"));
    let genesis = r#"{
        "blockID": "00000000000000010000000000000000000000000000000000000000000000aa",
        "block_header": {"raw_data": {"number": 1, "timestamp": 1}}
    }"#;
    let lags = faulty_node::Fault::Answer(200, genesis);
    indexer.fail("/walletsolidity/getblock", lags);
    auditor(&gateway, &gateway.node.url, &indexer.url)
        .run_due()
        .await;
    assert_eq!(gateway.alarms().await, unlisted);
}

#[tokio::test]
async fn receipts_are_looked_up_once() {
    let (gateway, _, _) = paid_and_unlisted().await;
    let node = FaultyNode::start(&gateway.devchain).await;
    let mut auditor = auditor(&gateway, &node.url, &node.url);
    for _ in 0..2 {
        auditor.run_due().await;
        assert_eq!(node.arrived(RECEIPTS), 1);
        gateway.devchain.mine(120);
        gateway.catch_up().await;
    }
    let mut auditor = self::auditor(&gateway, &node.url, &node.url);
    auditor.run_due().await;
    assert_eq!(node.arrived(RECEIPTS), 1, "a new auditor knows it too");
    gateway.devchain.clear_faults();

    // The indexer lists what was paid to an address before it became ours.
    let setup = Setup::default();
    let theirs = TronAddress::from_bytes([
        9, 0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
    ]);
    gateway
        .devchain
        .transfer(&Transfer::new(theirs, Usdt::from_micro(1_000_000)));
    gateway.devchain.mine(60);
    gateway.catch_up().await;
    let keys = gateway.add_project(9, &setup).await;
    let payment = gateway.create_as(&keys, "ORDER_1", "50").await;
    assert_eq!(payment["address"], theirs.to_string());
    for _ in 0..3 {
        gateway.devchain.mine(120);
        gateway.catch_up().await;
        auditor.run_due().await;
        assert_eq!(node.arrived(RECEIPTS), 2);
    }
}

#[tokio::test]
async fn a_balance_that_does_not_add_up_raises_an_alarm_and_a_withdrawal_does_not() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.audit_after(20).await;
    gateway.audit_after(20).await;
    let address = payment["address"].as_str().unwrap();
    // The merchant takes some of it away, and more comes in.
    gateway.devchain.transfer(&Transfer {
        from: Some(address.parse().unwrap()),
        ..Transfer::new(gateway.devchain.token(), Usdt::from_micro(20_000_000))
    });
    gateway.devchain.transfer(&transfer_to(&payment, "3"));
    gateway.audit_after(DAY).await;
    gateway.audit_after(DAY).await;
    assert_eq!(gateway.alarms().await, []);

    gateway.devchain.transfer(&transfer_to(&payment, "4"));
    gateway.devchain.add_fault(missing("/v1/"));
    gateway.devchain.add_fault(missing("/jsonrpc"));
    gateway.audit_after(DAY).await;
    assert_eq!(gateway.alarms().await, [], "it may be a node that lags");
    gateway.audit_after(LONG).await;
    let alarm = ("balance_differs", address.to_owned());
    assert_eq!(gateway.alarms().await, [alarm]);
}

#[tokio::test]
async fn a_suspicion_outlives_its_auditor_and_is_not_waited_for_anew() {
    let gateway = TestGateway::start().await;
    let address = gateway.store.addresses(gateway.network).await.unwrap()[0];
    gateway.audit_after(20).await;
    gateway.audit_after(20).await;
    gateway.devchain.add_fault(missing("/jsonrpc"));
    gateway.devchain.add_fault(missing("/v1/"));
    gateway
        .devchain
        .transfer(&Transfer::new(address, Usdt::from_micro(4_000_000)));
    gateway.audit_after(DAY).await;

    let mut next = auditor(&gateway, &gateway.node.url, &gateway.node.url);
    let alarm = ("balance_differs", address.to_string());
    // 3 minutes after the first look, and 10 and a half.
    for (blocks, alarms) in [(60, vec![]), (150, vec![alarm])] {
        gateway.devchain.mine(blocks);
        gateway.catch_up().await;
        next.run_due().await;
        assert_eq!(gateway.alarms().await, alarms);
    }
}

#[tokio::test]
async fn a_balance_that_is_off_twice_raises_an_alarm_whatever_the_amount_and_without_the_indexer() {
    let gateway = TestGateway::start().await;
    gateway.audit().await;
    gateway.audit_after(20).await;
    let addresses = gateway.store.addresses(gateway.network).await.unwrap();
    gateway.devchain.add_fault(missing("/jsonrpc"));
    gateway
        .devchain
        .add_fault(Fault::new(FaultKind::Outage).on("/v1/"));
    let pay = |micro| {
        let amount = Usdt::from_micro(micro);
        gateway
            .devchain
            .transfer(&Transfer::new(addresses[0], amount));
    };
    let is_open = async || {
        let alarm = ("balance_differs", addresses[0].to_string());
        gateway.alarms().await.contains(&alarm)
    };
    pay(4_000_000);
    gateway.audit_after(DAY).await;
    assert!(!is_open().await, "it may be a node that lags");
    pay(5_000_000);
    gateway.audit_after(LONG).await;
    assert!(is_open().await);

    // The indexer comes back and knows what it was.
    gateway.devchain.clear_faults();
    gateway.audit_after(LONG).await;
    assert_eq!(gateway.database.found_by("indexer").await, 2);
}

async fn balance_and_block(gateway: &TestGateway, address: TronAddress) -> (u64, u64) {
    let balances = gateway.store.balances(gateway.network).await.unwrap();
    let last = balances[&address].balance;
    (last.balance.micro(), last.at.number)
}

#[tokio::test]
async fn balances_are_checked_while_the_watcher_rests() {
    let setup = Setup {
        idle_poll: Duration::from_hours(1),
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let addresses = gateway.store.addresses(gateway.network).await.unwrap();
    let has_first = async || {
        let balances = gateway.store.balances(gateway.network).await.unwrap();
        balances.contains_key(&addresses[0])
    };
    let checked = async {
        while !has_first().await {
            gateway.audit().await;
            gateway.devchain.mine(20);
        }
    };
    patiently("the first balance", checked).await;
    gateway
        .devchain
        .transfer(&Transfer::new(addresses[0], Usdt::from_micro(4_000_000)));
    gateway.devchain.mine(DAY);
    let solid = gateway.devchain.solid();
    let checked = async {
        gateway.audit().await;
        while balance_and_block(&gateway, addresses[0]).await.1 < solid {
            // The watcher had no time on this machine: the check is repeated after a minute.
            gateway.devchain.mine(20);
            gateway.audit().await;
        }
    };
    patiently("the balance", checked).await;
    let (balance, _) = balance_and_block(&gateway, addresses[0]).await;
    assert_eq!(balance, 4_000_000);
}

/// Refuses to look for logs in more than 100 blocks at once.
async fn refuse_long_ranges(request: Request, next: Next) -> Response {
    if request.uri().path() != "/jsonrpc" {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body: Bytes = to_bytes(body, usize::MAX).await.unwrap();
    let call: Value = serde_json::from_slice(&body).unwrap();
    let block = |name| {
        let text = call["params"][0][name].as_str().unwrap();
        u64::from_str_radix(text.trim_start_matches("0x"), 16).unwrap()
    };
    if block("toBlock") - block("fromBlock") >= 100 {
        let error = json!({"code": -32_005, "message": "range too large, try with 100 blocks"});
        return Json(json!({"jsonrpc": "2.0", "id": 1, "error": error})).into_response();
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}

#[tokio::test]
async fn a_withdrawal_is_found_at_a_node_that_refuses_long_ranges() {
    let gateway = TestGateway::start().await;
    let router = gateway.devchain.router();
    let url = serve(router.layer(from_fn(refuse_long_ranges))).await;
    let mut auditor = auditor(&gateway, &url, &url);
    let address = gateway.store.addresses(gateway.network).await.unwrap()[0];
    gateway
        .devchain
        .transfer(&Transfer::new(address, Usdt::from_micro(5_000_000)));
    for _ in 0..2 {
        gateway.make_solid();
        gateway.catch_up().await;
        auditor.run_due().await;
    }
    gateway.devchain.transfer(&Transfer {
        from: Some(address),
        ..Transfer::new(gateway.devchain.token(), Usdt::from_micro(2_000_000))
    });
    gateway.devchain.mine(DAY);
    gateway.catch_up().await;
    auditor.run_due().await;
    let checked = (3_000_000, gateway.devchain.solid());
    assert_eq!(balance_and_block(&gateway, address).await, checked);
}

/// One of the nodes behind a name, which now and then has not come to the newest block.
#[derive(Clone, Default)]
struct Lagging {
    lags: Arc<AtomicBool>,
    /// What it answered to constant calls before.
    before: Arc<Mutex<HashMap<Bytes, Bytes>>>,
}

async fn lag(State(node): State<Lagging>, request: Request, next: Next) -> Response {
    if request.uri().path() != CALLS {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let question = to_bytes(body, usize::MAX).await.unwrap();
    let before = node.before.lock().unwrap().get(&question).cloned();
    if let Some(answer) = before.filter(|_| node.lags.load(Ordering::SeqCst)) {
        return answer.into_response();
    }
    let request = Request::from_parts(parts, Body::from(question.clone()));
    let answer = next.run(request).await.into_body();
    let answer = to_bytes(answer, usize::MAX).await.unwrap();
    let mut before = node.before.lock().unwrap();
    before.insert(question, answer.clone());
    answer.into_response()
}

#[tokio::test]
async fn a_first_balance_that_lags_behind_its_block_raises_no_alarm_later() {
    let gateway = TestGateway::start().await;
    let behind = Lagging::default();
    let router = gateway.devchain.router();
    let url = serve(router.layer(from_fn_with_state(behind.clone(), lag))).await;
    let mut auditor = auditor(&gateway, &url, &url);
    let address = gateway.store.addresses(gateway.network).await.unwrap()[0];
    let node = Node::new(&Endpoint::at(&url)).unwrap();
    let token = gateway.devchain.token();
    assert_eq!(node.balance(token, address).await.unwrap(), Usdt::ZERO);
    // What is paid before each look, and whether the node has come to it.
    for (paid, lags) in [(4, true), (0, false), (5, true), (0, false), (0, false)] {
        if paid > 0 {
            let amount = Usdt::from_micro(paid * 1_000_000);
            gateway.devchain.transfer(&Transfer::new(address, amount));
        }
        gateway.make_solid();
        gateway.catch_up().await;
        behind.lags.store(lags, Ordering::SeqCst);
        auditor.run_due().await;
    }
    let first = (9_000_000, gateway.devchain.solid());
    assert_eq!(balance_and_block(&gateway, address).await, first);
    for blocks in [DAY, LONG] {
        gateway.devchain.mine(blocks);
        gateway.catch_up().await;
        auditor.run_due().await;
    }
    assert_eq!(gateway.alarms().await, []);
}

#[tokio::test]
async fn money_to_an_address_that_nobody_pays_to_is_found_when_its_balance_is_off() {
    let setup = Setup {
        addresses: 2,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    gateway.audit().await;
    gateway.audit_after(20).await;
    let addresses = gateway.store.addresses(gateway.network).await.unwrap();
    gateway.devchain.add_fault(missing("/jsonrpc"));
    gateway
        .devchain
        .transfer(&Transfer::new(addresses[1], Usdt::from_micro(4_000_000)));
    gateway.devchain.mine(LONG);
    gateway.catch_up().await;
    gateway.devchain.clear_faults();
    gateway.audit_after(DAY).await;
    assert_eq!(gateway.database.found_by("indexer").await, 1);
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
        gateway.audit_after(120).await;
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
    gateway.audit_after(120).await;
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
    assert_eq!(gateway.database.in_review().await, 1, "{txid}");
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
    gateway.audit_after(20).await;
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

#[tokio::test]
async fn a_chain_that_is_not_read_raises_an_alarm_whatever_the_clock_says() {
    let gateway = TestGateway::start().await;
    // The chain's clock stands still, as one would that was set back.
    let outage = faulty_node::Fault::Answer(500, "");
    gateway.node.fail("/walletsolidity/getblock", outage);
    gateway.node.arrivals("/walletsolidity/getblock", 2).await;
    gateway.audit().await;
    assert_eq!(gateway.alarms().await, []);
    pass(Duration::from_mins(6)).await;
    gateway.audit().await;
    let alarm = only_alarm(&gateway).await;
    assert_eq!(alarm.kind.as_str(), "chain_delayed");
    assert!(alarm.detail.contains("node_refuses"), "{}", alarm.detail);
    gateway.node.heal();
    gateway.catch_up().await;
    gateway.audit().await;
    assert_eq!(gateway.alarms().await, []);
}

/// Lets time pass at once, for all timers.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_check_that_hangs_does_not_hide_that_the_chain_is_not_read() {
    let gateway = TestGateway::start().await;
    gateway.create("ORDER_1", "50").await;
    let asked = FaultyNode::start(&gateway.devchain).await;
    let auditor = auditor(&gateway, &asked.url, &asked.url);
    gateway
        .devchain
        .add_fault(Fault::new(FaultKind::Hold).on("/v1/"));
    let shutdown = CancellationToken::new();
    let run = tokio::spawn(auditor.run(shutdown.clone()));
    asked.arrivals("/v1/", 1).await;
    let before = asked.arrived(CALLS);
    gateway
        .devchain
        .add_fault(Fault::new(FaultKind::Outage).on("/walletsolidity/getblock"));
    gateway.devchain.mine(130);
    let delayed = async {
        while gateway.alarms().await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    patiently("the alarm", delayed).await;
    assert_eq!(only_alarm(&gateway).await.kind.as_str(), "chain_delayed");
    // The check that comes after the one that hangs has not begun.
    assert_eq!(asked.arrived(CALLS), before);
    shutdown.cancel();
    run.await.unwrap();
}

/// Answers some requests after 25 seconds each, and counts them.
fn slow(router: Router, path: &'static str) -> (Router, watch::Receiver<u64>) {
    let (sender, receiver) = watch::channel(0);
    let sender = Arc::new(sender);
    let wait = move |request: Request, next: Next| {
        let sender = Arc::clone(&sender);
        async move {
            if request.uri().path().starts_with(path) {
                sender.send_modify(|count| *count += 1);
                tokio::time::sleep(Duration::from_secs(25)).await;
            }
            next.run(request).await
        }
    };
    (router.layer(from_fn(wait)), receiver)
}

/// Runs the checks that are due, and lets time pass at each slow request. Returns how many there
/// were.
async fn audit_slowly(mut auditor: Auditor, mut asked: watch::Receiver<u64>) -> u64 {
    let mut run = tokio::spawn(async move { auditor.run_due().await });
    loop {
        tokio::select! {
            ended = &mut run => break ended.unwrap(),
            Ok(()) = asked.changed() => pass(Duration::from_secs(25)).await,
        }
    }
    *asked.borrow()
}

#[tokio::test]
async fn a_check_that_takes_too_long_is_given_up() {
    let setup = Setup {
        addresses: 60,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let (router, asked) = slow(gateway.devchain.router(), CALLS);
    let url = serve(router).await;
    let auditor = auditor(&gateway, &url, &url);
    let calls = audit_slowly(auditor, asked).await;
    // Four for the token, and then a quarter of an hour each instead of 60 twice.
    assert!((60..84).contains(&calls), "{calls}");
}

#[tokio::test]
async fn an_endless_list_of_one_address_is_given_up() {
    let gateway = TestGateway::start().await;
    gateway.create("ORDER_1", "50").await;
    let endless = Router::new().fallback(async || {
        let page = rand::random::<u64>().to_string();
        let meta = json!({"fingerprint": page});
        Json(json!({"success": true, "data": [page], "meta": meta}))
    });
    let (endless, asked) = slow(endless, "/v1/");
    let auditor = auditor(&gateway, &gateway.node.url, &serve(endless).await);
    let pages = audit_slowly(auditor, asked).await;
    assert!(pages < 8, "{pages}");
}
