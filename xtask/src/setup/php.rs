//! PHP with curl, for the published integration example.

use super::{apt, progress::Progress};
use crate::{failure::Outcome, programs};

pub fn find_or_install(progress: &mut Progress) -> Outcome {
    let step = progress.step("PHP with curl");
    let modules = programs::ask("php", &["-m"]);
    if modules.is_some_and(|list| list.lines().any(|line| line == "curl")) {
        step.found();
        return Ok(());
    }
    apt::install(
        &["php-cli", "php-curl"],
        "the tests need PHP with its curl extension",
        "20 seconds",
        &step,
    )
}
