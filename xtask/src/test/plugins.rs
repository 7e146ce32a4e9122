//! The plugins for shop platforms, each in its platform, and the record of the scenarios that passed.

use std::{path::Path, process::Command};

use super::newer_node;
use crate::{failure::Outcome, places, plugins, process, programs, setup};

pub fn run() -> Outcome<bool> {
    println!("\nplugins for shop platforms");
    let mut build = process::cargo();
    build.args(["build", "--workspace", "--bins"]);
    process::run(&mut build, "the gateway does not build: see above")?;
    let mut passed = true;
    for plugin in plugins::ALL {
        println!("\n{}", plugin.folder);
        let tests = places::root().join(plugin.folder).join("tests");
        let mut suite = suite(plugin, &tests);
        suite
            .current_dir(&tests)
            .env("USDT_GATEWAY", places::gateway("debug"))
            .env(
                "SCENARIO_RECORDS",
                places::root().join("plugins/testkit/records"),
            );
        process::prepend_path(&mut suite, newer_node::folder().as_slice())?;
        passed &= process::succeeds(&mut suite)?;
    }
    let mut table = Command::new(programs::find("node").unwrap_or_else(|| "node".into()));
    table
        .current_dir(places::root())
        .arg("plugins/testkit/table.mjs");
    Ok(process::succeeds(&mut table)? && passed)
}

fn suite(plugin: &plugins::Plugin, tests: &Path) -> Command {
    match plugin.language {
        plugins::Language::Node => {
            let mut npm = Command::new(programs::find("npm").unwrap_or_else(|| "npm".into()));
            npm.arg("test");
            npm
        }
        plugins::Language::Python => {
            let mut python = Command::new(setup::python(tests));
            python.args(["-m", "unittest"]);
            python
        }
    }
}
