//! One version for all that is released together, and releases that stay as they are.

use std::{fs, process::Command};

use crate::{
    failure::{Failure, Outcome},
    places, script,
};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where the version stands beside Cargo.toml, and how.
const PLACES: [(&str, &str); 3] = [
    ("embed/npm/package.json", "\"version\": \"{}\","),
    (
        "embed/examples/react/package.json",
        "\"usdt-checkout\": \"{}\"",
    ),
    (
        "embed/examples/vue/package.json",
        "\"usdt-checkout\": \"{}\"",
    ),
];

pub fn check() -> Outcome {
    for (file, line) in PLACES {
        let line = line.replace("{}", VERSION);
        let path = places::root().join(file);
        let text = fs::read_to_string(&path).map_err(Failure::io(path.display()))?;
        if !text.contains(&line) {
            return Err(Failure::new(format!("{file} has no `{line}`")));
        }
    }
    released_scripts_are_as_they_were()
}

/// A shop that has pinned one would be without it.
fn released_scripts_are_as_they_were() -> Outcome {
    for tag in git(&["tag", "--list", "v*"])?.lines() {
        let kept = git(&["ls-tree", "-r", "--name-only", tag, script::RELEASES])?;
        for name in kept.lines() {
            if git(&["diff", "--name-only", tag, "--", name])?.trim() == name {
                return Err(Failure::new(format!(
                    "{name} is no longer as {tag} has released it: raise the version instead"
                )));
            }
        }
    }
    Ok(())
}

fn git(arguments: &[&str]) -> Outcome<String> {
    let output = Command::new("git")
        .current_dir(places::root())
        .args(arguments)
        .output()
        .map_err(Failure::io("git cannot be started"))?;
    if !output.status.success() {
        return Err(Failure::new(format!(
            "git {} does not work here",
            arguments.join(" ")
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
