//! Every test there is, or one kind of them.

mod browser;
mod clients;
mod libraries;
mod newer_node;
mod plugins;
mod rust;
mod wasm;

use crate::{
    failure::{Failure, Outcome},
    places, setup, widget,
};

const KINDS: [&str; 8] = [
    "rust",
    "wasm",
    "browser",
    "clients",
    "libraries",
    "plugins",
    "soak",
    "system",
];

#[derive(Default)]
struct Summary {
    passed: usize,
    failed: Vec<&'static str>,
}

impl Summary {
    /// A suite that cannot even start must not keep the others from running.
    fn add(&mut self, suite: &'static str, outcome: Outcome<bool>) {
        match outcome {
            Ok(true) => {
                self.passed += 1;
                return;
            }
            Ok(false) => (),
            Err(failure) => eprintln!("{suite}: {failure}"),
        }
        self.failed.push(suite);
    }

    fn close(self) -> Outcome {
        println!(
            "\n{} suites passed, {} failed",
            self.passed,
            self.failed.len()
        );
        if self.failed.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "tests failed in: {} (`cargo xtask test rust`, `wasm`, `browser`, `clients`, `libraries` or `plugins` repeats one kind)",
            self.failed.join(", ")
        )))
    }
}

pub fn run(arguments: &[String]) -> Outcome {
    let (kind, rest) = match arguments.split_first() {
        Some((first, rest)) if KINDS.contains(&first.as_str()) => (first.as_str(), rest),
        _ => ("", arguments),
    };
    let setup::TestTools {
        build,
        browser,
        postgres,
    } = setup::everything()?;
    // The gateway embeds the widget, so the page comes before any native test.
    if matches!(kind, "" | "browser") || !places::dist().join("index.html").is_file() {
        widget::build_release(&build)?;
    }

    let platforms =
        (kind == "plugins" || kind.is_empty() && rest.is_empty()).then(plugins::Platforms::install);

    let mut summary = Summary::default();
    match kind {
        "rust" => summary.add("rust", rust::run(&postgres, rest)),
        "soak" => summary.add("soak", rust::soak(rest)),
        "system" => summary.add("system", rust::system(&postgres, rest)),
        "wasm" => summary.add("wasm", wasm::run(&build, &browser, rest)),
        "browser" => summary.add("browser", browser::run(&browser, rest)),
        "clients" => summary.add("clients", clients::run(rest)),
        "libraries" => summary.add("libraries", libraries::run()),
        "plugins" => (),
        _ => {
            summary.add("rust", rust::run(&postgres, rest));
            summary.add("wasm", wasm::run(&build, &browser, rest));
            summary.add("browser", browser::run(&browser, &browser::selection(rest)));
            summary.add("clients", clients::run(&clients::selection(rest)));
            // Their tests have no common filter.
            if rest.is_empty() {
                summary.add("libraries", libraries::run());
            }
        }
    }
    if let Some(platforms) = platforms {
        summary.add("plugins", plugins::run(platforms, &postgres));
    }
    summary.close()
}
