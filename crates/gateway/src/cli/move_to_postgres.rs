//! `usdt-gateway move-to-postgres`: moves a gateway from its data folder to a database on a server.

use std::path::Path;

use super::Failure;
use crate::config::Config;
use crate::data::relocation::{self, Moved};

pub async fn run(file: &Path) -> Result<(), Failure> {
    let config = Config::read(file)?;
    let Some(database) = &config.database else {
        return Err(format!(
            "{} does not say where to: add the empty database to it, such as \
             `database = \"postgres://user@host/name\"`",
            file.display()
        )
        .into());
    };
    let Moved { tables, file } = relocation::relocate(&config, database).await?;
    for (table, rows) in tables {
        println!("{rows:>12} {table}");
    }
    println!("All these rows are in {database} now, read back and found equal.");
    println!(
        "{} is what they were copied from, and nothing looks at it any more.",
        file.display()
    );
    println!(
        "Start the gateway. Back the database up with PostgreSQL's own tools, and keep the master key."
    );
    Ok(())
}
