//! PostgreSQL, for the gateway's tests on a real one.

use std::{
    cmp::Reverse,
    fs,
    path::{Path, PathBuf},
};

use super::{
    apt,
    progress::{Progress, Step},
};
use crate::{
    failure::{Failure, Outcome},
    programs,
};

const OLDEST: u32 = 14;

/// Where Debian keeps one folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Debian's package reads it before it makes a database of its own.
const DEBIAN_SETTINGS: &str = "/etc/postgresql-common/createcluster.d";

/// The folder with the programs of the server.
pub fn find_or_install(progress: &mut Progress) -> Outcome<PathBuf> {
    let step = progress.step("PostgreSQL");
    if let Some(found) = find() {
        step.found();
        return Ok(found);
    }
    let purpose = format!(
        "the tests need PostgreSQL {OLDEST} or later (initdb and postgres on PATH; on macOS `brew install postgresql`)"
    );
    install(&purpose, &step)?;
    find().ok_or_else(|| {
        Failure::new(format!(
            "{purpose}, and the one of the package sources is older: install a newer one and repeat"
        ))
    })
}

fn find() -> Option<PathBuf> {
    // A link on PATH leads to the folder that holds the other programs too.
    let on_path = programs::find("initdb").and_then(|initdb| initdb.canonicalize().ok());
    on_path
        .iter()
        .filter_map(|initdb| initdb.parent())
        .map(Path::to_owned)
        .chain(debian())
        .find(|folder| is_new_enough(folder))
}

/// The newest first.
fn debian() -> Vec<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut folders: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort_by_key(|folder| Reverse(programs::major_version(&folder.to_string_lossy())));
    folders
}

fn is_new_enough(folder: &Path) -> bool {
    let has = |name| folder.join(name).is_file();
    let version = programs::ask(folder.join("postgres"), &["--version"]);
    has("initdb")
        && has("pg_isready")
        && version.is_some_and(|text| programs::major_version(&text) >= Some(OLDEST))
}

/// Debian's package starts a server as soon as it is installed, unless it is told not to.
fn install(purpose: &str, step: &Step) -> Outcome {
    let settings = Path::new(DEBIAN_SETTINGS).join("usdt-checkout.conf");
    if programs::find("apt-get").is_some() {
        // Whoever may not write here may not install either, and is told so then.
        let _ = fs::create_dir_all(DEBIAN_SETTINGS)
            .and_then(|()| fs::write(&settings, "create_main_cluster = false\n"));
    }
    let installed = apt::install(&["postgresql"], purpose, "30 seconds", step);
    let _ = fs::remove_file(&settings);
    installed
}
