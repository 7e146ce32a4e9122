//! The watcher against a real node protocol: what is credited, what is not, and what survives a
//! node that lies or is gone.

use serde_json::Value;
use usdt_devchain::Transfer;
use usdt_gateway::payments::LatePolicy;
use usdt_protocol::TronAddress;

use crate::database::Write;
use crate::faulty_node::Fault;
use crate::patience::patiently;
use crate::test_gateway::{
    QUARANTINE_SECONDS, Setup, TestGateway, WINDOW_SECONDS, pay_amount, transfer_to,
};

fn is(status: &'static str) -> impl Fn(&Value) -> bool {
    move |payment| payment["status"] == status
}

#[tokio::test]
async fn a_transfer_is_seen_then_confirmed_block_by_block_and_paid_when_solid() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let txid = gateway.transfer(&payment, pay_amount(&payment)).to_string();
    for confirmations in 0..19 {
        gateway.devchain.mine(1);
        let seen = gateway
            .status_when(&payment, |payment| {
                payment["txid"].is_string() && payment["confirmations"] == confirmations
            })
            .await;
        assert_eq!(seen["status"], "pending");
        assert_eq!(seen["txid"], txid);
    }
    assert_eq!(gateway.database.credited().await, 0);
    gateway.devchain.mine(1);
    let paid = gateway.status_when(&payment, is("paid")).await;
    assert_eq!(paid["txid"], txid);
    assert_eq!(paid["confirmations"], 19);
    assert_eq!(paid["paid_at"], "2026-07-01 18:00:03");
    assert_eq!(paid["received_amount"], paid["pay_amount"]);
    assert!(paid.get("late").is_none());
}

#[tokio::test]
async fn only_the_exact_amount_of_the_real_token_in_a_transaction_that_succeeded_pays() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let exact = transfer_to(&payment, pay_amount(&payment));
    let fake_token = TronAddress::from_bytes([9; 20]);
    gateway.devchain.transfer(&Transfer {
        contract: Some(fake_token),
        ..exact.clone()
    });
    gateway.devchain.transfer(&Transfer {
        fail: true,
        ..exact.clone()
    });
    gateway.devchain.transfer(&transfer_to(&payment, "0"));
    gateway.devchain.transfer(&transfer_to(&payment, "50"));
    gateway
        .devchain
        .transfer(&transfer_to(&payment, "49.013400"));
    gateway.devchain.transfer(&transfer_to(&payment, "51"));
    gateway.make_solid();
    gateway.catch_up().await;
    assert_eq!(gateway.status(&payment).await["status"], "pending");
    assert_eq!(gateway.database.credited().await, 0);
    // Real money that fits nothing is kept for review; fakes and failures are not money.
    assert_eq!(gateway.database.in_review().await, 3);

    gateway.devchain.transfer(&exact);
    gateway.make_solid();
    gateway.status_when(&payment, is("paid")).await;
}

#[tokio::test]
async fn a_second_payment_of_the_same_order_is_reviewed_and_not_credited() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let transfer = Transfer {
        count: 2,
        ..transfer_to(&payment, pay_amount(&payment))
    };
    gateway.devchain.transfer(&transfer);
    gateway.make_solid();
    gateway.status_when(&payment, is("paid")).await;
    gateway.catch_up().await;
    assert_eq!(gateway.database.credited().await, 1);
    assert_eq!(gateway.database.reviewed_as("paid_twice").await, 1);
    assert_eq!(gateway.database.webhook_events().await, 1);
}

#[tokio::test]
async fn expiry_waits_until_the_solid_chain_has_passed_the_deadline() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.let_pass(WINDOW_SECONDS);
    gateway.catch_up().await;
    let waiting = gateway.status(&payment).await;
    assert_eq!(waiting["status"], "pending");
    assert_eq!(waiting["expires_in"], 0);
    gateway.devchain.mine(19);
    gateway.status_when(&payment, is("expired")).await;
}

#[tokio::test]
async fn a_late_payment_is_accepted_and_marked() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.let_pass(WINDOW_SECONDS);
    gateway.make_solid();
    gateway.status_when(&payment, is("expired")).await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    let paid = gateway.status_when(&payment, is("paid")).await;
    assert_eq!(paid["late"], true);
}

#[tokio::test]
async fn a_late_payment_is_reviewed_where_the_project_wants_that() {
    let setup = Setup {
        late_policy: LatePolicy::Review,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.let_pass(WINDOW_SECONDS);
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway.status_when(&payment, is("expired")).await;
    gateway.catch_up().await;
    assert_eq!(gateway.database.reviewed_as("late").await, 1);
}

#[tokio::test]
async fn an_amount_is_free_again_only_after_its_quarantine() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.let_pass(WINDOW_SECONDS + QUARANTINE_SECONDS - 60);
    gateway.make_solid();
    gateway.catch_up().await;
    assert_eq!(gateway.database.amounts_held().await, 1);
    gateway.let_pass(60);
    gateway.make_solid();
    gateway.catch_up().await;
    assert_eq!(gateway.database.amounts_held().await, 0);
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway.catch_up().await;
    assert_eq!(gateway.status(&payment).await["status"], "expired");
    assert_eq!(gateway.database.in_review().await, 1);
}

#[tokio::test]
async fn no_answer_of_a_node_but_a_sound_one_moves_the_cursor() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.catch_up().await;
    let before = gateway
        .store
        .cursor(gateway.network)
        .await
        .unwrap()
        .unwrap();
    let suspended = r#"{"Error":"The key exceeds the frequency limit(30), and the query server is suspended for 0s"}"#;
    let answers = [
        (200, "{}"),
        (200, "[]"),
        (200, ""),
        (200, "null"),
        (
            200,
            r#"{"Error":"class java.lang.IllegalAccessException : lack of computing resources"}"#,
        ),
        (
            200,
            "this API is closed because this node is a lite fullnode",
        ),
        (200, suspended),
        (
            200,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"block range extends beyond current head"}}"#,
        ),
        (200, r#"{"jsonrpc":"2.0","id":1}"#),
        (200, r#"{"jsonrpc":"2.0","id":1,"result":[{"addre"#),
        (403, suspended),
        (429, ""),
        (503, "<html>503 Service Temporarily Unavailable</html>"),
        (500, "{}"),
    ];
    // Whatever else the node tells, it proves no transfer.
    for path in [
        "/walletsolidity/gettransactioninfobyid",
        "/walletsolidity/gettransactioninfobyblocknum",
    ] {
        gateway.node.fail(path, Fault::Answer(200, "{}"));
    }
    gateway.transfer(&payment, pay_amount(&payment));
    let mined = gateway.devchain.head() + 1;
    gateway.make_solid();
    for path in [
        "/walletsolidity/getblock",
        "/jsonrpc",
        "/walletsolidity/gettransactioninfobyid",
    ] {
        for (status, body) in answers {
            gateway.node.fail(path, Fault::Answer(status, body));
            gateway.node.arrivals(path, 1).await;
        }
        let cursor = gateway
            .store
            .cursor(gateway.network)
            .await
            .unwrap()
            .unwrap();
        // What is sound before the transfer may be read, and nothing beyond.
        assert!(cursor.block < mined && cursor.time == before.time, "{path}");
        gateway.node.lift(path);
    }
    gateway.node.heal();
    let health = gateway
        .get("/healthz")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(health.contains("\"ok\":true"), "{health}");
    gateway.status_when(&payment, is("paid")).await;
}

#[tokio::test]
async fn an_outage_cannot_expire_a_payment_that_was_paid_in_time() {
    // More blocks than one request for logs may span lie before the transfer, and behind it.
    let setup = Setup {
        window_seconds: 20_000,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let payment = gateway.create("ORDER_1", "50").await;
    for path in ["/walletsolidity/getblock", "/jsonrpc", "/wallet/getblock"] {
        gateway.node.fail(path, Fault::Answer(503, ""));
    }
    gateway.node.arrivals("/walletsolidity/getblock", 1).await;
    gateway.let_pass(19_000);
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(6_000);
    gateway.node.heal();
    let paid = gateway.status_when(&payment, is("paid")).await;
    assert!(paid.get("late").is_none(), "{paid}");
    assert_eq!(
        paid["version"], 2,
        "it was something else in between: {paid}"
    );
}

#[tokio::test]
async fn a_credit_is_written_whole_or_not_at_all() {
    let gateway = TestGateway::start().await;
    let writes = [
        Write::Transfer,
        Write::PaymentStatus,
        Write::WebhookEvent,
        Write::Cursor,
    ];
    for (before, write) in (0..).zip(writes) {
        let payment = gateway.create(&format!("ORDER_{before}"), "50").await;
        gateway.catch_up().await;
        let cursor = gateway.store.cursor(gateway.network).await.unwrap();
        gateway.database.refuse(write).await;
        gateway.transfer(&payment, pay_amount(&payment));
        // Beyond the blocks that are read twice.
        gateway.devchain.mine(640);
        if write == Write::Cursor {
            // What was seen at the head is credited by its receipt, however far was read.
            gateway.status_when(&payment, is("paid")).await;
            assert_eq!(gateway.store.cursor(gateway.network).await.unwrap(), cursor);
            gateway.database.allow().await;
            continue;
        }
        gateway
            .node
            .arrivals("/walletsolidity/gettransactioninfobyid", 2)
            .await;
        assert_eq!(
            gateway.store.cursor(gateway.network).await.unwrap(),
            cursor,
            "{write:?}"
        );
        assert_eq!(gateway.database.transfers().await, before, "{write:?}");
        assert_eq!(gateway.database.webhook_events().await, before, "{write:?}");
        assert_eq!(
            gateway.status(&payment).await["status"],
            "pending",
            "{write:?}"
        );
        gateway.database.allow().await;
        gateway.status_when(&payment, is("paid")).await;
        // It may be credited by its receipt while the chain counts as delayed still.
        gateway.catch_up().await;
    }
    gateway.receiver.wait_for(writes.len(), |_| true).await;
}

#[tokio::test]
async fn a_height_that_the_chain_cannot_have_is_taken_for_another_networks() {
    let gateway = TestGateway::start().await;
    let low = r#"{"blockID":"0000000000000001aa","block_header":{"raw_data":{"number":1,"timestamp":1777445307000}}}"#;
    let high = r#"{"blockID":"0000000004000000aa","block_header":{"raw_data":{"number":67108864,"timestamp":1782928800000}}}"#;
    for (answer, error) in [(low, "node_behind"), (high, "node_ahead")] {
        let payment = gateway.create(error, "50").await;
        gateway.catch_up().await;
        let cursor = gateway.store.cursor(gateway.network).await.unwrap();
        gateway
            .node
            .fail("/walletsolidity/getblock", Fault::Answer(200, answer));
        let told = async {
            loop {
                let health = gateway.get("/healthz").send().await.unwrap();
                let health = health.text().await.unwrap();
                if health.contains(&format!(r#""error":"{error}""#)) {
                    break;
                }
            }
        };
        patiently(error, told).await;
        assert_eq!(gateway.store.cursor(gateway.network).await.unwrap(), cursor);
        gateway.node.heal();
        gateway.transfer(&payment, pay_amount(&payment));
        gateway.make_solid();
        gateway.status_when(&payment, is("paid")).await;
    }
}

#[tokio::test]
async fn a_log_that_turns_up_later_than_its_block_is_found() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    let empty = r#"{"jsonrpc":"2.0","id":1,"result":[]}"#;
    gateway.node.fail("/jsonrpc", Fault::Answer(200, empty));
    gateway.devchain.mine(200);
    gateway.catch_up().await;
    assert_eq!(gateway.status(&payment).await["status"], "pending");
    gateway.node.heal();
    // Old blocks are looked at again once a minute.
    gateway.devchain.mine(21);
    gateway.status_when(&payment, is("paid")).await;
}

#[tokio::test]
async fn a_head_that_lags_does_not_take_back_what_was_seen() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(5);
    let seen = gateway
        .status_when(&payment, |payment| payment["confirmations"] == 4)
        .await;
    let low = r#"{"blockID":"0000000000000001aa","block_header":{"raw_data":{"number":1,"timestamp":1777445307000}}}"#;
    gateway
        .node
        .fail("/wallet/getblock", Fault::Answer(200, low));
    gateway.node.arrivals("/wallet/getblock", 3).await;
    assert_eq!(gateway.status(&payment).await["version"], seen["version"]);
}

#[tokio::test]
async fn a_log_index_that_lags_at_the_head_does_not_take_back_what_was_seen() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(5);
    let seen = gateway
        .status_when(&payment, |payment| payment["confirmations"] == 4)
        .await;
    let empty = r#"{"jsonrpc":"2.0","id":1,"result":[]}"#;
    gateway.node.fail("/jsonrpc", Fault::Answer(200, empty));
    gateway.node.arrivals("/jsonrpc", 5).await;
    assert_eq!(gateway.status(&payment).await["version"], seen["version"]);
}

#[tokio::test]
async fn a_transfer_that_a_fork_has_dropped_is_forgotten_when_the_chain_has_passed_it() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.devchain.mine(5);
    gateway
        .status_when(&payment, |payment| payment["confirmations"] == 4)
        .await;
    gateway.devchain.fork(5, false).unwrap();
    gateway.devchain.mine(20);
    let forgotten = gateway
        .status_when(&payment, |payment| payment["txid"].is_null())
        .await;
    assert_eq!(forgotten["status"], "pending");
    assert_eq!(forgotten["confirmations"], 0);
}
