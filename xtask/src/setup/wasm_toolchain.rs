//! A Rust that builds for wasm32-unknown-unknown: the one that runs us, or Debian's.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use super::{apt, progress::Progress};
use crate::{
    failure::{Failure, Outcome},
    places, process, programs,
};

pub const TARGET: &str = "wasm32-unknown-unknown";

const SILENT_PANICS: &str = "-Zunstable-options -Cpanic=immediate-abort";

/// In the folder of a toolchain.
const STD_SOURCES: &str = "lib/rustlib/src/rust/library/Cargo.lock";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

pub enum WasmToolchain {
    /// The toolchain that runs us, with the sources of std: building std too makes less wasm.
    Own,
    /// The toolchain that runs us, with std as it comes.
    OwnPrebuilt,
    /// Debian's rustc-web has none of its std for wasm, but the sources.
    Debian { linker: PathBuf },
}

impl WasmToolchain {
    pub fn find_or_install(progress: &mut Progress) -> Outcome<Self> {
        let step = progress.step(&format!("Rust for {TARGET}"));
        if own_has_sources() {
            step.found();
            return Ok(Self::Own);
        }
        if let Some(found) = debian() {
            step.found();
            return Ok(found);
        }
        if let Some(rustup) = programs::find("rustup") {
            step.installing("20 seconds");
            let log = places::log("rustup")?;
            let mut add = process::cargo_like(rustup);
            add.args(["component", "add", "rust-src"]);
            if process::succeeds_quietly(&mut add, &log)? && own_has_sources() {
                step.installed();
                return Ok(Self::Own);
            }
        }
        if own_has_target() {
            step.found();
            eprintln!(
                "      without the sources of std (`rustup component add rust-src`): the page weighs a fifth more"
            );
            return Ok(Self::OwnPrebuilt);
        }

        let purpose = "`rustup component add rust-src` does not work here";
        apt::install(
            &["rustc-web", "cargo-web", "rust-web-src"],
            purpose,
            "a minute",
            &step,
        )?;
        let lld = format!("lld-{}", debian_llvm().unwrap_or_default());
        apt::install(&[&lld], purpose, "10 seconds", &step)?;
        debian().ok_or_else(|| {
            Failure::new(format!(
                "{DEBIAN_RUSTC} is too old for this repository: install a Rust with the target {TARGET} and repeat"
            ))
        })
    }

    /// Makes a command that is, or calls, cargo build for wasm with this toolchain.
    /// `folders` go in front of PATH.
    pub fn apply(&self, command: &mut Command, folders: &[PathBuf]) -> Outcome {
        let mut folders = folders.to_vec();
        command
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTFLAGS");
        if self.builds_std() {
            command
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
        }
        if let Self::Debian { linker } = self {
            folders.push(PathBuf::from("/usr/bin"));
            command
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                .env_remove("RUSTC")
                .env_remove("RUSTUP_TOOLCHAIN");
        }
        process::prepend_path(command, &folders)
    }

    /// What makes a release smaller; a test that fails has to be able to say why.
    pub fn apply_release_flags(&self, command: &mut Command) {
        if self.builds_std() {
            command.env("RUSTFLAGS", SILENT_PANICS);
        }
    }

    const fn builds_std(&self) -> bool {
        matches!(self, Self::Own | Self::Debian { .. })
    }
}

/// Rustup brings the linker for wasm; what distributions ship beside their own sources lacks it.
fn own_has_sources() -> bool {
    let folder = |what| programs::ask("rustc", &["--print", what]);
    let Some((sysroot, libraries)) = folder("sysroot").zip(folder("target-libdir")) else {
        return false;
    };
    let linker = format!("../bin/rust-lld{}", std::env::consts::EXE_SUFFIX);
    Path::new(sysroot.trim()).join(STD_SOURCES).is_file()
        && Path::new(libraries.trim()).join(linker).is_file()
}

fn own_has_target() -> bool {
    let folder = programs::ask("rustc", &["--print", "target-libdir", "--target", TARGET]);
    folder.is_some_and(|path| has_std(Path::new(path.trim())))
}

fn has_std(folder: &Path) -> bool {
    let Ok(files) = folder.read_dir() else {
        return false;
    };
    files
        .flatten()
        .any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

fn debian() -> Option<WasmToolchain> {
    let version = debian_says("release: ")?;
    let sysroot = programs::ask(DEBIAN_RUSTC, &["--print", "sysroot"])?;
    let sources = Path::new(sysroot.trim()).join(STD_SOURCES);
    let linker = PathBuf::from(format!("/usr/bin/wasm-ld-{}", debian_llvm()?));
    let cargo = Path::new("/usr/bin/cargo");
    let complete = [&sources, &linker, cargo].iter().all(|file| file.is_file());
    let recent = at_least(&version, env!("CARGO_PKG_RUST_VERSION"));
    (complete && recent).then_some(WasmToolchain::Debian { linker })
}

fn debian_llvm() -> Option<u32> {
    programs::major_version(&debian_says("LLVM version: ")?)
}

fn debian_says(what: &str) -> Option<String> {
    let all = programs::ask(DEBIAN_RUSTC, &["-vV"])?;
    all.lines()
        .find_map(|line| line.strip_prefix(what))
        .map(str::to_owned)
}

fn at_least(version: &str, wanted: &str) -> bool {
    let parts = |text: &str| {
        text.split(['.', '-'])
            .map_while(|part| part.parse().ok())
            .collect::<Vec<u32>>()
    };
    parts(version) >= parts(wanted)
}

#[cfg(test)]
mod tests {
    use super::at_least;

    #[test]
    fn compares_versions_as_numbers() {
        assert!(at_least("1.96.0", "1.95"));
        assert!(at_least("1.100.0", "1.95"));
        assert!(at_least("1.95.0-nightly", "1.95"));
        assert!(!at_least("1.63.0", "1.95"));
    }
}
