//! The examples of docs/api.md, as they stand there, by a real shell.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::{event_after, found};
use crate::test_gateway::TestGateway;

const DOCS: &str = include_str!("../../../../../docs/api.md");
const GO_LIVE: &str = include_str!("../../../../../docs/go-live.md");

/// The blocks of shell.
fn samples() -> Vec<&'static str> {
    let blocks = DOCS.split("```").skip(1).step_by(2);
    blocks
        .filter_map(|block| block.strip_prefix("sh\n"))
        .collect()
}

#[tokio::test]
async fn every_example_does_what_it_says() {
    let gateway = TestGateway::start().await;
    let payment = gateway.paid("ORDER_1").await;
    let event = event_after(&gateway, &payment, 1).await;
    let short = gateway.create("ORDER_2", "60").await;
    gateway.transfer(&short, "12.000000");
    gateway.make_solid();
    gateway.catch_up().await;
    let review = found(&gateway, "/api/v1/reviews").await["reviews"][0].clone();
    let mut samples = samples().into_iter();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("api.sh"), samples.next().unwrap()).unwrap();

    let mut ran = 0;
    for sample in samples {
        let open = if sample.contains("/cancel") || sample.contains("/test/pay") {
            gateway.create("ORDER_3", "70").await
        } else {
            short.clone()
        };
        for call in sample.replace("\\\n", " ").lines() {
            let mut command = Command::new("sh");
            command
                .args(["-c", call])
                .current_dir(folder.path())
                .env("GATEWAY", &gateway.base_url)
                .env("API_KEY", &gateway.keys.api_key)
                .env("API_SECRET", &gateway.keys.secret)
                .env("WEBHOOK_URL", &gateway.receiver.url)
                .env("PAYMENT_ID", payment["payment_id"].to_string())
                .env("OPEN_PAYMENT_ID", open["payment_id"].to_string())
                .env("EVENT_ID", event["event_id"].as_str().unwrap())
                .env("REVIEW_ID", review["review_id"].as_str().unwrap());
            // The gateway runs on this thread.
            let output = tokio::task::spawn_blocking(move || command.output().unwrap());
            let answer = String::from_utf8(output.await.unwrap().stdout).unwrap();
            if call.contains(".csv") {
                assert!(
                    answer.starts_with("payment_id,order_id,"),
                    "{call}: {answer}"
                );
            } else {
                let answer: Value = serde_json::from_str(&answer).unwrap();
                assert_eq!(answer["ok"], true, "{call}: {answer}");
            }
            ran += 1;
        }
    }
    assert_eq!(ran, 17);
}

#[test]
fn every_code_of_what_is_missing_is_explained() {
    let source = include_str!("../../../src/api/v1/project_missing.rs");
    let codes = source.lines().filter_map(|line| {
        let code = line.trim().strip_prefix('"')?.strip_suffix("\",")?;
        let is_code = code
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        is_code.then_some(code)
    });
    let codes: Vec<&str> = codes.collect();
    assert!(codes.len() > 10, "{codes:?}");
    for code in codes {
        let marked = format!("`{code}`");
        assert!(
            DOCS.contains(&marked) && GO_LIVE.contains(&marked),
            "{code}"
        );
    }
}
