//! `cargo xtask <what>`: everything a developer or a CI machine does with this repository.

mod bench;
mod build;
mod bundle;
mod check;
mod demo;
mod failure;
mod packages;
mod places;
mod plugins;
mod postgres;
mod process;
mod programs;
mod screenshot;
mod script;
mod setup;
mod shorten;
mod test;
mod widget;

use std::process::ExitCode;

use failure::{Failure, Outcome};

const HELP: &str = "\
cargo xtask <what>

  setup [build]          find or install every tool; with `build` only those that a build needs
  build                  the widget and the gateway for release: target/release/usdt-gateway
  demo [ARGS]            set up, build and start `usdt-gateway demo ARGS`
  test [FILTER]          set up and run every test, or those whose name contains FILTER
  test rust [ARGS]       only the native tests: `cargo test --workspace ARGS`
  test wasm [ARGS]       only the widget's tests in a browser's DOM
  test browser [ARGS]    only the browser tests: `playwright test ARGS`
  test clients [ARGS]    only the tests with tronweb and tronpy: `node --test ARGS`
  test libraries         only the libraries for merchants' servers and their examples
  test plugins           only the plugins for shop platforms, each in its platform
  test soak [SECONDS]    all troubles at once on one gateway, for 600 seconds or as many as given
  test system [SECONDS]  three gateways of which any part dies, for 600 seconds or as many as given
  plugins                the packages of plugins and libraries: target/plugins
  postgres               a PostgreSQL for tests: prints its URL, runs until Ctrl-C
  check                  formatting, lints, types, licences, advisories, house rules
  bench size             what the page weighs, beside its budgets
  bench page [ARGS]      the page on a slow phone, beside a static one: --runs N, --no-idle
  bench chain            catching up with the chain, and the cost of a transfer
  bench gateway          creates and answers, beside the least that this machine needs for them
  screenshot             the README's picture
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nxtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome {
    let Some((what, rest)) = arguments.split_first() else {
        print!("{HELP}");
        return Ok(());
    };
    match what.as_str() {
        "setup" => setup::run(rest),
        "build" => build::run(),
        "demo" => demo::run(rest),
        "test" => test::run(rest),
        "plugins" => packages::run(),
        "postgres" => postgres::run(),
        "check" => check::run(),
        "bench" => bench::run(rest),
        "screenshot" => screenshot::run(),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(Failure::new(format!(
            "there is no `{other}`: `cargo xtask` lists what there is"
        ))),
    }
}
