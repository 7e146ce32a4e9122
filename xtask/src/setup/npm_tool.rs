//! Tools that come from npm, each version in a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    lock, node,
    progress::{Progress, Step},
};
use crate::{
    failure::{Failure, Outcome},
    places, process, programs,
};

/// The one that builds the examples for shops too.
const ESBUILD: Tool = Tool {
    package: "esbuild",
    version: "0.25.12",
    program: "esbuild",
};

const TERSER: Tool = Tool {
    package: "terser",
    version: "5.51.2",
    program: "terser",
};

const BINARYEN: Tool = Tool {
    package: "binaryen",
    version: "132.0.0",
    program: "wasm-opt",
};

/// Recent enough for what rustc writes today.
const OLDEST_WASM_OPT: u32 = 120;

struct Tool {
    package: &'static str,
    version: &'static str,
    program: &'static str,
}

/// The folder of an esbuild.
pub fn esbuild(progress: &mut Progress) -> Outcome<PathBuf> {
    let step = progress.step("esbuild");
    ESBUILD.find_or_install(|| None, &step)
}

/// The folder of a terser.
pub fn terser(progress: &mut Progress) -> Outcome<PathBuf> {
    let step = progress.step("terser");
    TERSER.find_or_install(|| None, &step)
}

/// The folder of a wasm-opt.
pub fn wasm_opt(progress: &mut Progress) -> Outcome<PathBuf> {
    let step = progress.step("wasm-opt");
    BINARYEN.find_or_install(recent_on_path, &step)
}

fn recent_on_path() -> Option<PathBuf> {
    let program = programs::find("wasm-opt")?;
    let version = programs::major_version(&programs::ask(&program, &["--version"])?)?;
    let folder = program.parent()?.to_path_buf();
    (version >= OLDEST_WASM_OPT).then_some(folder)
}

impl Tool {
    fn find_or_install(
        &self,
        elsewhere: impl Fn() -> Option<PathBuf>,
        step: &Step,
    ) -> Outcome<PathBuf> {
        let home = places::tool(self.package, self.version)?;
        let folder = home.join("node_modules/.bin");
        let is_there = || folder.join(self.program).is_file();
        if is_there() && node::find().is_some() {
            step.found();
            return Ok(folder);
        }
        if let Some(other) = elsewhere() {
            step.found();
            return Ok(other);
        }
        let npm = node::npm_or_install(&format!("{} needs Node.js", self.program), step)?;
        let _lock = lock::acquire(&home.with_added_extension("lock"))?;
        if !is_there() {
            self.install(&npm, &home, step)?;
        }
        Ok(folder)
    }

    fn install(&self, npm: &Path, home: &Path, step: &Step) -> Outcome {
        let Self {
            package,
            version,
            program,
        } = self;
        step.installing("10 seconds");
        let log = places::log(&format!("{package}-{version}"))?;
        let new = home.with_added_extension("new");
        let _ = fs::remove_dir_all(&new);
        places::create_folder(&new)?;
        let mut command = process::cargo_like(npm);
        command
            .current_dir(&new)
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
            .arg("--prefix")
            .arg(&new)
            .arg(format!("{package}@{version}"));
        if !process::succeeds_quietly(&mut command, &log)? {
            return Err(Failure::new(format!(
                "the npm package {package} {version} ({program}) cannot be installed: check the network and repeat (npm's words are in {})",
                log.display()
            )));
        }
        let _ = fs::remove_dir_all(home);
        fs::rename(&new, home).map_err(Failure::io(format!("cannot make {}", home.display())))?;
        step.installed();
        Ok(())
    }
}
