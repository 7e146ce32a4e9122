//! What a node says instead of an answer: told in its own words, and without our secrets.

use axum::http::header::RETRY_AFTER;
use serde_json::json;
use usdt_protocol::UtcTime;
use usdt_protocol::txid::Hex;
use usdt_tron::{Endpoint, Node, NodeError};

use crate::broadcast::signed;
use crate::fixtures::{LITE, assert_senseless, busy, token};
use crate::scripted_node::{Answer, ScriptedNode};

async fn error(answer: impl Into<Answer>) -> NodeError {
    let node = ScriptedNode::always(answer).await;
    node.client().solid_block().await.unwrap_err()
}

#[tokio::test]
async fn a_refusal_is_told_in_the_nodes_words_with_the_path() {
    let html = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<hr><center>nginx</center></body></html>";
    for (status, body, told) in [
        (
            401,
            r#"{"Error":"ApiKey not exists"}"#,
            "HTTP 401: ApiKey not exists",
        ),
        (
            400,
            r#"{"success":false,"error":"A valid account address is required.","statusCode":400}"#,
            "HTTP 400: A valid account address is required.",
        ),
        (
            500,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"internal"}}"#,
            "HTTP 500: internal",
        ),
        (
            404,
            r#"{"message":"no Route matched"}"#,
            "HTTP 404: no Route matched",
        ),
        (404, "404 page\nnot found\n", "HTTP 404: 404 page not found"),
        (405, "", "HTTP 405 Method Not Allowed"),
        (502, html, "HTTP 502: 502 Bad Gateway nginx"),
    ] {
        let error = error(Answer::text(status, body)).await;
        assert!(matches!(error, NodeError::Refused { .. }), "{error:?}");
        assert!(!error.is_of_any_call(), "{error:?}");
        let expected = format!("the node refuses /walletsolidity/getblock: {told}");
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn throttling_is_recognised_in_every_form_and_its_seconds_are_kept() {
    let key = r#"{"Error":"The key exceeds the frequency limit(30), and the query server is suspended for 30s"}"#;
    let no_key =
        "request rate exceeded the allowed_rps(10), and the query server is suspended for 5 s";
    let retry = |status, seconds: &str| Answer::text(status, "").with(RETRY_AFTER, seconds);
    for (answer, seconds) in [
        (Answer::text(200, key), Some(30)),
        (Answer::text(200, no_key), Some(5)),
        (Answer::text(403, no_key), Some(5)),
        (Answer::text(403, "suspended for 86400s"), Some(300)),
        (Answer::text(403, "Daily quota used up"), None),
        (Answer::text(403, "Too many requests"), None),
        (Answer::text(429, ""), None),
        (Answer::text(503, "<html>"), None),
        (retry(429, "7"), Some(7)),
        (retry(503, "86400"), Some(300)),
        (retry(403, "9"), Some(9)),
        (retry(429, "Wed, 21 Oct 2026 07:28:00 GMT"), None),
        (Answer::text(429, no_key).with(RETRY_AFTER, "60"), Some(60)),
    ] {
        let error = error(answer).await;
        assert!(matches!(error, NodeError::Throttled { .. }), "{error:?}");
        let asked = error.asked_patience().map(|time| time.as_secs());
        assert_eq!(asked, seconds, "{error}");
        assert!(error.is_of_any_call());
    }
    let told = error(Answer::text(403, no_key)).await.to_string();
    let expected = format!("the node throttles us at /walletsolidity/getblock: HTTP 403: {no_key}");
    assert_eq!(told, expected);
}

#[tokio::test]
async fn who_is_forbidden_is_not_told_to_be_throttled() {
    for (body, told) in [
        ("", "HTTP 403 Forbidden"),
        ("Forbidden", "HTTP 403: Forbidden"),
        (
            r#"{"success":false,"error":"Your region cannot operate this","statusCode":403}"#,
            "HTTP 403: Your region cannot operate this",
        ),
    ] {
        let error = error(Answer::text(403, body)).await;
        assert!(matches!(error, NodeError::Forbidden { .. }), "{error:?}");
        assert!(error.is_of_any_call(), "{error:?}");
        let expected = format!("the node refuses /walletsolidity/getblock: {told}");
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn words_are_cut_and_can_neither_break_a_line_nor_turn_it_around() {
    let long =
        json!({"Error": format!("line\nline \u{202e}\u{1b}[2J\u{200b}{}", "x".repeat(10_000))});
    for answer in [
        Answer::from(long.clone()),
        Answer::text(500, &long.to_string()),
    ] {
        let told = error(answer).await.to_string();
        assert!(told.contains("line"), "{told}");
        assert!(told.chars().count() < 260, "{told}");
        assert!(
            !told.contains(['\n', '\u{202e}', '\u{1b}', '\u{200b}']),
            "{told}"
        );
    }
}

#[tokio::test]
async fn a_node_that_repeats_our_secrets_tells_them_to_no_log() {
    // In plain, with what hides itself between the letters, and cut in the middle.
    let echo = "SECRETKEY SECRETPATH SECRETQUERY SEC\u{200b}RETUSER SECRETPASSWORD";
    let cut = format!("{}SECRETKEY", "x".repeat(190));
    let hex = |text: &str| Hex(text.as_bytes()).to_string();
    for answer in [
        Answer::text(401, &json!({"Error": echo}).to_string()),
        Answer::text(
            404,
            &format!("<p>POST /SECRETPATH/x?key=SECRETQUERY: {echo}</p>"),
        ),
        Answer::text(403, echo),
        Answer::text(429, echo),
        Answer::text(500, &cut),
        Answer::text(200, echo),
        Answer::from(json!({"Error": echo})),
        Answer::from(json!({"result": {"code": "OTHER_ERROR", "message": hex(echo)}})),
        Answer::from(json!({"code": "OTHER_ERROR", "message": hex(echo)})),
        Answer::from(json!({"success": false, "error": echo})),
        Answer::from(json!({"error": {"code": 1, "message": echo}})),
        Answer::from(json!({"blockID": echo, "block_header": {"raw_data": {
            "number": 1, "timestamp": 1,
        }}})),
        Answer::from(json!({"blockID": 1, "block_header": echo, "result": echo})),
    ] {
        let node = ScriptedNode::always(answer).await;
        let authority = node.url.strip_prefix("http://").unwrap();
        let url =
            format!("http://SECRETUSER:SECRETPASSWORD@{authority}/SECRETPATH?key=SECRETQUERY");
        let endpoint = Endpoint {
            api_key: Some("SECRETKEY".to_owned()),
            ..Endpoint::at(url)
        };
        let node = Node::new(&endpoint).unwrap();
        let (token, since) = (token(), UtcTime::EPOCH);
        for error in [
            node.solid_block().await.unwrap_err(),
            node.token_state(token).await.unwrap_err(),
            node.token_transfers(token, 1, 2).await.unwrap_err(),
            node.indexed_transfers(token, token, since)
                .await
                .unwrap_err(),
            node.broadcast(&signed()).await.unwrap_err(),
        ] {
            let told = format!("{error} {error:?}");
            assert!(!told.contains("SECRET"), "{told}");
        }
    }
}

#[tokio::test]
async fn an_answer_without_content_is_an_error_and_not_an_empty_block() {
    for answer in ["{}", "[]", "null", "", "<html>", LITE] {
        let node = ScriptedNode::always(answer).await;
        assert_senseless(answer, node.client().solid_block().await);
    }
    assert!(matches!(error(busy()).await, NodeError::Refused { .. }));
    let told = error(LITE).await.to_string();
    assert!(told.contains(LITE), "{told}");
}
