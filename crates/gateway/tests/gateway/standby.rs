//! A second gateway on one PostgreSQL, which stands by until the first has ended.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::database::on_server;
use crate::patience::patiently;
use crate::site::{Process, Site};

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

/// A gateway on another machine, with a folder of its own and the same key.
struct Standby {
    folder: TempDir,
    /// Ends with this.
    process: Process,
}

impl Standby {
    fn start(site: &Site) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        fs::copy(site.data.path().join("master.key"), path("master.key")).unwrap();
        let config = fs::read_to_string(&site.config).unwrap();
        let here = |path: &Path| format!("{:?}", path.to_str().unwrap());
        let config = config.replace(&here(site.data.path()), &here(folder.path()));
        fs::write(path("gateway.toml"), config).unwrap();
        let child = Command::new(BINARY)
            .args(["serve", "--config"])
            .arg(path("gateway.toml"))
            .stdout(Stdio::null())
            .stderr(File::create(path("log")).unwrap())
            .spawn()
            .unwrap();
        let process = Process::of(child);
        Self { folder, process }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// The rest of the line of the log that has these words, once it is there.
    async fn says(&self, words: &str) -> String {
        let told = async {
            loop {
                let log = fs::read_to_string(self.log()).unwrap();
                let line = log.lines().find_map(|line| line.split_once(words));
                if let Some((_, rest)) = line {
                    break rest.to_owned();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        patiently(words, told).await
    }

    /// Returns once it serves.
    async fn take_over(&mut self) -> &Process {
        let rest = self.says("address=").await;
        let address = rest.split_whitespace().next().unwrap();
        self.process.base_url = format!("http://{address}");
        &self.process
    }
}

#[tokio::test]
async fn the_next_gateway_takes_over_when_the_first_has_died_and_not_before() {
    let site = Site::prepare().await;
    if on_server(site.data.path()).is_none() {
        return;
    }
    let mut first = site.start();
    let payment = site.create(&first, 1).await;
    let mut second = Standby::start(&site);
    second.says("another gateway runs").await;
    site.wait_for_status(&first, "/readyz", 200).await;

    first.kill();
    let second = second.take_over().await;
    site.wait_for_status(second, "/readyz", 200).await;
    let same = site.create(second, 1).await;
    assert_eq!(same["payment_id"], payment["payment_id"]);
    site.create(second, 2).await;
}

#[tokio::test]
async fn a_gateway_that_has_lost_its_lock_ends_so_that_two_never_go_on() {
    let site = Site::prepare().await;
    if on_server(site.data.path()).is_none() {
        return;
    }
    let mut first = site.start();
    site.wait_for_status(&first, "/readyz", 200).await;
    site.database.cut_off_the_lock().await;
    let ended = async {
        loop {
            if let Some(status) = first.child.try_wait().unwrap() {
                break status;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let status = patiently("the gateway's end", ended).await;
    assert!(!status.success());
    let again = site.start();
    site.wait_for_status(&again, "/readyz", 200).await;
}
