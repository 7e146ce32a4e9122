//! Finds or installs every tool that builds and tests need.

mod apt;
mod browser;
mod cargo_tool;
mod firefox;
mod go;
mod lock;
mod mariadb;
mod nginx;
mod node;
mod npm_tool;
mod php;
mod postgres;
mod progress;
mod python;
mod shell_tools;
mod wasm_toolchain;

use std::{env, path::PathBuf};

pub use browser::Browser;
pub use firefox::find as find_firefox;
pub use python::program as python;
pub use wasm_toolchain::WasmToolchain;

use crate::{
    failure::{Failure, Outcome},
    places,
    plugins::{self, Language},
    process,
};
use progress::Progress;

const TRUNK: &str = "0.21.14";

const BUILD_STEPS: usize = 7;
const TEST_STEPS: usize = 18;

/// What a build of the widget needs.
pub struct BuildTools {
    pub wasm: WasmToolchain,
    /// Folders with trunk, wasm-bindgen and wasm-opt, for PATH.
    pub folders: Vec<PathBuf>,
    pub trunk: PathBuf,
    pub wasm_bindgen_test_runner: PathBuf,
    pub wasm_opt: PathBuf,
    pub esbuild: PathBuf,
    pub terser: PathBuf,
}

/// What the tests need.
pub struct TestTools {
    pub build: BuildTools,
    pub browser: Browser,
    /// The folder with PostgreSQL's programs.
    pub postgres: PathBuf,
}

pub fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [] => {
            everything()?;
            for_plugins()
        }
        [only] if only == "build" => for_build().map(drop),
        _ => Err(Failure::new(
            "`setup` takes nothing, or `build` for the tools that a build needs",
        )),
    }
}

pub fn for_build() -> Outcome<BuildTools> {
    build_tools(&mut Progress::new(BUILD_STEPS))
}

pub fn everything() -> Outcome<TestTools> {
    let mut progress = Progress::new(BUILD_STEPS + TEST_STEPS);
    let build = build_tools(&mut progress)?;
    let browser = browser::find_or_install(&mut progress)?;
    firefox::find_or_install(&mut progress)?;
    php::find_or_install(&mut progress)?;
    php::find_or_install_frameworks(&mut progress)?;
    go::find_or_install(&mut progress)?;
    nginx::find_or_install(&mut progress)?;
    let postgres = postgres::find_or_install(&mut progress)?;
    shell_tools::find_or_install(&mut progress)?;
    for folder in [
        places::browser_tests(),
        places::embed(),
        places::client_tests(),
        places::root().join("clients/node"),
        places::root().join("clients/node/versions"),
        places::root().join("clients/node/tests/next"),
        places::root().join("clients/php/tests/versions"),
        places::root().join("examples/node"),
    ] {
        node::install_packages(&folder, &mut progress)?;
    }
    for folder in [
        places::client_tests(),
        places::root().join("clients/python/tests"),
    ] {
        python::install_packages(&folder, &mut progress)?;
    }
    Ok(TestTools {
        build,
        browser,
        postgres,
    })
}

/// The platforms in which plugins are tested: they are large, and only those tests need them.
pub fn for_plugins() -> Outcome {
    let needing: Vec<_> = plugins::ALL
        .iter()
        .filter(|plugin| plugin.needs_packages())
        .collect();
    let mut progress = Progress::new(1 + needing.len());
    mariadb::find_or_install(&mut progress)?;
    for plugin in needing {
        let tests = plugin.tests();
        match plugin.language {
            Language::Node => node::install_packages(&tests, &mut progress)?,
            Language::Python => python::install_packages(&tests, &mut progress)?,
        }
    }
    Ok(())
}

/// What checks the types of what shops include.
pub fn for_types() -> Outcome {
    node::install_packages(&places::embed(), &mut Progress::new(1))
}

/// The folder with PostgreSQL's programs, when nothing else is needed.
pub fn for_postgres() -> Outcome<PathBuf> {
    postgres::find_or_install(&mut Progress::new(1))
}

fn build_tools(progress: &mut Progress) -> Outcome<BuildTools> {
    let wasm = WasmToolchain::find_or_install(progress)?;
    fetch_crates(&wasm, progress)?;
    let bindgen = cargo_tool::wasm_bindgen(&locked_version("wasm-bindgen")?, progress)?;
    let trunk = cargo_tool::trunk(TRUNK, progress)?;
    let wasm_opt = npm_tool::wasm_opt(progress)?;
    let esbuild = npm_tool::esbuild(progress)?;
    let terser = npm_tool::terser(progress)?;
    Ok(BuildTools {
        trunk: trunk.join("trunk"),
        wasm_bindgen_test_runner: bindgen.join("wasm-bindgen-test-runner"),
        wasm_opt: wasm_opt.join("wasm-opt"),
        esbuild: esbuild.join("esbuild"),
        terser: terser.join("terser"),
        folders: vec![bindgen, trunk, wasm_opt],
        wasm,
    })
}

/// Trunk is run offline, so that it cannot take another wasm-bindgen or wasm-opt than ours.
fn fetch_crates(wasm: &WasmToolchain, progress: &mut Progress) -> Outcome {
    let step = progress.step("crates of Cargo.lock");
    let log = places::log("cargo-fetch")?;
    // Only with a target does cargo fetch what the sources of std depend on.
    for arguments in [
        ["fetch"].as_slice(),
        &["fetch", "--target", wasm_toolchain::TARGET],
    ] {
        let mut command = process::cargo();
        wasm.apply(&mut command, &[])?;
        if !process::succeeds_quietly(command.args(arguments), &log)? {
            return Err(Failure::new(format!(
                "the crates cannot be fetched: check the network and repeat (cargo's words are in {})",
                log.display()
            )));
        }
    }
    step.found();
    Ok(())
}

/// The program that an environment variable names.
fn named(variable: &str) -> Outcome<Option<PathBuf>> {
    let Some(value) = env::var_os(variable).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let path = PathBuf::from(value);
    if path.is_file() {
        return Ok(Some(path));
    }
    Err(Failure::new(format!(
        "{variable} names {}, which is not there: correct it or unset it",
        path.display()
    )))
}

fn locked_version(package: &str) -> Outcome<String> {
    #[derive(serde::Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        name: String,
        version: String,
    }

    let path = places::root().join("Cargo.lock");
    let text = std::fs::read_to_string(&path).map_err(Failure::io(path.display()))?;
    let lock: Lock = basic_toml::from_str(&text)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    let found = lock.package.into_iter().find(|each| each.name == package);
    found
        .map(|each| each.version)
        .ok_or_else(|| Failure::new(format!("Cargo.lock names no {package}")))
}
