//! Known holes in dependencies, where a tool and its database are at hand.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{failure::Outcome, process, programs};

pub fn check() -> Outcome {
    let home = cargo_home();
    let has = |folder: &str| {
        let database = home.as_deref().map(|home| home.join(folder));
        database.is_some_and(|path| is_filled(&path))
    };
    let advice = "see the advisories above";
    if programs::find("cargo-deny").is_some() && has("advisory-dbs") {
        let mut command = process::cargo();
        command.args(["deny", "--offline", "check", "advisories"]);
        process::run(&mut command, advice)
    } else if programs::find("cargo-audit").is_some() && has("advisory-db") {
        let mut command = process::cargo();
        command.args(["audit", "--no-fetch"]);
        process::run(&mut command, advice)
    } else {
        eprintln!(
            "  NOT checked: needs cargo-deny or cargo-audit with a fetched database; the hosted CI checks them"
        );
        Ok(())
    }
}

fn cargo_home() -> Option<PathBuf> {
    let set = env::var_os("CARGO_HOME").map(PathBuf::from);
    set.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")))
}

fn is_filled(folder: &Path) -> bool {
    folder
        .read_dir()
        .is_ok_and(|mut entries| entries.next().is_some())
}
