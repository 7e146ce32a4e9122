//! Tools that `cargo install` builds, each version in a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    lock,
    progress::{Progress, Step},
};
use crate::{
    failure::{Failure, Outcome},
    places, process,
};

struct Tool<'a> {
    package: &'a str,
    version: &'a str,
    program: &'a str,
    options: &'a [&'a str],
    duration: &'a str,
}

pub fn trunk(version: &str, progress: &mut Progress) -> Outcome<PathBuf> {
    let tool = Tool {
        package: "trunk",
        version,
        program: "trunk",
        options: &["--locked"],
        duration: "7 minutes",
    };
    tool.find_or_install(progress)
}

/// The lock file of wasm-bindgen-cli has named crates that were gone, so it is not used.
pub fn wasm_bindgen(version: &str, progress: &mut Progress) -> Outcome<PathBuf> {
    let tool = Tool {
        package: "wasm-bindgen-cli",
        version,
        program: "wasm-bindgen-test-runner",
        options: &["--no-default-features"],
        duration: "2 minutes",
    };
    tool.find_or_install(progress)
}

impl Tool<'_> {
    /// The folder of the tool's programs.
    fn find_or_install(&self, progress: &mut Progress) -> Outcome<PathBuf> {
        let step = progress.step(&format!("{} {}", self.package, self.version));
        let home = places::tool(self.package, self.version)?;
        let programs = home.join("bin");
        if self.is_in(&programs) {
            step.found();
            return Ok(programs);
        }
        let _lock = lock::acquire(&home.with_added_extension("lock"))?;
        if self.is_in(&programs) {
            step.found();
        } else {
            self.install(&home, &step)?;
        }
        Ok(programs)
    }

    fn is_in(&self, folder: &Path) -> bool {
        let file = format!("{}{}", self.program, std::env::consts::EXE_SUFFIX);
        folder.join(file).is_file()
    }

    /// Builds beside the final place and moves: what is there is always whole.
    fn install(&self, home: &Path, step: &Step) -> Outcome {
        step.installing(self.duration);
        let log = places::log(&format!("{}-{}", self.package, self.version))?;
        let new = home.with_added_extension("new");
        let build = home.with_added_extension("build");
        let mut command = process::cargo();
        command
            .args(["install", self.package, "--version"])
            .arg(format!("={}", self.version))
            .args(self.options)
            .args(["--force", "--no-track", "--root"])
            .arg(&new)
            .env("CARGO_TARGET_DIR", &build)
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_STRIP", "true")
            .env_remove("RUSTFLAGS");
        if !process::succeeds_quietly(&mut command, &log)? {
            return Err(Failure::new(format!(
                "{} {} cannot be installed: check the network and that a C compiler is there, then repeat (cargo's words are in {})",
                self.package,
                self.version,
                log.display()
            )));
        }
        let _ = fs::remove_dir_all(home);
        fs::rename(&new, home).map_err(Failure::io(format!("cannot make {}", home.display())))?;
        let _ = fs::remove_dir_all(&build);
        step.installed();
        Ok(())
    }
}
