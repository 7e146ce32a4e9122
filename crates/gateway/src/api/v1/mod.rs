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

use axum::routing::{get, post};

use super::routes::Routes;

pub fn routes() -> Routes {
    Routes::default()
        .path(
            get(project::show).patch(project::change),
            [project::SHOW, project::CHANGE],
        )
        .path(get(payments::list), [payments::LIST])
        .path(get(payments_csv::export), [payments_csv::EXPORT])
        .path(get(payment::show), [payment::SHOW])
        .path(post(payment_cancel::cancel), [payment_cancel::CANCEL])
        .path(get(events::list), [events::LIST])
        .path(get(event::show), [event::SHOW])
        .path(post(event_resend::resend), [event_resend::RESEND])
        .path(post(webhook_test::test), [webhook_test::TEST])
        .path(get(reviews::list), [reviews::LIST])
        .path(post(review_accept::accept), [review_accept::ACCEPT])
        .path(post(review_dismiss::dismiss), [review_dismiss::DISMISS])
        .merge(test::routes())
}
