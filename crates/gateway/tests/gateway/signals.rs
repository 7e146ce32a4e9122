//! Signals to processes of a test.

use std::process::{Child, Command};

pub fn signal(process: &Child, name: &str) {
    send(name, i64::from(process.id()));
}

/// To a process that leads a group, and to all others of it.
pub fn signal_group(leader: &Child, name: &str) {
    send(name, -i64::from(leader.id()));
}

fn send(name: &str, to: i64) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), "--", &to.to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}
