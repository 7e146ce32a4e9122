//! `POST /api/claim.php`: what a payer learns of a transaction, and what no claim can do

use reqwest::StatusCode;
use serde_json::{Value, json};
use usdt_devchain::{Call, Log, Outcome};
use usdt_protocol::{TronAddress, Txid, Usdt};

use crate::faulty_node::Fault;
use crate::patience::patiently;
use crate::test_gateway::{Setup, TestGateway, json_of, pay_amount, published};

const SOLID_RECEIPT: &str = "/walletsolidity/gettransactioninfobyid";

const STRANGER: TronAddress = TronAddress::from_bytes([9; 20]);

/// A gateway whose watcher finds nothing, since the node's index of logs is empty.
async fn blind_gateway() -> TestGateway {
    let gateway = TestGateway::start().await;
    blind(&gateway);
    gateway
}

fn blind(gateway: &TestGateway) {
    let empty = r#"{"jsonrpc":"2.0","id":1,"result":[]}"#;
    gateway.node.fail("/jsonrpc", Fault::Answer(200, empty));
}

async fn send(gateway: &TestGateway, body: &Value) -> (StatusCode, Value) {
    let response = gateway
        .post("/api/claim.php")
        .json(body)
        .send()
        .await
        .unwrap();
    assert!(
        !response
            .headers()
            .contains_key("access-control-allow-origin")
    );
    (response.status(), json_of(response).await)
}

/// A claim that must be answered.
async fn claim(gateway: &TestGateway, payment: &Value, txid: Txid) -> Value {
    let body = json!({"payment_id": payment["payment_id"], "txid": txid});
    let (status, answer) = send(gateway, &body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["ok"], true);
    assert_eq!(answer["payment"]["payment_id"], payment["payment_id"]);
    assert!(answer["payment"].get("order_id").is_none());
    assert!(!answer["claim"]["message"].as_str().unwrap().is_empty());
    answer
}

fn address_of(payment: &Value) -> TronAddress {
    payment["address"].as_str().unwrap().parse().unwrap()
}

fn due(payment: &Value) -> Usdt {
    pay_amount(payment).parse().unwrap()
}

fn exact_call(gateway: &TestGateway, payment: &Value) -> Call {
    let token = gateway.devchain.token();
    Call::transfer(token, STRANGER, address_of(payment), due(payment))
}

#[tokio::test]
async fn a_transfer_that_the_watcher_misses_is_followed_and_credited_by_its_claim() {
    let gateway = blind_gateway().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let txid = gateway.transfer(&payment, pay_amount(&payment));
    let unknown = claim(&gateway, &payment, txid).await;
    assert_eq!(unknown["claim"]["result"], "not_found");

    gateway.devchain.mine(8);
    let confirming = claim(&gateway, &payment, txid).await;
    let message = confirming["claim"]["message"].as_str().unwrap();
    assert!(message.contains("7 of 19"), "{message}");
    assert_eq!(
        confirming["claim"],
        json!({
            "result": "confirming", "message": message, "confirmations": 7,
            "required_confirmations": 19, "received_amount": payment["pay_amount"],
        })
    );
    assert_eq!(gateway.database.transfers().await, 0);

    gateway.make_solid();
    gateway.catch_up().await;
    let before = gateway.status(&payment).await;
    assert_eq!(before["status"], "pending");
    let path = format!(
        "/api/payment-status.php?payment_id={}&wait=25&v={}",
        payment["payment_id"], before["version"]
    );
    let held = tokio::spawn(gateway.get(&path).send());
    let credited = claim(&gateway, &payment, txid).await;
    assert_eq!(credited["claim"]["result"], "credited");
    assert_eq!(credited["claim"]["received_amount"], payment["pay_amount"]);
    assert_eq!(credited["payment"]["status"], "paid");
    assert_eq!(credited["payment"]["paid_at"], "2026-07-01 18:00:03");
    let answer = patiently("the held request", held).await.unwrap().unwrap();
    assert_eq!(json_of(answer).await["payment"]["status"], "paid");
    gateway.receiver.wait_for(1, |_| true).await;
    assert_eq!(gateway.database.found_by("claim").await, 1);

    // What is recorded costs the node nothing.
    let asked = gateway.devchain.requests(SOLID_RECEIPT);
    let again = claim(&gateway, &payment, txid).await;
    assert_eq!(again["claim"]["result"], "credited");
    assert_eq!(gateway.devchain.requests(SOLID_RECEIPT), asked);

    gateway.node.heal();
    gateway.devchain.mine(1);
    gateway.catch_up().await;
    assert_eq!(
        (
            gateway.database.transfers().await,
            gateway.database.webhook_events().await
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn what_moved_no_money_to_the_merchant_is_named_and_credits_nothing() {
    let gateway = blind_gateway().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let exact = exact_call(&gateway, &payment);
    let fake = Log::transfer(
        TronAddress::from_bytes([8; 20]),
        STRANGER,
        address_of(&payment),
        due(&payment),
    );
    let calls = [
        // Its log says that the money moved.
        (
            Call {
                outcome: Outcome::OutOfTime,
                ..exact.clone()
            },
            "failed",
        ),
        (
            Call {
                outcome: Outcome::OutOfEnergy,
                ..exact.clone()
            },
            "failed",
        ),
        (
            Call {
                logs: vec![fake],
                ..exact.clone()
            },
            "not_usdt",
        ),
        (
            Call {
                logs: Vec::new(),
                ..exact.clone()
            },
            "not_usdt",
        ),
        (
            Call::transfer(gateway.devchain.token(), STRANGER, STRANGER, due(&payment)),
            "wrong_recipient",
        ),
    ];
    let calls = calls.map(|(call, result)| (gateway.devchain.submit(&call), result));
    // A failure in a fresh block may be rolled back; the rest is the same as in a solid one.
    for (blocks, failed) in [(1, "confirming"), (20, "failed")] {
        gateway.devchain.mine(blocks);
        for (txid, result) in calls {
            let answer = claim(&gateway, &payment, txid).await;
            let result = if result == "failed" { failed } else { result };
            assert_eq!(answer["claim"]["result"], result, "{answer}");
            assert!(answer["claim"].get("received_amount").is_none());
            assert_eq!(answer["payment"]["status"], "pending");
        }
        gateway.let_pass(60);
    }
    assert_eq!(gateway.database.transfers().await, 0);
}

#[tokio::test]
async fn money_that_does_not_fit_is_under_review_and_money_of_others_cannot_be_claimed() {
    let gateway = blind_gateway().await;
    let mine = gateway.create("ORDER_1", "50").await;
    let theirs = gateway.create("ORDER_2", "50").await;
    let short = gateway.transfer(&mine, "49");
    let paid = gateway.transfer(&theirs, pay_amount(&theirs));
    let twice = gateway.transfer(&theirs, pay_amount(&theirs));
    gateway.make_solid();
    gateway.catch_up().await;

    let answer = claim(&gateway, &mine, short).await;
    assert_eq!(answer["claim"]["result"], "under_review");
    assert_eq!(answer["claim"]["received_amount"], "49.000000");
    // The transfer pays whom it pays, whoever claims it.
    let answer = claim(&gateway, &mine, paid).await;
    assert_eq!(answer["claim"]["result"], "already_used");
    assert!(answer["claim"].get("received_amount").is_none());
    assert!(
        !answer
            .to_string()
            .contains(&theirs["payment_id"].to_string())
    );
    assert_eq!(gateway.status(&theirs).await["status"], "paid");
    let answer = claim(&gateway, &theirs, twice).await;
    assert_eq!(answer["claim"]["result"], "under_review");
    assert_eq!(gateway.status(&mine).await["status"], "pending");
    assert_eq!(
        (
            gateway.database.credited().await,
            gateway.database.webhook_events().await
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn somebody_elses_old_transfer_of_the_same_amount_gains_nothing() {
    let gateway = blind_gateway().await;
    let first = gateway.create("ORDER_1", "50").await;
    let old = gateway.transfer(&first, "50.0123");
    gateway.make_solid();
    gateway.catch_up().await;
    let payment = gateway.create("ORDER_2", "50").await;
    // As if chance had chosen that amount.
    gateway.database.draw_amount("ORDER_2", "50.0123").await;
    let answer = claim(&gateway, &payment, old).await;
    assert_eq!(answer["claim"]["result"], "under_review");
    assert_eq!(answer["payment"]["status"], "pending");
    assert_eq!(answer["payment"]["pay_amount"], "50.012300");
    assert_eq!(gateway.database.reviewed_as("before_creation").await, 1);
}

#[tokio::test]
async fn a_transaction_that_pays_several_merchants_is_recorded_for_each_and_told_to_none_but_its_own()
 {
    let gateway = blind_gateway().await;
    let other_keys = gateway.add_project(2, &Setup::default()).await;
    let mine = gateway.create("ORDER_1", "50").await;
    let other = gateway.create_as(&other_keys, "ORDER_1", "70").await;
    let bystander = gateway
        .create_as(
            &gateway.add_project(3, &Setup::default()).await,
            "ORDER_1",
            "50",
        )
        .await;
    let both = [
        (address_of(&mine), due(&mine)),
        (address_of(&other), due(&other)),
    ];
    let token = gateway.devchain.token();
    let txid = gateway
        .devchain
        .submit(&Call::multisend(token, STRANGER, &both));
    gateway.make_solid();
    gateway.catch_up().await;

    let answer = claim(&gateway, &bystander, txid).await;
    assert_eq!(answer["claim"]["result"], "wrong_recipient");
    for payment in [&mine, &other] {
        let answer = claim(&gateway, payment, txid).await;
        assert_eq!(answer["claim"]["result"], "credited");
        assert_eq!(answer["claim"]["received_amount"], payment["pay_amount"]);
    }
    assert_eq!(gateway.status(&bystander).await["status"], "pending");
    assert_eq!(
        (
            gateway.database.credited().await,
            gateway.database.webhook_events().await
        ),
        (2, 2)
    );
}

#[tokio::test]
async fn claims_that_race_the_watcher_and_each_other_credit_once() {
    let gateway = TestGateway::start().await;
    for round in 1_i64..=4 {
        blind(&gateway);
        let payment = gateway.create(&format!("ORDER_{round}"), "50").await;
        let txid = gateway.transfer(&payment, pay_amount(&payment));
        gateway.make_solid();
        gateway.catch_up().await;
        gateway.node.heal();
        // The index of logs has caught up: from here on the watcher finds it too.
        gateway.devchain.mine(1);
        let (one, two, ()) = tokio::join!(
            claim(&gateway, &payment, txid),
            claim(&gateway, &payment, txid),
            gateway.catch_up()
        );
        assert_eq!(one["claim"]["result"], "credited");
        assert_eq!(two["claim"]["result"], "credited");
        gateway
            .receiver
            .wait_for(usize::try_from(round).unwrap(), |_| true)
            .await;
        assert_eq!(gateway.database.transfers().await, round);
        assert_eq!(gateway.database.credited().await, round);
        assert_eq!(gateway.database.webhook_events().await, round);
        gateway.let_pass(60);
    }
}

/// Judged before, it could miss a payment whose slot begins after the last block that was read.
#[tokio::test]
async fn a_solid_transfer_that_the_watcher_has_not_reached_is_left_to_it() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.catch_up().await;
    let cursor = gateway.store.cursor(gateway.network).await.unwrap();
    let solid_block = "/walletsolidity/getblock";
    // What is seen at the head would be credited without it.
    gateway.node.fail("/jsonrpc", Fault::Hold);
    gateway.node.fail(solid_block, Fault::Hold);
    gateway.node.arrivals(solid_block, 1).await;
    let txid = gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    let answer = claim(&gateway, &payment, txid).await;
    assert_eq!(answer["claim"]["result"], "confirming");
    assert_eq!(answer["claim"]["confirmations"], 19);
    assert_eq!(answer["claim"]["received_amount"], payment["pay_amount"]);
    assert_eq!(answer["payment"]["status"], "pending");
    assert_eq!(gateway.database.transfers().await, 0);
    assert_eq!(gateway.store.cursor(gateway.network).await.unwrap(), cursor);

    gateway.node.heal();
    gateway
        .status_when(&payment, |status| status["status"] == "paid")
        .await;
    assert_eq!(gateway.database.found_by("watcher").await, 1);
}

#[tokio::test]
async fn an_answer_that_is_not_understood_is_no_answer() {
    let gateway = blind_gateway().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let txid = gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway.catch_up().await;
    let body = json!({"payment_id": payment["payment_id"].to_string(), "txid": txid});
    for (status, text) in [(200, "[]"), (200, r#"{"id":"00"}"#), (503, ""), (500, "{}")] {
        gateway
            .node
            .fail(SOLID_RECEIPT, Fault::Answer(status, text));
        let (status, answer) = send(&gateway, &body).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{text}");
        let error = "The payment network is not reachable at the moment, try again soon";
        assert_eq!(published(answer), json!({"ok": false, "error": error}));
    }
    assert_eq!(gateway.database.transfers().await, 0);
    gateway.node.fail(SOLID_RECEIPT, Fault::Answer(200, "{}"));
    // Not solid yet, as far as this node knows.
    let (_, answer) = send(&gateway, &body).await;
    assert_eq!(answer["claim"]["result"], "confirming");
    assert_eq!(gateway.status(&payment).await["status"], "pending");
}

#[tokio::test]
async fn a_client_can_make_five_claims_in_a_minute() {
    let gateway = blind_gateway().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let body = json!({"payment_id": payment["payment_id"], "txid": Txid::from_bytes([7; 32])});
    for _ in 0..5 {
        let (status, answer) = send(&gateway, &body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["claim"]["result"], "not_found");
    }
    let refused = gateway
        .post("/api/claim.php")
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "60");
    assert_eq!(
        published(json_of(refused).await),
        json!({"ok": false, "error": "Too many requests"})
    );
    gateway.let_pass(60);
    assert_eq!(send(&gateway, &body).await.0, StatusCode::OK);
}

#[tokio::test]
async fn no_more_than_four_claims_ask_the_node_at_once() {
    let gateway = blind_gateway().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let body = json!({"payment_id": payment["payment_id"], "txid": Txid::from_bytes([7; 32])});
    gateway.node.fail(SOLID_RECEIPT, Fault::Hold);
    let held: Vec<_> = (0..4)
        .map(|_| tokio::spawn(gateway.post("/api/claim.php").json(&body).send()))
        .collect();
    gateway.node.arrivals(SOLID_RECEIPT, 4).await;
    let (status, _) = send(&gateway, &body).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    gateway.node.heal();
    for claim in held {
        let response = patiently("a held claim", claim).await.unwrap().unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
    gateway.let_pass(60);
    assert_eq!(send(&gateway, &body).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_transaction_is_found_in_whatever_was_pasted_around_its_id() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let id = gateway.transfer(&payment, pay_amount(&payment)).to_string();
    gateway.make_solid();
    gateway.catch_up().await;
    let send = async |text: &str| {
        let body = json!({"payment_id": payment["payment_id"], "txid": text});
        let request = gateway.post("/api/claim.php").json(&body);
        request.send().await.unwrap()
    };
    let (first, last) = id.split_at(30);
    for text in [
        format!("https://tronscan.org/#/transaction/{id}"),
        format!("0x{id}"),
        format!("TxID: \u{200b}{id}."),
        format!("{first}\n{last}"),
    ] {
        let response = send(&text).await;
        assert_eq!(response.status(), StatusCode::OK, "{text:?}");
        let answer = json_of(response).await;
        assert_eq!(answer["claim"]["result"], "credited", "{text:?}");
    }
    let two = format!("{id} {}", Txid::from_bytes([7; 32]));
    let response = send(&two).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        json_of(response).await["hint"],
        "it holds more than one transaction ID: send one"
    );
}

#[tokio::test]
async fn a_claim_that_cannot_be_read_is_refused_as_published() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let txid = Txid::from_bytes([7; 32]).to_string();
    let id = &payment["payment_id"];
    for (body, status, error) in [
        (json!({"txid": txid}), 422, "payment_id is required"),
        (json!({"payment_id": id}), 422, "txid is required"),
        (
            json!({"payment_id": id, "txid": &txid[1..]}),
            422,
            "txid must be a transaction ID of 64 hex digits",
        ),
        (
            json!({"payment_id": [1], "txid": txid}),
            422,
            "payment_id must be text or a number",
        ),
        (
            json!({"payment_id": 7, "txid": txid}),
            404,
            "Payment not found",
        ),
        (
            json!({"payment_id": "x", "txid": txid}),
            404,
            "Payment not found",
        ),
        (
            json!({"payment_id": 1_u64 << 40, "txid": txid}),
            404,
            "Payment not found",
        ),
    ] {
        let (found, answer) = send(&gateway, &body).await;
        assert_eq!(
            (found.as_u16(), &published(answer)),
            (status, &json!({"ok": false, "error": error}))
        );
    }
    let post = |body: &str| {
        let body = body.to_owned();
        gateway
            .post("/api/claim.php")
            .header("content-type", "application/json")
            .body(body)
            .send()
    };
    assert_eq!(post("{").await.unwrap().status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        post(&" ".repeat(17 << 10)).await.unwrap().status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let plain = gateway
        .post("/api/claim.php")
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let got = gateway.get("/api/claim.php").send().await.unwrap();
    assert_eq!(got.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(got.headers()["allow"], "POST");
    // Keys are for merchants; here they neither help nor hurt.
    let keyed = gateway
        .post("/api/claim.php")
        .header("x-api-key", "pk_test_wrong")
        .header("x-signature", "00")
        .json(&json!({"payment_id": id.to_string(), "txid": txid.to_uppercase()}))
        .send()
        .await
        .unwrap();
    assert_eq!(json_of(keyed).await["claim"]["result"], "not_found");
}
