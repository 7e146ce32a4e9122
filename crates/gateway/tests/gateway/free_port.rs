//! A port for a program that has to be told one before it runs.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// Below those that the system gives to connections and to whoever asks for any.
const LOWEST: u32 = 10_000;
const PORTS: u32 = 10_000;

/// An address of this machine that stays free until the program listens there: given to nobody else
/// here, and begun with elsewhere in each process.
pub fn free_address() -> SocketAddr {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    loop {
        let next = std::process::id().wrapping_mul(100) + GIVEN.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(LOWEST + next % PORTS).unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
