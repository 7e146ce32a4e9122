//! Webhooks: delivers events to merchants, with retries, until they are taken or given up.
//!
//! An event is written together with what it tells of, and leaves its queue only once
//! an attempt is written down. A process that dies in between sends it again: receivers may see an
//! event twice, with the same bytes and the same `webhook-id`, but never miss one.
//!
//! That a payment is paid waits for nothing that a project is told besides: that is a queue of its own, with places
//! of its own, and whether a receiver takes it says nothing of the receiver.
//!
//! Several gateways on one server deliver beside each other, and an event has one attempt at a time. Each
//! attempt begins with the event's lease. The server lets it last for [`Sender::longest`] and
//! [`LEASE_RESERVE`], counted from a moment after it was asked. The attempt is counted from the moment
//! before, by the monotonic clock of its machine, which goes on while the process is stopped or cut off:
//! one that has no lease [`BEGIN_WITHIN`] of asking does not begin, and one that begins is over
//! [`Sender::longest`] later. So it ends before its lease does, by more than such clocks can differ, and what
//! a dead gateway has begun is waited for no longer than that. Two cases are left. A process that stops
//! between its look at the clock and its request, or a machine that is suspended with its clock,
//! can send a late one when it goes on; and a server whose clock is put forward ends leases early. A receiver
//! knows the event then by its `webhook-id`, as after a crash.

pub mod attempt_times;
mod places;
pub mod sender;
pub mod signature;
pub mod trial;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;
use usdt_protocol::UtcTime;

use self::attempt_times::AttemptTimes;
use self::places::{Lanes, PROMPT, Place, Places};
use self::sender::{Answer, SendError, Sender};
use crate::clock::SharedClock;
use crate::payments::ProjectId;
use crate::secrets::{SecretError, Vault};
use crate::store::{Attempt, DueEvent, DueProject, Queue, Store, StoreError};

/// Seconds from the end of a failed attempt to the next: 5 minutes, 15 minutes, 1 hour.
const RETRY_AFTER_SECONDS: [i64; 3] = [300, 900, 3_600];

/// The same behind those, for projects that want it: 3, 6, 12, 24 and 24 hours, three days in all.
const FURTHER_RETRY_AFTER_SECONDS: [i64; 5] = [10_800, 21_600, 43_200, 86_400, 86_400];

/// How much longer than the longest attempt a lease lasts.
const LEASE_RESERVE: Duration = Duration::from_secs(10);

/// How soon after asking for its lease an attempt has to begin.
const BEGIN_WITHIN: Duration = Duration::from_secs(5);

/// After a fault that may have come once the receiver had its answer, such as a full disk.
const STUCK_PAUSE: Duration = Duration::from_secs(30);

/// After the first fault of this machine's connections, doubled with each further one.
const LOCAL_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_LOCAL_PAUSE: Duration = Duration::from_secs(10);

/// The least time between two log lines that say the same of this machine.
const LOG_EVERY: Duration = Duration::from_mins(1);

/// The longest wait before looking for due events again.
const POLL: Duration = Duration::from_secs(1);

/// Why an attempt could not be made or written down: a fault of ours.
#[derive(Debug, thiserror::Error)]
enum AttemptError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("{0}")]
    Local(String),
    #[error("the attempt ended early: {0}")]
    Panic(#[from] JoinError),
}

/// Delivers due events.
pub struct Worker {
    pub store: Store,
    pub vault: Vault,
    pub clock: SharedClock,
    /// By which a receiver judges how old a webhook is.
    pub receivers_clock: SharedClock,
    pub sender: Sender,
    pub attempt_times: AttemptTimes,
    /// Notified when there may be a new event.
    pub credited: Arc<Notify>,
}

/// What came of an event that was due, where nothing of ours was at fault.
enum Made {
    Attempt,
    /// Another gateway makes it, or has made it.
    Nothing,
}

/// An attempt under way.
struct UnderWay {
    queue: Queue,
    event_id: String,
    project: ProjectId,
    place: Place,
}

/// A project that waits because of a fault of ours.
struct Pause {
    until: Instant,
    faults: u32,
}

/// Whose turn it is in a queue.
#[derive(Default)]
struct Turns {
    pauses: HashMap<ProjectId, Pause>,
    /// The project that was served last in each lane: the others come first.
    served: ProjectId,
    served_slowly: ProjectId,
}

/// What the worker knows beside the database.
#[derive(Default)]
struct Progress {
    attempts: JoinSet<Result<Made, AttemptError>>,
    under_way: HashMap<Id, UnderWay>,
    payments: Turns,
    notices: Turns,
    local_fault_logged: Option<Instant>,
}

impl Worker {
    /// Delivers until the shutdown, and then waits for the attempts under way.
    pub async fn run(self, shutdown: CancellationToken) {
        let worker = Arc::new(self);
        let mut progress = Progress::default();
        loop {
            for queue in Queue::ALL {
                if let Err(error) = worker.start_due(&mut progress, queue).await {
                    tracing::error!(%error, "due webhooks cannot be read");
                }
            }
            // Attempts that turn slow make room for others.
            let poll = if progress.under_way.is_empty() {
                POLL
            } else {
                PROMPT / 2
            };
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = worker.credited.notified() => {}
                Some(ended) = progress.attempts.join_next_with_id() => match ended {
                    Ok((id, outcome)) => progress.end(id, outcome),
                    Err(panic) => progress.end(panic.id(), Err(panic.into())),
                },
                () = tokio::time::sleep(poll) => {}
            }
        }
        while progress.attempts.join_next().await.is_some() {}
    }

    /// Starts what is due and has a place, one event of each project after the other.
    async fn start_due(
        self: &Arc<Self>,
        progress: &mut Progress,
        queue: Queue,
    ) -> Result<(), StoreError> {
        let now = Instant::now();
        self.store.queue_retries(queue, self.clock.now()).await?;
        let mut projects = self.store.due_projects(queue).await?;
        let turns = progress.turns(queue);
        let served = (turns.served, turns.served_slowly);
        projects.retain(|one| {
            turns
                .pauses
                .get(&one.id)
                .is_none_or(|pause| pause.until <= now)
        });

        let of_queue = || {
            let all = progress.under_way.values();
            all.filter(|one| one.queue == queue)
        };
        let under_way: HashSet<String> = of_queue().map(|one| one.event_id.clone()).collect();
        let leases = self.store.leases(queue).await?;
        let elsewhere: Vec<Place> = leases
            .live
            .iter()
            .filter(|lease| !under_way.contains(&lease.event_id))
            .map(|lease| {
                let lasts = self.lease_time().saturating_sub(lease.left);
                Place::elsewhere(&lease.project, now.checked_sub(lasts).unwrap_or(now))
            })
            .collect();
        let here = of_queue().map(|one| &one.place);
        let lanes = Lanes::of(queue);
        let mut places = Places::new(lanes, here.chain(&elsewhere), now);
        let (mut slow, mut projects): (Vec<_>, Vec<_>) =
            projects.into_iter().partition(|one| places.is_slow(one));
        for (lane, served) in [(&mut projects, served.0), (&mut slow, served.1)] {
            let later = lane.partition_point(|one| one.id <= served);
            lane.rotate_left(later);
        }
        projects.append(&mut slow);
        let mut waiting: HashMap<ProjectId, VecDeque<DueEvent>> = HashMap::new();
        while !projects.is_empty() {
            let mut left = Vec::new();
            for project in projects {
                if !places.has_room(&project) {
                    continue;
                }
                let events = match waiting.entry(project.id) {
                    Entry::Occupied(entry) => entry.into_mut(),
                    Entry::Vacant(entry) => {
                        // Those under way are due until they are written down.
                        let due = self
                            .store
                            .due_events(queue, project.id, &leases, 2 * lanes.most_of_a_project)
                            .await?;
                        let due = due.into_iter().filter(|one| !under_way.contains(&one.id));
                        entry.insert(due.collect())
                    }
                };
                let Some(event) = events.pop_front() else {
                    continue;
                };
                if places.is_slow(&project) {
                    progress.turns(queue).served_slowly = project.id;
                } else {
                    progress.turns(queue).served = project.id;
                }
                let place = places.take(&project);
                progress.start(self, &project, event, place);
                left.push(project);
            }
            projects = left;
        }
        Ok(())
    }

    fn lease_time(&self) -> Duration {
        self.sender.longest() + LEASE_RESERVE
    }

    /// Makes one attempt and writes it down, unless another gateway makes it. Our own faults are errors,
    /// and use up none of the merchant's attempts.
    async fn attempt(&self, url: &Url, event: DueEvent) -> Result<Made, AttemptError> {
        let project = self
            .store
            .project(event.project_id)
            .await?
            .ok_or(StoreError::Corrupt("project"))?;
        let sealed = project.sealed_secrets(self.clock.now());
        let secrets = self.vault.unseal_live(&project.api_key, &sealed)?;
        let goes_on = self.store.retries_further(event.project_id).await?;
        let asked = Instant::now();
        let most = Lanes::of(event.queue).most_of_a_project;
        let lease = self.store.lease(event, self.lease_time(), most);
        let Some(event) = lease.await? else {
            return Ok(Made::Nothing);
        };
        if asked.elapsed() > BEGIN_WITHIN {
            self.store.give_back(&event).await?;
            let fault = "the database took too long to begin an attempt";
            return Err(AttemptError::Local(fault.to_owned()));
        }
        let (started_at, started) = (self.clock.now(), Instant::now());
        let headers =
            signature::headers(&secrets, &event.id, self.receivers_clock.now(), &event.body);
        let sent = match self.sender.post(url, headers, &event.body).await {
            Ok(answer) => Ok(answer),
            Err(SendError::Local(fault)) => {
                self.store.give_back(&event).await?;
                return Err(AttemptError::Local(fault.to_string()));
            }
            Err(error) => Err(error.to_string()),
        };
        let (finished_at, time) = (self.clock.now(), started.elapsed());
        let error = match &sent {
            Ok(answer) => failure(answer),
            Err(error) => Some(error.clone()),
        };
        let answer = sent.ok();
        let retry_at = error
            .is_some()
            .then(|| retry_at(event.attempts, goes_on, finished_at))
            .flatten();
        let attempt = Attempt {
            started_at,
            finished_at,
            http_status: answer.as_ref().map(|answer| answer.status),
            excerpt: answer.as_ref().map(|answer| answer.excerpt.clone()),
            error,
            retry_at,
        };
        self.attempt_times.observe(&attempt, time);
        if self.store.record_attempt(&event, &attempt).await? {
            log(url, &event, &attempt, answer.as_ref());
        } else {
            tracing::warn!(
                event = event.id,
                status = attempt.http_status,
                error = attempt.error,
                "a webhook's attempt was overtaken by another gateway's and is not counted"
            );
        }
        Ok(Made::Attempt)
    }
}

impl Progress {
    const fn turns(&mut self, queue: Queue) -> &mut Turns {
        match queue {
            Queue::Payments => &mut self.payments,
            Queue::Notices => &mut self.notices,
        }
    }

    fn start(&mut self, worker: &Arc<Worker>, project: &DueProject, event: DueEvent, place: Place) {
        let worker = Arc::clone(worker);
        let under_way = UnderWay {
            queue: event.queue,
            event_id: event.id.clone(),
            project: project.id,
            place,
        };
        let url = project.url.clone();
        let task = self
            .attempts
            .spawn(async move { worker.attempt(&url, event).await });
        self.under_way.insert(task.id(), under_way);
    }

    fn end(&mut self, task: Id, outcome: Result<Made, AttemptError>) {
        let Some(ended) = self.under_way.remove(&task) else {
            return;
        };
        let error = match outcome {
            Ok(Made::Attempt) => {
                self.turns(ended.queue).pauses.remove(&ended.project);
                return;
            }
            Ok(Made::Nothing) => return,
            Err(error) => error,
        };
        // The event is still due: without a pause it would go out again and again.
        let now = Instant::now();
        let pauses = &self.turns(ended.queue).pauses;
        let faults = pauses.get(&ended.project).map_or(0, |pause| pause.faults);
        let pause = match &error {
            AttemptError::Local(fault) => {
                if self
                    .local_fault_logged
                    .is_none_or(|at| now - at >= LOG_EVERY)
                {
                    self.local_fault_logged = Some(now);
                    tracing::error!(
                        event = ended.event_id,
                        error = fault,
                        "webhooks cannot be sent from this machine"
                    );
                }
                LONGEST_LOCAL_PAUSE.min(LOCAL_PAUSE * 2_u32.saturating_pow(faults.min(10)))
            }
            AttemptError::Store(_) | AttemptError::Secret(_) | AttemptError::Panic(_) => {
                tracing::error!(event = ended.event_id, %error, "a webhook is stuck");
                STUCK_PAUSE
            }
        };
        let pause = Pause {
            until: now + pause,
            faults: faults.saturating_add(1),
        };
        let pauses = &mut self.turns(ended.queue).pauses;
        pauses.insert(ended.project, pause);
    }
}

/// Why an answer does not deliver the event.
fn failure(answer: &Answer) -> Option<String> {
    if !(200..300).contains(&answer.status) {
        return Some(format!("the receiver answered {}", answer.status));
    }
    let broken = answer.broken.as_ref()?;
    Some(format!("the answer did not come to its end: {broken}"))
}

/// Tells the operator how an attempt went.
fn log(url: &Url, event: &DueEvent, attempt: &Attempt, answer: Option<&Answer>) {
    let (id, number) = (&event.id, event.attempts + 1);
    let payment = event.payment_id.map(tracing::field::display);
    // The path may hold a secret of the merchant's.
    let host = url.host_str().unwrap_or_default();
    let took_ms = attempt.finished_at.millis() - attempt.started_at.millis();
    let status = attempt.http_status;
    let (answer_bytes, excerpt) = (answer.map(|one| one.size), attempt.excerpt.as_deref());
    match (&attempt.error, attempt.retry_at) {
        (None, _) => tracing::info!(
            event = id,
            payment,
            number,
            host,
            status,
            took_ms,
            answer_bytes,
            excerpt,
            "webhook delivered"
        ),
        (Some(error), Some(retry_at)) => tracing::warn!(
            event = id, payment, number, host, status, took_ms, answer_bytes, excerpt, error,
            %retry_at, "webhook failed"
        ),
        (Some(error), None) => tracing::error!(
            event = id,
            payment,
            number,
            host,
            status,
            took_ms,
            answer_bytes,
            excerpt,
            error,
            "webhook given up"
        ),
    }
}

/// When to try again after `attempts` earlier failures and one more, or `None` to give up.
fn retry_at(attempts: u32, goes_on: bool, finished_at: UtcTime) -> Option<UtcTime> {
    let further = FURTHER_RETRY_AFTER_SECONDS.iter().filter(|_| goes_on);
    let mut waits = RETRY_AFTER_SECONDS.iter().chain(further);
    let wait = waits.nth(usize::try_from(attempts).ok()?)?;
    Some(finished_at.plus_seconds(*wait))
}
