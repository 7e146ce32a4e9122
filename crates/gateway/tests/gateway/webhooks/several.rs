//! Several gateways on one PostgreSQL deliver beside each other. These tests need a server: without one,
//! they do nothing.

use std::collections::HashSet;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use usdt_gateway::clock::SystemClock;
use usdt_gateway::secrets::Vault;
use usdt_gateway::store::{Queue, Store};
use usdt_gateway::webhooks::Worker;
use usdt_gateway::webhooks::attempt_times::AttemptTimes;
use usdt_gateway::webhooks::sender::{Limits, Sender};

use crate::database::{on_server, open_store};
use crate::merchant::{Delivery, Receiver};
use crate::patience::patiently;
use crate::site::Site;

/// The site's first project.
const PROJECT: i64 = 1;

/// The most attempts of a project at once.
const MOST: usize = 6;

/// A site with a database on the server, if there is one.
async fn prepare() -> Option<Site> {
    let site = Site::prepare().await;
    on_server(site.data.path()).map(|_| site)
}

/// What of a gateway delivers.
struct Delivering {
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl Delivering {
    async fn start(site: &Site) -> Self {
        let data = site.data.path();
        let worker = Worker {
            store: open_store(data).await,
            vault: Vault::open(&Vault::key_file(data)).unwrap(),
            clock: Arc::new(SystemClock),
            receivers_clock: Arc::new(SystemClock),
            sender: Sender::new(true, Limits::default()).unwrap(),
            attempt_times: AttemptTimes::default(),
            credited: Arc::default(),
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(worker.run(stop.clone()));
        Self { task, stop }
    }

    /// Ends it in the middle of whatever it does.
    async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

async fn set_url(site: &Site, project: i64, url: &str) {
    let store = open_store(site.data.path()).await;
    let url = url.parse().unwrap();
    store.set_webhook_url(project, &url).await.unwrap();
    store.close().await;
}

/// Returns once so many events are delivered and none is left.
async fn wait_for_delivered(site: &Site, events: i64) {
    let delivered = async {
        while site.database.events_pending().await > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    patiently("all events to be delivered", delivered).await;
    assert_eq!(site.database.events_delivered().await, events);
}

/// A receiver that takes its time, and knows what it has had at once.
#[derive(Default)]
struct SlowReceiver {
    open: AtomicUsize,
    most: AtomicUsize,
    ids: Mutex<Vec<String>>,
}

impl SlowReceiver {
    /// To which the project's webhooks go.
    async fn of_project(site: &Site) -> Arc<Self> {
        let receiver = Arc::new(Self::default());
        let router = Router::new().route("/", post(receive));
        let router = router.with_state(Arc::clone(&receiver));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        set_url(site, PROJECT, &url).await;
        receiver
    }
}

async fn receive(State(receiver): State<Arc<SlowReceiver>>, headers: HeaderMap) {
    let open = receiver.open.fetch_add(1, Ordering::SeqCst) + 1;
    receiver.most.fetch_max(open, Ordering::SeqCst);
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    receiver.ids.lock().unwrap().push(id);
    tokio::time::sleep(Duration::from_millis(30)).await;
    receiver.open.fetch_sub(1, Ordering::SeqCst);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_deliver_each_event_once_and_share_the_places_of_a_project() {
    let Some(site) = prepare().await else { return };
    let receiver = SlowReceiver::of_project(&site).await;
    site.database.add_due_events(PROJECT, 60).await;

    let gateways = [
        Delivering::start(&site).await,
        Delivering::start(&site).await,
    ];
    wait_for_delivered(&site, 60).await;
    for gateway in gateways {
        gateway.stop.cancel();
        gateway.task.await.unwrap();
    }
    let ids = receiver.ids.lock().unwrap().clone();
    assert_eq!(ids.len(), 60);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 60);
    let most = receiver.most.load(Ordering::SeqCst);
    assert!(most <= MOST, "{most} at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_tell_what_a_project_asks_for_besides_one_after_the_other() {
    let Some(site) = prepare().await else { return };
    let receiver = SlowReceiver::of_project(&site).await;
    site.database.add_due_notices(PROJECT, 12).await;
    let gateways = [
        Delivering::start(&site).await,
        Delivering::start(&site).await,
    ];
    let delivered = async {
        while site.database.notices_delivered().await < 12 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    patiently("all events to be delivered", delivered).await;
    for gateway in gateways {
        gateway.stop.cancel();
        gateway.task.await.unwrap();
    }
    assert_eq!(receiver.ids.lock().unwrap().len(), 12);
    assert_eq!(receiver.most.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_gateways_that_ask_at_once_one_gets_an_event_and_all_together_a_few_of_a_project() {
    let Some(site) = prepare().await else { return };
    // Fewer than each store has connections.
    site.database.add_due_events(PROJECT, 7).await;
    let stores = [
        open_store(site.data.path()).await,
        open_store(site.data.path()).await,
    ];
    let ask = async |store: &Store| {
        let leases = store.leases(Queue::Payments).await.unwrap();
        let due = store
            .due_events(Queue::Payments, PROJECT, &leases, 7)
            .await
            .unwrap();
        let time = Duration::from_mins(1);
        let asked = due.into_iter().map(|event| store.lease(event, time, MOST));
        let answers = join_all(asked).await.into_iter();
        answers
            .filter_map(|answer| answer.unwrap())
            .collect::<Vec<_>>()
    };
    let both = join_all(stores.iter().map(ask)).await.concat();
    let ids: HashSet<&str> = both.iter().map(|event| event.id.as_str()).collect();
    assert_eq!((both.len(), ids.len()), (MOST, MOST));

    // A place that is given back is anybody's.
    stores[1].give_back(&both[0]).await.unwrap();
    let again = ask(&stores[0]).await;
    assert_eq!(again.len(), 1);
    assert!(both[1..].iter().all(|event| event.id != again[0].id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_gateway_has_begun_is_delivered_by_another_when_the_lease_is_over() {
    let Some(site) = prepare().await else { return };
    let is_first = |one: &Delivery| one.header("webhook-id").starts_with("evt_1_");
    let other = site.command(&[
        "project",
        "add",
        "--json",
        "--test",
        "--name",
        "Other",
        "--webhook-url",
        &site.receiver.url,
        "--address",
        "TPYmHEhy5n8TCEfYGqW2rPxsghSfzghPDn",
    ]);
    assert!(other.status.success(), "{other:?}");
    site.receiver.hold();
    site.database.add_due_events(PROJECT, 1).await;
    let killed = Delivering::start(&site).await;
    site.receiver.wait_for(1, is_first).await;
    killed.kill().await;

    site.receiver.answer(200);
    site.database.add_due_events(PROJECT + 1, 1).await;
    let _next = Delivering::start(&site).await;
    site.receiver.wait_for(1, |one| !is_first(one)).await;
    // It has looked, and left alone what may still be under way.
    let first = |all: &[Delivery]| all.iter().filter(|one| is_first(one)).count();
    assert_eq!(first(&site.receiver.deliveries()), 1);

    site.database.age_leases().await;
    site.receiver.wait_for(2, is_first).await;
    wait_for_delivered(&site, 2).await;
    assert_eq!(site.database.attempts().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_that_was_overtaken_does_not_change_what_came_of_the_next() {
    let Some(site) = prepare().await else { return };
    site.receiver.hold();
    site.database.add_due_events(PROJECT, 1).await;
    let receiver = Receiver::start().await;
    receiver.hold();
    let late = Delivering::start(&site).await;
    site.receiver.wait_for(1, |_| true).await;

    set_url(&site, PROJECT, &receiver.url).await;
    site.database.age_leases().await;
    let _next = Delivering::start(&site).await;
    receiver.wait_for(1, |_| true).await;
    late.stop.cancel();
    site.receiver.answer(500);
    late.task.await.unwrap();
    assert_eq!(site.database.attempts().await.len(), 0);

    receiver.answer(200);
    wait_for_delivered(&site, 1).await;
    let attempts = site.database.attempts().await;
    let statuses: Vec<_> = attempts.iter().map(|one| one.http_status).collect();
    assert_eq!(statuses, [Some(200)]);
    assert_eq!(receiver.deliveries().len(), 1);
}
