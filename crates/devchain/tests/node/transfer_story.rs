//! A transfer on its way from the pool to the head and on to the solid chain, as every endpoint
//! tells it.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use usdt_devchain::Transfer;

use crate::support::*;

/// What each endpoint knows of the transfer, in the order: the node's receipt and transaction,
/// those of its solidified twin, logs to the head, logs to the last solid block, and the
/// indexer's rows of either kind.
async fn sightings(node: &Node, txid: &str) -> [bool; 8] {
    let by_id = json!({ "value": txid });
    let logs_to = |block: &str| json!({ "fromBlock": format!("{FIRST_BLOCK:#x}"), "toBlock": block, "address": format!("0x{}", &USDT_HEX[2..]) });
    [
        node.post("/wallet/gettransactioninfobyid", by_id.clone())
            .await
            != json!({}),
        node.post("/wallet/gettransactionbyid", by_id.clone()).await != json!({}),
        node.post("/walletsolidity/gettransactioninfobyid", by_id.clone())
            .await
            != json!({}),
        node.post("/walletsolidity/gettransactionbyid", by_id).await != json!({}),
        !node.logs(logs_to("latest")).await.is_empty(),
        !node.logs(logs_to("finalized")).await.is_empty(),
        !node.rows("only_unconfirmed=true").await.is_empty(),
        !node.rows("only_confirmed=true").await.is_empty(),
    ]
}

#[tokio::test]
async fn a_transfer_goes_from_the_pool_to_the_head_to_the_solid_chain() {
    let node = Node::start().await;
    let txid = node.pay().to_string();
    let waiting = [false, true, false, false, false, false, false, false];
    assert_eq!(sightings(&node, &txid).await, waiting);

    node.chain.mine(1);
    let at_head = [true, true, false, false, true, false, true, false];
    assert_eq!(sightings(&node, &txid).await, at_head);

    node.chain.mine(18);
    assert_eq!(sightings(&node, &txid).await, at_head);

    node.chain.mine(1);
    assert_eq!(
        sightings(&node, &txid).await,
        [true, true, true, true, true, true, false, true]
    );
}

#[tokio::test]
async fn the_receipt_is_that_of_a_full_node() {
    let node = Node::start().await;
    let txid = node.pay();
    node.chain.mine(20);
    let number = FIRST_BLOCK + 21;
    let info = json!({
        "id": txid,
        "fee": 6_428_500,
        "blockNumber": number,
        "blockTimeStamp": START + 3_000,
        "contractResult": ["0000000000000000000000000000000000000000000000000000000000000000"],
        "contract_address": USDT_HEX,
        "receipt": {
            "energy_fee": 6_428_500,
            "energy_usage_total": 64_285,
            "net_usage": 345,
            "result": "SUCCESS",
        },
        "log": [{
            "address": &USDT_HEX[2..],
            "topics": [TRANSFER, PAYER_WORD, PAYEE_WORD],
            "data": AMOUNT_WORD,
        }],
    });
    let by_id = json!({ "value": txid });
    assert_eq!(
        node.post("/walletsolidity/gettransactioninfobyid", by_id)
            .await,
        info
    );
    let by_number = json!({ "num": number });
    assert_eq!(
        node.post("/walletsolidity/gettransactioninfobyblocknum", by_number)
            .await,
        json!([info])
    );
    assert_eq!(
        node.get(&format!(
            "/walletsolidity/gettransactioninfobyblocknum?num={number}"
        ))
        .await,
        json!([info])
    );
}

#[tokio::test]
async fn the_log_is_that_of_the_json_rpc() {
    let node = Node::start().await;
    node.chain
        .transfer(&Transfer::new(address(PAYER), "1".parse().unwrap()));
    let txid = node.pay();
    node.chain.mine(1);
    let number = FIRST_BLOCK + 21;
    let block = node
        .post("/wallet/getblockbynum", json!({ "num": number }))
        .await;
    let filter = json!({
        "fromBlock": format!("{number:#x}"),
        "toBlock": "latest",
        "address": [format!("0x{}", &USDT_HEX[2..])],
        "topics": [format!("0x{TRANSFER}"), null, [format!("0x{PAYEE_WORD}")]],
    });
    assert_eq!(
        node.logs(filter).await,
        [json!({
            "address": format!("0x{}", &USDT_HEX[2..]),
            "blockHash": format!("0x{}", block["blockID"].as_str().unwrap()),
            "blockNumber": format!("{number:#x}"),
            "data": format!("0x{AMOUNT_WORD}"),
            "logIndex": "0x1",
            "removed": false,
            "topics": [format!("0x{TRANSFER}"), format!("0x{PAYER_WORD}"), format!("0x{PAYEE_WORD}")],
            "transactionHash": format!("0x{txid}"),
            "transactionIndex": "0x1",
        })]
    );
}

#[tokio::test]
async fn the_row_is_that_of_the_indexer() {
    let node = Node::start().await;
    let txid = node.pay();
    node.chain.mine(20);
    let page = node
        .get(&format!(
            "/v1/accounts/{PAYEE}/transactions/trc20?only_confirmed=true&only_to=true"
        ))
        .await;
    assert_eq!(
        page,
        json!({
            "data": [{
                "transaction_id": txid,
                "token_info": { "symbol": "USDT", "address": USDT, "decimals": 6, "name": "Tether USD" },
                "block_timestamp": START + 3_000,
                "from": PAYER,
                "to": PAYEE,
                "type": "Transfer",
                "value": "50013400",
            }],
            "success": true,
            "meta": { "at": START + 60_000, "page_size": 1 },
        })
    );
}

#[tokio::test]
async fn the_transaction_is_a_call_of_the_contract_and_named_by_its_hash() {
    let node = Node::start().await;
    let txid = node.pay();
    node.chain.mine(1);
    let transaction = node
        .post("/wallet/gettransactionbyid", json!({ "value": txid }))
        .await;
    assert_eq!(transaction["txID"], json!(txid));
    assert_eq!(transaction["ret"], json!([{ "contractRet": "SUCCESS" }]));
    let raw = &transaction["raw_data"];
    assert_eq!(
        raw["contract"],
        json!([{
            "parameter": {
                "value": {
                    "data": format!("a9059cbb{PAYEE_WORD}{AMOUNT_WORD}"),
                    "owner_address": address(PAYER).to_hex(),
                    "contract_address": USDT_HEX,
                },
                "type_url": "type.googleapis.com/protocol.TriggerSmartContract",
            },
            "type": "TriggerSmartContract",
        }])
    );
    assert_eq!(raw["timestamp"], START);
    assert_eq!(raw["expiration"], START + 60_000);

    let hex = transaction["raw_data_hex"].as_str().unwrap();
    let bytes: Vec<u8> = (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    let hash: [u8; 32] = Sha256::digest(&bytes).into();
    assert_eq!(&hash, txid.bytes());
    // A real call of transfer is encoded up to its block reference and times like this one.
    let call = format!(
        "5aae01081f12a9010a31747970652e676f6f676c65617069732e636f6d2f70726f746f636f6c2e5472696767657253\
         6d617274436f6e747261637412740a15{}1215{USDT_HEX}2244a9059cbb{PAYEE_WORD}{AMOUNT_WORD}70",
        address(PAYER).to_hex()
    );
    assert!(hex.contains(&call), "{hex}");

    let block = node
        .post("/wallet/getblockbynum", json!({ "num": FIRST_BLOCK + 21 }))
        .await;
    assert_eq!(block["transactions"], json!([transaction]));
}

#[tokio::test]
async fn a_failed_transaction_has_a_receipt_but_moves_nothing() {
    let node = Node::start().await;
    let answer = node
        .post(
            "/dev/transfer",
            json!({ "to": PAYEE, "amount": "50.0134", "fail": true }),
        )
        .await;
    node.chain.mine(20);
    let by_id = json!({ "value": answer["txid"] });
    let info = node
        .post("/walletsolidity/gettransactioninfobyid", by_id.clone())
        .await;
    assert_eq!(info["result"], "FAILED");
    assert_eq!(info["receipt"]["result"], "OUT_OF_ENERGY");
    assert_eq!(info["contractResult"], json!([""]));
    assert!(
        info["resMessage"]
            .as_str()
            .unwrap()
            .starts_with("4e6f7420656e6f75676820656e65726779")
    );
    assert_eq!(info.get("log"), None);
    let transaction = node.post("/walletsolidity/gettransactionbyid", by_id).await;
    assert_eq!(
        transaction["ret"],
        json!([{ "contractRet": "OUT_OF_ENERGY" }])
    );
    assert_eq!(
        node.logs(json!({ "fromBlock": "latest" })).await,
        Vec::<Value>::new()
    );
    assert_eq!(node.rows("").await, Vec::<Value>::new());
    assert_eq!(balance(&node, "wallet", PAYEE_WORD, USDT_HEX).await, 0);
}

#[tokio::test]
async fn another_contract_calls_itself_usdt_but_has_its_own_address() {
    let node = Node::start().await;
    let fake = "TXLAQ63Xg1NAzckPwKHvzw7CSEmLMEqcdj";
    node.post(
        "/dev/transfer",
        json!({ "to": PAYEE, "amount": "50.0134", "contract": fake }),
    )
    .await;
    node.chain.mine(20);
    let rows = node.rows("").await;
    assert_eq!(rows[0]["token_info"]["symbol"], "USDT");
    assert_eq!(rows[0]["token_info"]["address"], fake);
    assert_eq!(
        node.rows(&format!("contract_address={USDT}")).await,
        Vec::<Value>::new()
    );
    assert_eq!(
        node.rows(&format!("contract_address={}", address(fake).to_hex()))
            .await,
        rows
    );
    let range = json!({ "fromBlock": "earliest", "toBlock": "finalized", "address": format!("0x{}", &USDT_HEX[2..]) });
    assert_eq!(node.logs(range).await, Vec::<Value>::new());
    assert_eq!(balance(&node, "wallet", PAYEE_WORD, USDT_HEX).await, 0);
    assert_eq!(
        balance(&node, "wallet", PAYEE_WORD, &address(fake).to_hex()).await,
        50_013_400
    );
}

#[tokio::test]
async fn balances_follow_the_transfers_on_either_side() {
    let node = Node::start().await;
    node.pay();
    node.chain.mine(20);
    let back = Transfer {
        from: Some(address(PAYEE)),
        ..Transfer::new(address(PAYER), "0.0134".parse().unwrap())
    };
    node.chain.transfer(&back);
    node.chain.mine(1);
    assert_eq!(
        balance(&node, "walletsolidity", PAYEE_WORD, USDT_HEX).await,
        50_013_400
    );
    assert_eq!(
        balance(&node, "wallet", PAYEE_WORD, USDT_HEX).await,
        50_000_000
    );
    assert_eq!(balance(&node, "wallet", PAYER_WORD, USDT_HEX).await, 13_400);
}

#[tokio::test]
async fn the_token_answers_constant_calls() {
    let node = Node::start().await;
    for (function, parameter, value) in [
        ("decimals()", "", 6),
        ("basisPointsRate()", "", 0),
        ("maximumFee()", "", 0),
        ("paused()", "", 0),
        ("deprecated()", "", 0),
        ("isBlackListed(address)", PAYEE_WORD, 0),
        ("getBlackListStatus(address)", PAYEE_WORD, 0),
    ] {
        let answer = call(&node, "walletsolidity", USDT_HEX, function, parameter).await;
        assert_eq!(answer["result"], json!({ "result": true }), "{function}");
        assert_eq!(answer["energy_used"], 935);
        assert_eq!(
            answer["constant_result"],
            json!([format!("{value:064x}")]),
            "{function}"
        );
        assert_eq!(answer["transaction"]["ret"], json!([{}]));
    }

    let unknown = call(&node, "wallet", USDT_HEX, "totalNonsense()", "").await;
    assert_eq!(
        unknown["result"]["message"],
        "524556455254206f70636f6465206578656375746564"
    );
    assert_eq!(unknown["transaction"]["ret"], json!([{ "ret": "FAILED" }]));

    let no_contract = call(&node, "wallet", &address(PAYER).to_hex(), "decimals()", "").await;
    assert_eq!(no_contract["result"]["code"], "CONTRACT_VALIDATE_ERROR");
    assert_eq!(no_contract.get("constant_result"), None);
}
