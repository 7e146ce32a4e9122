//! wasm-opt, recent enough for what rustc writes today.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    lock, node,
    progress::{Progress, Step},
};
use crate::{
    failure::{Failure, Outcome},
    places, process, programs,
};

const PACKAGE: &str = "132.0.0";

const OLDEST: u32 = 120;

/// The folder of a wasm-opt.
pub fn find_or_install(progress: &mut Progress) -> Outcome<PathBuf> {
    let step = progress.step("wasm-opt");
    let home = places::tool("binaryen", PACKAGE)?;
    let ours = home.join("node_modules/.bin");
    if ours.join("wasm-opt").is_file() && node::find().is_some() {
        step.found();
        return Ok(ours);
    }
    if let Some(folder) = recent_on_path() {
        step.found();
        return Ok(folder);
    }
    let npm = node::npm_or_install("wasm-opt needs Node.js", &step)?;
    let _lock = lock::acquire(&home.with_added_extension("lock"))?;
    if !ours.join("wasm-opt").is_file() {
        install(&npm, &home, &step)?;
    }
    Ok(ours)
}

fn recent_on_path() -> Option<PathBuf> {
    let program = programs::find("wasm-opt")?;
    let version = programs::major_version(&programs::ask(&program, &["--version"])?)?;
    let folder = program.parent()?.to_path_buf();
    (version >= OLDEST).then_some(folder)
}

fn install(npm: &Path, home: &Path, step: &Step) -> Outcome {
    step.installing("10 seconds");
    let log = places::log(&format!("binaryen-{PACKAGE}"))?;
    let new = home.with_added_extension("new");
    let _ = fs::remove_dir_all(&new);
    places::create_folder(&new)?;
    let mut command = process::cargo_like(npm);
    command
        .current_dir(&new)
        .args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
        .arg("--prefix")
        .arg(&new)
        .arg(format!("binaryen@{PACKAGE}"));
    if !process::succeeds_quietly(&mut command, &log)? {
        return Err(Failure::new(format!(
            "the npm package binaryen {PACKAGE} (wasm-opt) cannot be installed: check the network and repeat, or put a wasm-opt of version {OLDEST} or later on PATH (npm's words are in {})",
            log.display()
        )));
    }
    let _ = fs::remove_dir_all(home);
    fs::rename(&new, home).map_err(Failure::io(format!("cannot make {}", home.display())))?;
    step.installed();
    Ok(())
}
