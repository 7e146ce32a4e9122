//! How many requests each route answers, how, and how long it takes.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use axum::http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Seconds: the longest are held until something changes.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 30.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    /// As it is declared, so that nobody's IDs are in it, and no client can make new ones.
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAnswer {
    route: String,
    /// The class of its status, such as `2xx`.
    status: &'static str,
}

/// Clones count together.
#[derive(Clone, Debug)]
pub struct RequestCounts {
    answers: Family<OfAnswer, Counter>,
    times: Family<OfRoute, Histogram, fn() -> Histogram>,
    /// The same by the route's name, which a look into the families above would copy for each request.
    routes: Arc<RwLock<HashMap<String, RouteCounts>>>,
}

#[derive(Clone, Debug)]
struct RouteCounts {
    /// By the first digit of the status.
    answers: [OnceLock<Counter>; CLASSES.len()],
    times: Histogram,
}

const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

impl Default for RequestCounts {
    fn default() -> Self {
        Self {
            answers: Family::default(),
            times: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            routes: Arc::default(),
        }
    }
}

impl RequestCounts {
    pub(super) fn count(&self, route: &str, status: StatusCode, time: Duration) {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counts) = routes.get(route) {
            return self.count_in(counts, route, status, time);
        }
        drop(routes);
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        let counts = routes.entry(route.to_owned()).or_insert_with(|| {
            let labels = OfRoute {
                route: route.to_owned(),
            };
            RouteCounts {
                answers: Default::default(),
                times: self.times.get_or_create_owned(&labels),
            }
        });
        self.count_in(counts, route, status, time);
    }

    fn count_in(&self, counts: &RouteCounts, route: &str, status: StatusCode, time: Duration) {
        counts.times.observe(time.as_secs_f64());
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        let mut classes = CLASSES.into_iter().zip(&counts.answers);
        if let Some((status, counter)) = classes.nth(class) {
            let labels = || OfAnswer {
                route: route.to_owned(),
                status,
            };
            let counter = counter.get_or_init(|| self.answers.get_or_create_owned(&labels()));
            counter.inc();
        }
    }

    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "http_requests",
            "Requests since the start, by their route and the class of the answer's status",
            self.answers.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "How long requests take until their answer begins",
            Unit::Seconds,
            self.times.clone(),
        );
    }
}
