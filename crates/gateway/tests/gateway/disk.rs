//! A disk that is full, and has room again; and a log that somebody else keeps long

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use futures_util::future::join_all;
use tempfile::TempDir;

use crate::patience::patiently;
use crate::site::{Process, Site};
use crate::test_gateway::{pay_amount, transfer_to};

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

/// How large a file of the process may become; `None` for any size.
pub fn limit_files(gateway: &Process, bytes: Option<u64>) {
    let soft = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let limited = Command::new("prlimit")
        .arg(format!("--pid={}", gateway.child.id()))
        .arg(format!("--fsize={soft}:unlimited"))
        .status()
        .unwrap();
    assert!(limited.success());
}

/// Starts a gateway whose writes beyond a limit fail, instead of ending the process.
pub fn start_limited(site: &Site) -> Process {
    let shell = r#"trap "" XFSZ; exec "$0" "$@""#;
    site.start_as(Command::new("sh").args(["-c", shell, BINARY]))
}

async fn create_until_refused(site: &Site, gateway: &Process) {
    let refused = async {
        for order in 0.. {
            let (status, _) = site
                .ask_to_create(gateway, &format!("FULL_{order}"), "70")
                .await;
            if status != 200 {
                return;
            }
        }
    };
    patiently("a disk that is full", refused).await;
}

/// Payments are created and credited again without a restart, once there is room.
async fn goes_on(site: &Site, gateway: &Process, payment: &serde_json::Value) {
    let created = async {
        let mut order = 0;
        while site
            .ask_to_create(gateway, &format!("ROOM_{order}"), "80")
            .await
            .0
            != 200
        {
            order += 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    patiently("a payment to be created", created).await;
    site.wait_until_paid(gateway, payment).await;
    site.wait_for_status(gateway, "/readyz", 200).await;
}

#[tokio::test]
async fn creating_and_crediting_go_on_once_the_database_may_grow_again() {
    let site = Site::prepare().await;
    let gateway = start_limited(&site);
    let payment = site.create(&gateway, 0).await;
    let wal = site.data.path().join("gateway.sqlite-wal");
    limit_files(&gateway, Some(fs::metadata(wal).unwrap().len()));
    create_until_refused(&site, &gateway).await;
    site.devchain
        .transfer(&transfer_to(&payment, pay_amount(&payment)));
    site.devchain.mine(20);
    site.wait_for_status(&gateway, "/healthz", 503).await;
    limit_files(&gateway, None);
    goes_on(&site, &gateway, &payment).await;
}

/// A disk that gets full under a transaction of several.
#[tokio::test]
async fn payments_that_are_created_together_are_all_answered_when_the_database_may_not_grow() {
    let site = Site::prepare().await;
    let gateway = start_limited(&site);
    site.create(&gateway, 0).await;
    let wal = site.data.path().join("gateway.sqlite-wal");
    let room = fs::metadata(wal).map_or(0, |wal| wal.len()) + (256 << 10);
    limit_files(&gateway, Some(room));
    let (mut created, mut is_full) = (Vec::new(), false);
    let fill = async {
        for round in 0.. {
            let orders: Vec<_> = (0..16).map(|one| format!("FULL_{round}_{one}")).collect();
            let asked = orders
                .iter()
                .map(|order| site.ask_to_create(&gateway, order, "70"));
            for (status, answer) in join_all(asked).await {
                match status {
                    200 => created.push(answer["payment"]["payment_id"].clone()),
                    _ => is_full = true,
                }
            }
            if is_full {
                return;
            }
        }
    };
    patiently("a disk that is full", fill).await;
    limit_files(&gateway, None);
    site.wait_for_status(&gateway, "/readyz", 200).await;
    for id in created {
        let path = format!("/api/payment-status.php?payment_id={id}");
        assert_eq!(site.status_of(&gateway, &path).await, 200, "{id}");
    }
}

/// A small disk in memory, as far as this user may make one.
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// With room for so many mebibytes.
    pub fn mount(mebibytes: u32) -> Option<Self> {
        let at = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m,mode=700")])
            .arg("tmpfs")
            .arg(at.path())
            .output();
        mounted
            .is_ok_and(|mounted| mounted.status.success())
            .then_some(Self(at))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status();
    }
}

#[tokio::test]
async fn creating_and_crediting_go_on_once_a_full_disk_has_room() {
    let Some(disk) = SmallDisk::mount(3) else {
        println!("not run: only root can mount a small disk");
        return;
    };
    let folder = tempfile::tempdir_in(disk.path()).unwrap();
    let site = Site::prepare_in(folder, "disk_reserve_mib = 0").await;
    let ballast = disk.path().join("ballast");
    let gateway = site.start();
    let payment = site.create(&gateway, 0).await;
    // All that is left, in the end byte by byte.
    let _ = fs::write(&ballast, vec![0; 4 << 20]);
    create_until_refused(&site, &gateway).await;
    site.devchain
        .transfer(&transfer_to(&payment, pay_amount(&payment)));
    site.devchain.mine(20);
    fs::remove_file(&ballast).unwrap();
    goes_on(&site, &gateway, &payment).await;
}

#[tokio::test]
async fn creating_stops_while_there_is_room_for_crediting() {
    let site = Site::prepare().await;
    let mut gateway = site.start();
    let payment = site.create(&gateway, 0).await;
    gateway.kill();
    // More than any disk has.
    site.configure("disk_reserve_mib = 4294967295");
    let gateway = site.start();
    let (status, answer) = site.ask_to_create(&gateway, "ORDER_1", "50").await;
    assert_eq!(status, 503, "{answer}");
    site.devchain
        .transfer(&transfer_to(&payment, pay_amount(&payment)));
    site.devchain.mine(20);
    site.wait_until_paid(&gateway, &payment).await;
    let told = async {
        while site.database.open_alarms("disk_low").await == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    patiently("an alarm", told).await;
}

#[tokio::test]
async fn a_log_that_a_reader_has_kept_long_is_cut_once_the_reader_is_gone() {
    let site = Site::prepare().await;
    let gateway = site.start();
    site.create(&gateway, 0).await;
    let wal = site.data.path().join("gateway.sqlite-wal");
    let length = || fs::metadata(&wal).unwrap().len();
    let reader = site.database.begin_reading().await;
    let mut order = 1;
    while length() < 17 << 20 {
        site.create(&gateway, order).await;
        order += 1;
    }
    drop(reader);
    let cut = async {
        while length() > 1 << 20 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    patiently("the log to be cut", cut).await;
}
