//! Payments with the clients that shops and wallets use, against the simulated node, webhooks with the libraries that
//! take them, and every call with what its description allows.

use std::process::Command;

use crate::{failure::Outcome, places, process, programs, setup};

const SUITES: [&str; 4] = [
    "tronweb.test.mjs",
    "tronpy.test.mjs",
    "standardwebhooks.test.mjs",
    "schemathesis.test.mjs",
];

pub fn run(arguments: &[String]) -> Outcome<bool> {
    println!("\nclients of TRON: node --test {}", arguments.join(" "));
    let mut build = process::cargo();
    build.args(["build", "--workspace", "--bins", "--tests"]);
    process::run(&mut build, "the gateway does not build: see above")?;

    let node = programs::find("node").unwrap_or_else(|| "node".into());
    let mut command = Command::new(node);
    command
        .current_dir(places::client_tests())
        .args(["--test", "--test-reporter=spec"])
        .args(arguments)
        .args(SUITES)
        .env("USDT_GATEWAY", places::gateway("debug"))
        .env("CLIENTS_PYTHON", setup::python(&places::client_tests()));
    process::succeeds(&mut command)
}

/// What a filter for all suites is in the words of Node.js.
pub fn selection(filter: &[String]) -> Vec<String> {
    match filter {
        [] => Vec::new(),
        words => vec!["--test-name-pattern".into(), words.join(" ")],
    }
}
