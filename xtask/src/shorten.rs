//! Makes the built page smaller than trunk leaves it: wasm-bindgen gives what wasm and glue call
//! each other long names with hashes, which do not compress, and writes glue for people.

use std::{fs, path::Path, process::Command};

use serde::Deserialize;

use crate::{
    failure::{Failure, Outcome},
    process,
    setup::BuildTools,
};

/// What wasm-opt calls the module that all imports come from.
const MODULE: &str = "a";

/// What wasm-opt prints of the names that it changed: the old one before the new one, and of an
/// import its module's old name too.
#[derive(Deserialize)]
struct Names {
    imports: Vec<(String, String, String)>,
    exports: Vec<(String, String)>,
}

pub fn page(tools: &BuildTools, folder: &Path) -> Outcome {
    let names = shorten_wasm(tools, &folder.join("usdt-checkout_bg.wasm"))?;
    let path = folder.join("usdt-checkout.js");
    let glue = fs::read_to_string(&path).map_err(Failure::io(path.display()))?;
    fs::write(&path, rename(&glue, &names)?).map_err(Failure::io(path.display()))?;
    script(tools, Kind::Module, &path)
}

/// How a browser takes a script.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Module,
    Classic,
}

/// Makes the script as short as it can be, in its place.
pub fn script(tools: &BuildTools, kind: Kind, path: &Path) -> Outcome {
    let mut minify = process::cargo_like(&tools.terser);
    minify.arg(path);
    if kind == Kind::Module {
        minify.arg("--module");
    }
    minify
        .args(["--compress", "passes=3", "--mangle", "--output"])
        .arg(path);
    let complaint = format!("terser does not take {}", path.display());
    process::run(&mut minify, &complaint)
}

fn shorten_wasm(tools: &BuildTools, wasm: &Path) -> Outcome<Names> {
    let output = Command::new(&tools.wasm_opt)
        .arg(wasm)
        .args(["--minify-imports-and-exports-and-modules"])
        .args(["--strip-producers", "--strip-target-features", "--output"])
        .arg(wasm)
        .output()
        .map_err(Failure::io("wasm-opt"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(Failure::new(format!("wasm-opt shortens no names: {said}")));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| Failure::new(format!("the names that wasm-opt changed: {error}")))
}

/// Gives the glue the new names. It defines each import once, and takes exports from `wasm`.
fn rename(glue: &str, names: &Names) -> Outcome<String> {
    let mut glue = glue.to_owned();
    let mut define = |old: &str, new: &str| {
        if glue.matches(old).count() != 1 {
            return Err(Failure::new(format!(
                "the glue of wasm-bindgen has {old:?} not once, as it used to"
            )));
        }
        glue = glue.replace(old, new);
        Ok(())
    };
    for (_, old, new) in &names.imports {
        define(&format!(" {old}: function"), &format!(" {new}: function"))?;
    }
    if let Some((module, ..)) = names.imports.first() {
        define(&format!("{module:?}: "), &format!("{MODULE:?}: "))?;
    }
    let mut exports: Vec<_> = names.exports.iter().collect();
    // Where one name begins another, the longer one has to go first.
    exports.sort_by_key(|(old, _)| std::cmp::Reverse(old.len()));
    for (old, new) in exports {
        glue = glue.replace(&format!("wasm.{old}"), &format!("wasm.{new}"));
    }
    Ok(glue)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let text = r#"{
            "imports": [["./a.js", "__wbg_then_01ab", "$"], ["./a.js", "__wbg_then_02cd", "$a"]],
            "exports": [["free", "b"], ["free_all", "c"]]
        }"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_glue_calls_everything_by_its_new_name() {
        let glue = r#"{ __wbg_then_01ab: function() {}, __wbg_then_02cd: function() {} };
            { "./a.js": import0 }; wasm.free(free_all); wasm.free_all(1);"#;
        assert_eq!(
            rename(glue, &names()).unwrap(),
            r#"{ $: function() {}, $a: function() {} };
            { "a": import0 }; wasm.b(free_all); wasm.c(1);"#
        );
    }

    #[test]
    fn a_glue_that_lacks_an_import_is_not_taken() {
        assert!(
            rename(
                r#"{ __wbg_then_01ab: function() {}, "./a.js": 1 }"#,
                &names()
            )
            .is_err()
        );
    }
}
