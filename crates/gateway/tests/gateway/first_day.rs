//! `usdt-gateway doctor --first-day` ticks what is done before the first real money.

use std::fs;

use serde_json::json;
use usdt_protocol::UtcTime;
use usdt_tron::Network;

use crate::test_gateway::{Setup, TestGateway, pay_amount};

/// What the machine's clock shows.
fn now() -> UtcTime {
    let since_epoch = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    UtcTime::from_millis(i64::try_from(since_epoch.as_millis()).unwrap())
}

async fn list(gateway: &TestGateway, arguments: &[&str]) -> String {
    let mut all = vec!["doctor", "--first-day"];
    all.extend(arguments);
    let output = gateway.command(&all).await;
    assert!(!output.status.success(), "mainnet cannot be paid on here");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn assert_all(told: &str, lines: &[&str]) {
    for line in lines {
        let is_told = told.lines().any(|one| one.starts_with(line));
        assert!(is_told, "{line}: {told}");
    }
}

#[tokio::test]
async fn what_is_done_is_ticked_and_what_is_open_says_how() {
    let setup = Setup {
        network: Network::Nile,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let told = list(&gateway, &[]).await;
    assert_all(
        &told,
        &[
            "[x] the configuration ",
            "[ ] no probe is named: run `usdt-gateway doctor --probe 30",
            "[ ] no payment on nile is paid yet",
            "[ ] no folder of backups is named",
            "[ ] set metrics_listen",
            "[ ] no webhook was delivered yet",
            "[x] no alarm is open",
            "[?] an alarm reaches a person",
            "[ ] no payment on mainnet is paid yet",
        ],
    );

    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway.receiver.wait_for(1, |_| true).await;
    while gateway.database.events_delivered().await == 0 {
        gateway.node.arrivals("", 1).await;
    }
    let (probe, backups) = (
        gateway.data_dir().join("probe.json"),
        gateway.data_dir().join("backups"),
    );
    fs::create_dir(&backups).unwrap();
    let backup = backups.join("one.sqlite");
    let made = gateway.command(&["backup", backup.to_str().unwrap()]).await;
    assert!(made.status.success(), "{made:?}");
    let arguments = [
        "--probe-file",
        probe.to_str().unwrap(),
        "--backups",
        backups.to_str().unwrap(),
    ];
    for (days_ago, seconds, verdict, line) in [
        (1, 1_800, "fit", "[x] the probe "),
        (8, 1_800, "fit", "[ ] the probe "),
        (1, 60, "fit", "[ ] the probe "),
        (1, 1_800, "not_fit", "[ ] the probe "),
        (1, 1_800, "splendid", "[ ] "),
    ] {
        let started_at = now().plus_seconds(-86_400 * days_ago).rfc3339();
        let report = json!({"started_at": started_at, "seconds": seconds, "verdict": verdict});
        fs::write(&probe, report.to_string()).unwrap();
        assert_all(&list(&gateway, &arguments).await, &[line]);
    }
    let told = list(&gateway, &arguments).await;
    assert_all(
        &told,
        &[
            "[x] a payment on nile was paid",
            "[x] a webhook was delivered",
            "[x] the newest backup in ",
        ],
    );
}
