//! nginx in front of the gateways, set up as docs/operate.md says.

use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::free_port::free_address;
use crate::signals::signal;

const DOCS: &str = include_str!("../../../../../docs/operate.md");

pub struct Balancer {
    pub url: String,
    folder: TempDir,
    nginx: Child,
}

impl Balancer {
    /// Before gateways on this machine; `None` where nginx is not installed.
    pub fn start(gateways: &[u16]) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let port = free_address().port();
        let mut ports = gateways.iter();
        let mut samples = String::new();
        for line in documented().lines() {
            if let Some((_, settings)) = line.split_once("8080") {
                let port = ports.next().unwrap();
                writeln!(samples, "server 127.0.0.1:{port}{settings}").unwrap();
            } else if line.contains("listen") {
                writeln!(samples, "listen 127.0.0.1:{port};").unwrap();
            } else if !line.contains("ssl_certificate") {
                writeln!(samples, "{line}").unwrap();
            }
        }
        let here = folder.path().display();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {here}/{kind};"))
            .join("\n");
        let config = format!(
            "daemon off;\npid {here}/pid;\nworker_processes 1;\nuser root;\n\
             events {{ worker_connections 2048; }}\n\
             http {{\naccess_log off;\n{temporary}\n{samples}}}\n"
        );
        fs::write(folder.path().join("nginx.conf"), config).unwrap();
        let nginx = match run(&folder) {
            Ok(nginx) => nginx,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                eprintln!("no nginx here: `cargo xtask setup` installs it");
                return None;
            }
            Err(error) => panic!("{error}"),
        };
        Some(Self {
            url: format!("http://127.0.0.1:{port}"),
            folder,
            nginx,
        })
    }

    pub fn restart(&mut self) {
        self.end();
        self.nginx = run(&self.folder).unwrap();
    }

    fn end(&mut self) {
        signal(&self.nginx, "TERM");
        self.nginx.wait().unwrap();
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.end();
    }
}

fn run(folder: &TempDir) -> std::io::Result<Child> {
    Command::new("nginx")
        .arg("-p")
        .arg(folder.path())
        .arg("-e")
        .arg(folder.path().join("errors"))
        .arg("-c")
        .arg(folder.path().join("nginx.conf"))
        .stdin(Stdio::null())
        .spawn()
}

/// The sample for several gateways.
fn documented() -> &'static str {
    let blocks = DOCS.split("```nginx\n").skip(1);
    let mut codes = blocks.filter_map(|block| block.split("```").next());
    codes
        .find(|code| code.starts_with("upstream"))
        .expect("docs/operate.md has a sample for nginx")
}
