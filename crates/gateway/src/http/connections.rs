//! The open connections of a server: whose turn it is on each, and for how long.
//!
//! On a connection either the client has to do something (send a request, send a body, take an
//! answer) or the gateway has. Where it is the client's turn, the connection has a deadline, and it
//! may be closed to make room for another: the one on which the client has done nothing for the
//! longest comes first.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, TryAcquireError};
use tokio::time::Instant;

use crate::config::{Patience, PublicUrl};

/// The open connections of one server.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    patience: Patience,
    /// Under which address errors are explained.
    gateway: PublicUrl,
    most: usize,
    places: Arc<Semaphore>,
    next: AtomicU64,
    /// Those on which it is the client's turn, by when that began.
    waiting: Mutex<BTreeMap<u64, Arc<Notify>>>,
}

/// What a client has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// To begin a request.
    Request,
    /// To end its head.
    Head,
    /// To end its body.
    Body,
    /// To take the answer.
    Taking,
}

#[derive(Clone, Copy, Debug)]
enum Turn {
    Clients {
        awaited: Awaited,
        deadline: Instant,
        number: u64,
    },
    Ours,
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    all: Connections,
    now: Mutex<Now>,
    /// Told when the place is needed for another.
    wanted: Arc<Notify>,
    _place: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Now {
    turn: Turn,
    /// All of the answer is with the system's socket or on its way there.
    is_answered: bool,
    body_is_late: bool,
}

impl Now {
    fn awaits(&self, expected: Awaited) -> bool {
        matches!(self.turn, Turn::Clients { awaited, .. } if awaited == expected)
    }
}

impl Connections {
    /// At most so many at once.
    pub fn new(most: usize, patience: Patience, gateway: PublicUrl) -> Self {
        Self(Arc::new(Shared {
            patience,
            gateway,
            most,
            places: Arc::new(Semaphore::new(most)),
            next: AtomicU64::default(),
            waiting: Mutex::default(),
        }))
    }

    /// Makes a place for a new connection: at the cost of another, or once one has ended.
    pub async fn admit(&self) -> Option<Arc<Connection>> {
        let place = match Arc::clone(&self.0.places).try_acquire_owned() {
            Ok(place) => place,
            Err(TryAcquireError::NoPermits) => {
                self.close_longest_waiting();
                Arc::clone(&self.0.places).acquire_owned().await.ok()?
            }
            Err(TryAcquireError::Closed) => return None,
        };
        let connection = Connection {
            all: self.clone(),
            now: Mutex::new(Now {
                turn: Turn::Ours,
                is_answered: false,
                body_is_late: false,
            }),
            wanted: Arc::default(),
            _place: place,
        };
        connection.set(&mut connection.now(), Some(Awaited::Request));
        Some(Arc::new(connection))
    }

    /// Closes the one on which the client has done nothing for the longest, if there is any.
    pub fn close_longest_waiting(&self) {
        if let Some((_, wanted)) = self.waiting().pop_first() {
            wanted.notify_one();
        }
    }

    /// Whether places run out, so that connections are better not kept for further requests.
    pub fn is_crowded(&self) -> bool {
        self.0.places.available_permits() < self.0.most.div_ceil(8)
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Notify>>> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    pub fn gateway(&self) -> &PublicUrl {
        &self.all.0.gateway
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, now: &mut Now, awaited: Option<Awaited>) {
        if let Turn::Clients { number, .. } = now.turn {
            self.all.waiting().remove(&number);
        }
        let Some(awaited) = awaited else {
            now.turn = Turn::Ours;
            return;
        };
        let patience = &self.all.0.patience;
        let allowed = match awaited {
            Awaited::Request => patience.idle,
            Awaited::Head => patience.head,
            Awaited::Body => patience.body,
            Awaited::Taking => patience.answer,
        };
        let number = self.all.0.next.fetch_add(1, Ordering::Relaxed);
        self.all.waiting().insert(number, Arc::clone(&self.wanted));
        now.turn = Turn::Clients {
            awaited,
            deadline: Instant::now() + allowed,
            number,
        };
    }

    /// What the client has to do, and until when; `None` where it is not its turn.
    pub fn awaited(&self) -> Option<(Awaited, Instant)> {
        match self.now().turn {
            Turn::Clients {
                awaited, deadline, ..
            } => Some((awaited, deadline)),
            Turn::Ours => None,
        }
    }

    /// Bytes came in.
    pub fn heard(&self) {
        let mut now = self.now();
        if now.awaits(Awaited::Request) {
            self.set(&mut now, Some(Awaited::Head));
        }
    }

    /// The head of a request is here, and maybe a body follows.
    pub fn asked(&self, has_body: bool) {
        let mut now = self.now();
        now.is_answered = false;
        now.body_is_late = false;
        self.set(&mut now, has_body.then_some(Awaited::Body));
    }

    /// The body is here, or nobody wants it.
    pub fn body_ended(&self) {
        let mut now = self.now();
        if now.awaits(Awaited::Body) {
            self.set(&mut now, None);
        }
    }

    /// The client has had its time for the body.
    pub fn give_body_up(&self) {
        let mut now = self.now();
        now.body_is_late = true;
        self.set(&mut now, None);
    }

    pub fn body_is_late(&self) -> bool {
        self.now().body_is_late
    }

    /// The answer begins.
    pub fn answers(&self) {
        self.set(&mut self.now(), Some(Awaited::Taking));
    }

    /// The answer's last byte is made.
    pub fn answered(&self) {
        self.now().is_answered = true;
    }

    /// Everything that was made is with the system's socket.
    pub fn flushed(&self) {
        let mut now = self.now();
        if now.is_answered && now.awaits(Awaited::Taking) {
            now.is_answered = false;
            self.set(&mut now, Some(Awaited::Request));
        }
    }

    /// Whether no request is here, so that what is written answers none.
    pub fn has_no_request(&self) -> bool {
        let now = self.now();
        now.awaits(Awaited::Request) || now.awaits(Awaited::Head)
    }

    pub fn is_crowded(&self) -> bool {
        self.all.is_crowded()
    }

    /// Waits until the place is needed for another.
    pub async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// Passes the wish for the place on, since a request has just come.
    pub fn decline(&self) {
        self.all.close_longest_waiting();
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Turn::Clients { number, .. } = self.now().turn {
            self.all.waiting().remove(&number);
        }
    }
}
