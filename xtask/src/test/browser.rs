//! The whole story in Chromium, and a shop's page in Firefox, against a gateway that carries the
//! real widget.

use std::process::Command;

use crate::{
    failure::Outcome,
    places, process, programs,
    setup::{self, Browser},
};

pub fn run(browser: &Browser, arguments: &[String]) -> Outcome<bool> {
    println!("\nplaywright test {}", arguments.join(" "));
    // With the same packages and targets as the native tests, cargo finds everything built.
    let mut build = process::cargo();
    build.args(["build", "--workspace", "--bins", "--tests"]);
    process::run(&mut build, "the gateway does not build: see above")?;

    eprintln!("examples for shops: npm run build");
    let npm = programs::find("npm").unwrap_or_else(|| "npm".into());
    process::run(
        Command::new(npm)
            .current_dir(places::embed())
            .args(["run", "--silent", "build"]),
        "the npm package or an example for shops does not build: see above",
    )?;

    let npx = programs::find("npx").unwrap_or_else(|| "npx".into());
    let mut command = Command::new(npx);
    command
        .current_dir(places::browser_tests())
        .args(["--no-install", "playwright", "test"])
        .args(arguments)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .env("USDT_GATEWAY", places::gateway("debug"))
        .env("CHROME", &browser.chromium);
    if let Some(firefox) = setup::find_firefox()? {
        command.env("FIREFOX", firefox);
    }
    process::succeeds(&mut command)
}

/// What a filter for all suites is in Playwright's words.
pub fn selection(filter: &[String]) -> Vec<String> {
    match filter {
        [] => Vec::new(),
        words => vec![
            "--pass-with-no-tests".into(),
            "--grep".into(),
            words.join(" "),
        ],
    }
}
