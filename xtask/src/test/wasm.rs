//! The widget's tests in the DOM of a headless Chromium.

use std::fs;

use serde_json::json;

use crate::{
    failure::{Failure, Outcome},
    places, process,
    setup::{Browser, BuildTools},
};

pub fn run(tools: &BuildTools, browser: &Browser, arguments: &[String]) -> Outcome<bool> {
    println!("\nwidget in Chromium {}", arguments.join(" "));
    let target = places::target().join("wasm-test");
    places::create_folder(&target)?;
    let settings = target.join("webdriver.json");
    let options = json!({
        "goog:chromeOptions": {
            "binary": browser.chromium,
            "args": [
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-gpu",
                "--disable-quic",
                "--disable-sync",
                "--no-first-run",
            ],
        }
    });
    fs::write(&settings, options.to_string()).map_err(Failure::io(settings.display()))?;

    let mut command = process::cargo();
    tools.wasm.apply(&mut command, &tools.folders)?;
    command
        .args(["test", "--target", "wasm32-unknown-unknown"])
        .args(["--package", "usdt-checkout", "--features", "csr"])
        .args(["--test", "dom"])
        .args(arguments)
        .env("CARGO_TARGET_DIR", &target)
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            &tools.wasm_bindgen_test_runner,
        )
        .env("CHROMEDRIVER", &browser.driver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &settings)
        // On a busy machine Chromium takes longer to start than the runner waits by itself.
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
        .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
    process::succeeds(&mut command)
}
