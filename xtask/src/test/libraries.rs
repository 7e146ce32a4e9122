//! The libraries for merchants' servers, each in every version of its language that is there, and the shops that are
//! examples of them.

use std::process::Command;

use super::newer_node;
use crate::{failure::Outcome, places, process, programs, setup};

pub fn run() -> Outcome<bool> {
    println!("\nlibraries for merchants' servers");
    let mut build = process::cargo();
    build.args(["build", "--workspace", "--bins"]);
    process::run(&mut build, "the gateway does not build: see above")?;
    let newer = newer_node::folder();
    let node = match &newer {
        Some(folder) => folder.join("node"),
        None => programs::find("node").unwrap_or_else(|| "node".into()),
    };
    let npm = programs::find("npm").unwrap_or_else(|| "npm".into());
    let python = setup::python(&places::root().join("clients/python/tests"));
    let mut passed = true;
    for (folder, program, arguments) in [
        ("clients/node", &npm, &["test"][..]),
        ("examples/node", &npm, &["test"]),
        ("clients/php", &node, &["tests/run.mjs"]),
        (
            "examples/php",
            &node,
            &["--test", "--test-reporter=spec", "tests/shop.test.mjs"],
        ),
        ("clients/python", &python, &["-m", "tests"]),
        ("examples/python", &python, &["-m", "unittest"]),
    ] {
        println!("\n{folder}");
        let mut command = Command::new(program);
        command
            .current_dir(places::root().join(folder))
            .args(arguments)
            .env("USDT_GATEWAY", places::gateway("debug"));
        if folder != "clients/node" {
            process::prepend_path(&mut command, newer.as_slice())?;
        }
        passed &= process::succeeds(&mut command)?;
    }
    Ok(passed)
}
