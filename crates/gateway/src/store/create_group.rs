//! Creates that wait for the same lock are written together: in one transaction, each within a
//! savepoint of its own, so that all of them share one flush to the disk.
//!
//! SQLite has one lock, so that whatever waits there is written together. On PostgreSQL only those of a
//! project wait for each other.
//!
//! One that fails leaves nothing behind, and the others are committed. Nobody is answered before the
//! commit is durable, and all get its error if it fails.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use usdt_protocol::UtcTime;

use super::dialect::Dialect;
use super::payments::{CreateError, Created, create_in};
use super::writing::{Lock, Writing};
use super::{Project, Store, StoreError};
use crate::payments::NewPayment;

/// As many are written together: others that write wait no longer than these take.
const MOST: usize = 32;

/// What was created, and whether few amounts of the price are left.
pub(super) type Answer = Result<(Created, bool), CreateError>;

/// A create that waits.
#[derive(Debug)]
struct Create {
    project: Project,
    new: NewPayment,
    now: UtcTime,
    asker: oneshot::Sender<Answer>,
}

/// Creates in the order of their arrival, by the lock that they wait for. Each lock that is named here
/// has a task that writes them.
#[derive(Clone, Debug, Default)]
pub(super) struct CreateLines(Arc<Mutex<HashMap<Lock, VecDeque<Create>>>>);

impl CreateLines {
    fn lines(&self) -> MutexGuard<'_, HashMap<Lock, VecDeque<Create>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Creates a payment together with those that wait for the same lock. It is created even where
    /// the asker goes away.
    pub(super) async fn create_in_group(
        &self,
        project: &Project,
        new: &NewPayment,
        now: UtcTime,
    ) -> Answer {
        let (asker, answer) = oneshot::channel();
        self.line_up(Create {
            project: project.clone(),
            new: new.clone(),
            now,
            asker,
        });
        // Nobody answers where the task has panicked.
        let lost = |_| Err(sqlx::Error::WorkerCrashed.into());
        answer.await.unwrap_or_else(lost)
    }

    fn line_up(&self, create: Create) {
        let lock = match self.dialect {
            Dialect::Sqlite => Lock::All,
            Dialect::Postgres => Lock::Project(create.project.id),
        };
        let is_first = match self.creates.lines().entry(lock) {
            Entry::Occupied(mut line) => {
                line.get_mut().push_back(create);
                false
            }
            Entry::Vacant(line) => {
                line.insert(VecDeque::from([create]));
                true
            }
        };
        if is_first {
            let line = Line {
                store: self.clone(),
                lock,
                is_over: false,
            };
            tokio::spawn(line.write());
        }
    }
}

/// Those who wait for a lock, and the one task that writes them.
struct Line {
    store: Store,
    lock: Lock,
    /// Its entry is gone, or is another's by now.
    is_over: bool,
}

impl Line {
    async fn write(mut self) {
        while !self.ends() {
            self.write_group().await;
        }
    }

    /// Ends the line if nobody waits. Whoever comes next begins another one.
    fn ends(&mut self) -> bool {
        let mut lines = self.store.creates.lines();
        self.is_over = lines.get(&self.lock).is_none_or(VecDeque::is_empty);
        if self.is_over {
            lines.remove(&self.lock);
        }
        self.is_over
    }

    fn next(&self) -> Option<Create> {
        self.store.creates.lines().get_mut(&self.lock)?.pop_front()
    }

    async fn write_group(&self) {
        let (mut askers, mut answers) = (Vec::new(), Vec::new());
        let written = self.write_in(&mut askers, &mut answers).await;
        if let Err(error) = written {
            // Where not even the beginning succeeded, these would have been written.
            let left = std::iter::from_fn(|| self.next());
            askers.extend(left.take(MOST - askers.len()).map(|create| create.asker));
            let error = Arc::new(error);
            answers = askers.iter().map(|_| shared(&error)).collect();
        }
        for (asker, answer) in askers.into_iter().zip(answers) {
            // Whoever has gone away is not told.
            let _ = asker.send(answer);
        }
    }

    /// Writes those who wait, and those who come meanwhile.
    async fn write_in(
        &self,
        askers: &mut Vec<oneshot::Sender<Answer>>,
        answers: &mut Vec<Answer>,
    ) -> Result<(), StoreError> {
        let mut tx = Writing::begin(&self.store, self.lock).await?;
        let mut has_new = false;
        while askers.len() < MOST
            && let Some(create) = self.next()
        {
            askers.push(create.asker);
            let answer = create_alone(&mut tx, &create.project, &create.new, create.now).await?;
            has_new |= matches!(answer, Ok((Created::New(_), _)));
            answers.push(answer);
        }
        if has_new {
            tx.commit().await
        } else {
            tx.roll_back().await
        }
    }
}

impl Drop for Line {
    /// However the task has ended, nobody is left waiting: channels that are gone tell them.
    fn drop(&mut self) {
        if !self.is_over {
            self.store.creates.lines().remove(&self.lock);
        }
    }
}

/// Creates a payment in the transaction of a group, or leaves nothing of it there. An error is one of
/// the whole group: SQLite may have ended the transaction by itself, and the savepoint with it. That of
/// one create lies within that of the one before, and all end with the transaction.
async fn create_alone(
    tx: &mut Writing,
    project: &Project,
    new: &NewPayment,
    now: UtcTime,
) -> Result<Answer, StoreError> {
    tx.run("SAVEPOINT one").await?;
    let answer = create_in(tx, project, new, now).await;
    if answer.is_err()
        && let Err(error) = tx.run("ROLLBACK TO SAVEPOINT one").await
    {
        return Err(match answer {
            Err(CreateError::Store(cause)) => cause,
            _ => error.into(),
        });
    }
    Ok(answer)
}

fn shared(error: &Arc<StoreError>) -> Answer {
    Err(StoreError::Shared(Arc::clone(error)).into())
}
