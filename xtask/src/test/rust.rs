//! The native tests of the whole workspace: one set of features, so that nothing is built twice.

use crate::{failure::Outcome, process};

pub fn run(arguments: &[String]) -> Outcome<bool> {
    println!("\ncargo test --workspace {}", arguments.join(" "));
    let mut command = process::cargo();
    command
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(arguments);
    process::succeeds(&mut command)
}
