//! `MariaDB`, and PHP's extension for it, for the shops of PHP in which plugins are tested.

use super::{apt, progress::Progress};
use crate::{failure::Outcome, programs};

pub fn find_or_install(progress: &mut Progress) -> Outcome {
    let step = progress.step("MariaDB, and PHP's extension for it");
    let has_extension = programs::ask("php", &["-m"])
        .is_some_and(|modules| modules.lines().any(|module| module == "mysqli"));
    if has_extension && programs::find("mariadb-install-db").is_some() {
        step.found();
        return Ok(());
    }
    apt::install(
        &["mariadb-server", "php-mysql"],
        "the tests of plugins need MariaDB and PHP's extension for it",
        "40 seconds",
        &step,
    )
}
