//! A gateway in a process of its own whose limits are chosen and whose log is kept.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command};

use crate::patience::patiently;
use crate::site::Site;

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

pub struct LoggedProcess {
    pub child: Child,
    /// Host and port.
    pub host: String,
    log: PathBuf,
}

impl LoggedProcess {
    /// Starts the gateway after `before`, which a shell carries out first, with more arguments.
    pub async fn start(site: &Site, before: &str, arguments: &str) -> Self {
        let log = site.data.path().join("log");
        let script = format!("{before}\nexec {BINARY} serve {arguments} --config \"$0\"");
        let child = Command::new("sh")
            .args(["-c", &script])
            .arg(&site.config)
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut process = Self {
            child,
            host: String::new(),
            log,
        };
        let listening = async {
            loop {
                let log = process.log();
                let address = log
                    .split_once("address=")
                    .or_else(|| log.split_once("\"address\":\""));
                if let Some((_, rest)) = address
                    && let Some((address, _)) = rest.split_once([' ', '"'])
                {
                    break address.to_owned();
                }
                tokio::task::yield_now().await;
            }
        };
        process.host = patiently("the gateway's address", listening).await;
        process
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// The log once it holds `text`.
    pub async fn log_with(&self, text: &str) -> String {
        let told = async {
            loop {
                let log = self.log();
                if log.contains(text) {
                    return log;
                }
                tokio::task::yield_now().await;
            }
        };
        patiently(text, told).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }
}

impl Drop for LoggedProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
