//! `usdt-gateway doctor`: what is a problem, and what is none any more

use std::fs;
use std::time::Duration;

use crate::test_gateway::{TestGateway, pay_amount};

const DAY: Duration = Duration::from_hours(24);

async fn doctor(gateway: &TestGateway) -> String {
    let output = gateway.command(&["doctor"]).await;
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_webhook_that_was_given_up_is_a_problem_for_a_week() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway.receiver.wait_for(1, |_| true).await;
    while gateway.database.events_delivered().await == 0 {
        gateway.node.arrivals("", 1).await;
    }
    gateway.database.give_events_up(6 * DAY).await;
    let told = doctor(&gateway).await;
    let problem = "PROBLEM  1 webhooks were given up in the last 7 days\n";
    assert!(told.contains(problem), "{told}");
    gateway.database.give_events_up(8 * DAY).await;
    let told = doctor(&gateway).await;
    let fine = "ok       0 webhooks were given up in the last 7 days\n";
    assert!(told.contains(fine), "{told}");
}

#[tokio::test]
async fn dust_is_no_transfer_that_waits_and_is_counted_by_itself() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    for amount in ["0.000001", "0.01", "0.099999"] {
        gateway.transfer(&payment, amount);
    }
    gateway.make_solid();
    gateway.catch_up().await;
    let told = doctor(&gateway).await;
    assert!(
        told.contains("ok       0 transfers wait for review\n"),
        "{told}"
    );
    let now = gateway.devchain.now();
    let figures = gateway.store.figures(now).await.unwrap();
    let of = ["simulated", "dust", "watcher"].map(str::to_owned);
    assert_eq!(figures.transfers_day, [(of, 3)]);
    let later = now.plus_seconds(86_400);
    let figures = gateway.store.figures(later).await.unwrap();
    assert_eq!(figures.transfers_day, []);

    gateway.transfer(&payment, "0.1");
    gateway.make_solid();
    gateway.catch_up().await;
    let told = doctor(&gateway).await;
    assert!(
        told.contains("PROBLEM  1 transfers wait for review\n"),
        "{told}"
    );
}

#[tokio::test]
async fn a_project_that_is_used_without_a_webhook_url_is_told_of() {
    let gateway = TestGateway::start().await;
    gateway.database.forget_webhook_urls().await;
    let told = doctor(&gateway).await;
    assert!(!told.contains("webhook URL"), "{told}");
    gateway.create("ORDER_1", "50").await;
    let told = doctor(&gateway).await;
    let note = "note     project 1 \"Test shop\" has payments and no webhook URL";
    assert!(told.contains(note), "{told}");
}

#[tokio::test]
async fn a_rate_that_is_too_old_and_a_source_that_tells_none_are_problems() {
    let gateway = TestGateway::start().await;
    let config = gateway.data_dir().join("gateway.toml");
    let mut text = fs::read_to_string(&config).unwrap();
    text.push_str(
        "[rates.EUR]\nfixed = \"1.0850\"\nsince = \"2020-01-01\"\n\
         [rates.USD]\nfixed = \"1\"\nsince = \"2020-01-01\"\nlargest_age_seconds = 4000000000\n\
         [rates.GBP]\nurl = \"https://nobody.invalid/\"\npointer = \"/GBP\"\n",
    );
    fs::write(&config, text).unwrap();
    let told = doctor(&gateway).await;
    for line in [
        "PROBLEM  rates.EUR: 1.0850 since 2020-01-01 00:00:00 UTC, too old to be used\n",
        "ok       rates.USD: 1.0000 since 2020-01-01 00:00:00 UTC, used\n",
        "PROBLEM  rates.GBP: error sending request",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
}
