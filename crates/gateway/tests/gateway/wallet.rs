//! `POST /api/wallet-transfer.php` and `/api/wallet-broadcast.php`: paying from a wallet, and what
//! no wallet can do through them

use k256::ecdsa::SigningKey;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha3::{Digest as _, Keccak256};
use usdt_devchain::{Fault as NodeFault, FaultKind};
use usdt_protocol::txid::{Hex, decode_hex, decode_hex_bytes};
use usdt_protocol::{TronAddress, Usdt, UtcTime};
use usdt_tron::{Network, TransferTransaction};

use crate::faulty_node::Fault;
use crate::patience::patiently;
use crate::test_gateway::{Setup, TestGateway, json_of, pay_amount, published};

const TRANSFER: &str = "/api/wallet-transfer.php";
const BROADCAST: &str = "/api/wallet-broadcast.php";
const NODE_BROADCAST: &str = "/wallet/broadcasttransaction";

const NO_CHAIN: &str = "The payment network is not reachable at the moment, try again soon";
const READ_LATE: &str = "The transaction cannot be prepared right now, since the payment network is \
                         read late: try again soon";
const UNKNOWN: &str = "The network has not confirmed the transaction. It may still arrive: do not \
                       sign another one";
const CLOSED: &str = "The payment is not open any more: do not pay it";
const UNDERWAY: &str = "A transfer for this payment is on its way: do not pay it twice";

/// A payer's wallet, of one key.
struct Wallet(SigningKey);

impl Wallet {
    fn new() -> Self {
        Self(SigningKey::from_slice(&[7; 32]).unwrap())
    }

    fn address(&self) -> TronAddress {
        let point = self.0.verifying_key().to_sec1_point(false);
        let hash: [u8; 32] = Keccak256::digest(&point.as_bytes()[1..]).into();
        TronAddress::from_abi_word(&hash)
    }

    /// The same transaction with the wallet's signature.
    fn sign(&self, transaction: &Value) -> Value {
        let txid = decode_hex::<32>(transaction["txID"].as_str().unwrap()).unwrap();
        let (signature, id) = self.0.sign_prehash_recoverable(&txid);
        let signature = format!("{}{:02x}", Hex(&signature.to_bytes()), id.to_byte() + 27);
        let mut signed = transaction.clone();
        signed["signature"] = json!([signature]);
        signed
    }
}

async fn send(gateway: &TestGateway, path: &str, body: &Value) -> (u16, Value) {
    let response = gateway.post(path).json(body).send().await.unwrap();
    let headers = response.headers();
    assert!(!headers.contains_key("access-control-allow-origin"));
    (
        response.status().as_u16(),
        published(json_of(response).await),
    )
}

async fn ask_transfer(gateway: &TestGateway, payment: &Value) -> (u16, Value) {
    let body = json!({"payment_id": payment["payment_id"], "from": Wallet::new().address()});
    send(gateway, TRANSFER, &body).await
}

/// The unsigned transaction, which there must be.
async fn transfer(gateway: &TestGateway, payment: &Value) -> Value {
    let (status, answer) = ask_transfer(gateway, payment).await;
    assert_eq!((status, &answer["ok"]), (200, &json!(true)), "{answer}");
    answer["transaction"].clone()
}

async fn broadcast(gateway: &TestGateway, payment: &Value, signed: &Value) -> (u16, Value) {
    let body = json!({"payment_id": payment["payment_id"], "transaction": signed});
    send(gateway, BROADCAST, &body).await
}

fn taken(transaction: &Value) -> (u16, Value) {
    (200, json!({"ok": true, "txid": transaction["txID"]}))
}

fn refused(status: u16, error: &str) -> (u16, Value) {
    (status, json!({"ok": false, "error": error}))
}

/// By the network.
fn refused_for(reason: &str, error: &str) -> (u16, Value) {
    (422, json!({"ok": false, "error": error, "reason": reason}))
}

fn decoded(transaction: &Value) -> TransferTransaction {
    let raw = transaction["raw_data_hex"].as_str().unwrap();
    TransferTransaction::decode(&decode_hex_bytes(raw).unwrap()).unwrap()
}

#[tokio::test]
async fn a_payment_is_paid_by_what_the_wallet_signs_and_broadcasting_alone_changes_nothing() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let transaction = transfer(&gateway, &payment).await;
    let head = gateway
        .devchain
        .block_time(gateway.devchain.head())
        .unwrap();
    let offered = decoded(&transaction);
    assert_eq!(offered.to_json(), transaction);
    assert_eq!(offered.from, Wallet::new().address());
    assert_eq!(offered.token, gateway.devchain.token());
    assert_eq!(json!(offered.to), payment["address"]);
    assert_eq!(offered.amount, pay_amount(&payment).parse().unwrap());
    assert_eq!(offered.expiration, head.plus_seconds(60));
    assert_eq!(offered.fee_limit, 100_000_000);

    let signed = Wallet::new().sign(&transaction);
    assert_eq!(broadcast(&gateway, &payment, &signed).await, taken(&signed));
    assert_eq!(broadcast(&gateway, &payment, &signed).await, taken(&signed));
    let status = gateway.status(&payment).await;
    assert_eq!(status["version"], payment["version"]);
    assert!(status.get("txid").is_none());

    gateway.devchain.mine(1);
    let seen = gateway
        .status_when(&payment, |status| status["txid"] == signed["txID"])
        .await;
    assert_eq!(seen["status"], "pending");
    // What has been seen needs no node any more, and nothing else shall be sent.
    let asked = gateway.node.arrived(NODE_BROADCAST);
    assert_eq!(broadcast(&gateway, &payment, &signed).await, taken(&signed));
    assert_eq!(gateway.node.arrived(NODE_BROADCAST), asked);
    assert_eq!(
        ask_transfer(&gateway, &payment).await,
        refused(409, UNDERWAY)
    );
    let mut second = offered;
    second.timestamp = offered.timestamp.plus_seconds(1);
    let second = Wallet::new().sign(&second.to_json());
    assert_eq!(
        broadcast(&gateway, &payment, &second).await,
        refused(409, UNDERWAY)
    );

    gateway.make_solid();
    let paid = gateway
        .status_when(&payment, |status| status["status"] == "paid")
        .await;
    assert_eq!(paid["txid"], signed["txID"]);
    assert_eq!(paid["received_amount"], payment["pay_amount"]);
    gateway.receiver.wait_for(1, |_| true).await;
    assert_eq!(broadcast(&gateway, &payment, &signed).await, taken(&signed));
    assert_eq!(ask_transfer(&gateway, &payment).await, refused(409, CLOSED));
    assert_eq!(
        broadcast(&gateway, &payment, &second).await,
        refused(409, CLOSED)
    );
}

#[tokio::test]
async fn nothing_but_the_payments_own_transfer_reaches_the_network() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let others = gateway.create("ORDER_2", "50").await;
    let good = decoded(&transfer(&gateway, &payment).await);
    let others = transfer(&gateway, &others).await;
    let stranger = TronAddress::from_bytes([9; 20]);
    let but = |change: fn(&mut TransferTransaction)| {
        let mut changed = good;
        change(&mut changed);
        changed.to_json()
    };
    let raw = |change: &dyn Fn(&str) -> String| {
        let mut transaction = good.to_json();
        let hex = change(transaction["raw_data_hex"].as_str().unwrap());
        transaction["raw_data_hex"] = json!(hex);
        transaction
    };
    let nothing_else = "transaction must be a transfer of USDT and nothing else";
    let amount = "transaction must transfer exactly this payment's pay_amount";
    for (what, transaction, error) in [
        (
            "approve",
            raw(&|hex| hex.replace("a9059cbb", "095ea7b3")),
            nothing_else,
        ),
        ("a memo", raw(&|hex| format!("{hex}520178")), nothing_else),
        ("no bytes", raw(&|_| String::new()), nothing_else),
        (
            "another token",
            but(|all| all.token = TronAddress::from_bytes([8; 20])),
            "transaction must transfer the USDT that this payment asks for",
        ),
        (
            "another recipient",
            TransferTransaction {
                to: stranger,
                ..good
            }
            .to_json(),
            "transaction must pay this payment's address",
        ),
        (
            "less",
            but(|all| all.amount = Usdt::from_micro(all.amount.micro() - 1)),
            amount,
        ),
        (
            "more",
            but(|all| all.amount = Usdt::from_micro(all.amount.micro() + 1)),
            amount,
        ),
        ("another payment's", others, amount),
        (
            "a higher fee",
            but(|all| all.fee_limit += 1),
            "transaction must not allow a higher fee than 100 TRX",
        ),
        (
            "a longer life than the payment's",
            but(|all| all.expiration = all.expiration.plus_seconds(86_000)),
            "transaction must expire no later than this payment",
        ),
        (
            "from the receiving address",
            but(|all| all.from = all.to),
            "transaction must come from the payer's own account",
        ),
    ] {
        let signed = Wallet::new().sign(&transaction);
        let found = broadcast(&gateway, &payment, &signed).await;
        assert_eq!(found, refused(422, error), "{what}");
        gateway.let_pass(9);
    }
    assert_eq!(gateway.node.arrived(NODE_BROADCAST), 0);
}

#[tokio::test]
async fn what_the_network_refuses_is_told_and_nothing_is_paid() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let transaction = transfer(&gateway, &payment).await;
    let wallet = Wallet::new();
    let mut forged = wallet.sign(&transaction);
    let mut other = decoded(&transaction);
    other.timestamp = other.timestamp.plus_seconds(1);
    forged["signature"] = wallet.sign(&other.to_json())["signature"].clone();
    let refused_signature =
        "The network refused the signature: sign with the account that the transfer is from";
    assert_eq!(
        broadcast(&gateway, &payment, &forged).await,
        refused_for("signature", refused_signature)
    );
    for (answer, reason, error) in [
        (
            r#"{"code":"BANDWITH_ERROR","message":"4163636f756e74"}"#,
            "fee",
            "The account has too little TRX or bandwidth for the network's fee",
        ),
        (
            r#"{"code":"CONTRACT_VALIDATE_ERROR","message":"account [T] does not exist"}"#,
            "account",
            "The account is new to the network: it holds neither USDT nor TRX for the fee",
        ),
        (
            r#"{"code":"CONTRACT_VALIDATE_ERROR","message":"balance is not sufficient."}"#,
            "balance",
            "The account holds too little for the transfer",
        ),
        (
            r#"{"code":"CONTRACT_VALIDATE_ERROR","message":"4163636f756e74"}"#,
            "contract",
            "The network refused the transfer: the account may be new or have too little for it",
        ),
    ] {
        gateway
            .node
            .fail(NODE_BROADCAST, Fault::Answer(200, answer));
        let found = broadcast(&gateway, &payment, &wallet.sign(&transaction)).await;
        assert_eq!(found, refused_for(reason, error));
    }
    // What it refused it may call known from then on: that says nothing.
    let known = r#"{"code":"DUP_TRANSACTION_ERROR"}"#;
    gateway.node.fail(NODE_BROADCAST, Fault::Answer(200, known));
    assert_eq!(
        broadcast(&gateway, &payment, &wallet.sign(&transaction)).await,
        refused(503, UNKNOWN)
    );
    gateway.node.heal();
    gateway.let_pass(60);
    assert_eq!(
        broadcast(&gateway, &payment, &wallet.sign(&transaction)).await,
        refused_for("expired", "The transaction was not sent in time: try again")
    );
    gateway.make_solid();
    gateway.catch_up().await;
    assert_eq!(gateway.status(&payment).await["status"], "pending");

    // The next one is good, though the token's owner has frozen the payer.
    gateway.devchain.set_token(|token| {
        token.blacklisted.insert(wallet.address());
    });
    let signed = wallet.sign(&transfer(&gateway, &payment).await);
    assert_eq!(broadcast(&gateway, &payment, &signed).await, taken(&signed));
    gateway.make_solid();
    gateway.catch_up().await;
    assert_eq!(gateway.status(&payment).await["status"], "pending");
}

#[tokio::test]
async fn silence_is_told_as_what_it_is_and_the_transfer_may_have_arrived() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let transaction = transfer(&gateway, &payment).await;
    let signed = Wallet::new().sign(&transaction);
    for (status, text) in [
        (200, "{}"),
        (200, r#"{"code":"SERVER_BUSY"}"#),
        (500, ""),
        (403, ""),
    ] {
        gateway
            .node
            .fail(NODE_BROADCAST, Fault::Answer(status, text));
        let found = broadcast(&gateway, &payment, &signed).await;
        assert_eq!(found, refused(503, UNKNOWN), "{text}");
    }
    gateway.node.heal();
    // The node has it, and its answer is lost on the way.
    let lost = NodeFault::new(FaultKind::Truncated).on(NODE_BROADCAST);
    gateway.devchain.add_fault(lost);
    assert_eq!(
        broadcast(&gateway, &payment, &signed).await,
        refused(503, UNKNOWN)
    );
    gateway.devchain.clear_faults();
    assert_eq!(broadcast(&gateway, &payment, &signed).await, taken(&signed));
    gateway.make_solid();
    gateway
        .status_when(&payment, |status| status["status"] == "paid")
        .await;
}

#[tokio::test]
async fn no_transaction_is_made_from_an_answer_that_makes_no_sense() {
    let setup = Setup {
        network: Network::Nile,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let payment = gateway.create("ORDER_1", "50").await;
    for (status, text) in [(200, "{}"), (200, r#"{"blockID":"00"}"#), (503, "")] {
        gateway
            .node
            .fail("/wallet/getblock", Fault::Answer(status, text));
        let found = ask_transfer(&gateway, &payment).await;
        assert_eq!(found, refused(503, NO_CHAIN), "{text}");
    }
    gateway.node.heal();
    // Whatever names a block of a minute ago has expired before it is signed.
    let behind = |blocks| NodeFault::new(FaultKind::Stale { blocks }).on("/wallet/getblock");
    gateway.devchain.add_fault(behind(20));
    assert_eq!(
        ask_transfer(&gateway, &payment).await,
        refused(503, NO_CHAIN)
    );
    gateway.devchain.clear_faults();
    gateway.devchain.add_fault(behind(19));
    let offered = decoded(&transfer(&gateway, &payment).await);
    assert_eq!(offered.expiration, gateway.devchain.now().plus_seconds(3));
}

#[tokio::test]
async fn no_second_transfer_is_prepared_while_a_first_one_may_be_unseen() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.make_solid();
    gateway.catch_up().await;
    gateway
        .node
        .fail("/walletsolidity/getblock", Fault::Answer(503, ""));
    // What was being read is over.
    gateway.node.arrivals("/walletsolidity/getblock", 1).await;
    gateway.devchain.mine(40);
    let until = async |is_late| {
        while gateway.status(&payment).await.get("chain_delay").is_some() != is_late {}
    };
    patiently("the delay", until(true)).await;
    assert_eq!(
        ask_transfer(&gateway, &payment).await,
        refused(503, READ_LATE)
    );
    gateway.node.heal();
    patiently("the end of the delay", until(false)).await;
    transfer(&gateway, &payment).await;
}

#[tokio::test]
async fn a_payment_whose_time_ends_gives_no_more_time_to_sign_and_then_none() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let expires_at: UtcTime = payment["expires_at"].as_str().unwrap().parse().unwrap();
    while gateway.devchain.now().seconds_until(expires_at) > 30 {
        gateway.devchain.mine(1);
    }
    gateway.catch_up().await;
    let transaction = transfer(&gateway, &payment).await;
    assert_eq!(decoded(&transaction).expiration, expires_at);
    while gateway.devchain.now() < expires_at {
        gateway.devchain.mine(1);
    }
    assert_eq!(gateway.status(&payment).await["status"], "pending");
    let signed = Wallet::new().sign(&transaction);
    assert_eq!(ask_transfer(&gateway, &payment).await, refused(409, CLOSED));
    assert_eq!(
        broadcast(&gateway, &payment, &signed).await,
        refused(409, CLOSED)
    );
    assert_eq!(gateway.node.arrived(NODE_BROADCAST), 0);
}

#[tokio::test]
async fn a_client_can_make_ten_requests_in_a_minute() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let transaction = transfer(&gateway, &payment).await;
    let signed = Wallet::new().sign(&transaction);
    for _ in 0..9 {
        assert_eq!(broadcast(&gateway, &payment, &signed).await, taken(&signed));
    }
    let body = json!({"payment_id": payment["payment_id"], "transaction": signed});
    for path in [BROADCAST, TRANSFER] {
        let body = if path == TRANSFER {
            json!({"payment_id": payment["payment_id"], "from": Wallet::new().address()})
        } else {
            body.clone()
        };
        let refused = gateway.post(path).json(&body).send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.headers()["retry-after"], "60");
    }
    gateway.let_pass(60);
    gateway.catch_up().await;
    // The first one may be paid by now.
    let next = gateway.create("ORDER_2", "50").await;
    transfer(&gateway, &next).await;
}

#[tokio::test]
async fn a_request_that_cannot_be_read_is_refused_as_published() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    let id = &payment["payment_id"];
    let from = Wallet::new().address().to_string();
    let signed = Wallet::new().sign(&transfer(&gateway, &payment).await);
    let with_signature = |signature: Value| {
        let mut changed = signed.clone();
        changed["signature"] = signature;
        json!({"payment_id": id, "transaction": changed})
    };
    let one = signed["signature"][0].clone();
    let unsigned = "transaction must have raw_data_hex and one signature of 65 bytes, both in hex";
    for (path, body, status, error) in [
        (
            TRANSFER,
            json!({"from": from}),
            422,
            "payment_id is required",
        ),
        (TRANSFER, json!({"payment_id": id}), 422, "from is required"),
        (
            TRANSFER,
            json!({"payment_id": id, "from": [from]}),
            422,
            "from must be text or a number",
        ),
        (
            TRANSFER,
            json!({"payment_id": id, "from": &from[1..]}),
            422,
            "from must be the payer's address: it is not a TRON address",
        ),
        (
            TRANSFER,
            json!({"payment_id": id, "from": payment["address"]}),
            422,
            "transaction must come from the payer's own account",
        ),
        (
            TRANSFER,
            json!({"payment_id": id, "from": gateway.devchain.token()}),
            422,
            "transaction must come from the payer's own account",
        ),
        (
            TRANSFER,
            json!({"payment_id": 7, "from": from}),
            404,
            "Payment not found",
        ),
        (
            BROADCAST,
            json!({"payment_id": id}),
            422,
            "transaction is required",
        ),
        (
            BROADCAST,
            json!({"payment_id": 7, "transaction": signed}),
            404,
            "Payment not found",
        ),
        (
            BROADCAST,
            json!({"payment_id": id, "transaction": "text"}),
            422,
            unsigned,
        ),
        (BROADCAST, with_signature(json!([])), 422, unsigned),
        (BROADCAST, with_signature(json!([one, one])), 422, unsigned),
        (BROADCAST, with_signature(json!(["00"])), 422, unsigned),
    ] {
        let (found, answer) = send(&gateway, path, &body).await;
        assert_eq!((found, answer), refused(status, error), "{body}");
    }
    for path in [TRANSFER, BROADCAST] {
        let plain = gateway.post(path).body("{}").send().await.unwrap();
        assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let got = gateway.get(path).send().await.unwrap();
        assert_eq!(got.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(got.headers()["allow"], "POST");
    }
}
