//! What the story told by a shell script and the samples in the docs call.

use super::{apt, progress::Progress};
use crate::{failure::Outcome, programs};

pub fn find_or_install(progress: &mut Progress) -> Outcome {
    let step = progress.step("curl, openssl, jq and Python");
    if ["curl", "openssl", "jq", "python3"]
        .iter()
        .all(|name| programs::find(name).is_some())
    {
        step.found();
        return Ok(());
    }
    apt::install(
        &["curl", "openssl", "jq", "python3"],
        "the tests need curl, openssl, jq and Python",
        "20 seconds",
        &step,
    )
}
