//! Looks at the data folder, and opens it.

use super::Failure;
use super::findings::{Findings, fine};
use crate::config::Config;
use crate::data::room::Room;
use crate::data::{self, owner};
use crate::store::{Check, Store};

/// Looks at the files before they are opened, since opening mends some of it.
pub(super) async fn examine(config: &Config, findings: &mut Findings) -> Result<Store, Failure> {
    let folder = &config.data_dir;
    for (file, mode) in owner::exposed(folder).unwrap_or_default() {
        findings.problem(format_args!(
            "{} is open to other users (mode {mode:o}): run `chmod 600` on it",
            file.display()
        ));
    }
    let (store, _vault) = data::open(config).await?;
    let shown = folder.display();
    fine(format_args!(
        "the data folder {shown} can be read, and its secrets opened"
    ));
    fine(format_args!(
        "the master key from {} is the one of the database",
        config.master_key
    ));
    match &config.database {
        Some(database) => fine(format_args!("the database {database} answers")),
        None => match store.examine_own(Check::PagesAndIndices).await {
            Ok(()) => fine("the database is sound"),
            Err(error) => findings.problem(error),
        },
    }
    let room = Room::new(store.clone(), config.disk_reserve);
    let usage = room.usage()?;
    match room.low_disk(usage) {
        Some(told) => findings.problem(told),
        None => fine(format_args!(
            "{} MiB of the disk are free",
            usage.disk_free >> 20
        )),
    }
    if let Some(told) = room.long_wal(usage) {
        findings.problem(told);
    }
    Ok(store)
}
