//! The widget, built by trunk into dist/, and the script that brings it to shops.

use std::{fs, path::Path, process::Command};

use crate::{
    bundle,
    failure::{Failure, Outcome},
    places, process, script,
    setup::BuildTools,
    shorten::{self, Kind},
};

pub fn build_release(tools: &BuildTools) -> Outcome {
    eprintln!("widget: trunk build --release");
    let fresh = places::target().join("wasm-release/dist");
    let mut command = trunk(tools, "build")?;
    tools.wasm.apply_release_flags(&mut command);
    command
        .args(["--release=true", "--cargo-profile", "wasm", "--dist"])
        .arg(&fresh)
        .env("CARGO_TARGET_DIR", places::target().join("wasm-release"));
    process::run(
        &mut command,
        "the widget does not build: see what trunk says above",
    )?;
    shorten::page(tools, &fresh)?;
    take_out_inline_script(&fresh.join("index.html"))?;
    let (start, fresh_start) = (places::root().join("src/start.js"), fresh.join("start.js"));
    fs::copy(&start, &fresh_start).map_err(Failure::io(start.display()))?;
    shorten::script(tools, Kind::Classic, &fresh_start)?;
    for (name, kind) in [("frame", Kind::Classic), ("inpage", Kind::Module)] {
        bundle::script(tools, kind, name, &fresh.join(format!("{name}.js")))?;
    }
    mirror(&fresh, &places::dist())?;
    script::build(tools)
}

/// Trunk with our tools first on PATH, and offline so that it takes no others.
pub fn trunk(tools: &BuildTools, what: &str) -> Outcome<Command> {
    let mut command = process::cargo_like(&tools.trunk);
    tools.wasm.apply(&mut command, &tools.folders)?;
    command
        .args([what, "--offline=true", "--skip-version-check"])
        // Trunk's own frames say nothing about the widget.
        .env("RUST_BACKTRACE", "0")
        // Trunk takes only `true` and `false` for it, where others take any value.
        .env_remove("NO_COLOR");
    Ok(command)
}

/// Trunk starts the program from within the page, where whatever changes scripts on their way stops it.
/// `start.js` does that from a file.
fn take_out_inline_script(page: &Path) -> Outcome {
    let failed = || Failure::io(page.display());
    let html = fs::read_to_string(page).map_err(failed())?;
    let without = html
        .split_once(r#"<script type="module">"#)
        .and_then(|(before, rest)| {
            let (_, rest) = rest.split_once("</script>")?;
            Some([before, rest].concat())
        })
        .ok_or_else(|| Failure::new("trunk starts the program otherwise than it used to"))?;
    fs::write(page, without).map_err(failed())
}

/// Makes `to` equal to `from` and touches nothing that is: the gateway embeds the folder and
/// is built again when a file in it has a newer time.
fn mirror(from: &Path, to: &Path) -> Outcome {
    let failed = |path: &Path| Failure::io(format!("cannot mirror {}", path.display()));
    places::create_folder(to)?;
    for entry in fs::read_dir(to).map_err(failed(to))? {
        let there = entry.map_err(failed(to))?.path();
        let source = from.join(there.file_name().unwrap_or_default());
        if there.is_dir() && !source.is_dir() {
            fs::remove_dir_all(&there).map_err(failed(&there))?;
        } else if there.is_file() && !source.is_file() {
            fs::remove_file(&there).map_err(failed(&there))?;
        }
    }
    for entry in fs::read_dir(from).map_err(failed(from))? {
        let source = entry.map_err(failed(from))?.path();
        let there = to.join(source.file_name().unwrap_or_default());
        if source.is_dir() {
            mirror(&source, &there)?;
            continue;
        }
        let new = fs::read(&source).map_err(failed(&source))?;
        if fs::read(&there).ok().as_ref() != Some(&new) {
            fs::write(&there, new).map_err(failed(&there))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_drops_what_is_gone_and_leaves_what_is_equal() {
        let base = std::env::temp_dir().join(format!("xtask-mirror-{}", std::process::id()));
        let (from, to) = (base.join("from"), base.join("to"));
        for folder in [from.join("sub"), to.join("old")] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::write(from.join("same"), "1").unwrap();
        fs::write(from.join("sub/changed"), "new").unwrap();
        fs::write(to.join("same"), "1").unwrap();
        fs::write(to.join("old/file"), "1").unwrap();
        let before = fs::metadata(to.join("same")).unwrap().modified().unwrap();

        mirror(&from, &to).unwrap();

        assert_eq!(fs::read(to.join("sub/changed")).unwrap(), b"new");
        assert!(!to.join("old").exists());
        let after = fs::metadata(to.join("same")).unwrap().modified().unwrap();
        assert_eq!(before, after);
        fs::remove_dir_all(base).unwrap();
    }
}
