//! Python with the packages of the client tests, in an environment of their own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{apt, lock, progress::Progress};
use crate::{
    failure::{Failure, Outcome},
    places, process, programs,
};

/// What the packages need. In code that any Python 3 understands.
const IS_RECENT: &str = "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))";

/// Installs what `requirements.txt` of a folder names, each file as its hashes say.
pub fn install_packages(folder: &Path, progress: &mut Progress) -> Outcome {
    let name = folder.strip_prefix(places::root()).unwrap_or(folder);
    let step = progress.step(&format!("Python packages of {}", name.display()));
    let _lock = lock::acquire(&places::cache()?.join("python.lock"))?;
    if are_current(folder) {
        step.found();
        return Ok(());
    }
    let purpose = "the client tests need Python 3.11 or later with venv";
    if !is_recent() {
        apt::install(&["python3", "python3-venv"], purpose, "20 seconds", &step)?;
    }
    if !is_recent() {
        return Err(Failure::new(format!(
            "{purpose}, and the one on PATH is older: install a newer one and repeat"
        )));
    }
    step.installing("20 seconds");
    let log = places::log("pip")?;
    let mut create = Command::new("python3");
    create
        .current_dir(folder)
        .args(["-m", "venv", "--clear", ".venv"]);
    let mut install = Command::new(program(folder));
    install
        .current_dir(folder)
        .args(["-m", "pip", "install", "--disable-pip-version-check"])
        .args(["--only-binary", ":all:", "--require-hashes"])
        .args(["--requirement", "requirements.txt"]);
    let done = process::succeeds_quietly(&mut create, &log)?
        && process::succeeds_quietly(&mut install, &log)?;
    if !done {
        return Err(Failure::new(format!(
            "the Python packages cannot be installed: check the network and repeat (pip's words are in {})",
            log.display()
        )));
    }
    fs::copy(folder.join("requirements.txt"), stamp(folder))
        .map_err(Failure::io("cannot note which Python packages are there"))?;
    step.installed();
    Ok(())
}

/// The Python that has the packages.
pub fn program(folder: &Path) -> PathBuf {
    let own = if cfg!(windows) {
        ".venv/Scripts/python.exe"
    } else {
        ".venv/bin/python"
    };
    folder.join(own)
}

fn is_recent() -> bool {
    programs::ask("python3", &["-c", IS_RECENT]).is_some()
}

/// The requirements that the installed packages came from.
fn stamp(folder: &Path) -> PathBuf {
    folder.join(".venv/installed-requirements.txt")
}

fn are_current(folder: &Path) -> bool {
    let wanted = fs::read(folder.join("requirements.txt"));
    let installed = fs::read(stamp(folder));
    // An environment outlives the Python that it was made with.
    let runs = programs::ask(program(folder), &["--version"]).is_some();
    runs && matches!((wanted, installed), (Ok(wanted), Ok(installed)) if wanted == installed)
}
