//! Finding programs and asking them for their version.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

pub fn find(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(&file))
        .find(|candidate| candidate.is_file())
}

pub fn find_any(names: &[&str]) -> Option<PathBuf> {
    names.iter().find_map(|name| find(name))
}

/// What the program prints on standard output, if it succeeds.
pub fn ask(program: impl AsRef<Path>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program.as_ref())
        .args(arguments)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

/// The first number of a text such as `wasm-opt version 132 (version_132)` or `v20.20.2`.
pub fn major_version(text: &str) -> Option<u32> {
    let from_digit = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits = from_digit.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn reads_the_versions_that_tools_print() {
        assert_eq!(
            major_version("wasm-opt version 132 (version_132)"),
            Some(132)
        );
        assert_eq!(major_version("v20.20.2\n"), Some(20));
        assert_eq!(
            major_version("ChromeDriver 148.0.1 (abc-refs/x)"),
            Some(148)
        );
        assert_eq!(major_version("none"), None);
    }
}
