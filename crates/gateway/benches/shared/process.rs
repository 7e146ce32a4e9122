//! A server as a process of its own, the gateway above all, and what the system counts for it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_usdt-gateway");

/// Ticks in which the system counts a process's time: 100 a second on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

pub struct Server {
    process: Child,
    /// Where it listens, such as `127.0.0.1:8080`.
    pub address: String,
}

impl Server {
    /// Starts the gateway. Returns once it takes connections.
    pub fn gateway(config: &Path) -> Self {
        Self::start(
            Command::new(BINARY)
                .args(["serve", "--config"])
                .arg(config)
                .env("USDT_GATEWAY_LOG", "usdt_gateway::cli::serve=info"),
        )
    }

    /// Starts a server that says on standard error where it listens.
    pub fn start(command: &mut Command) -> Self {
        let mut process = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = log
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("address=")?;
                rest.split_whitespace().next().map(str::to_owned)
            })
            .unwrap();
        // The pipe must not fill up.
        std::thread::spawn(move || log.map_while(Result::ok).for_each(drop));
        Self { process, address }
    }

    /// User and system time so far: fields 14 and 15 of `/proc/PID/stat`, counted from behind the
    /// name in parentheses.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        let (_, fields) = stat.rsplit_once(')').unwrap();
        let ticks: u32 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|field| field.parse::<u32>().unwrap())
            .sum();
        f64::from(ticks) / TICKS_PER_SECOND
    }

    /// The most memory that it has had at once.
    pub fn peak_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
        kibibytes * 1_024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a command of the gateway and returns what it prints.
pub fn run(arguments: &[&str]) -> String {
    let output = Command::new(BINARY).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Between two looks at how far the gateway is.
pub const LOOK: Duration = Duration::from_millis(20);
