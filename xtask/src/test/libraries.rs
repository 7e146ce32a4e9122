//! The libraries for merchants' servers, each in every version of its language that is there, and the shops that are
//! examples of them.

use std::process::Command;

use crate::{failure::Outcome, places, process, programs};

/// The example keeps its orders in what newer versions of Node.js bring along.
const NODE_OF_EXAMPLE: &str = "clients/node/versions/node_modules/node22/bin";

pub fn run() -> Outcome<bool> {
    println!("\nlibraries for merchants' servers");
    let mut build = process::cargo();
    build.args(["build", "--workspace", "--bins"]);
    process::run(&mut build, "the gateway does not build: see above")?;
    let mut passed = true;
    for (folder, first) in [
        ("clients/node", None),
        ("examples/node", Some(NODE_OF_EXAMPLE)),
    ] {
        passed &= process::succeeds(npm(folder, first)?.arg("test"))?;
    }
    Ok(passed)
}

/// npm in a folder, with the programs of another folder before those of PATH.
fn npm(folder: &str, first: Option<&str>) -> Outcome<Command> {
    let mut command = Command::new(programs::find("npm").unwrap_or_else(|| "npm".into()));
    command
        .current_dir(places::root().join(folder))
        .env("USDT_GATEWAY", places::gateway("debug"));
    let first: Vec<_> = first
        .map(|one| places::root().join(one))
        .into_iter()
        .collect();
    process::prepend_path(&mut command, &first)?;
    Ok(command)
}
