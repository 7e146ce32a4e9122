//! The quick loop before a commit: everything that is wrong, without running a test.

mod advisories;
mod house_rules;
mod licences;
mod links;
mod lints;
mod rooms;
mod types;
mod versions;

use crate::failure::{Failure, Outcome};

type Check = fn() -> Outcome;

const CHECKS: [(&str, Check); 10] = [
    ("formatting", lints::formatting),
    ("house rules", house_rules::check),
    ("links in the documents", links::check),
    ("rooms without a circle", rooms::check),
    ("versions", versions::check),
    ("types of the script for shops", types::check),
    ("licences", licences::check),
    ("advisories", advisories::check),
    ("lints of the workspace", lints::workspace),
    ("lints of the widget in the browser", lints::widget),
];

pub fn run() -> Outcome {
    let mut failed = Vec::new();
    for (name, check) in CHECKS {
        eprintln!("check: {name}");
        if let Err(failure) = check() {
            eprintln!("check: {name}: {failure}");
            failed.push(name);
        }
    }
    if failed.is_empty() {
        println!("check: all {} are fine", CHECKS.len());
        return Ok(());
    }
    Err(Failure::new(format!(
        "not fine: {} (see above)",
        failed.join(", ")
    )))
}
