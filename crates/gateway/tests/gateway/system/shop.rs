//! A shop in real PHP, with the receiver of docs/integrate.md and a checkout of its own.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::database::documented_shop;
use crate::free_port::free_address;
use crate::merchant_docs::documented;
use crate::signals::signal_group;

const CHECKOUT: &str = include_str!("shop.php");

pub struct Shop {
    pub url: String,
    folder: TempDir,
    port: u16,
    php: Option<Child>,
}

/// Between two looks whether it is open.
const LOOK: Duration = Duration::from_millis(10);

/// What the shop needs to ask the gateway.
pub struct Account<'a> {
    pub gateway: &'a str,
    pub api_key: &'a str,
    pub secret: &'a str,
}

impl Shop {
    /// A shop that is closed as yet.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_address().port();
        fs::write(folder.path().join("shop.php"), documented("shop.php")).unwrap();
        fs::write(folder.path().join("checkout.php"), CHECKOUT).unwrap();
        let shop = Self {
            url: format!("http://127.0.0.1:{port}"),
            folder,
            port,
            php: None,
        };
        documented_shop::create(&shop.database(), &[], 0).await;
        shop
    }

    /// Whether PHP is installed here.
    pub fn open(&mut self, account: &Account<'_>) -> bool {
        self.close();
        let php = Command::new("php")
            .args(["-S", &format!("127.0.0.1:{}", self.port), "-t"])
            .arg(self.folder.path())
            .env("PHP_CLI_SERVER_WORKERS", "8")
            .env("SHOP_DATABASE", self.database())
            .env("GATEWAY", account.gateway)
            .env("API_KEY", account.api_key)
            .env("API_SECRET", account.secret)
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match php {
            Ok(child) => self.php = Some(child),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                eprintln!("no php here: `cargo xtask setup` installs it");
                return false;
            }
            Err(error) => panic!("{error}"),
        }
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            thread::sleep(LOOK);
        }
        true
    }

    pub fn close(&mut self) {
        if let Some(mut php) = self.php.take() {
            // With its workers, which would go on without it.
            signal_group(&php, "KILL");
            php.wait().unwrap();
        }
    }

    /// How many orders are paid, and why others were not booked.
    pub async fn books(&self) -> (usize, Vec<String>) {
        documented_shop::books(&self.database()).await
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("orders.sqlite")
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.close();
    }
}
