//! One installer at a time: a second `xtask` waits and then finds the tool.

use std::{fs::File, path::Path};

use crate::{
    failure::{Failure, Outcome},
    places,
};

/// Held until the file is dropped.
pub fn acquire(path: &Path) -> Outcome<File> {
    if let Some(folder) = path.parent() {
        places::create_folder(folder)?;
    }
    let what = || format!("cannot lock {}", path.display());
    let file = File::create(path).map_err(Failure::io(what()))?;
    file.lock().map_err(Failure::io(what()))?;
    Ok(file)
}
