//! `usdt-gateway demo`, as a merchant's developer starts it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

pub struct Demo {
    child: Child,
    ready: Value,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Demo {
    pub fn start(webhook_url: &str) -> Self {
        let mut child = Command::new(BINARY)
            .args(["demo", "--json", "--listen", "127.0.0.1:0"])
            .args(["--webhook-url", webhook_url])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready = serde_json::from_str(&line).unwrap();
        Self { child, ready }
    }

    fn told(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    /// What the documents' programs read from the environment.
    pub fn environment(&self) -> [(&'static str, &str); 4] {
        [
            ("GATEWAY", self.told("base_url")),
            ("API_KEY", self.told("api_key")),
            ("API_SECRET", self.told("api_secret")),
            ("NODE", self.told("node_url")),
        ]
    }

    /// Runs a line of the documents in a folder.
    pub fn shell(&self, folder: &Path, line: &str) -> Output {
        Command::new("sh")
            .args(["-c", line])
            .current_dir(folder)
            .envs(self.environment())
            .output()
            .unwrap()
    }

    /// The same, for what it prints.
    pub fn printed(&self, folder: &Path, line: &str) -> String {
        let output = self.shell(folder, line);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{line}: {text}");
        text
    }
}
