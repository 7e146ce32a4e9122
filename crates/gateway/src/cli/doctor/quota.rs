//! `usdt-gateway doctor --quota`: the requests of a day, reckoned and counted, beside the limits.

use std::collections::BTreeMap;

use usdt_tron::Call;

use super::Failure;
use super::findings::{Findings, fine};
use crate::chain::Chain;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{ChainConfig, Config};
use crate::data;
use crate::quota::pattern::{Reading, Usage, requests_a_day, requests_to_others};
use crate::quota::{self, Member};
use crate::store::{NodeRequests, Store};

/// Days from which an average day is reckoned.
const DAYS: u32 = 7;

pub(super) async fn run(config: &Config) -> Result<(), Failure> {
    let (store, _vault) = data::open(config).await?;
    let mut findings = Findings::default();
    for chain in &config.chains {
        examine(chain, &store, &mut findings).await?;
    }
    store.close().await;
    findings.conclude()
}

async fn examine(
    config: &ChainConfig,
    store: &Store,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let chain = Chain::new(config)?;
    let (network, now) = (chain.network, SystemClock.now());
    let today = quota::day(now);
    let usage = store.usage(network, now, DAYS).await?;
    let counted = store.node_requests(network, today - 1).await?;
    println!(
        "{network}: on an average of the last {DAYS} days a payment is open for {}, an amount is reserved \
         for {}, and {} payments are paid. {} of {} addresses are in use.",
        hours(usage.open),
        hours(usage.reserved),
        usage.paid,
        usage.addresses_in_use,
        usage.addresses
    );
    let reading = Reading {
        watch: chain.watch,
        poll: chain.poll,
        idle_poll: chain.idle_poll,
    };
    // The watcher asks the first node that is well.
    let members = chain.quota.members();
    let indexer = members
        .iter()
        .position(|member| member.node.is(&chain.indexer));
    for (position, member) in members.iter().enumerate() {
        let of = |usage: Usage| -> BTreeMap<Call, u64> {
            let all = requests_a_day(usage, reading);
            let listed = all.get(&Call::Indexer).copied().unwrap_or(0);
            let mut requests = match (position, member.is_watched) {
                (0, _) => all,
                (_, true) => requests_to_others(usage, reading),
                (_, false) => BTreeMap::new(),
            };
            requests.remove(&Call::Indexer);
            if indexer == Some(position) {
                requests.insert(Call::Indexer, listed);
            }
            requests
        };
        let table = Table {
            average: of(usage),
            most: of(usage.all_day()),
            yesterday: counted_on(&counted, member, today - 1),
            today: counted_on(&counted, member, today),
        };
        table.tell(&member.name);
        judge(member, &table, findings);
    }
    Ok(())
}

struct Table {
    average: BTreeMap<Call, u64>,
    most: BTreeMap<Call, u64>,
    yesterday: BTreeMap<Call, u64>,
    today: BTreeMap<Call, u64>,
}

impl Table {
    fn tell(&self, name: &str) {
        let row = |name: &str, numbers: [u64; 4]| {
            let [average, most, yesterday, today] = numbers;
            println!("  {name:16} {average:>12} {most:>12} {yesterday:>12} {today:>12}");
        };
        println!("{name}");
        println!(
            "  {:16} {:>12} {:>12} {:>12} {:>12}",
            "requests a day", "average", "always open", "yesterday", "today"
        );
        let columns = || [&self.average, &self.most, &self.yesterday, &self.today];
        for call in Call::ALL {
            let numbers = columns().map(|column| column.get(&call).copied().unwrap_or(0));
            if numbers != [0; 4] {
                row(call.as_str(), numbers);
            }
        }
        row("all", columns().map(sum));
    }
}

fn judge(member: &Member, table: &Table, findings: &mut Findings) {
    let name = &member.name;
    let Some(limit) = member.per_day else {
        return fine(format_args!(
            "{name} has no daily limit that is known: set requests_per_day where it has one"
        ));
    };
    let (average, most) = (sum(&table.average), sum(&table.most));
    if average > limit {
        findings.problem(format_args!(
            "{name} gets {average} requests on an average day, and answers {limit}: raise poll_ms, add a \
             node, or let the provider raise the limit and set requests_per_day"
        ));
    } else if most > limit {
        fine(format_args!(
            "{name} answers {limit} requests a day, which is enough as the gateway is used; on a day with \
             a payment always open the gateway would look less often"
        ));
    } else {
        fine(format_args!(
            "{name} answers {limit} requests a day, which is always enough"
        ));
    }
}

fn counted_on(counted: &[NodeRequests], member: &Member, day: i64) -> BTreeMap<Call, u64> {
    let of_day = counted
        .iter()
        .filter(|row| row.node == member.name && row.day == day);
    of_day
        .filter_map(|row| {
            let mut calls = Call::ALL.into_iter();
            let call = calls.find(|call| call.as_str() == row.call)?;
            Some((call, row.requests))
        })
        .collect()
}

fn sum(requests: &BTreeMap<Call, u64>) -> u64 {
    requests.values().sum()
}

fn hours(seconds: u64) -> String {
    format!("{}.{} hours", seconds / 3_600, seconds % 3_600 / 360)
}
