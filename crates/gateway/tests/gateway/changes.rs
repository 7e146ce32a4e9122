//! What changes in the database is known in every gateway on it, whoever changes it.

use std::collections::HashSet;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::timeout;
use usdt_gateway::changes::News;
use usdt_gateway::payments::NewPayment;
use usdt_gateway::payments::fields::{OrderId, parse_amount};
use usdt_gateway::store::{Created, Feed, SeenTransfer, Store, Woken};
use usdt_protocol::{PaymentId, TronAddress, Txid, UtcTime};

use crate::database::{on_server, open_store};
use crate::patience::patiently;
use crate::test_gateway::{Setup, TestGateway, WINDOW_SECONDS, json_of, pay_amount};

/// Far above what is read.
const BLOCK: u64 = 1 << 40;

/// Longer than from one look for changes to the next.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// What a gateway commits when it sees a payment's transfer with so many blocks on top.
async fn see(gateway: &TestGateway, store: &Store, payment: &Value, confirmations: u8) {
    let seen = [SeenTransfer {
        txid: Txid::from_bytes([7; 32]),
        block: BLOCK,
        block_time: UtcTime::EPOCH,
        from: TronAddress::from_bytes([9; 20]),
        to: payment["address"].as_str().unwrap().parse().unwrap(),
        amount: pay_amount(payment).parse().unwrap(),
        confirmations,
    }];
    let noted = store.note_seen(gateway.network, &seen, 0, gateway.devchain.now());
    noted.await.unwrap();
}

/// The public status, asked for with further options.
async fn ask(gateway: &TestGateway, payment: &Value, options: &str) -> Value {
    let id = &payment["payment_id"];
    let path = format!("/api/payment-status.php?payment_id={id}{options}");
    json_of(gateway.get(&path).send().await.unwrap()).await["payment"].clone()
}

fn id(payment: &Value) -> PaymentId {
    payment["payment_id"].as_u64().unwrap().try_into().unwrap()
}

async fn changed(feed: &mut Feed) -> HashSet<PaymentId> {
    let news = feed.look(Woken::ByTime).await.unwrap();
    assert!(!news.all, "{news:?}");
    news.changed
}

#[tokio::test]
async fn what_another_gateway_commits_wakes_those_who_wait() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let other = open_store(gateway.data_dir()).await;
    for version in 1..=5_u8 {
        let options = format!("&wait=25&v={version}");
        // A request that is held to its end is answered too, but without the news.
        let (answer, ()) = tokio::join!(
            ask(&gateway, &payment, &options),
            see(&gateway, &other, &payment, version)
        );
        assert_eq!(answer["version"], version + 1);
    }
}

#[tokio::test]
async fn a_payment_that_another_gateway_creates_ends_the_idle_pause() {
    let gateway = TestGateway::start_with(Setup {
        idle_poll: Duration::from_hours(1),
        ..Setup::default()
    })
    .await;
    let other = open_store(gateway.data_dir()).await;
    let project = other.project(gateway.keys.app_id).await.unwrap().unwrap();
    let new = NewPayment {
        order_id: OrderId::parse("ORDER_1").unwrap(),
        amount: parse_amount("50").unwrap(),
        description: None,
        success_url: None,
        fail_url: None,
        price: None,
        metadata: None,
    };
    let now = gateway.devchain.now();
    let Created::New(created) = other.create_payment(&project, &new, now).await.unwrap() else {
        panic!("the order has no payment yet");
    };
    let payment = json!({
        "payment_id": created.id.get(),
        "address": created.address.to_string(),
        "pay_amount": created.pay_amount.six_decimals().to_string(),
    });
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    let paid = gateway.status_when(&payment, |status| status["status"] == "paid");
    paid.await;
    gateway.receiver.wait_for(1, |_| true).await;
}

#[tokio::test]
async fn transactions_that_commit_in_another_order_are_all_told_of_once() {
    let gateway = TestGateway::start().await;
    let [one, two] = ["ORDER_1", "ORDER_2"].map(|order| gateway.create(order, "50"));
    let (one, two) = (one.await, two.await);
    if on_server(gateway.data_dir()).is_none() {
        return;
    }
    let mut before = gateway.store.feed();
    assert!(before.look(Woken::Never).await.unwrap().all);
    let first = gateway.database.change("ORDER_1").await;
    let mut between = gateway.store.feed();
    assert!(between.look(Woken::Never).await.unwrap().all);
    let second = gateway.database.change("ORDER_2").await;
    for feed in [&mut before, &mut between] {
        assert_eq!(changed(feed).await, HashSet::new());
    }
    second.release().await;
    for feed in [&mut before, &mut between] {
        assert_eq!(changed(feed).await, [id(&two)].into());
    }
    first.release().await;
    for feed in [&mut before, &mut between] {
        assert_eq!(changed(feed).await, [id(&one)].into());
        assert_eq!(feed.look(Woken::ByTime).await.unwrap(), News::default());
    }
}

#[tokio::test]
async fn a_gateway_tells_the_others_to_look() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let other = open_store(gateway.data_dir()).await;
    let mut feed = other.feed();
    feed.look(Woken::Never).await.unwrap();
    if on_server(gateway.data_dir()).is_none() {
        return;
    }
    let told = async {
        for confirmations in 1.. {
            see(&gateway, &gateway.store, &payment, confirmations).await;
            if feed.wait().await == Woken::ByAnother {
                break;
            }
        }
    };
    patiently("the word of the gateway", told).await;
    assert_eq!(changed(&mut feed).await, [id(&payment)].into());
}

#[tokio::test]
async fn where_the_connection_is_lost_news_still_come() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    if on_server(gateway.data_dir()).is_none() {
        return;
    }
    let other = open_store(gateway.data_dir()).await;
    for version in 1..=3_u8 {
        let cut = async {
            while gateway.database.cut_off_followers().await == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            see(&gateway, &other, &payment, version).await;
        };
        let options = format!("&wait=25&v={version}");
        let (answer, ()) = tokio::join!(ask(&gateway, &payment, &options), cut);
        assert_eq!(answer["version"], version + 1);
    }
}

#[tokio::test]
async fn who_was_away_for_longer_than_changes_are_kept_is_told_that_all_may_have_changed() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let [mut away, mut present] = [gateway.store.feed(), gateway.store.feed()];
    for feed in [&mut away, &mut present] {
        assert!(feed.look(Woken::Never).await.unwrap().all);
    }
    gateway
        .database
        .add_changes(2_500, id(&payment).get())
        .await;
    assert_eq!(changed(&mut present).await, [id(&payment)].into());
    // Young ones stay.
    assert!(!gateway.store.remove_old_changes().await.unwrap());
    assert!(gateway.database.changes().await >= 2_500);

    gateway.database.age_changes().await;
    while gateway.store.remove_old_changes().await.unwrap() {}
    assert_eq!(gateway.database.changes().await, 1);
    assert!(away.look(Woken::ByTime).await.unwrap().all);
    assert_eq!(changed(&mut present).await, HashSet::new());
    see(&gateway, &gateway.store, &payment, 1).await;
    for feed in [&mut away, &mut present] {
        assert_eq!(changed(feed).await, [id(&payment)].into());
    }
}

#[tokio::test]
async fn a_status_that_has_not_changed_takes_no_question_to_the_database() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let path = format!(
        "/api/payment-status.php?payment_id={}",
        payment["payment_id"]
    );
    let before = ask(&gateway, &payment, "").await;
    let answered = async || {
        loop {
            let answer = gateway.get(&path).send().await.unwrap();
            if answer.status() == StatusCode::OK {
                break json_of(answer).await;
            }
        }
    };
    let from_memory = async {
        loop {
            // The look that finds the payment created may still come, and what was read is forgotten then.
            ask(&gateway, &payment, "").await;
            gateway.database.break_payments().await;
            if let Ok(answer) = timeout(BETWEEN_LOOKS, answered()).await {
                break answer;
            }
            gateway.database.mend_payments().await;
        }
    };
    let answer = patiently("an answer from memory", from_memory).await;
    assert_eq!(answer["payment"]["version"], before["version"]);
    // Time goes on in it.
    gateway.devchain.mine(2);
    let later = patiently("a later answer", async {
        loop {
            let later = ask(&gateway, &payment, "").await;
            if later["server_time"] != before["server_time"] && later.is_object() {
                break later;
            }
        }
    });
    assert!(later.await["expires_in"].as_u64() < before["expires_in"].as_u64());
}

#[tokio::test]
async fn a_status_is_never_older_than_what_its_gateway_has_committed() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    for confirmations in 1..=18 {
        let known = ask(&gateway, &payment, "").await;
        assert_eq!(known["version"], confirmations);
        see(&gateway, &gateway.store, &payment, confirmations).await;
        let next = ask(&gateway, &payment, "").await;
        assert_eq!(next["version"], confirmations + 1);
    }
}

#[tokio::test]
async fn a_status_is_never_older_than_what_another_gateway_has_told_the_caller() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let other = open_store(gateway.data_dir()).await;
    for confirmations in 1..=10 {
        ask(&gateway, &payment, "").await;
        see(&gateway, &other, &payment, confirmations).await;
        let told = confirmations + 1;
        let next = ask(&gateway, &payment, &format!("&v={told}")).await;
        assert_eq!(next["version"], told);
    }
}

#[tokio::test]
async fn a_description_that_is_hidden_leaves_the_status_of_closed_payments_too() {
    let gateway = TestGateway::start().await;
    let project = gateway.keys.app_id.to_string();
    let set = async |shown: &str| {
        let command = ["project", "set", &project, "--show-description", shown];
        let output = gateway.command(&command).await;
        assert!(output.status.success(), "{output:?}");
    };
    set("on").await;
    let body = json!({"order_id": "ORDER_1", "amount": "50", "description": "Tickets"}).to_string();
    let created = json_of(gateway.create_request(&body).send().await.unwrap()).await;
    let payment = &created["payment"];
    gateway.let_pass(2 * WINDOW_SECONDS);
    let expired = gateway.status_when(payment, |status| status["status"] == "expired");
    assert_eq!(expired.await["description"], "Tickets");
    set("off").await;
    let hidden = async {
        while ask(&gateway, payment, "")
            .await
            .get("description")
            .is_some()
        {}
    };
    patiently("the description to go", hidden).await;
}
