//! Several gateways on one PostgreSQL: all serve, and one of them reads the chain.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use usdt_devchain::Transfer;
use usdt_gateway::store::AlarmKind;
use usdt_protocol::UtcTime;
use usdt_tron::Network;

use crate::database::{on_server, open_store};
use crate::free_port::free_address;
use crate::patience::patiently;
use crate::site::{Process, Site};
use crate::test_gateway::{pay_amount, transfer_to};

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

/// Enough for a transfer to be solid and behind what is read twice.
const BLOCKS: u32 = 640;

const HOUR_MILLIS: i64 = 3_600_000;

/// A gateway on another machine, with a folder of its own and the same key.
struct Another {
    folder: TempDir,
    /// Ends with this.
    process: Process,
}

impl Another {
    async fn start(site: &Site) -> Self {
        Self::start_with(site, |config| config).await
    }

    /// With another configuration than the site's. Returns once it listens.
    async fn start_with(site: &Site, differ: impl FnOnce(String) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        fs::copy(site.data.path().join("master.key"), path("master.key")).unwrap();
        let config = fs::read_to_string(&site.config).unwrap();
        let here = |path: &Path| format!("{:?}", path.to_str().unwrap());
        let config = config.replace(&here(site.data.path()), &here(folder.path()));
        fs::write(path("gateway.toml"), differ(config)).unwrap();
        let child = Command::new(BINARY)
            .args(["serve", "--config"])
            .arg(path("gateway.toml"))
            .stdout(Stdio::null())
            .stderr(File::create(path("log")).unwrap())
            .spawn()
            .unwrap();
        let process = Process::of(child);
        let mut another = Self { folder, process };
        let rest = another.says("address=").await;
        let address = rest.split_whitespace().next().unwrap();
        another.process.base_url = format!("http://{address}");
        another
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// The rest of the line of the log that has these words, once it is there.
    async fn says(&self, words: &str) -> String {
        let told = async {
            loop {
                let log = fs::read_to_string(self.log()).unwrap();
                // A line that is being written has no end.
                let line = log.lines().find_map(|line| line.split_once(words));
                if let Some((_, rest)) = line
                    && log.ends_with('\n')
                {
                    break rest.to_owned();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        patiently(words, told).await
    }
}

/// Sends a process a signal.
fn signal(process: &Process, name: &str) {
    let sent = Command::new("kill")
        .arg(name)
        .arg(process.child.id().to_string())
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Pays each exactly, in blocks that are solid.
fn pay(site: &Site, payments: &[&Value]) {
    for payment in payments {
        let transfer: Transfer = transfer_to(payment, pay_amount(payment));
        site.devchain.transfer(&transfer);
    }
    site.devchain.mine(BLOCKS);
}

/// A site with a gateway that reads the chain; `None` where only one gateway can run.
async fn with_a_reader() -> Option<(Site, Process)> {
    let site = Site::prepare().await;
    on_server(site.data.path())?;
    let reader = site.start();
    site.wait_for_status(&reader, "/readyz", 200).await;
    Some((site, reader))
}

// The doctor asks the node, which answers meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_serve_and_what_one_creates_another_credits_and_the_doctor_lists_them() {
    let Some((site, first)) = with_a_reader().await else {
        return;
    };
    let second = Another::start(&site).await;
    site.wait_for_status(&second.process, "/readyz", 200).await;
    let payment = site.create(&second.process, 1).await;
    let same = site.create(&first, 1).await;
    assert_eq!(same["payment_id"], payment["payment_id"]);
    pay(&site, &[&payment]);
    site.wait_until_paid(&second.process, &payment).await;
    site.wait_until_paid(&first, &payment).await;

    let doctor = site.command(&["doctor"]);
    let told = String::from_utf8(doctor.stdout).unwrap();
    let listed = || {
        told.lines()
            .filter(|line| line.contains("a gateway of version"))
    };
    assert_eq!(listed().count(), 2, "{told}");
    let reading = listed().filter(|line| line.ends_with("reads simulated"));
    assert_eq!(reading.count(), 1, "{told}");
}

#[tokio::test]
async fn another_gateway_credits_when_the_one_that_reads_the_chain_was_killed() {
    let Some((site, mut first)) = with_a_reader().await else {
        return;
    };
    let second = Another::start(&site).await;
    let payment = site.create(&second.process, 1).await;
    first.kill();
    let later = site.create(&second.process, 2).await;
    pay(&site, &[&payment, &later]);
    site.wait_until_paid(&second.process, &payment).await;
    site.wait_until_paid(&second.process, &later).await;
    assert_eq!(site.database.credited().await, 2);
}

#[tokio::test]
async fn a_gateway_that_stops_gives_the_chain_up_and_takes_its_leave() {
    let Some((site, mut first)) = with_a_reader().await else {
        return;
    };
    assert!(site.database.is_led().await);
    signal(&first, "-TERM");
    let ended = async {
        while first.child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    patiently("a gateway's end", ended).await;
    assert!(!site.database.is_led().await);
    assert_eq!(site.database.gateways().await, 0);
}

#[tokio::test]
async fn an_alarm_that_nobody_reads_the_chain_ends_where_somebody_does() {
    let Some((site, _reader)) = with_a_reader().await else {
        return;
    };
    // As from a gateway that has looked in vain until just now.
    let store = open_store(site.data.path()).await;
    let (network, kind) = (Some(Network::Simulated), AlarmKind::NoLeader);
    store
        .set_alarm(network, kind, "chain", Some("late"), UtcTime::EPOCH)
        .await
        .unwrap();
    let over = async {
        while site.database.open_alarms("no_leader").await > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    patiently("the alarm's end", over).await;
}

#[tokio::test]
async fn what_a_key_may_do_ends_at_every_gateway_at_once() {
    let Some((mut site, first)) = with_a_reader().await else {
        return;
    };
    let second = Another::start(&site).await;
    let told = |site: &Site, arguments: &[&str]| -> Value {
        let output = site.command(&[&["project"], arguments, &["--json"]].concat());
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let done = |site: &Site, arguments: &[&str]| {
        let output = site.command(&[&["project"], arguments].concat());
        assert!(output.status.success(), "{output:?}");
    };
    let text = |keys: &Value, name: &str| keys[name].as_str().unwrap().to_owned();
    let answered = async |site: &Site, expected: u16| {
        for gateway in [&first, &second.process] {
            let (status, answer) = site.ask_to_create(gateway, "ORDER", "50").await;
            assert_eq!(status, expected, "{answer}");
        }
    };
    let old = site.secret.clone();
    let called_off = told(&site, &["rotate-secret", "1"]);
    site.secret = text(&called_off, "api_secret");
    answered(&site, 200).await;
    done(&site, &["revoke-secret", "1", "--new"]);
    answered(&site, 401).await;
    site.secret = old;
    answered(&site, 200).await;

    let rotated = told(&site, &["rotate-secret", "1"]);
    done(&site, &["revoke-secret", "1"]);
    answered(&site, 401).await;
    site.secret = text(&rotated, "api_secret");
    answered(&site, 200).await;
    done(&site, &["disable", "1"]);
    answered(&site, 403).await;
    done(&site, &["enable", "1"]);

    let further = told(&site, &["key", "add", "1", "--label", "Till"]);
    site.api_key = text(&further, "api_key");
    site.secret = text(&further, "api_secret");
    answered(&site, 200).await;
    done(&site, &["key", "revoke", "1", &site.api_key]);
    answered(&site, 401).await;
}

#[tokio::test]
async fn figures_of_the_whole_are_exported_once() {
    let site = Site::prepare().await;
    if on_server(site.data.path()).is_none() {
        return;
    }
    let (port, other) = (free_address(), free_address());
    site.configure(&format!("metrics_listen = \"{port}\""));
    let first = site.start();
    site.wait_for_status(&first, "/readyz", 200).await;
    let differ = |config: String| config.replace(&port.to_string(), &other.to_string());
    let second = Another::start_with(&site, differ).await;
    site.create(&second.process, 1).await;
    let metrics = async |port| {
        let answer = site.http.get(format!("http://{port}/metrics")).send();
        answer.await.unwrap().text().await.unwrap()
    };
    let (reader, other) = (metrics(port).await, metrics(other).await);
    for whole in [
        "pending_payments",
        "chain_lag_seconds",
        "node_requests_today",
    ] {
        assert!(reader.contains(whole), "{whole} in {reader}");
        assert!(!other.contains(whole), "{whole} in {other}");
    }
    let created = "creates_total{result=\"created\"} 1";
    assert!(!reader.contains(created), "{reader}");
    assert!(other.contains(created), "{other}");
}

#[tokio::test]
async fn a_machine_with_another_clock_than_the_database_is_an_alarm_and_starts_no_gateway() {
    let Some((site, mut first)) = with_a_reader().await else {
        return;
    };
    let alarm = async |count| {
        let set = async {
            while site.database.open_alarms("clock_differs").await != count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        patiently("the alarm", set).await;
    };
    // More than any question takes on a slow machine.
    site.database.put_clock_ahead(HOUR_MILLIS).await;
    alarm(1).await;
    site.database.put_clock_ahead(0).await;
    alarm(0).await;
    site.database.put_clock_ahead(-HOUR_MILLIS).await;
    first.kill();
    let refusal = site.refusal();
    assert!(refusal.contains("clock differs"), "{refusal}");
}

#[tokio::test]
async fn a_gateway_that_was_frozen_follows_the_one_that_has_taken_over() {
    let Some((site, first)) = with_a_reader().await else {
        return;
    };
    let second = Another::start(&site).await;
    let payment = site.create(&second.process, 1).await;
    signal(&first, "-STOP");
    pay(&site, &[&payment]);
    site.wait_until_paid(&second.process, &payment).await;

    signal(&first, "-CONT");
    let follows = async {
        while !first.log().contains("reads the chain no longer") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    patiently("the end of a term", follows).await;
    site.wait_until_paid(&first, &payment).await;
    let later = site.create(&first, 2).await;
    pay(&site, &[&later]);
    site.wait_until_paid(&first, &later).await;
    site.wait_until_paid(&second.process, &later).await;
    assert_eq!(site.database.credited().await, 2);
    assert_eq!(site.database.in_review().await, 0);
}

#[tokio::test]
async fn gateways_outlive_their_database() {
    let Some((site, mut first)) = with_a_reader().await else {
        return;
    };
    let mut second = Another::start(&site).await;
    site.wait_for_status(&second.process, "/readyz", 200).await;
    let payment = site.create(&second.process, 1).await;
    site.database.take_away().await;
    site.wait_for_status(&first, "/readyz", 503).await;
    site.wait_for_status(&second.process, "/readyz", 503).await;
    pay(&site, &[&payment]);
    site.database.bring_back().await;
    for gateway in [&first, &second.process] {
        site.wait_for_status(gateway, "/readyz", 200).await;
        site.wait_until_paid(gateway, &payment).await;
    }
    // The commands that must have the database alone are refused again.
    let refused = async {
        while site.database.shares_of_the_lock().await < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    patiently("both shares of the lock", refused).await;
    for process in [&mut first, &mut second.process] {
        assert!(process.child.try_wait().unwrap().is_none());
    }
}

#[tokio::test]
async fn a_command_that_needs_the_database_alone_is_refused_beside_gateways_of_other_folders() {
    let Some((site, mut first)) = with_a_reader().await else {
        return;
    };
    let second = Another::start(&site).await;
    first.kill();
    let one_is_left = async {
        while site.database.shares_of_the_lock().await != 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    patiently("the end of the other share", one_is_left).await;
    let refused = site.command(&["restored"]);
    assert!(!refused.status.success());
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("a gateway runs on the database"), "{told}");
    site.wait_for_status(&second.process, "/readyz", 200).await;
}
