//! Blocks: their shape on each endpoint, what does not exist, and the two sides of a node.

use serde_json::{Value, json};

use crate::support::*;

#[tokio::test]
async fn a_block_names_its_number_and_its_parent() {
    let node = Node::start().await;
    let head = node.post("/wallet/getnowblock", json!({})).await;
    let raw = &head["block_header"]["raw_data"];
    assert_eq!(raw["number"], FIRST_BLOCK + 20);
    assert_eq!(raw["timestamp"], START);
    let id = head["blockID"].as_str().unwrap();
    assert_eq!(id[..16], format!("{:016x}", FIRST_BLOCK + 20));
    assert_eq!(raw["witness_address"].as_str().unwrap().len(), 42);
    assert_eq!(head.get("transactions"), None, "an empty list is left out");
    let parent = node
        .post("/wallet/getblockbynum", json!({ "num": FIRST_BLOCK + 19 }))
        .await;
    assert_eq!(raw["parentHash"], parent["blockID"]);
    assert_eq!(
        parent["block_header"]["raw_data"]["timestamp"],
        START - 3_000
    );
}

#[tokio::test]
async fn the_solid_side_stays_nineteen_blocks_behind() {
    let node = Node::start().await;
    for mined in [0, 1, 5] {
        node.chain.mine(mined);
        let number = |block: Value| {
            block["block_header"]["raw_data"]["number"]
                .as_u64()
                .unwrap()
        };
        let head = number(node.post("/wallet/getnowblock", json!({})).await);
        let solid = number(node.post("/walletsolidity/getnowblock", json!({})).await);
        assert_eq!((head, solid), (node.chain.head(), node.chain.solid()));
        assert_eq!(head - solid, 19);
        let above = json!({ "num": solid + 1 });
        assert_ne!(
            node.post("/wallet/getblockbynum", above.clone()).await,
            json!({})
        );
        assert_eq!(
            node.post("/walletsolidity/getblockbynum", above).await,
            json!({})
        );
    }
}

#[tokio::test]
async fn the_head_of_a_block_comes_alone_unless_details_are_asked_for() {
    let node = Node::start().await;
    node.pay();
    node.chain.mine(1);
    let number = node.chain.head();
    let full = node
        .post("/wallet/getblockbynum", json!({ "num": number }))
        .await;
    let mut header = full.clone();
    header
        .as_object_mut()
        .unwrap()
        .remove("transactions")
        .unwrap();

    for (body, expected) in [
        (json!({ "detail": false }), &header),
        (json!({}), &header),
        (json!({ "detail": true }), &full),
        (json!({ "id_or_num": number.to_string() }), &header),
        (
            json!({ "id_or_num": full["blockID"], "detail": true }),
            &full,
        ),
        (json!({ "id_or_num": (number + 1).to_string() }), &json!({})),
        (
            json!({ "id_or_num": format!("{number:016x}{:048}", 0) }),
            &json!({}),
        ),
    ] {
        assert_eq!(
            &node.post("/wallet/getblock", body.clone()).await,
            expected,
            "{body}"
        );
    }
    assert_eq!(
        node.get(&format!("/wallet/getblock?id_or_num={number}&detail=true"))
            .await,
        full
    );
    let solid = node
        .post("/walletsolidity/getblock", json!({ "detail": false }))
        .await;
    assert_eq!(
        solid["block_header"]["raw_data"]["number"],
        node.chain.solid()
    );
    let refused = node
        .post("/wallet/getblock", json!({ "id_or_num": "yesterday" }))
        .await;
    assert!(
        refused["Error"]
            .as_str()
            .unwrap()
            .starts_with("class java.lang.Illegal")
    );
}

#[tokio::test]
async fn a_range_of_blocks_excludes_its_end_and_has_a_limit() {
    let node = Node::start().await;
    let range = async |start: u64, end: u64| {
        let body = json!({ "startNum": start, "endNum": end });
        node.post("/wallet/getblockbylimitnext", body).await
    };
    let blocks = range(FIRST_BLOCK, FIRST_BLOCK + 3).await;
    let numbers: Vec<&Value> = blocks["block"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| &block["block_header"]["raw_data"]["number"])
        .collect();
    assert_eq!(numbers, [FIRST_BLOCK, FIRST_BLOCK + 1, FIRST_BLOCK + 2]);
    assert_eq!(range(FIRST_BLOCK, FIRST_BLOCK).await, json!({}));
    assert_eq!(range(FIRST_BLOCK, FIRST_BLOCK + 101).await, json!({}));
    assert_eq!(
        range(FIRST_BLOCK + 1_000, FIRST_BLOCK + 1_001).await,
        json!({})
    );
    assert_eq!(
        range(FIRST_BLOCK, FIRST_BLOCK + 100).await["block"]
            .as_array()
            .unwrap()
            .len(),
        21
    );
}

#[tokio::test]
async fn receipts_of_an_empty_block_are_an_empty_list() {
    let node = Node::start().await;
    let infos = async |num: Value| {
        node.post(
            "/walletsolidity/gettransactioninfobyblocknum",
            json!({ "num": num }),
        )
        .await
    };
    assert_eq!(infos(json!(FIRST_BLOCK)).await, json!([]));
    assert_eq!(infos(json!(FIRST_BLOCK.to_string())).await, json!([]));
    assert_eq!(infos(json!(0)).await, json!({}));
    assert_eq!(infos(json!(-5)).await, json!({}));
}

#[tokio::test]
async fn nonsense_is_answered_in_the_manner_of_a_node() {
    let node = Node::start().await;
    let error = node
        .post("/wallet/getblockbynum", json!({ "num": "many" }))
        .await;
    assert!(
        error["Error"]
            .as_str()
            .unwrap()
            .starts_with("class org.tron."),
        "{error}"
    );
    let unknown = json!({ "value": "00".repeat(32) });
    assert_eq!(
        node.post("/wallet/gettransactioninfobyid", unknown).await,
        json!({})
    );
    assert_eq!(
        node.post("/wallet/gettransactionbyid", json!({ "value": "x" }))
            .await,
        json!({})
    );
}
