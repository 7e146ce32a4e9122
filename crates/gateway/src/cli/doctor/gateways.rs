//! Looks at which gateways run on the database, and which of them reads each network.

use std::time::Duration;

use super::Failure;
use super::findings::{Findings, fine, note};
use crate::config::Config;
use crate::store::{Gateway, Lead, Store};

/// One gateway takes over from another within seconds.
const UNREAD_AFTER: Duration = Duration::from_mins(1);

/// Where only one gateway can run there is nothing to tell.
pub(super) async fn examine(
    config: &Config,
    store: &Store,
    findings: &mut Findings,
) -> Result<(), Failure> {
    if !store.is_shared() {
        return Ok(());
    }
    let mut gateways = store.gateways().await?;
    gateways.retain(Gateway::runs);
    if gateways.is_empty() {
        note("no gateway runs on the database");
        return Ok(());
    }
    let leads = store.leads().await?;
    for gateway in &gateways {
        let reads: Vec<&str> = leads
            .iter()
            .filter(|lead| lead.holder.as_ref() == Some(&gateway.id))
            .map(|lead| lead.network.as_str())
            .collect();
        let reads = match reads.as_slice() {
            [] => "no chain".to_owned(),
            networks => networks.join(" and "),
        };
        fine(format_args!(
            "a gateway of version {} runs on {} since {} UTC, and reads {reads}",
            gateway.version, gateway.host, gateway.started_at
        ));
    }
    for chain in &config.chains {
        let is_read =
            |lead: &Lead| lead.network == chain.network.as_str() && lead.age <= UNREAD_AFTER;
        if !leads.iter().any(is_read) {
            findings.problem(format_args!("no gateway reads {}", chain.network));
        }
    }
    Ok(())
}
