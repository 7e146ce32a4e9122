//! Ports that stay a process's own although it is killed and started again.

use std::net::{Ipv4Addr, TcpListener};

/// Below those that systems hand out by themselves, so that nobody takes one meanwhile.
const PORTS: std::ops::Range<u16> = 10_000..20_000;

pub fn free_port() -> u16 {
    loop {
        let port = rand::random_range(PORTS);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
