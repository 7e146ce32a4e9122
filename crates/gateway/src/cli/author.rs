//! Who runs a command, for the audit log.

use std::env;
use std::fs;

use crate::clock::{Clock as _, SystemClock};
use crate::data::owner;
use crate::store::Author;

/// What the kernel says where nobody has logged in, as for a service.
const NO_LOGIN: u32 = u32::MAX;

pub(super) fn author() -> Author {
    let host = rustix::system::uname();
    Author {
        actor: actor(),
        origin: format!("command on {}", host.nodename().to_string_lossy()),
        now: SystemClock.now(),
    }
}

/// The account of the operating system as which the command runs, and who logged in to run it. What
/// `sudo` says of that is an environment variable, which anybody can set, and so is told as such.
fn actor() -> String {
    let account = owner::name(rustix::process::getuid().as_raw());
    let login = login().map(owner::name);
    let sudo = env::var("SUDO_USER")
        .ok()
        .filter(|name| !name.is_empty() && *name != account && Some(name) != login.as_ref());
    let actor = match login {
        Some(login) if login != account => format!("{login} as {account}"),
        _ => account,
    };
    match sudo {
        Some(name) => format!("{actor} (SUDO_USER {name})"),
        None => actor,
    }
}

/// The user who logged in, which the kernel lets nobody but root change.
fn login() -> Option<u32> {
    let uid = fs::read_to_string("/proc/self/loginuid").ok()?;
    uid.trim().parse().ok().filter(|uid| *uid != NO_LOGIN)
}
