//! A fair line for those who create payments.
//!
//! Creating takes the one writer of a file, or a project's lock on a server, where all wait in order. So
//! each project has a bounded share of the places there, and the rest of its requests wait in a line of
//! its own: a flood of one project delays another by a few payments, not by the whole flood.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::payments::ProjectId;

/// Requests of one project that are at work at once.
const AT_WORK: usize = 8;

/// Further requests of the project that wait until it is their turn.
const WAITING: usize = 256;

/// The lines of all projects that have a request here.
#[derive(Clone, Debug, Default)]
pub struct CreateQueue(Arc<Mutex<HashMap<ProjectId, Line>>>);

#[derive(Debug)]
struct Line {
    /// Hands the places at work out in the order of arrival.
    at_work: Arc<Semaphore>,
    /// Requests at work or waiting.
    present: usize,
}

/// The project's line is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineFull;

/// A request's turn, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _at_work: OwnedSemaphorePermit,
    _place: Place,
}

/// A request's place in its line, also while it waits.
#[derive(Debug)]
struct Place {
    queue: CreateQueue,
    project: ProjectId,
}

impl CreateQueue {
    /// Waits for the request's turn among those of its project.
    pub async fn enter(&self, project: ProjectId) -> Result<Turn, LineFull> {
        let (at_work, place) = self.line_up(project)?;
        // The semaphore is never closed.
        let at_work = at_work.acquire_owned().await.map_err(|_| LineFull)?;
        Ok(Turn {
            _at_work: at_work,
            _place: place,
        })
    }

    fn line_up(&self, project: ProjectId) -> Result<(Arc<Semaphore>, Place), LineFull> {
        let mut lines = self.lines();
        let line = lines.entry(project).or_insert_with(|| Line {
            at_work: Arc::new(Semaphore::new(AT_WORK)),
            present: 0,
        });
        if line.present == AT_WORK + WAITING {
            return Err(LineFull);
        }
        line.present += 1;
        let place = Place {
            queue: self.clone(),
            project,
        };
        Ok((Arc::clone(&line.at_work), place))
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<ProjectId, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    /// Leaves the line, also where the client has gone away; the last one removes it.
    fn drop(&mut self) {
        let mut lines = self.queue.lines();
        if let Some(line) = lines.get_mut(&self.project) {
            line.present -= 1;
            if line.present == 0 {
                lines.remove(&self.project);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    const FLOODING: ProjectId = 1;
    const OTHER: ProjectId = 2;

    type Entering = Pin<Box<dyn Future<Output = Result<Turn, LineFull>>>>;

    fn enter(queue: &CreateQueue, project: ProjectId) -> Entering {
        let queue = queue.clone();
        Box::pin(async move { queue.enter(project).await })
    }

    /// The turn, if it has come.
    fn turn(entering: &mut Entering) -> Option<Result<Turn, LineFull>> {
        match entering
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(result) => Some(result),
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_project_has_a_bounded_share_and_a_bounded_line_and_others_do_not_feel_it() {
        let queue = CreateQueue::default();
        let at_work: Vec<_> = (0..AT_WORK)
            .map(|_| turn(&mut enter(&queue, FLOODING)).unwrap().unwrap())
            .collect();
        let mut waiting: Vec<_> = (0..WAITING).map(|_| enter(&queue, FLOODING)).collect();
        assert!(waiting.iter_mut().all(|one| turn(one).is_none()));
        let full = turn(&mut enter(&queue, FLOODING)).unwrap();
        assert_eq!(full.unwrap_err(), LineFull);
        assert!(turn(&mut enter(&queue, OTHER)).unwrap().is_ok());

        drop(at_work);
        // In the order of arrival, whoever asks first.
        assert!(turn(&mut waiting[AT_WORK]).is_none());
        let served: Vec<_> = waiting[..AT_WORK]
            .iter_mut()
            .map(|one| turn(one).unwrap())
            .collect();
        assert!(turn(&mut waiting[AT_WORK]).is_none());
        drop(served);
        assert!(turn(&mut waiting[AT_WORK]).is_some());
    }

    #[test]
    fn whoever_goes_away_makes_room_and_an_empty_line_is_forgotten() {
        let queue = CreateQueue::default();
        let at_work = turn(&mut enter(&queue, FLOODING)).unwrap().unwrap();
        let mut all: Vec<_> = (0..AT_WORK + WAITING)
            .map(|_| enter(&queue, FLOODING))
            .collect();
        let results: Vec<_> = all.iter_mut().map(turn).collect();
        assert!(matches!(results.last().unwrap(), Some(Err(LineFull))));
        drop((results, all));
        assert!(turn(&mut enter(&queue, FLOODING)).unwrap().is_ok());
        drop(at_work);
        assert!(queue.lines().is_empty());
    }
}
