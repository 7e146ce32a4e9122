//! PHP with curl and SQLite, for the published integration example and the documented receivers, and the frameworks in
//! which the library for PHP is tested.

use std::path::Path;

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

/// Where Debian's packages have the frameworks' own autoloaders, and their names.
const FRAMEWORKS: [(&str, &str); 4] = [
    (
        "Symfony/Component/HttpFoundation/autoload.php",
        "php-symfony-http-foundation",
    ),
    ("Illuminate/Http/autoload.php", "php-illuminate-http"),
    ("Nyholm/Psr7/autoload.php", "php-nyholm-psr7"),
    ("GuzzleHttp/Psr7/autoload.php", "php-guzzlehttp-psr7"),
];

pub fn find_or_install_frameworks(progress: &mut Progress) -> Outcome {
    let step = progress.step("frameworks of PHP");
    let shared = Path::new("/usr/share/php");
    if FRAMEWORKS
        .iter()
        .all(|(file, _)| shared.join(file).is_file())
    {
        step.found();
        return Ok(());
    }
    apt::install(
        &FRAMEWORKS.map(|(_, package)| package),
        "the tests need the frameworks of PHP",
        "20 seconds",
        &step,
    )
}
