//! Requests to nodes are counted per day, also across restarts; a daily limit that would not last
//! is an alarm, and slows the watcher down.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use usdt_gateway::chain::Chain;
use usdt_gateway::clock::{Clock, SharedClock};
use usdt_gateway::config::{ChainConfig, Watch};
use usdt_gateway::quota_keeper::Keeper;
use usdt_protocol::UtcTime;
use usdt_tron::Endpoint;

use crate::test_gateway::{TestGateway, pay_amount};

const POLL: Duration = Duration::from_secs(1);

struct SetClock(Mutex<UtcTime>);

impl SetClock {
    fn at(time: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(time.parse().unwrap())))
    }

    fn set(&self, time: &str) {
        *self.0.lock().unwrap() = time.parse().unwrap();
    }
}

impl Clock for SetClock {
    fn now(&self) -> UtcTime {
        *self.0.lock().unwrap()
    }
}

fn chain(gateway: &TestGateway, limit: u32) -> Chain {
    let node = Endpoint {
        requests_per_day: NonZeroU32::new(limit),
        ..Endpoint::at(&gateway.node.url)
    };
    Chain::new(&ChainConfig {
        network: gateway.network,
        indexer: node.clone(),
        nodes: vec![node],
        watch: Watch::Logs,
        every_block_pays: false,
        token: gateway.devchain.token(),
        poll: POLL,
        idle_poll: POLL,
    })
    .unwrap()
}

/// Of a gateway that reads the chain.
fn keeper_of(gateway: &TestGateway, chain: &Chain, clock: &Arc<SetClock>) -> Keeper {
    let store = gateway.store.clone();
    let (_, led) = watch::channel(Some(store.clone()));
    Keeper::new(chain.clone(), store, Arc::clone(clock) as SharedClock, led)
}

async fn ask(chain: &Chain, times: u32) {
    let node = chain.pool.nodes().next().unwrap();
    for _ in 0..times {
        node.solid_block().await.unwrap();
    }
}

#[tokio::test]
async fn a_limit_that_would_not_last_is_an_alarm_and_slows_down_until_midnight() {
    let gateway = TestGateway::start().await;
    let clock = SetClock::at("2026-07-02 12:00:00");
    // 30 requests in a quarter of an hour are 1 440 in the other half of the day.
    let calm = chain(&gateway, 1_471);
    let mut keeper = keeper_of(&gateway, &calm, &clock);
    ask(&calm, 30).await;
    keeper.look().await.unwrap();
    assert_eq!(gateway.alarms().await, []);
    assert_eq!(calm.quota.stretched(POLL), POLL);
    assert_eq!(gateway.database.node_requests("solid_block").await, 30);

    // A restart remembers, and goes on counting.
    let tight = chain(&gateway, 780);
    let mut keeper = keeper_of(&gateway, &tight, &clock);
    ask(&tight, 30).await;
    keeper.look().await.unwrap();
    assert_eq!(gateway.database.node_requests("solid_block").await, 60);
    let low = ("quota_low", gateway.node.url.clone());
    assert_eq!(gateway.alarms().await, [low]);
    // 720 are left for the 1 440.
    let twice = POLL * 2..POLL * 2 + Duration::from_millis(2);
    assert!(twice.contains(&tight.quota.stretched(POLL)));

    clock.set("2026-07-02 23:59:00");
    keeper.look().await.unwrap();
    assert_eq!(gateway.alarms().await, []);
    assert_eq!(tight.quota.stretched(POLL), POLL);

    clock.set("2026-07-03 00:00:00");
    ask(&tight, 1).await;
    keeper.look().await.unwrap();
    assert_eq!(gateway.database.node_requests("solid_block").await, 1);
}

#[tokio::test]
async fn a_limit_that_is_used_up_is_an_alarm_to_the_end_of_the_day_and_the_bound_slows_down() {
    let gateway = TestGateway::start().await;
    let clock = SetClock::at("2026-07-02 23:50:00");
    let chain = chain(&gateway, 5);
    let mut keeper = keeper_of(&gateway, &chain, &clock);
    ask(&chain, 6).await;
    keeper.look().await.unwrap();
    assert_eq!(gateway.alarms().await.len(), 1);
    assert_eq!(chain.quota.stretched(POLL), POLL * 10);
    // Never longer than payers can bear, but for a pause that is configured so.
    for (pause, seconds) in [(8, 30), (60, 60)] {
        let stretched = chain.quota.stretched(Duration::from_secs(pause));
        assert_eq!(stretched, Duration::from_secs(seconds));
    }
    clock.set("2026-07-03 00:00:00");
    // The pace of before midnight is forgotten.
    for _ in 0..15 {
        keeper.look().await.unwrap();
    }
    assert_eq!(gateway.alarms().await, []);
    assert_eq!(chain.quota.stretched(POLL), POLL);
}

#[tokio::test]
async fn the_requests_of_a_day_are_reckoned_from_the_payments_of_the_last_ones() {
    let gateway = TestGateway::start().await;
    let payment = gateway.create("ORDER_1", "50").await;
    gateway.transfer(&payment, pay_amount(&payment));
    gateway.make_solid();
    gateway
        .status_when(&payment, |payment| payment["status"] == "paid")
        .await;
    // The gateway lives in the past of this machine's clock.
    gateway
        .database
        .date_payments(
            Duration::from_hours(2),
            Duration::from_mins(61),
            Duration::from_hours(1),
        )
        .await;
    gateway.database.add_node_requests("logs", 77).await;
    let output = gateway.command(&["doctor", "--quota"]).await;
    let told = String::from_utf8(output.stdout).unwrap();
    // An hour and two of one day, in an average of seven.
    let used =
        "a payment is open for 0.1 hours, an amount is reserved for 0.2 hours, and 1 payments are";
    assert!(told.contains(used), "{told}");
    assert!(told.contains("1 of 1 addresses are in use"), "{told}");
    assert!(told.contains("has no daily limit that is known"), "{told}");
    assert!(output.status.success(), "{told}");
    let logs = told.lines().find(|line| line.contains("  logs ")).unwrap();
    // The simulated chain is looked at every 3 seconds, used or not.
    assert!(logs.contains("46954"), "{told}");
}
