//! Packages of Debian and its children, installed when we are root there.

use std::{process::Command, sync::OnceLock};

use super::{lock, progress::Step};
use crate::{
    failure::{Failure, Outcome},
    places, process, programs,
};

/// Whether `apt-get update` was run, and how it ended: once in a run of ours is enough.
static UPDATED: OnceLock<bool> = OnceLock::new();

/// Installs the packages; `purpose` is what the failure's sentence begins with.
pub fn install(packages: &[&str], purpose: &str, duration: &str, step: &Step) -> Outcome {
    let list = packages.join(" ");
    let Some(apt_get) = programs::find("apt-get") else {
        return Err(Failure::new(format!(
            "{purpose}, and this is no Debian or Ubuntu: install it by hand (there it is `{list}`) and repeat"
        )));
    };
    if programs::ask("id", &["-u"]).is_none_or(|id| id.trim() != "0") {
        return Err(Failure::new(format!(
            "{purpose}, and only root may install it: run `apt-get install {list}` as root and repeat"
        )));
    }
    step.installing(duration);

    let log = places::log("apt-get")?;
    let _lock = lock::acquire(&places::cache()?.join("apt-get.lock"))?;
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(&apt_get);
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["-y", "-o", "DPkg::Lock::Timeout=300"])
            .args(arguments);
        process::succeeds_quietly(&mut command, &log)
    };

    if UPDATED.get().is_none() {
        // Some of the lists may be unreachable while the one that is needed is not.
        let _ = UPDATED.set(apt(&["update"])?);
    }
    let arguments = [&["install", "--no-install-recommends"], packages].concat();
    if apt(&arguments)? {
        step.installed();
        Ok(())
    } else {
        Err(Failure::new(format!(
            "{purpose}, and `apt-get install {list}` failed: check the network and the package sources, then repeat (its words are in {})",
            log.display()
        )))
    }
}
