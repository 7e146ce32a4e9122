//! The endpoints under `/dev/` and the clock that mining pushes forward.

use std::collections::HashSet;

use serde_json::json;
use tokio::net::TcpListener;
use usdt_devchain::{Devchain, Options};
use usdt_protocol::{Txid, UtcTime};

use crate::support::*;

#[tokio::test]
async fn a_command_puts_transfers_into_the_next_block() {
    let node = Node::start().await;
    let command =
        json!({ "to": PAYEE, "amount": "50.0134", "from": PAYER, "contract": USDT, "count": 3 });
    let answer = node.post("/dev/transfer", command).await;
    assert_eq!(answer["ok"], true);
    assert_eq!(answer["txid"], answer["txids"][0]);
    let txids: HashSet<Txid> = serde_json::from_value(answer["txids"].clone()).unwrap();
    assert_eq!(txids.len(), 3);

    let answer = node.post("/dev/mine", json!({ "blocks": 2 })).await;
    assert_eq!(answer["head"], FIRST_BLOCK + 22);
    assert_eq!(answer["solid"], FIRST_BLOCK + 3);
    let by_number = json!({ "num": FIRST_BLOCK + 21 });
    let infos = node
        .post("/wallet/gettransactioninfobyblocknum", by_number)
        .await;
    let ids: HashSet<Txid> = infos
        .as_array()
        .unwrap()
        .iter()
        .map(|info| serde_json::from_value(info["id"].clone()).unwrap())
        .collect();
    assert_eq!(ids, txids);
    assert!(infos[0]["log"][0]["topics"][1] == PAYER_WORD);
    let by_number = json!({ "num": FIRST_BLOCK + 22 });
    assert_eq!(
        node.post("/wallet/gettransactioninfobyblocknum", by_number)
            .await,
        json!([])
    );
}

#[tokio::test]
async fn bad_commands_are_refused_with_a_sentence() {
    let node = Node::start().await;
    for (path, body, sentence) in [
        ("/dev/transfer", "{}", "missing field `to`"),
        ("/dev/fund", r#"{"to": "T"}"#, "to \"T\""),
        ("/dev/rules", "strict", "The body is not a command"),
        ("/dev/transfer", "pay me", "The body is not a command"),
        (
            "/dev/transfer",
            r#"{"to": "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdh", "amount": "1"}"#,
            "checksum is wrong",
        ),
        (
            "/dev/transfer",
            r#"{"to": "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH", "amount": "1.2345678"}"#,
            "amount \"1.2345678\": more than six decimals.",
        ),
        (
            "/dev/transfer",
            r#"{"to": "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH", "amount": 1.5}"#,
            "expected a string",
        ),
        (
            "/dev/transfer",
            r#"{"to": "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH", "amount": "1", "count": 0}"#,
            "count must be between 1 and 100000.",
        ),
        (
            "/dev/mine",
            r#"{"blocks": 100001}"#,
            "blocks must be between 1 and 100000.",
        ),
        (
            "/dev/mine",
            r#"{"blocks": -1}"#,
            "The body is not a command",
        ),
    ] {
        let error = node.refused(path, body).await;
        assert!(error.contains(sentence), "{body}: {error}");
    }
    assert_eq!(node.chain.head(), FIRST_BLOCK + 20);
}

#[tokio::test]
async fn status_tells_where_the_chain_is() {
    let node = Node::start().await;
    let mut expected = json!({
        "ok": true,
        "head": FIRST_BLOCK + 20,
        "solid": FIRST_BLOCK + 1,
        "paused": true,
        "now": "2026-04-29T06:48:27.000Z",
    });
    assert_eq!(node.get("/dev/status").await, expected);
    expected["paused"] = false.into();
    assert_eq!(node.post("/dev/resume", json!({})).await, expected);
    expected["paused"] = true.into();
    assert_eq!(node.post("/dev/pause", json!({})).await, expected);
}

#[test]
fn mining_advances_the_clock_and_the_clock_mines() {
    let (chain, wall) = new_chain();
    let now = |millis: i64| UtcTime::from_millis(START + millis);
    assert_eq!(chain.now(), now(0));
    assert!(!chain.mine_if_due());

    wall.pass_seconds(2);
    assert!(!chain.mine_if_due());
    wall.pass_seconds(1);
    assert!(chain.mine_if_due());
    assert!(!chain.mine_if_due());
    assert_eq!((chain.head(), chain.now()), (FIRST_BLOCK + 21, now(3_000)));

    wall.pass_seconds(1);
    chain.mine(300);
    assert_eq!(
        (chain.head(), chain.now()),
        (FIRST_BLOCK + 321, now(903_000))
    );
    assert!(!chain.mine_if_due());
    wall.pass_seconds(3);
    assert!(chain.mine_if_due());
    assert_eq!(chain.now(), now(906_000));
}

#[tokio::test]
async fn after_a_pause_the_next_block_has_the_time_of_then() {
    let node = Node::start().await;
    node.wall.pass_seconds(600);
    assert!(!node.chain.mine_if_due(), "paused");
    assert_eq!(node.chain.head(), FIRST_BLOCK + 20);
    assert_eq!(node.chain.now(), UtcTime::from_millis(START + 600_000));

    // The served chain wakes at once and mines the block that is due.
    node.post("/dev/resume", json!({})).await;
    while node.chain.head() == FIRST_BLOCK + 20 {
        tokio::task::yield_now().await;
    }
    let head = node
        .post("/wallet/getblock", json!({ "detail": false }))
        .await;
    assert_eq!(head["block_header"]["raw_data"]["number"], FIRST_BLOCK + 21);
    assert_eq!(
        head["block_header"]["raw_data"]["timestamp"],
        START + 600_000
    );
    assert!(
        !node.chain.mine_if_due(),
        "what was missed is not made up for"
    );
}

#[tokio::test]
async fn a_mined_block_is_never_ahead_of_the_clock() {
    let node = Node::start().await;
    for seconds in [0, 1, 3, 100] {
        node.wall.pass_seconds(seconds);
        node.chain.mine(1);
        let head = node.post("/wallet/getblock", json!({})).await;
        let time = head["block_header"]["raw_data"]["timestamp"]
            .as_i64()
            .unwrap();
        assert_eq!(time, node.chain.now().millis());
    }
}

#[tokio::test]
async fn a_chain_that_starts_higher_goes_on_above_an_older_one() {
    let (old, _) = new_chain();
    let options = Options {
        first_block: old.head() + 1,
        ..Options::starting_at(old.now())
    };
    let chain = Devchain::new(&options);
    assert!(chain.solid() > old.head());
    assert!(chain.now() >= old.now());
}

#[tokio::test]
async fn serving_ends_when_it_is_told_to() {
    let (chain, _) = new_chain();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(chain.run(listener, async {
        let _ = stopped.await;
    }));
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}
