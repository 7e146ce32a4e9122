//! The native tests of the whole workspace: one set of features, so that nothing is built twice.
//! The gateway's run once more on PostgreSQL. The random histories run once more, optimised, since only
//! then there is time for many.

use std::path::Path;

use crate::{
    failure::Outcome,
    postgres::{self, Flushes, Server},
    process,
};

/// How long a soak lasts, and the test of several gateways, unless something else is asked for.
const LONG_SECONDS: &str = "600";

/// What runs once more on PostgreSQL; of the whole workspace, as that is what is built.
const ON_POSTGRES: [&str; 5] = ["--workspace", "--test", "gateway", "--test", "histories"];

/// What is about a database that is a file, or about no database.
const NOT_ON_POSTGRES: [&str; 10] = [
    "backup::",
    "data_folder::",
    "disk::",
    "migration::",
    "what_is_done_is_ticked_and_what_is_open_says_how",
    "fixtures::",
    "certificates::",
    "probe::",
    "doctor_nodes::",
    "merchant_docs::",
];

pub fn run(postgres: &Path, arguments: &[String]) -> Outcome<bool> {
    let passed = cargo_test(&["--workspace", "--no-fail-fast"], arguments)?;
    if !arguments.is_empty() {
        return Ok(passed);
    }
    let passed = on_postgres(postgres)? && passed;
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
    long("soak::", "SOAK_SECONDS", arguments, None)
}

/// Three gateways of which any part dies, for as many seconds as the first argument says.
pub fn system(postgres: &Path, arguments: &[String]) -> Outcome<bool> {
    let server = Server::start(postgres, Flushes::Never)?;
    long("system::", "SYSTEM_SECONDS", arguments, Some(&server))
}

/// One test for as long as it is asked for.
fn long(
    test: &str,
    variable: &str,
    arguments: &[String],
    server: Option<&Server>,
) -> Outcome<bool> {
    let seconds = arguments.first().map_or(LONG_SECONDS, String::as_str);
    println!("\n{test} for {seconds} seconds");
    let mut command = process::cargo();
    command
        .args(["test", "--workspace", "--test", "gateway"])
        .args(["--", "--nocapture", test])
        .env(variable, seconds);
    if let Some(server) = server {
        command.env(postgres::VARIABLE, server.url());
    }
    process::succeeds(&mut command)
}

fn on_postgres(programs: &Path) -> Outcome<bool> {
    let server = Server::start(programs, Flushes::Never)?;
    println!("\non PostgreSQL: cargo test {}", ON_POSTGRES.join(" "));
    let mut command = process::cargo();
    command
        .arg("test")
        .args(ON_POSTGRES)
        .args(["--no-fail-fast", "--"])
        .args(NOT_ON_POSTGRES.iter().flat_map(|name| ["--skip", name]))
        .env(postgres::VARIABLE, server.url());
    process::succeeds(&mut command)
}

fn cargo_test(what: &[&str], arguments: &[String]) -> Outcome<bool> {
    println!("\ncargo test {} {}", what.join(" "), arguments.join(" "));
    let mut command = process::cargo();
    command
        .arg("test")
        .args(what)
        .args(arguments)
        // What the developer tries out elsewhere is not what this run is about.
        .env_remove(postgres::VARIABLE);
    process::succeeds(&mut command)
}
