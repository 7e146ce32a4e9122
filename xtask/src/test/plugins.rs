//! The plugins for shop platforms, each in its platform, and the record of the scenarios that passed.

use std::{
    path::Path,
    process::Command,
    thread::{self, JoinHandle},
};

use super::newer_node;
use crate::{
    failure::{Failure, Outcome},
    places,
    plugins::{self, Language, Plugin},
    postgres::{self, Flushes, Server},
    process, programs, setup,
};

/// The platforms, which install while other tests run.
pub struct Platforms(JoinHandle<Outcome>);

impl Platforms {
    pub fn install() -> Self {
        Self(thread::spawn(setup::for_plugins))
    }
}

pub fn run(platforms: Platforms, postgres: &Path) -> Outcome<bool> {
    println!("\nplugins for shop platforms");
    let Ok(installed) = platforms.0.join() else {
        return Err(Failure::new("the installation of the platforms broke off"));
    };
    installed?;
    let mut build = process::cargo();
    build.args(["build", "--workspace", "--bins"]);
    process::run(&mut build, "the gateway does not build: see above")?;
    let database = Server::start(postgres, Flushes::Never)?;
    let mut passed = true;
    for plugin in &plugins::ALL {
        println!("\n{}", plugin.folder);
        let mut suite = suite(plugin);
        suite
            .current_dir(plugin.tests())
            .env(postgres::VARIABLE, database.url())
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

fn suite(plugin: &Plugin) -> Command {
    match plugin.language {
        Language::Node => {
            let mut npm = Command::new(programs::find("npm").unwrap_or_else(|| "npm".into()));
            npm.arg("test");
            npm
        }
        Language::Python => {
            let mut python = Command::new(setup::python(&plugin.tests()));
            python.args(["-m", "unittest"]);
            python
        }
    }
}
