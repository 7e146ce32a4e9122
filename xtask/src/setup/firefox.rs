//! Firefox, for the browser tests: the other engine that shops' pages meet.

use std::path::{Path, PathBuf};

use super::{apt, named, progress::Progress};
use crate::{
    failure::{Failure, Outcome},
    programs,
};

/// Older ones do not know all that Playwright asks of them.
const OLDEST: u32 = 146;

pub fn find_or_install(progress: &mut Progress) -> Outcome {
    let step = progress.step("Firefox");
    if find()?.is_some() {
        step.found();
        return Ok(());
    }
    let purpose =
        format!("the tests need Firefox {OLDEST} or later (on PATH, or named by FIREFOX)");
    apt::install(&["firefox-esr"], &purpose, "a minute", &step)?;
    find()?.map(drop).ok_or_else(|| {
        Failure::new(format!(
            "{purpose}, and the one of the package sources is older: set FIREFOX to a newer one"
        ))
    })
}

pub fn find() -> Outcome<Option<PathBuf>> {
    if let Some(firefox) = named("FIREFOX")? {
        return Ok(Some(firefox));
    }
    let mut found = ["firefox-esr", "firefox"]
        .into_iter()
        .filter_map(programs::find);
    Ok(found.find(|firefox| is_new_enough(firefox)))
}

fn is_new_enough(firefox: &Path) -> bool {
    programs::ask(firefox, &["--version"])
        .and_then(|version| programs::major_version(&version))
        .is_some_and(|version| version >= OLDEST)
}
