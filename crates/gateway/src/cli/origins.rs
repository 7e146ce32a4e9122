//! `usdt-gateway project origins`: the sites that may show a project's payments in their pages.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::Failure;
use super::author::author;
use crate::config::Config;
use crate::data;
use crate::embedders::{Embedders, SiteOrigin};
use crate::payments::ProjectId;
use crate::store::AddressError;

/// Without options that change something, it shows who is allowed.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The gateway's configuration file
    #[arg(long)]
    config: PathBuf,
    /// The project's ID, its `app_id`
    #[arg(value_name = "PROJECT_ID")]
    project: ProjectId,
    /// Allow a site by its scheme, host and port, without a path; repeat it for more
    #[arg(long, value_name = "ORIGIN")]
    add: Vec<SiteOrigin>,
    /// Allow a site no longer
    #[arg(long, value_name = "ORIGIN")]
    remove: Vec<SiteOrigin>,
    /// Allow every site, also one that means harm
    #[arg(long, conflicts_with_all = ["add", "remove"])]
    any: bool,
    /// Allow no site
    #[arg(long, conflicts_with_all = ["add", "remove", "any"])]
    none: bool,
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.config)?;
    let id = arguments.project;
    let (store, _) = data::open(&config).await?;
    let project = store
        .project(id)
        .await?
        .ok_or(AddressError::UnknownProject(id))?;
    let before = store.embedders(id).await?;
    let after = arguments.apply(&before, project.test)?;
    if after != before {
        store.set_embedders(id, &after, &author()).await?;
    }
    store.close().await;
    show(id, &after);
    Ok(())
}

impl Arguments {
    fn apply(self, before: &Embedders, is_test: bool) -> Result<Embedders, Failure> {
        if self.any {
            return Ok(Embedders::Any);
        }
        if self.none {
            return Ok(Embedders::none());
        }
        if self.add.is_empty() && self.remove.is_empty() {
            return Ok(before.clone());
        }
        let mut sites = match before {
            // Whoever names a site means no longer any.
            Embedders::Any => BTreeSet::new(),
            Embedders::These(sites) => sites.clone(),
        };
        if let Some(unknown) = self.remove.iter().find(|site| !sites.contains(*site)) {
            return Err(format!("{unknown} is not among the allowed origins").into());
        }
        sites.extend(self.add);
        for site in &self.remove {
            sites.remove(site);
        }
        Ok(Embedders::these(sites, is_test)?)
    }
}

fn show(id: ProjectId, embedders: &Embedders) {
    match embedders {
        Embedders::Any => println!("Any site may show the payments of project {id}."),
        Embedders::These(sites) if sites.is_empty() => {
            println!("No site may show the payments of project {id}.");
        }
        Embedders::These(sites) => {
            println!("These sites may show the payments of project {id}:");
            for site in sites {
                println!("{site}");
            }
        }
    }
}
