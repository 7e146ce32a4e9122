//! Whose files the data folder holds, and who may read them.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::DataError;
use crate::secrets::Vault;

/// What only the owner may read or write.
const PRIVATE: u32 = 0o600;

/// A user of this machine, as people call them.
pub fn name(uid: u32) -> String {
    uzers::get_user_by_uid(uid).map_or_else(
        || format!("the user {uid}"),
        |user| user.name().to_string_lossy().into_owned(),
    )
}

/// The user that this process acts as.
pub fn me() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Who owns a file, or the folder that it would be in.
pub fn of(path: &Path) -> Option<u32> {
    path.ancestors()
        .find_map(|path| fs::metadata(path).ok())
        .map(|metadata| metadata.uid())
}

/// Refuses to work on another user's folder: what root writes there, its owner could not read.
pub fn require_mine(folder: &Path) -> Result<(), DataError> {
    match of(folder) {
        Some(owner) if owner != me() && me() == 0 => Err(DataError::OfAnotherUser {
            folder: folder.to_owned(),
            owner: name(owner),
        }),
        _ => Ok(()),
    }
}

/// The files of a data folder that others than their owner can read or write, with their modes.
pub fn exposed(folder: &Path) -> io::Result<Vec<(PathBuf, u32)>> {
    let mut exposed = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let mode = metadata.permissions().mode() & 0o777;
        if metadata.is_file() && is_ours(&entry.path()) && mode & !PRIVATE != 0 {
            exposed.push((entry.path(), mode));
        }
    }
    exposed.sort();
    Ok(exposed)
}

/// A configuration, say, may lie in the same folder.
fn is_ours(file: &Path) -> bool {
    file.file_name().is_some_and(|name| {
        let name = name.to_string_lossy();
        name.starts_with("gateway.sqlite") || matches!(&*name, "master.key" | "gateway.mark")
    })
}

/// Takes from others what an older version, or a copy, has let them read. Not the key: that others
/// may know it cannot be mended in silence.
pub fn close_to_others(folder: &Path) -> Result<(), DataError> {
    let exposed = exposed(folder).map_err(|error| DataError::unusable(folder, error))?;
    let is_key = |file: &Path| *file == Vault::key_file(folder);
    for (file, mode) in exposed.into_iter().filter(|(file, _)| !is_key(file)) {
        if let Err(error) = make_private(&file) {
            // A copy of somebody else, perhaps: not worth a gateway that does not start.
            tracing::warn!(file = %file.display(), %error, "a file is open to other users");
            continue;
        }
        tracing::warn!(
            file = %file.display(),
            mode = %format_args!("{mode:o}"),
            "a file of the data folder was open to other users, and is no longer"
        );
    }
    Ok(())
}

pub fn make_private(file: &Path) -> io::Result<()> {
    fs::set_permissions(file, Permissions::from_mode(PRIVATE))
}
