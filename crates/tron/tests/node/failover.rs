//! Several nodes: which is asked, how often, and with what.

use std::num::NonZeroU32;
use std::sync::mpsc;
use std::time::Duration;

use axum::http::header::LOCATION;
use serde_json::{Value, json};
use usdt_tron::{Block, Endpoint, Node, Pool};

use crate::fixtures::{BLOCK, BLOCK_ID, assert_refused, assert_senseless, token};
use crate::scripted_node::{Answer, ScriptedNode};

const PAUSE: Duration = Duration::from_secs(20);

fn newest_block() -> Value {
    json!({"blockID": BLOCK_ID, "block_header": {"raw_data": {
        "number": BLOCK, "timestamp": 1_777_445_307_000_i64,
    }}})
}

/// Asks until a node answers.
async fn solid_block(pool: &Pool) -> Block {
    loop {
        let node = pool.pick().await;
        match node.solid_block().await {
            Ok(block) => {
                node.succeeded();
                return block;
            }
            Err(error) => node.failed(error.asked_patience()),
        }
    }
}

#[tokio::test]
async fn the_next_node_answers_while_others_are_suspended_or_down() {
    let text =
        "request rate exceeded the allowed_rps(10), and the query server is suspended for 30 s";
    let suspending = ScriptedNode::always(Answer::text(403, text)).await;
    let down = Endpoint::at("http://127.0.0.1:1");
    let well = ScriptedNode::always(newest_block()).await;
    let unused = ScriptedNode::always(newest_block()).await;
    let endpoints = [
        suspending.endpoint(),
        down,
        well.endpoint(),
        unused.endpoint(),
    ];
    let pool = Pool::new(&endpoints, PAUSE).unwrap();
    for _ in 0..3 {
        assert_eq!(solid_block(&pool).await.number, BLOCK);
    }
    let asked = [&suspending, &well, &unused].map(|node| node.asked().len());
    assert_eq!(asked, [1, 3, 0]);
}

#[tokio::test]
async fn each_node_gets_its_own_key_below_its_own_path() {
    let node = ScriptedNode::always(newest_block()).await;
    let endpoint = |path: &str, key: Option<&str>| Endpoint {
        api_key: key.map(str::to_owned),
        ..Endpoint::at(format!("{}{path}", node.url))
    };
    for endpoint in [
        endpoint("", Some("one")),
        endpoint("/v2/", None),
        endpoint("/v3?token=two", Some("three")),
    ] {
        Node::new(&endpoint).unwrap().head_block().await.unwrap();
    }
    let asked: Vec<_> = node
        .asked()
        .into_iter()
        .map(|asked| {
            (
                asked.path,
                asked.parameters.into_values().next(),
                asked.api_key,
            )
        })
        .collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        asked,
        [
            ("/wallet/getblock".to_owned(), None, text("one")),
            ("/v2/wallet/getblock".to_owned(), None, None),
            ("/v3/wallet/getblock".to_owned(), text("two"), text("three")),
        ]
    );
}

#[tokio::test]
async fn a_node_with_three_ports_is_asked_on_each_for_what_is_there_with_the_same_key() {
    let start = async || ScriptedNode::always(newest_block()).await;
    let (full, solidity, jsonrpc) = (start().await, start().await, start().await);
    let endpoint = Endpoint {
        solidity_url: Some(format!("{}/solid/?token=two", solidity.url)),
        jsonrpc_url: Some(jsonrpc.url.clone()),
        api_key: Some("one".to_owned()),
        ..full.endpoint()
    };
    let node = Node::new(&endpoint).unwrap();
    node.head_block().await.unwrap();
    node.solid_block().await.unwrap();
    let logs = node.token_transfers(token(), BLOCK, BLOCK).await;
    assert_senseless("a block for logs", logs);
    for (server, path) in [
        (&full, "/wallet/getblock"),
        (&solidity, "/solid/walletsolidity/getblock"),
        (&jsonrpc, "/jsonrpc"),
    ] {
        let asked = server.asked();
        assert_eq!(asked.len(), 1, "{path}");
        assert_eq!(asked[0].path, path);
        assert_eq!(asked[0].api_key.as_deref(), Some("one"), "{path}");
    }
    assert_eq!(solidity.asked()[0].parameters["token"], "two");
}

#[tokio::test]
async fn a_node_is_asked_no_more_often_than_it_allows_whichever_clone_asks_at_whichever_url() {
    let node = ScriptedNode::always(newest_block()).await;
    let elsewhere = ScriptedNode::always(newest_block()).await;
    let endpoint = Endpoint {
        solidity_url: Some(elsewhere.url.clone()),
        requests_per_second: NonZeroU32::new(2),
        ..node.endpoint()
    };
    let limited = Node::new(&endpoint).unwrap();
    let clone = limited.clone();
    let unlimited = ScriptedNode::always(newest_block()).await.client();
    tokio::time::pause();
    // Time stands still while a blocking task runs, and would leap ahead otherwise.
    let (release, hold) = mpsc::channel::<()>();
    tokio::task::spawn_blocking(move || hold.recv());

    limited.solid_block().await.unwrap();
    let mut second = std::pin::pin!(clone.head_block());
    tokio::select! {
        biased;
        answer = &mut second => panic!("{answer:?}"),
        () = async { for _ in 0..20 { unlimited.head_block().await.unwrap(); } } => {}
    }
    assert_eq!((elsewhere.asked().len(), node.asked().len()), (1, 0));
    tokio::time::advance(Duration::from_millis(501)).await;
    second.await.unwrap();
    assert_eq!((elsewhere.asked().len(), node.asked().len()), (1, 1));
    drop(release);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = ScriptedNode::always(newest_block()).await;
    let node = ScriptedNode::always(Answer::text(307, "").with(LOCATION, &elsewhere.url)).await;
    assert_refused("a redirect", node.client().solid_block().await);
    assert!(elsewhere.asked().is_empty());
}
