//! Who may be sent to now: nobody's dead receiver keeps another one waiting.
//!
//! There are two lanes. A receiver whose last attempt failed, or that has not answered for a
//! moment, shares the slow lane with its like; all others have places that those cannot take, and
//! each holds one for a moment at most. In each lane a project and a host have a few places. The
//! places are those of all gateways that share a database. Each queue has its own, so that what a project is told
//! besides takes none of those in which it is told what was paid.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use crate::payments::ProjectId;
use crate::store::{DueProject, Queue};

/// An attempt that takes longer is in the slow lane from then on.
pub const PROMPT: Duration = Duration::from_millis(500);

/// How many attempts a lane has at once.
struct Lane {
    all: usize,
    of_a_host: usize,
    of_a_project: usize,
}

/// The lanes of a queue.
pub struct Lanes {
    prompt: Lane,
    slow: Lane,
    /// The prompt one while there are too many slow attempts. It is never closed.
    crowded: Lane,
    /// Attempts that have turned slow, each of which holds a file descriptor and some memory: beyond this
    /// the prompt lane is narrow.
    most: usize,
    /// The most attempts of one project at once: those that turned slow, and as many new ones.
    pub most_of_a_project: usize,
}

const PAYMENTS: Lanes = Lanes {
    prompt: Lane {
        all: 64,
        of_a_host: 16,
        of_a_project: 4,
    },
    slow: Lane {
        all: 64,
        of_a_host: 8,
        of_a_project: 2,
    },
    crowded: Lane {
        all: 8,
        of_a_host: 2,
        of_a_project: 1,
    },
    most: 512,
    most_of_a_project: 6,
};

/// A project's one after the other: its receiver has the rest of its time for what was paid.
const NOTICES: Lanes = Lanes {
    prompt: Lane {
        all: 16,
        of_a_host: 4,
        of_a_project: 1,
    },
    slow: Lane {
        all: 16,
        of_a_host: 4,
        of_a_project: 1,
    },
    crowded: Lane {
        all: 4,
        of_a_host: 1,
        of_a_project: 1,
    },
    most: 64,
    most_of_a_project: 1,
};

impl Lanes {
    pub const fn of(queue: Queue) -> &'static Self {
        match queue {
            Queue::Payments => &PAYMENTS,
            Queue::Notices => &NOTICES,
        }
    }
}

/// An attempt under way.
#[derive(Clone, Debug)]
pub struct Place {
    project: ProjectId,
    host: String,
    is_slow: bool,
    since: Instant,
}

/// How many attempts are under way, at one moment.
pub struct Places {
    lanes: &'static Lanes,
    prompt: Taken,
    slow: Taken,
    now: Instant,
}

#[derive(Default)]
struct Taken {
    all: usize,
    of_hosts: HashMap<String, usize>,
    of_projects: HashMap<ProjectId, usize>,
}

impl Taken {
    fn has_room(&self, lane: &Lane, host: &str, project: ProjectId) -> bool {
        let of_host = self.of_hosts.get(host).copied().unwrap_or_default();
        let of_project = self.of_projects.get(&project).copied().unwrap_or_default();
        self.all < lane.all && of_host < lane.of_a_host && of_project < lane.of_a_project
    }

    fn add(&mut self, place: &Place) {
        self.all += 1;
        *self.of_hosts.entry(place.host.clone()).or_default() += 1;
        *self.of_projects.entry(place.project).or_default() += 1;
    }
}

impl Place {
    /// Of an attempt that another gateway makes, as far as it can be seen from here.
    pub fn elsewhere(project: &DueProject, since: Instant) -> Self {
        Self {
            project: project.id,
            host: host(&project.url).to_owned(),
            is_slow: project.receiver_fails,
            since,
        }
    }
}

impl Places {
    pub fn new<'a>(
        lanes: &'static Lanes,
        under_way: impl Iterator<Item = &'a Place>,
        now: Instant,
    ) -> Self {
        let mut places = Self {
            lanes,
            prompt: Taken::default(),
            slow: Taken::default(),
            now,
        };
        under_way.for_each(|place| places.add(place));
        places
    }

    fn add(&mut self, place: &Place) {
        if place.is_slow || self.now.duration_since(place.since) >= PROMPT {
            self.slow.add(place);
        } else {
            self.prompt.add(place);
        }
    }

    pub fn has_room(&self, project: &DueProject) -> bool {
        let (taken, lane) = if self.is_slow(project) {
            (&self.slow, &self.lanes.slow)
        } else if self.slow.all < self.lanes.most {
            (&self.prompt, &self.lanes.prompt)
        } else {
            (&self.prompt, &self.lanes.crowded)
        };
        taken.has_room(lane, host(&project.url), project.id)
    }

    /// Takes a place for one more attempt of a project.
    pub fn take(&mut self, project: &DueProject) -> Place {
        let place = Place {
            project: project.id,
            host: host(&project.url).to_owned(),
            is_slow: self.is_slow(project),
            since: self.now,
        };
        self.add(&place);
        place
    }

    pub fn is_slow(&self, project: &DueProject) -> bool {
        project.receiver_fails || self.slow.of_projects.contains_key(&project.id)
    }
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(id: ProjectId, host: &str, receiver_fails: bool) -> DueProject {
        DueProject {
            id,
            url: format!("https://{host}/hook").parse().unwrap(),
            receiver_fails,
        }
    }

    fn fill(places: &mut Places, projects: impl Iterator<Item = DueProject>) -> Vec<Place> {
        projects
            .flat_map(|one| std::iter::repeat_n(one, 100))
            .filter_map(|one| places.has_room(&one).then(|| places.take(&one)))
            .collect()
    }

    #[tokio::test]
    async fn a_stranger_has_a_place_whatever_receivers_fail_or_hang() {
        let start = Instant::now();
        let mut places = Places::new(&PAYMENTS, std::iter::empty(), start);
        let dead = (0..10_000).map(|id| project(id, &format!("dead{id}.example"), true));
        let mut under_way = fill(&mut places, dead);
        assert_eq!(under_way.len(), PAYMENTS.slow.all);
        let hanging = (20_000..20_064).map(|id| project(id, &format!("new{id}.example"), false));
        under_way.extend(fill(&mut places, hanging));
        let stranger = project(1_000_000, "shop.example", false);
        assert!(!places.has_room(&stranger));
        let places = Places::new(&PAYMENTS, under_way.iter(), start + PROMPT);
        assert!(places.has_room(&stranger));
        // Also where hundreds hang that had never failed.
        for round in 0..20 {
            let moment = start + PROMPT * (round + 1);
            let mut places = Places::new(&PAYMENTS, under_way.iter(), moment);
            let first = 30_000 + i64::from(round) * 100;
            let more =
                (first..first + 100).map(|id| project(id, &format!("new{id}.example"), false));
            under_way.extend(fill(&mut places, more));
        }
        assert!(under_way.len() < 2 * PAYMENTS.most, "{}", under_way.len());
        let places = Places::new(&PAYMENTS, under_way.iter(), start + PROMPT * 21);
        assert!(places.has_room(&stranger));
    }

    #[tokio::test]
    async fn a_project_and_a_host_have_a_few_places() {
        let start = Instant::now();
        let mut places = Places::new(&PAYMENTS, std::iter::empty(), start);
        let one = fill(&mut places, [project(1, "shop.example", false)].into_iter());
        assert_eq!(one.len(), PAYMENTS.prompt.of_a_project);
        // What hangs makes the whole project wait in the slow lane.
        let mut places = Places::new(&PAYMENTS, one.iter(), start + PROMPT);
        assert!(!places.has_room(&project(1, "shop.example", false)));
        // The host's other projects are not the one that hangs.
        let others = (2..100).map(|id| project(id, "shop.example", false));
        assert_eq!(fill(&mut places, others).len(), PAYMENTS.prompt.of_a_host);
        // Whatever a project is told besides is told one after the other.
        let mut besides = Places::new(&NOTICES, std::iter::empty(), start);
        let told = fill(
            &mut besides,
            [project(1, "shop.example", false)].into_iter(),
        );
        assert_eq!(told.len(), 1);
        let besides = Places::new(&NOTICES, told.iter(), start + PROMPT);
        assert!(!besides.has_room(&project(1, "shop.example", false)));
        // Another gateway's attempts have the same places.
        let shop = project(1, "shop.example", false);
        let elsewhere = [0; PAYMENTS.prompt.of_a_project].map(|_| Place::elsewhere(&shop, start));
        assert!(!Places::new(&PAYMENTS, elsewhere.iter(), start).has_room(&shop));
    }
}
