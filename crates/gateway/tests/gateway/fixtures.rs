//! The cases in which other gateways lose or misplace money, by name, through the whole gateway:
//! each is mined by a node, read over HTTP, judged, stored and told to the merchant.

use serde_json::Value;
use usdt_devchain::{Call, Fault, FaultKind, Log, Outcome};
use usdt_gateway::config::Watch;
use usdt_gateway::payments::LatePolicy;
use usdt_protocol::{TronAddress, Usdt};

use crate::site::Site;
use crate::test_gateway::{Setup, TestGateway, pay_amount, transfer_to};

const STRANGER: TronAddress = TronAddress::from_bytes([7; 20]);
const FAKE_TOKEN: TronAddress = TronAddress::from_bytes([9; 20]);

fn is(status: &'static str) -> impl Fn(&Value) -> bool {
    move |payment| payment["status"] == status
}

/// A payment, and what it takes to pay it.
struct Due {
    payment: Value,
    token: TronAddress,
    to: TronAddress,
    exact: Usdt,
}

impl Due {
    async fn create(gateway: &TestGateway, order: &str) -> Self {
        let payment = gateway.create(order, "50").await;
        Self {
            token: gateway.devchain.token(),
            to: payment["address"].as_str().unwrap().parse().unwrap(),
            exact: pay_amount(&payment).parse().unwrap(),
            payment,
        }
    }

    fn log(&self) -> Log {
        Log::transfer(self.token, STRANGER, self.to, self.exact)
    }

    fn call(&self) -> Call {
        Call::transfer(self.token, STRANGER, self.to, self.exact)
    }

    /// A successful call with one log, which was changed.
    fn odd(&self, change: impl FnOnce(&mut Log)) -> Call {
        let mut log = self.log();
        change(&mut log);
        Call::new(self.token, vec![log])
    }
}

/// What becomes of a transaction: whether it pays, and how many of its transfers are in review.
type Fixture = (&'static str, fn(&Due) -> Call, bool, i64);

const TRANSACTIONS: [Fixture; 13] = [
    ("single transfer", Due::call, true, 0),
    (
        "transferFrom",
        |due| Call::transfer_from(due.token, FAKE_TOKEN, STRANGER, due.to, due.exact),
        true,
        0,
    ),
    (
        "multisend with two equal logs to one address",
        |due| {
            Call::multisend(
                due.token,
                STRANGER,
                &[(due.to, due.exact), (due.to, due.exact)],
            )
        },
        true,
        1,
    ),
    (
        "multisend with two different logs to one address",
        |due| {
            let other = Usdt::from_micro(1_000_000);
            Call::multisend(due.token, STRANGER, &[(due.to, other), (due.to, due.exact)])
        },
        true,
        1,
    ),
    (
        "a log of another event before the transfer",
        |due| {
            let approval = Log::approval(due.token, STRANGER, due.to, due.exact);
            Call::new(due.token, vec![approval, due.log()])
        },
        true,
        0,
    ),
    (
        "the prefix 41 in the upper bytes of the address",
        |due| due.odd(|log| log.topics[2][11] = 0x41),
        true,
        0,
    ),
    (
        "a fake token of the same symbol",
        |due| Call::transfer(FAKE_TOKEN, STRANGER, due.to, due.exact),
        false,
        0,
    ),
    (
        "a failed transaction with a log of its transfer",
        |due| Call {
            outcome: Outcome::OutOfTime,
            ..due.call()
        },
        false,
        0,
    ),
    (
        "value 0",
        |due| Call::transfer(due.token, STRANGER, due.to, Usdt::ZERO),
        false,
        0,
    ),
    (
        "value above u64",
        |due| due.odd(|log| log.data[23] = 1),
        false,
        0,
    ),
    (
        "31 bytes of data",
        |due| {
            due.odd(|log| {
                log.data.remove(0);
            })
        },
        false,
        0,
    ),
    (
        "four topics",
        |due| due.odd(|log| log.topics.push(log.topics[2])),
        false,
        0,
    ),
    (
        "a transfer to somebody else",
        |due| Call::transfer(due.token, STRANGER, FAKE_TOKEN, due.exact),
        false,
        0,
    ),
];

#[tokio::test]
async fn every_kind_of_transaction_pays_exactly_what_it_must() {
    let gateway = TestGateway::start().await;
    let mut reviews = 0;
    for (number, (name, call, pays, surplus)) in (0..).zip(TRANSACTIONS) {
        let due = Due::create(&gateway, &format!("ORDER_{number}")).await;
        let txid = gateway.devchain.submit(&call(&due));
        gateway.make_solid();
        gateway.catch_up().await;
        let status = gateway.status(&due.payment).await;
        let expected = if pays { "paid" } else { "pending" };
        assert_eq!(status["status"], expected, "{name}");
        if pays {
            assert_eq!(status["txid"], txid.to_string(), "{name}");
        }
        reviews += surplus;
        assert_eq!(gateway.database.in_review().await, reviews, "{name}");
    }
}

/// An index of logs finds whole words only: garbage in one is left to receipts and the indexer.
#[tokio::test]
async fn dirty_upper_bytes_of_the_address_hide_nothing_from_receipts() {
    let setup = Setup {
        watch: Watch::Receipts,
        ..Setup::default()
    };
    let gateway = TestGateway::start_with(setup).await;
    let due = Due::create(&gateway, "ORDER_1").await;
    let call = due.odd(|log| log.topics[2][..12].copy_from_slice(b"some garbage"));
    gateway.devchain.submit(&call);
    gateway.make_solid();
    gateway.status_when(&due.payment, is("paid")).await;
}

#[tokio::test]
async fn an_amount_that_was_cut_rounded_or_short_of_a_fee_pays_nobody_and_is_in_review() {
    let gateway = TestGateway::start().await;
    let due = Due::create(&gateway, "ORDER_1").await;
    let exact = due.exact.micro();
    let amounts = [
        ("cut to three decimals", exact / 1_000 * 1_000),
        ("cut to two decimals", exact / 10_000 * 10_000),
        ("cut to whole USDT", exact / 1_000_000 * 1_000_000),
        (
            "rounded up to two decimals",
            exact.div_ceil(10_000) * 10_000,
        ),
        ("short of a fee of 1 USDT", exact - 1_000_000),
        ("short of a fee of 0.8 USDT", exact - 800_000),
    ];
    let mut sent = Vec::new();
    for (name, micro) in amounts {
        let call = Call::transfer(due.token, STRANGER, due.to, Usdt::from_micro(micro));
        sent.push((name, gateway.devchain.submit(&call)));
    }
    gateway.make_solid();
    gateway.catch_up().await;
    assert_eq!(gateway.status(&due.payment).await["status"], "pending");
    // Each is told as this payer's: by the decimals that it kept, or by what it lost.
    let listed = gateway.command(&["review", "list", "--json"]).await;
    let list = String::from_utf8(listed.stdout).unwrap();
    for (name, txid) in sent {
        let line = list.lines().find(|line| line.contains(&txid.to_string()));
        let line = line.unwrap_or_else(|| panic!("{name}: {list}"));
        assert!(
            line.contains(&due.payment["payment_id"].to_string()),
            "{name}: {line}"
        );
    }
}

#[tokio::test]
async fn a_transfer_one_second_before_the_deadline_is_in_time_and_one_second_after_is_late() {
    for (window_seconds, in_time) in [(601, true), (600, true), (599, false)] {
        let setup = Setup {
            window_seconds,
            late_policy: LatePolicy::Review,
            ..Setup::default()
        };
        let gateway = TestGateway::start_with(setup).await;
        let payment = gateway.create("ORDER_1", "50").await;
        gateway.catch_up().await;
        // We are blind until the deadline has long passed by every clock.
        gateway.devchain.add_fault(Fault::new(FaultKind::Outage));
        gateway.devchain.mine(199);
        gateway.transfer(&payment, pay_amount(&payment));
        gateway.devchain.mine(400);
        gateway.devchain.clear_faults();
        let wanted = if in_time { "paid" } else { "expired" };
        gateway.status_when(&payment, is(wanted)).await;
        gateway.catch_up().await;
        assert_eq!(
            gateway.database.reviewed_as("late").await,
            i64::from(!in_time)
        );
    }
}

#[tokio::test]
async fn a_transfer_to_a_slot_before_it_was_created_does_not_pay_it() {
    let gateway = TestGateway::start().await;
    let earlier = gateway.create("ORDER_1", "50").await;
    // Nobody sees it when it comes.
    let gap = Fault::new(FaultKind::Missing { every: 1 });
    gateway.devchain.add_fault(gap.on("/jsonrpc"));
    gateway.devchain.transfer(&transfer_to(&earlier, "50.1"));
    gateway.make_solid();
    gateway.catch_up().await;
    let payment = gateway.create("ORDER_2", "50").await;
    gateway.database.draw_amount("ORDER_2", "50.1").await;
    gateway.devchain.clear_faults();
    gateway.devchain.mine(1);
    gateway.catch_up().await;
    assert_eq!(gateway.status(&payment).await["status"], "pending");
    assert_eq!(gateway.database.reviewed_as("before_creation").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_after_6_000_blocks_reads_them_all() {
    let site = Site::prepare().await;
    let mut gateway = site.start();
    let payment = site.create(&gateway, 1).await;
    gateway.kill();
    site.devchain.mine(3_000);
    site.devchain
        .transfer(&transfer_to(&payment, pay_amount(&payment)));
    site.devchain.mine(3_000);
    let gateway = site.start();
    site.wait_until_paid(&gateway, &payment).await;
    site.assert_told_once(&[payment]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_are_utc_wherever_the_machine_is() {
    let site = Site::prepare().await;
    let gateway = site.start_in("Asia/Shanghai");
    let payment = site.create(&gateway, 1).await;
    let created = site.devchain.now();
    let expires: usdt_protocol::UtcTime = payment["expires_at"].as_str().unwrap().parse().unwrap();
    let window = created.seconds_until(expires);
    // The site's window is 10 000 minutes; an hour of a time zone would show.
    assert!((599_000..=600_060).contains(&window), "{window}");
    site.devchain
        .transfer(&transfer_to(&payment, pay_amount(&payment)));
    site.devchain.mine(1);
    let mined = site.devchain.now();
    site.devchain.mine(20);
    site.wait_until_paid(&gateway, &payment).await;
    site.assert_told_once(std::slice::from_ref(&payment)).await;
    let told = site.receiver.deliveries()[0].json();
    assert_eq!(told["paid_at"], mined.to_string());
}
