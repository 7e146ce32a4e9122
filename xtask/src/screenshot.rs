//! The picture in the README, taken of the real page.

use std::process::Command;

use crate::{build, failure::Outcome, places, process, setup};

pub fn run() -> Outcome {
    let tools = setup::everything()?;
    build::release(&tools.build)?;
    let mut command = Command::new("node");
    command
        .current_dir(places::root())
        .arg("tests/browser/screenshot.mjs")
        .env("USDT_GATEWAY", places::gateway("release"))
        .env("CHROME", tools.browser.chromium);
    process::run(&mut command, "no picture was taken: see above")
}
