//! The native tests of the whole workspace: one set of features, so that nothing is built twice.
//! The random histories run once more, optimised, since only then there is time for many.

use crate::{failure::Outcome, process};

pub fn run(arguments: &[String]) -> Outcome<bool> {
    let passed = cargo_test(&["--workspace", "--no-fail-fast"], arguments)?;
    if !arguments.is_empty() {
        return Ok(passed);
    }
    let histories = [
        "--release",
        "--package",
        "usdt-gateway",
        "--test",
        "histories",
    ];
    Ok(cargo_test(&histories, &["--".into(), "--nocapture".into()])? && passed)
}

fn cargo_test(what: &[&str], arguments: &[String]) -> Outcome<bool> {
    println!("\ncargo test {} {}", what.join(" "), arguments.join(" "));
    let mut command = process::cargo();
    command.arg("test").args(what).args(arguments);
    process::succeeds(&mut command)
}
