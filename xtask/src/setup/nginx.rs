//! nginx, for the test of several gateways behind a proxy.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::{apt, progress::Progress};
use crate::{failure::Outcome, programs};

/// Debian asks it whether a service that was installed may start.
const DEBIAN_POLICY: &str = "/usr/sbin/policy-rc.d";

const NOTHING_STARTS: &str = "#!/bin/sh\nexit 101\n";

pub fn find_or_install(progress: &mut Progress) -> Outcome {
    let step = progress.step("nginx");
    if programs::find("nginx").is_some() {
        step.found();
        return Ok(());
    }
    let policy = Path::new(DEBIAN_POLICY);
    let is_ours = programs::find("apt-get").is_some() && !policy.exists();
    if is_ours {
        // Whoever may not write here may not install either, and is told so then.
        let _ = fs::write(policy, NOTHING_STARTS)
            .and_then(|()| fs::set_permissions(policy, fs::Permissions::from_mode(0o755)));
    }
    let installed = apt::install(&["nginx"], "the tests need nginx", "20 seconds", &step);
    if is_ours {
        let _ = fs::remove_file(policy);
    }
    installed
}
