//! What the story told by a shell script calls.

use super::{apt, progress::Progress};
use crate::{failure::Outcome, programs};

pub fn find_or_install(progress: &mut Progress) -> Outcome {
    let step = progress.step("curl and openssl");
    if ["curl", "openssl"]
        .iter()
        .all(|name| programs::find(name).is_some())
    {
        step.found();
        return Ok(());
    }
    apt::install(
        &["curl", "openssl"],
        "the tests need curl and openssl",
        "10 seconds",
        &step,
    )
}
