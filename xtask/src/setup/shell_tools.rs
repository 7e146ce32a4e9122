//! What the story told by a shell script and the samples in the docs call.

use super::{apt, progress::Progress};
use crate::{failure::Outcome, programs};

pub fn find_or_install(progress: &mut Progress) -> Outcome {
    let step = progress.step("curl, openssl and Python");
    if ["curl", "openssl", "python3"]
        .iter()
        .all(|name| programs::find(name).is_some())
    {
        step.found();
        return Ok(());
    }
    apt::install(
        &["curl", "openssl", "python3"],
        "the tests need curl, openssl and Python",
        "20 seconds",
        &step,
    )
}
