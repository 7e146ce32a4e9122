//! `/api/v1/…`: what a merchant sees and changes of its own project. One file for each call, named as its path.
//!
//! Whatever is not the caller's is answered as what does not exist.

mod body;
mod caller;
mod cursor;
mod decided;
mod event;
mod event_resend;
mod events;
mod parameters;
mod payment;
mod payment_cancel;
mod payments;
mod payments_csv;
mod project;
mod project_missing;
mod review;
mod review_accept;
mod review_dismiss;
mod reviews;
mod test;
mod timeline;
mod webhook_test;

pub use self::parameters::whole;

use axum::Router;
use axum::routing::{get, post};

use super::refuse;
use crate::http::AppState;

pub fn routes() -> Router<AppState> {
    Router::new()
        .route(
            "/api/v1/project",
            get(project::show)
                .patch(project::change)
                .fallback(refuse("GET, PATCH")),
        )
        .route(
            "/api/v1/payments",
            get(payments::list).fallback(refuse("GET")),
        )
        .route(
            "/api/v1/payments.csv",
            get(payments_csv::export).fallback(refuse("GET")),
        )
        .route(
            "/api/v1/payments/{id}",
            get(payment::show).fallback(refuse("GET")),
        )
        .route(
            "/api/v1/payments/{id}/cancel",
            post(payment_cancel::cancel).fallback(refuse("POST")),
        )
        .route("/api/v1/events", get(events::list).fallback(refuse("GET")))
        .route(
            "/api/v1/events/{id}",
            get(event::show).fallback(refuse("GET")),
        )
        .route(
            "/api/v1/events/{id}/resend",
            post(event_resend::resend).fallback(refuse("POST")),
        )
        .route(
            "/api/v1/webhook-test",
            post(webhook_test::test).fallback(refuse("POST")),
        )
        .route(
            "/api/v1/reviews",
            get(reviews::list).fallback(refuse("GET")),
        )
        .route(
            "/api/v1/reviews/{id}/accept",
            post(review_accept::accept).fallback(refuse("POST")),
        )
        .route(
            "/api/v1/reviews/{id}/dismiss",
            post(review_dismiss::dismiss).fallback(refuse("POST")),
        )
        .merge(test::routes())
}
