//! Every dependency's licence against the list in deny.toml, offline.

use std::fs;

use cargo_metadata::{CargoOpt, MetadataCommand, Package};
use serde::Deserialize;
use spdx::{Expression, LicenseReq, Licensee, ParseMode};

use crate::{
    failure::{Failure, Outcome},
    places,
};

/// The part of deny.toml that is read here; cargo-deny reads all of it.
#[derive(Deserialize)]
struct Policy {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

pub fn check() -> Outcome {
    let allowed = allowed()?;
    let metadata = MetadataCommand::new()
        .current_dir(places::root())
        .features(CargoOpt::AllFeatures)
        .other_options(vec!["--locked".into()])
        .exec()
        .map_err(|error| Failure::new(format!("cargo metadata: {error}")))?;
    let complaints: Vec<String> = metadata
        .packages
        .iter()
        .filter_map(|package| complaint(package, &allowed))
        .collect();
    if complaints.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "not in the list of deny.toml: {}",
        complaints.join("; ")
    )))
}

fn allowed() -> Outcome<Vec<Licensee>> {
    let path = places::root().join("deny.toml");
    let text = fs::read_to_string(&path).map_err(Failure::io(path.display()))?;
    let policy: Policy =
        basic_toml::from_str(&text).map_err(|error| Failure::new(format!("deny.toml: {error}")))?;
    let parse = |name: &String| {
        Licensee::parse(name).map_err(|error| Failure::new(format!("deny.toml: {error}")))
    };
    policy.licenses.allow.iter().map(parse).collect()
}

fn complaint(package: &Package, allowed: &[Licensee]) -> Option<String> {
    let is_allowed = |wanted: &LicenseReq| allowed.iter().any(|each| each.satisfies(wanted));
    let words = match package.license.as_deref() {
        None => "no licence".to_owned(),
        Some(text) => match Expression::parse_mode(text, ParseMode::LAX) {
            Ok(expression) if expression.evaluate(is_allowed) => return None,
            Ok(_) => text.to_owned(),
            Err(error) => format!("{text} ({})", error.reason),
        },
    };
    Some(format!("{} {}: {words}", package.name, package.version))
}
