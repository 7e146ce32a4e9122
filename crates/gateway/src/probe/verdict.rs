//! Judges what a probe has measured: whether the nodes are fit for the gateway, why not, and with
//! which settings they are.

use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use usdt_tron::Network;

use super::report::{CallReport, NodeReport, name_of};
use crate::config::{ChainConfig, Watch};
use crate::quota::pattern::{Reading, Usage, requests_a_day};

/// Of a hundred questions to one node, so many may fail.
const MOST_FAILED_PERCENT: u64 = 5;

/// More than so many blocks back are no twin that lags, and the gateway refuses the node.
const MOST_BLOCKS_BACK: u64 = 100;

/// A solid block is a minute old when it comes; the gateway leaves a node at three.
const OLD_SOLID_SECONDS: u64 = 180;

/// A longer pause than this is no way to spare a daily limit: payers wait for what they have paid.
const MOST_POLL_MS: u64 = 15_000;

/// Pauses are recommended in steps.
const POLL_STEP_MS: u64 = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fitness {
    Fit,
    FitWithSettings,
    NotFit,
}

impl Fitness {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::FitWithSettings => "fit with settings",
            Self::NotFit => "not fit",
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    pub verdict: Fitness,
    /// A sentence each, the weightiest first.
    pub reasons: Vec<String>,
    /// A `[chain]` section, without keys.
    pub recommended: String,
}

/// What the reasons add up to.
struct Judgement {
    reasons: Vec<(Fitness, String)>,
    watch: Watch,
    poll_ms: u64,
    requests_per_second: Vec<Option<u32>>,
}

impl Judgement {
    fn because(&mut self, fitness: Fitness, reason: String) {
        self.reasons.push((fitness, reason));
    }

    fn slower(&mut self, poll_ms: u64) {
        self.poll_ms = self.poll_ms.max(poll_ms.next_multiple_of(POLL_STEP_MS));
    }
}

pub(super) fn judge(config: &ChainConfig, nodes: &[NodeReport]) -> Verdict {
    let mut judgement = Judgement {
        reasons: Vec::new(),
        watch: config.watch,
        poll_ms: u64::try_from(config.poll.as_millis()).unwrap_or(u64::MAX),
        requests_per_second: nodes.iter().map(|one| one.requests_per_second).collect(),
    };
    for (position, node) in nodes.iter().enumerate() {
        judge_node(config, node, &mut judgement);
        if node.calls.iter().any(|call| call.throttled() > 0)
            && let Some(Some(limit)) = judgement.requests_per_second.get_mut(position)
        {
            *limit = (*limit / 2).max(1);
        }
    }
    let recommended = snippet(config, nodes, &judgement);
    let mut reasons = judgement.reasons;
    reasons.sort_by_key(|(fitness, _)| std::cmp::Reverse(*fitness));
    Verdict {
        verdict: reasons
            .first()
            .map_or(Fitness::Fit, |(fitness, _)| *fitness),
        reasons: reasons.into_iter().map(|(_, reason)| reason).collect(),
        recommended,
    }
}

fn judge_node(config: &ChainConfig, node: &NodeReport, judgement: &mut Judgement) {
    let who = &node.node;
    if let Some(reason) = wrong_network(config.network, node) {
        return judgement.because(Fitness::NotFit, reason);
    }
    if node.blocks == 0 {
        let reason = format!("{who} has not shown a single block: run the doctor, which says why");
        return judgement.because(Fitness::NotFit, reason);
    }
    judge_answers(node, judgement);
    judge_heights(node, judgement);
    judge_rows(config.network, node, judgement);
    judge_pace(config, node, judgement);
}

fn wrong_network(network: Network, node: &NodeReport) -> Option<String> {
    let id = node.chain_id.as_ref()?.strip_prefix("0x")?;
    let known = Network::of_chain_id(u64::from_str_radix(id, 16).ok()?);
    let is_right = known == Some(network) || (known.is_none() && network == Network::Simulated);
    let its = known.map_or("an unknown network", Network::as_str);
    (!is_right).then(|| format!("{} is of {its}, not of {network}", node.node))
}

fn judge_answers(node: &NodeReport, judgement: &mut Judgement) {
    let who = &node.node;
    for call in &node.calls {
        let other = call.failed() - call.throttled();
        let is_indexer = call.call == "indexer";
        if other * 100 > call.asked * MOST_FAILED_PERCENT {
            let fitness = if is_indexer {
                Fitness::FitWithSettings
            } else {
                Fitness::NotFit
            };
            let what = if is_indexer {
                "the indexer"
            } else {
                who.as_str()
            };
            let reason = format!(
                "{what} did not answer {other} of {} questions for {}: name another first",
                call.asked, call.call
            );
            judgement.because(fitness, reason);
        }
    }
    let sum = |of: fn(&CallReport) -> u64| node.calls.iter().map(of).sum::<u64>();
    let (throttled, asked) = (sum(CallReport::throttled), sum(|call| call.asked));
    if throttled > 0 {
        let key = if node.has_key {
            "lower its requests_per_second"
        } else {
            "give it an api_key"
        };
        let is_much = throttled * 100 > asked * MOST_FAILED_PERCENT;
        let fitness = if is_much && node.has_key {
            Fitness::NotFit
        } else {
            Fitness::FitWithSettings
        };
        let reason = format!(
            "{who} throttled {throttled} of {asked} questions, for {} seconds at most: {key}",
            node.longest_patience_seconds
        );
        judgement.because(fitness, reason);
    }
}

fn judge_heights(node: &NodeReport, judgement: &mut Judgement) {
    let who = &node.node;
    if node.most_blocks_back > MOST_BLOCKS_BACK {
        let reason = format!(
            "machines {} blocks apart answer as {who}: the gateway would leave it each time",
            node.most_blocks_back
        );
        judgement.because(Fitness::NotFit, reason);
    } else if node.went_back > 0 {
        let reason = format!(
            "machines of different heights answer as {who} ({} times up to {} blocks back), which delays \
             a payment by seconds",
            node.went_back, node.most_blocks_back
        );
        judgement.because(Fitness::Fit, reason);
    }
    if node.oldest_solid_seconds > OLD_SOLID_SECONDS && is_live(node) {
        let reason = format!(
            "the newest final block of {who} was up to {} seconds old: it does not follow the chain, or \
             this machine's clock is wrong",
            node.oldest_solid_seconds
        );
        judgement.because(Fitness::NotFit, reason);
    }
    if node.receipts_missing > 0 {
        let reason = format!(
            "{who} lacked {} receipts of transactions in final blocks; the gateway asks again",
            node.receipts_missing
        );
        let asked = node
            .calls
            .iter()
            .find(|call| call.call == "receipt")
            .map_or(0, |call| call.asked);
        let fitness = if node.receipts_missing * 100 > asked * MOST_FAILED_PERCENT {
            Fitness::NotFit
        } else {
            Fitness::Fit
        };
        judgement.because(fitness, reason);
    }
}

/// A simulated chain has a time of its own.
fn is_live(node: &NodeReport) -> bool {
    node.chain_id
        .as_ref()
        .and_then(|id| u64::from_str_radix(id.strip_prefix("0x")?, 16).ok())
        .is_none_or(|id| Network::of_chain_id(id).is_some())
}

fn judge_rows(network: Network, node: &NodeReport, judgement: &mut Judgement) {
    let (who, logs) = (&node.node, node.logs);
    if logs.unproven > 0 {
        let reason = format!(
            "{who} shows {} logs that no receipt proves: do not use it",
            logs.unproven
        );
        judgement.because(Fitness::NotFit, reason);
    }
    if logs.missing > 0 {
        let reason = format!(
            "the index of logs of {who} lacks {} of {} transfers that receipts prove: use another node, \
             or watch = \"receipts\"",
            logs.missing, logs.rows
        );
        judgement.because(Fitness::FitWithSettings, reason);
        judgement.watch = Watch::Receipts;
    } else if logs.late > 0 {
        let reason = format!(
            "the index of logs of {who} lags: {} of {} transfers came late, and the gateway finds them \
             when it looks again",
            logs.late, logs.rows
        );
        judgement.because(Fitness::Fit, reason);
    }
    if node.transfers == 0 && network == Network::Mainnet {
        let reason = format!(
            "{who} shows no transfer of the token in {} blocks",
            node.blocks
        );
        judgement.because(Fitness::NotFit, reason);
    } else if node.transfers == 0 {
        let reason = format!(
            "nobody has paid with the token on {network} meanwhile, so that logs and receipts could not \
             be compared"
        );
        judgement.because(Fitness::Fit, reason);
    }
    if node.only_indexer > 0 {
        let reason = format!(
            "the indexer lists {} transfers of blocks in which the logs of {who} show none of them",
            node.only_indexer
        );
        judgement.because(Fitness::NotFit, reason);
    }
    if node.indexer_lacks > 0 {
        let reason = format!(
            "the indexer lacks {} of {} transfers to the busiest recipient: the second opinion will find \
             less",
            node.indexer_lacks,
            node.indexer_lacks + node.indexer_rows
        );
        judgement.because(Fitness::FitWithSettings, reason);
    }
}

fn judge_pace(config: &ChainConfig, node: &NodeReport, judgement: &mut Judgement) {
    let who = &node.node;
    let poll_ms = judgement.poll_ms;
    if node.round.p90_ms > poll_ms {
        let reason = format!(
            "one look at the chain by {who} takes {} ms, longer than the pause of {poll_ms} ms: raise \
             poll_ms",
            node.round.p90_ms
        );
        judgement.because(Fitness::FitWithSettings, reason);
        judgement.slower(node.round.p90_ms);
    }
    let Some(limit) = node.requests_per_day.map(u64::from) else {
        return;
    };
    let expected = node.projected_requests_a_day;
    if expected <= limit {
        return;
    }
    let reason = format!(
        "{who} would get {expected} requests on a day on which payments are always open, and its limit is \
         {limit}"
    );
    let mut slower = (poll_ms..=MOST_POLL_MS).filter(|one| one.is_multiple_of(POLL_STEP_MS));
    match slower.find(|poll_ms| projected(config, Duration::from_millis(*poll_ms)) <= limit) {
        Some(needed) => {
            judgement.because(Fitness::FitWithSettings, format!("{reason}: raise poll_ms"));
            judgement.slower(needed);
        }
        // On quieter days it is enough, and otherwise the pauses grow.
        None => judgement.because(Fitness::FitWithSettings, format!("{reason}: add a node")),
    }
}

/// The requests of a day with a payment always open, with such pauses.
pub(super) fn projected(config: &ChainConfig, poll: Duration) -> u64 {
    let reading = Reading {
        watch: config.watch,
        poll,
        idle_poll: config.idle_poll,
    };
    let requests = requests_a_day(Usage::default().all_day(), reading);
    requests.values().sum()
}

fn snippet(config: &ChainConfig, nodes: &[NodeReport], judgement: &Judgement) -> String {
    let mut text = String::new();
    let section = if config.network == Network::Simulated {
        "test_chain"
    } else {
        "chain"
    };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "[{section}]\nnetwork = \"{}\"", config.network);
    let _ = writeln!(text, "watch = \"{}\"", name_of(judgement.watch));
    let _ = writeln!(text, "poll_ms = {}", judgement.poll_ms);
    for (node, limit) in nodes.iter().zip(&judgement.requests_per_second) {
        let _ = writeln!(text, "\n[[{section}.nodes]]\nurl = \"{}\"", node.node);
        if node.has_key {
            let _ = writeln!(text, "api_key = \"…\"");
        }
        if let Some(limit) = limit {
            let _ = writeln!(text, "requests_per_second = {limit}");
        }
        if let Some(limit) = node.requests_per_day {
            let _ = writeln!(text, "requests_per_day = {limit}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::num::NonZeroU32;
    use usdt_tron::Endpoint;

    use super::super::report::RowReport;
    use super::*;

    fn config() -> ChainConfig {
        let node = Endpoint {
            api_key: Some("SECRET".to_owned()),
            requests_per_second: NonZeroU32::new(10),
            requests_per_day: NonZeroU32::new(100_000),
            ..Endpoint::at("https://node.example/SECRET")
        };
        ChainConfig {
            network: Network::Mainnet,
            indexer: node.clone(),
            nodes: vec![node],
            watch: Watch::Logs,
            every_block_pays: true,
            token: Network::Mainnet.usdt_contract(),
            poll: Duration::from_secs(3),
            idle_poll: Duration::from_mins(1),
        }
    }

    /// A node with which all is well.
    fn sound() -> NodeReport {
        let call = |call, p90_ms| CallReport {
            call,
            asked: 600,
            requests: 600,
            p50_ms: 80,
            p90_ms,
            ..CallReport::default()
        };
        NodeReport {
            node: "https://node.example".to_owned(),
            chain_id: Some("0x2b6653dc".to_owned()),
            has_key: true,
            requests_per_second: Some(10),
            requests_per_day: Some(100_000),
            calls: vec![
                call("solid_block", 100),
                call("new_logs", 300),
                call("receipt", 90),
            ],
            round: call("round", 900),
            blocks: 600,
            transfers: 90_000,
            oldest_solid_seconds: 62,
            logs: RowReport {
                blocks: 30,
                rows: 4_500,
                ..RowReport::default()
            },
            projected_requests_a_day: projected(&config(), config().poll),
            ..NodeReport::default()
        }
    }

    fn judged(change: impl FnOnce(&mut NodeReport)) -> Verdict {
        let mut node = sound();
        change(&mut node);
        judge(&config(), &[node])
    }

    #[test]
    fn a_sound_node_is_fit_as_it_is_configured() {
        let verdict = judged(|_| ());
        assert_eq!((verdict.verdict, verdict.reasons.len()), (Fitness::Fit, 0));
        let expected = "[chain]\nnetwork = \"mainnet\"\nwatch = \"logs\"\npoll_ms = 3000\n\n\
            [[chain.nodes]]\nurl = \"https://node.example\"\napi_key = \"…\"\n\
            requests_per_second = 10\nrequests_per_day = 100000\n";
        assert_eq!(verdict.recommended, expected);
    }

    #[test]
    fn what_settings_can_mend_is_in_the_settings() {
        let gaps = judged(|node| node.logs.missing = 7);
        let slow = judged(|node| node.round.p90_ms = 4_100);
        let dear = judged(|node| node.requests_per_day = Some(58_000));
        let throttled = judged(|node| node.calls[0].errors = BTreeMap::from([("throttled", 2)]));
        for (verdict, setting) in [
            (gaps, "watch = \"receipts\""),
            (slow, "poll_ms = 4500"),
            (dear, "poll_ms = 4500"),
            (throttled, "requests_per_second = 5"),
        ] {
            assert_eq!(verdict.verdict, Fitness::FitWithSettings, "{verdict:?}");
            assert!(verdict.recommended.contains(setting), "{verdict:?}");
            assert_eq!(verdict.reasons.len(), 1, "{verdict:?}");
        }
    }

    #[test]
    fn what_no_setting_mends_is_not_fit() {
        let changes: [fn(&mut NodeReport); 8] = [
            |node| node.chain_id = Some("0xcd8690dc".to_owned()),
            |node| node.blocks = 0,
            |node| node.transfers = 0,
            |node| node.logs.unproven = 1,
            |node| node.only_indexer = 1,
            |node| node.most_blocks_back = 101,
            |node| node.oldest_solid_seconds = 600,
            |node| node.calls[1].errors = BTreeMap::from([("timeout", 60)]),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            assert_eq!(judged(change).verdict, Fitness::NotFit, "{number}");
        }
    }

    #[test]
    fn the_weightiest_reason_comes_first() {
        let verdict = judged(|node| {
            node.went_back = 3;
            node.most_blocks_back = 2;
            node.logs.missing = 1;
            node.only_indexer = 1;
        });
        assert_eq!(verdict.verdict, Fitness::NotFit);
        assert!(
            verdict.reasons[0].contains("indexer lists 1"),
            "{verdict:?}"
        );
        assert!(verdict.reasons[2].contains("3 times"), "{verdict:?}");
    }
}
