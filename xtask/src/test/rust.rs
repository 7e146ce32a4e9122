//! The native tests of the whole workspace: one set of features, so that nothing is built twice.
//! The random histories run once more, optimised, since only then there is time for many.

use crate::{failure::Outcome, process};

/// How long a soak lasts unless something else is asked for.
const SOAK_SECONDS: &str = "600";

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

/// All troubles at once, for as many seconds as the first argument says.
pub fn soak(arguments: &[String]) -> Outcome<bool> {
    let seconds = arguments.first().map_or(SOAK_SECONDS, String::as_str);
    println!("\na soak of {seconds} seconds");
    let mut command = process::cargo();
    command
        .args(["test", "--package", "usdt-gateway", "--test", "gateway"])
        .args(["--", "--nocapture", "soak::"])
        .env("SOAK_SECONDS", seconds);
    process::succeeds(&mut command)
}

fn cargo_test(what: &[&str], arguments: &[String]) -> Outcome<bool> {
    println!("\ncargo test {} {}", what.join(" "), arguments.join(" "));
    let mut command = process::cargo();
    command.arg("test").args(what).args(arguments);
    process::succeeds(&mut command)
}
