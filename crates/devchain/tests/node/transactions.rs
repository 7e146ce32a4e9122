//! Transactions other than plain transfers, and how each endpoint tells them.

use serde_json::{Value, json};
use usdt_devchain::{Call, Log, Outcome, Transfer};

use crate::support::*;

/// What can be read of a transaction in each place: the logs of its receipt, those of the
/// JSON-RPC with their index in the block, and the indexer's rows of the payee as type and value.
async fn told(node: &Node, txid: &Value) -> (Vec<Value>, Vec<u64>, Vec<String>) {
    let receipt = receipt(node, txid).await;
    let logs = node
        .logs(json!({ "fromBlock": "latest", "toBlock": "latest" }))
        .await;
    let indexes = logs
        .iter()
        .filter(|log| log["transactionHash"] == format!("0x{}", txid.as_str().unwrap()))
        .map(|log| u64::from_str_radix(&log["logIndex"].as_str().unwrap()[2..], 16).unwrap())
        .collect();
    let rows = node.rows("order_by=block_timestamp,asc").await;
    let rows = rows
        .iter()
        .filter(|row| row["transaction_id"] == *txid)
        .map(|row| {
            format!(
                "{} {}",
                row["type"].as_str().unwrap(),
                row["value"].as_str().unwrap()
            )
        })
        .collect();
    let logs = receipt["log"].as_array().cloned().unwrap_or_default();
    (logs, indexes, rows)
}

async fn held(node: &Node) -> u128 {
    balance(node, "wallet", PAYEE_WORD, USDT_HEX).await
}

#[tokio::test]
async fn one_transaction_pays_several_times_through_another_contract() {
    let node = Node::start().await;
    let [one, two] = ["1", "2"].map(|amount| amount.parse().unwrap());
    let payments = [
        (address(PAYEE), one),
        (address(PAYER), two),
        (address(PAYEE), one),
        (address(PAYEE), two),
    ];
    node.pay();
    let call = Call::multisend(node.chain.token(), address(PAYER), &payments);
    let txid = json!(node.chain.submit(&call));
    node.chain.mine(1);

    let (logs, indexes, rows) = told(&node, &txid).await;
    assert_eq!(logs.len(), 4);
    assert_eq!(logs[0], logs[2], "equal transfers are equal logs");
    assert!(logs.iter().all(|log| log["address"] == USDT_HEX[2..]));
    assert_eq!(
        indexes,
        [1, 2, 3, 4],
        "the plain transfer has the block's first log"
    );
    assert_eq!(
        rows,
        ["Transfer 1000000", "Transfer 1000000", "Transfer 2000000"]
    );
    assert_eq!(held(&node).await, 54_013_400);
    let receipt = receipt(&node, &txid).await;
    assert_ne!(receipt["contract_address"], USDT_HEX);
    let outer = node
        .post("/wallet/gettransactionbyid", json!({ "value": txid }))
        .await;
    let data = &outer["raw_data"]["contract"][0]["parameter"]["value"]["data"];
    let word = |number: u32| format!("{number:064x}");
    let usdt = address(USDT)
        .to_abi_word()
        .map(|byte| format!("{byte:02x}"))
        .concat();
    let [one, two] = [word(1_000_000), word(2_000_000)];
    assert_eq!(
        *data,
        [
            "ad8733ca",
            &usdt,
            &word(96),
            &word(256),
            &word(4),
            PAYEE_WORD,
            PAYER_WORD,
            PAYEE_WORD,
            PAYEE_WORD,
            &word(4),
            &one,
            &two,
            &one,
            &two
        ]
        .concat()
    );
}

#[tokio::test]
async fn a_spender_transfers_what_belongs_to_another() {
    let node = Node::start().await;
    let spender = address("TYJPRrdB5APNeRs4R7fYZSwW3TcrTKw2gx");
    let amount = "50.0134".parse().unwrap();
    let call = Call::transfer_from(
        node.chain.token(),
        spender,
        address(PAYER),
        address(PAYEE),
        amount,
    );
    let txid = json!(node.chain.submit(&call));
    node.chain.mine(1);
    let (logs, _, rows) = told(&node, &txid).await;
    assert_eq!(logs[0]["topics"], json!([TRANSFER, PAYER_WORD, PAYEE_WORD]));
    assert_eq!(rows, ["Transfer 50013400"]);
    let outer = node
        .post("/wallet/gettransactionbyid", json!({ "value": txid }))
        .await;
    let value = &outer["raw_data"]["contract"][0]["parameter"]["value"];
    assert_eq!(value["owner_address"], spender.to_hex());
    assert_eq!(
        value["data"],
        format!("23b872dd{PAYER_WORD}{PAYEE_WORD}{AMOUNT_WORD}")
    );
}

#[tokio::test]
async fn a_failure_out_of_time_keeps_its_log_and_moves_nothing() {
    let node = Node::start().await;
    let transfer = Call::transfer(
        node.chain.token(),
        address(PAYER),
        address(PAYEE),
        "50.0134".parse().unwrap(),
    );
    let call = Call {
        outcome: Outcome::OutOfTime,
        ..transfer
    };
    let txid = json!(node.chain.submit(&call));
    node.chain.mine(1);
    let receipt = receipt(&node, &txid).await;
    assert_eq!(receipt["result"], "FAILED");
    assert_eq!(receipt["receipt"]["result"], "OUT_OF_TIME");
    assert!(
        receipt["resMessage"]
            .as_str()
            .unwrap()
            .starts_with("4350552074")
    );
    let (logs, indexes, rows) = told(&node, &txid).await;
    assert_eq!(logs[0]["data"], AMOUNT_WORD);
    assert_eq!(indexes, [0], "the JSON-RPC does not look at the outcome");
    assert_eq!(rows, Vec::<String>::new());
    assert_eq!(held(&node).await, 0);

    for outcome in ["REVERT", "OUT_OF_ENERGY"] {
        let log = json!({ "to": PAYEE, "amount": "1" });
        let txid = mined(&node, json!({ "outcome": outcome, "logs": [log] })).await;
        assert_eq!(
            told(&node, &txid).await,
            (vec![], vec![], vec![]),
            "{outcome}"
        );
    }
}

#[tokio::test]
async fn odd_logs_stand_in_receipts_as_they_are_and_count_only_if_they_are_transfers() {
    let node = Node::start().await;
    let one = format!("{:064x}", 1_000_000);
    let dirty = |upper: &str| format!("{upper}{}", &PAYEE_WORD[24..]);
    let prefixed = dirty("000000000000000000000041");
    let garbage = dirty("deadbeefdeadbeefdeadbeef");
    let huge = "f".repeat(64);
    for (topics, data, row, moved) in [
        (
            vec![TRANSFER, PAYER_WORD, PAYEE_WORD],
            &one[..],
            Some("1000000"),
            1_000_000,
        ),
        (
            vec![TRANSFER, PAYER_WORD, &prefixed],
            &one,
            Some("1000000"),
            1_000_000,
        ),
        (vec![TRANSFER, &garbage, &garbage], &one, Some("1000000"), 0),
        (
            vec![TRANSFER, PAYER_WORD, PAYEE_WORD],
            &format!("{:064}", 0),
            Some("0"),
            0,
        ),
        (
            vec![TRANSFER, PAYER_WORD, PAYEE_WORD],
            &format!("{:064x}", 1u128 << 64),
            Some("18446744073709551616"),
            0,
        ),
        (
            vec![TRANSFER, PAYER_WORD, PAYEE_WORD],
            &huge,
            Some("115792089237316195423570985008687907853269984665640564039457584007913129639935"),
            0,
        ),
        (vec![TRANSFER, PAYER_WORD, PAYEE_WORD], &one[2..], None, 0),
        (vec![TRANSFER, PAYER_WORD, PAYEE_WORD, &one], &one, None, 0),
        (vec![TRANSFER, PAYER_WORD], &one, None, 0),
        (vec![TRANSFER, PAYER_WORD, PAYEE_WORD], "", None, 0),
        (vec![], &one, None, 0),
        (vec![&one, PAYER_WORD, PAYEE_WORD], &one, None, 0),
    ] {
        let before = held(&node).await;
        let log = json!({ "topics": topics, "data": data });
        let txid = mined(&node, json!({ "logs": [log] })).await;
        let (logs, indexes, rows) = told(&node, &txid).await;
        assert_eq!(
            logs,
            [json!({ "address": USDT_HEX[2..], "topics": topics, "data": data })]
        );
        assert_eq!(indexes, [0]);
        let expected: Vec<String> = row
            .map(|value| format!("Transfer {value}"))
            .into_iter()
            .collect();
        assert_eq!(rows, expected, "{log}");
        assert_eq!(held(&node).await - before, moved, "{log}");
    }
}

#[tokio::test]
async fn an_approval_before_a_transfer_shifts_its_position() {
    let node = Node::start().await;
    let [token, from, to] = [node.chain.token(), address(PAYER), address(PAYEE)];
    let amount = "50.0134".parse().unwrap();
    let logs = vec![
        Log::approval(token, from, to, amount),
        Log::transfer(token, from, to, amount),
        Log::approval(token, from, to, "0".parse().unwrap()),
        Log::transfer(token, from, to, amount),
    ];
    let txid = json!(node.chain.submit(&Call::new(address(PAYER), logs)));
    node.chain.mine(1);
    let (logs, indexes, rows) = told(&node, &txid).await;
    assert_eq!(logs[0]["topics"][0].as_str().unwrap()[..8], *"8c5be1e5");
    assert_eq!(logs[1], logs[3]);
    assert_eq!(indexes, [0, 1, 2, 3]);
    let row = "Transfer 50013400";
    assert_eq!(rows, ["Approval 50013400", row, "Approval 0", row]);
    assert_eq!(held(&node).await, 100_026_800);
    let filter = json!({
        "fromBlock": "latest",
        "topics": [format!("0x{TRANSFER}"), null, format!("0x{PAYEE_WORD}")],
    });
    let found = node.logs(filter).await;
    let positions: Vec<&Value> = found.iter().map(|log| &log["logIndex"]).collect();
    assert_eq!(positions, ["0x1", "0x3"]);
}

#[tokio::test]
async fn a_command_says_all_of_a_transaction_or_just_its_logs() {
    let node = Node::start().await;
    let fake = "TXLAQ63Xg1NAzckPwKHvzw7CSEmLMEqcdj";
    let txid = mined(
        &node,
        json!({
            "caller": PAYER,
            "contract": fake,
            "data": "c0ffee",
            "outcome": "SUCCESS",
            "logs": [
                { "to": PAYEE, "amount": "1", "contract": fake },
                { "to": PAYEE, "amount": "2", "from": PAYEE, "event": "Approval" },
                { "topics": [TRANSFER], "contract": fake },
            ],
        }),
    )
    .await;
    let (logs, _, rows) = told(&node, &txid).await;
    let fake_hex = &address(fake).to_hex()[2..];
    assert_eq!(logs[0]["address"], *fake_hex);
    assert_eq!(logs[0]["topics"], json!([TRANSFER, PAYER_WORD, PAYEE_WORD]));
    assert_eq!(logs[1]["address"], USDT_HEX[2..]);
    assert_eq!(
        logs[2],
        json!({ "address": fake_hex, "topics": [TRANSFER], "data": "" })
    );
    assert_eq!(rows, ["Transfer 1000000", "Approval 2000000"]);
    assert_eq!(held(&node).await, 0, "the transfer was of a fake token");
    let outer = node
        .post("/wallet/gettransactionbyid", json!({ "value": txid }))
        .await;
    let value = &outer["raw_data"]["contract"][0]["parameter"]["value"];
    assert_eq!(value["data"], "c0ffee");
    assert_eq!(value["owner_address"], address(PAYER).to_hex());

    for (body, sentence) in [
        ("{}", "missing field `logs`"),
        (r#"{"logs": [{}]}"#, "The body is not a command"),
        (
            r#"{"logs": [], "outcome": "LUCK"}"#,
            "unknown variant `LUCK`",
        ),
        (r#"{"logs": [], "data": "abc"}"#, "is not hex"),
        (r#"{"logs": [{"topics": ["00"]}]}"#, "is not 64 hex digits"),
        (r#"{"logs": [{"to": "T", "amount": "1"}]}"#, "to \"T\""),
    ] {
        let error = node.refused("/dev/transaction", body).await;
        assert!(error.contains(sentence), "{body}: {error}");
    }
}

#[tokio::test]
async fn many_transfers_are_handed_in_at_once() {
    let node = Node::start().await;
    let transfers: Vec<Transfer> = (1..=50)
        .map(|micro| {
            let amount = usdt_protocol::Usdt::from_micro(micro);
            Transfer::new(address(PAYEE), amount)
        })
        .collect();
    let txids = node.chain.transfer_many(&transfers);
    node.chain.mine(1);
    let rows = node.rows("limit=200&order_by=block_timestamp,asc").await;
    let ids: Vec<Value> = rows
        .iter()
        .map(|row| row["transaction_id"].clone())
        .collect();
    assert_eq!(json!(ids), json!(txids));
    assert_eq!(held(&node).await, (1..=50).sum());
}
