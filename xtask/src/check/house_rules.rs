//! What no tool of others checks: purposes said, no machine's paths, no lint silenced.

use std::{env, fs, process::Command};

use crate::{
    failure::{Failure, Outcome},
    places,
};

/// Lints that keep a panic away from a payment; only tests and benches may do without.
const KEPT: [&str; 4] = ["unwrap_used", "expect_used", "indexing_slicing", "panic"];

pub fn check() -> Outcome {
    let machine = paths_of_machines();
    let mut complaints = Vec::new();
    for name in files()? {
        let path = places::root().join(&name);
        // Listed by git and deleted since, or binary: neither has text to look at.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for found in machine.iter().filter(|each| text.contains(each.as_str())) {
            complaints.push(format!("{name} contains the path {found}"));
        }
        if path.extension().is_some_and(|extension| extension == "rs") {
            complaints.extend(complaints_about_source(&name, &text));
        }
    }
    if complaints.is_empty() {
        return Ok(());
    }
    Err(Failure::new(complaints.join("; ")))
}

fn complaints_about_source(name: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if !text.starts_with("//!") {
        complaints.push(format!("{name} does not begin by saying what it is for"));
    }
    let is_test = name
        .split('/')
        .any(|part| matches!(part, "tests" | "benches"));
    for lint in KEPT {
        if !is_test && text.contains(&format!("clippy::{lint}")) {
            complaints.push(format!("{name} silences {lint}"));
        }
    }
    complaints
}

/// Those of the machine that we are on, and where people's homes are on others.
fn paths_of_machines() -> Vec<String> {
    let mut paths = vec![places::root().display().to_string()];
    paths.extend(env::var("HOME").ok().filter(|home| home.len() > 1));
    for folder in ["root", "home", "Users"] {
        paths.push(format!("/{folder}/"));
    }
    paths
}

/// All that git keeps, or would with the next `git add`.
pub fn files() -> Outcome<Vec<String>> {
    let output = Command::new("git")
        .current_dir(places::root())
        .args(["ls-files", "-z", "--cached", "--others"])
        .arg("--exclude-standard")
        .output()
        .map_err(Failure::io("git cannot be started"))?;
    if !output.status.success() {
        return Err(Failure::new("git ls-files does not work here"));
    }
    let names = String::from_utf8_lossy(&output.stdout);
    Ok(names.split_terminator('\0').map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_must_say_its_purpose_and_keep_its_lints() {
        let silenced = format!("#![allow(clippy::{})]", KEPT[0]);
        assert!(complaints_about_source("a.rs", "//! Fine.\n").is_empty());
        assert_eq!(complaints_about_source("a.rs", "fn main() {}").len(), 1);
        let text = format!("//! Silenced.\n{silenced}");
        assert_eq!(complaints_about_source("src/a.rs", &text).len(), 1);
        assert!(complaints_about_source("tests/a.rs", &text).is_empty());
    }
}
