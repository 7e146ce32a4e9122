//! PHP with curl and SQLite, for the published integration example and the documented receivers.

use super::{apt, progress::Progress};
use crate::{failure::Outcome, programs};

pub fn find_or_install(progress: &mut Progress) -> Outcome {
    let step = progress.step("PHP with curl and SQLite");
    let modules = programs::ask("php", &["-m"]);
    let has = |list: &str, module| list.lines().any(|line| line == module);
    if modules.is_some_and(|list| has(&list, "curl") && has(&list, "pdo_sqlite")) {
        step.found();
        return Ok(());
    }
    apt::install(
        &["php-cli", "php-curl", "php-sqlite3"],
        "the tests need PHP with its extensions for curl and SQLite",
        "20 seconds",
        &step,
    )
}
