//! How many requests each route answers, how, and how long it takes.

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
}

impl Default for RequestCounts {
    fn default() -> Self {
        Self {
            answers: Family::default(),
            times: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
        }
    }
}

impl RequestCounts {
    pub(super) fn count(&self, route: &str, status: StatusCode, time: Duration) {
        let route = route.to_owned();
        self.times
            .get_or_create(&OfRoute {
                route: route.clone(),
            })
            .observe(time.as_secs_f64());
        let status = match status.as_u16() {
            ..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            500.. => "5xx",
        };
        self.answers
            .get_or_create(&OfAnswer { route, status })
            .inc();
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
