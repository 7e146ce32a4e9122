//! One of several gateways: with a folder, a port and a way to the database of its own.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::postgres::Postgres;
use crate::free_port::free_address;
use crate::line::Line;
use crate::signals::signal;
use crate::site::Site;

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

pub struct Member {
    pub port: u16,
    pub to_database: Line,
    folder: TempDir,
    gateway: Child,
}

impl Member {
    /// With the configuration of a site whose database is at this server under this name.
    pub async fn start(site: &Site, server: &Postgres, name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let to_database = Line::to(format!("127.0.0.1:{}", server.port)).await;
        let port = free_address().port();
        let path = |name| folder.path().join(name);
        fs::copy(site.data.path().join("master.key"), path("master.key")).unwrap();
        let data_dir = format!("{:?}", site.data.path().to_str().unwrap());
        let here = format!("{:?}", folder.path().to_str().unwrap());
        let config = fs::read_to_string(&site.config)
            .unwrap()
            .replace(&data_dir, &here)
            .replace("127.0.0.1:0", &format!("127.0.0.1:{port}"))
            .replace(
                &Postgres::url(server.port, name),
                &Postgres::url(to_database.port, name),
            );
        fs::write(path("gateway.toml"), config).unwrap();
        let gateway = run(&folder);
        Self {
            port,
            to_database,
            folder,
            gateway,
        }
    }

    /// Starts it again where it has ended, as a service manager does.
    pub fn look_after(&mut self) {
        if self.gateway.try_wait().unwrap().is_some() {
            self.gateway = run(&self.folder);
        }
    }

    pub fn signal(&self, name: &str) {
        signal(&self.gateway, name);
    }

    /// Without a chance to tidy up.
    pub fn kill(&mut self) {
        self.gateway.kill().unwrap();
        self.gateway.wait().unwrap();
    }

    pub fn stop(&mut self) {
        self.signal("TERM");
        self.gateway.wait().unwrap();
    }

    /// The end of what it has logged.
    pub fn log(&self) -> String {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.gateway.kill();
        let _ = self.gateway.wait();
    }
}

fn run(folder: &TempDir) -> Child {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.path().join("log"))
        .unwrap();
    Command::new(BINARY)
        .args(["serve", "--config"])
        .arg(folder.path().join("gateway.toml"))
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
