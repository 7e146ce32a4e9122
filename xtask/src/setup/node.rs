//! Node.js with npm, and the packages of the browser and client tests and of what shops build with.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    apt, lock,
    progress::{Progress, Step},
};
use crate::{
    failure::{Failure, Outcome},
    places, process, programs,
};

const OLDEST: u32 = 18;

pub fn find() -> Option<PathBuf> {
    let node = programs::find("node")?;
    let version = programs::major_version(&programs::ask(&node, &["--version"])?)?;
    (version >= OLDEST).then_some(node)
}

pub fn npm_or_install(purpose: &str, step: &Step) -> Outcome<PathBuf> {
    let purpose = format!("{purpose} {OLDEST} or later with npm");
    if find().is_none() || programs::find("npm").is_none() {
        apt::install(&["nodejs", "npm"], &purpose, "2 minutes", step)?;
    }
    match (find(), programs::find("npm")) {
        (Some(_), Some(npm)) => Ok(npm),
        _ => Err(Failure::new(format!(
            "{purpose}, and the one on PATH is older: install a newer one and repeat"
        ))),
    }
}

/// Installs what the lock file of a folder names.
pub fn install_packages(folder: &Path, progress: &mut Progress) -> Outcome {
    let name = folder.strip_prefix(places::root()).unwrap_or(folder);
    let step = progress.step(&format!("Node packages of {}", name.display()));
    let _lock = lock::acquire(&places::cache()?.join("npm.lock"))?;
    if are_current(folder) {
        step.found();
        return Ok(());
    }
    let npm = npm_or_install("the tests need Node.js", &step)?;
    step.installing("10 seconds");
    let log = places::log("npm-ci")?;
    let mut command = Command::new(npm);
    command
        .current_dir(folder)
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    if !process::succeeds_quietly(&mut command, &log)? {
        return Err(Failure::new(format!(
            "the Node packages cannot be installed: check the network and repeat (npm's words are in {})",
            log.display()
        )));
    }
    fs::copy(folder.join("package-lock.json"), stamp(folder))
        .map_err(Failure::io("cannot note which Node packages are there"))?;
    step.installed();
    Ok(())
}

/// The lock file that the installed packages came from.
fn stamp(folder: &Path) -> PathBuf {
    folder.join("node_modules/.installed-lock.json")
}

fn are_current(folder: &Path) -> bool {
    let wanted = fs::read(folder.join("package-lock.json"));
    let installed = fs::read(stamp(folder));
    matches!((wanted, installed), (Ok(wanted), Ok(installed)) if wanted == installed)
}
