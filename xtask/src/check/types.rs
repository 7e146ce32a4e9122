//! The types of the script for shops, and whether it is what the npm package says.

use std::process::Command;

use crate::{failure::Outcome, places, process, programs, setup};

pub fn check() -> Outcome {
    setup::for_types()?;
    let npm = programs::find("npm").unwrap_or_else(|| "npm".into());
    process::run(
        Command::new(npm)
            .current_dir(places::embed())
            .args(["run", "--silent", "types"]),
        "the types of embed/src are wrong: see above",
    )
}
