//! Go, for the documented shop in it.

use super::{apt, progress::Progress};
use crate::{failure::Outcome, programs};

pub fn find_or_install(progress: &mut Progress) -> Outcome {
    let step = progress.step("Go");
    if programs::find("go").is_some() {
        step.found();
        return Ok(());
    }
    apt::install(&["golang-go"], "the tests need Go", "a minute", &step)
}
