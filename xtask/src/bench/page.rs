//! What the payment page costs a payer on a slow phone, beside a static page of the same content.

use std::process::Command;

use crate::{
    build,
    failure::{Failure, Outcome},
    places, process, setup,
};

pub fn run(arguments: &[String]) -> Outcome {
    let tools = setup::everything()?;
    build::release(&tools.build)?;
    let mut command = Command::new("node");
    command
        .current_dir(places::root())
        .arg("tests/browser/bench-page.mjs")
        .args(arguments)
        .env("USDT_GATEWAY", places::gateway("release"))
        .env("CHROME", tools.browser.chromium);
    if process::succeeds(&mut command)? {
        Ok(())
    } else {
        Err(Failure::new("the page was not measured: see above"))
    }
}
