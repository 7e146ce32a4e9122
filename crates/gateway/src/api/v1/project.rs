//! `GET /api/v1/project`: how the project is set up and stands; `PATCH` changes its webhooks.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use url::Url;
use usdt_protocol::payment::{Currency, Network};
use usdt_protocol::{CurrencyCode, PaymentId, Usdt, UtcTime};

use super::body;
use super::caller::{Asking, Changing};
use super::decided::{BY, Decided, NOTE};
use super::event::AttemptView;
use super::parameters::Parameters;
use super::project_missing::{self, Missing};
use crate::api::error::ApiError;
use crate::api::json_body::{self, flag, text};
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Operation, Part};
use crate::outbound::target::TargetError;
use crate::payments::event_type::EventType;
use crate::payments::fields::{FieldError, MAX_AMOUNT};
use crate::payments::{LatePolicy, ProjectId};
use crate::store::{Page, Project, ProjectSettings, Settings, StoreError, WebhookFilter};

pub const SHOW: Operation = Operation {
    path: "/api/v1/project",
    part: Part::Project,
    name: "getProject",
    title: "Show the project",
    about: "How the project is set up and stands, and what it lacks before it goes live.",
    answers: &[Answer::json::<ProjectAnswer>("The project.")],
    ..Operation::ASKS
};

pub const CHANGE: Operation = Operation {
    method: "PATCH",
    path: "/api/v1/project",
    part: Part::Project,
    name: "changeProject",
    title: "Set webhooks",
    about: "Sets what the body names, and leaves the rest. Send one of webhook_url, events and further_retries at least.",
    body: Some(&FIELDS),
    answers: &[Answer::json::<ProjectAnswer>("The project as it is then.")],
    refusals: &[
        ErrorCode::InvalidUrl,
        ErrorCode::UrlNotHttps,
        ErrorCode::UrlNotPublic,
        ErrorCode::InvalidEvents,
        ErrorCode::NotAFlag,
        ErrorCode::InvalidText,
    ],
    ..Operation::CHANGES
};

const FIELDS: [Field; 5] = [
    Field::optional(
        "webhook_url",
        Form::UrlOrNull,
        "Where webhooks go: a public address, with https for a live project. null or an empty text removes it.",
    ),
    Field::optional(
        "events",
        Form::ListOf(&["payment.expired", "payment.review", "payment.seen"]),
        "What is told besides payment.paid, from then on.",
    ),
    Field::optional(
        "further_retries",
        Form::Flag,
        "Whether a webhook whose three repeats have failed is tried for three days more.",
    ),
    BY,
    NOTE,
];

/// How many of the last events are told of.
const LAST_EVENTS: usize = 5;

const LONGEST_URL: usize = 2_048;

#[derive(Serialize, JsonSchema)]
pub struct ProjectAnswer {
    ok: bool,
    project: ProjectView,
}

/// A project as it is set up and stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Project")]
struct ProjectView {
    /// The number of the project.
    app_id: ProjectId,
    /// What the operator calls it.
    name: String,
    /// A test project is paid on a simulated chain.
    #[schemars(extend("enum" = ["test", "live"]))]
    mode: &'static str,
    currency: Currency,
    network: Network,
    /// The currencies in which a payment may be priced besides USDT, where the operator has allowed any.
    price_currencies: BTreeSet<CurrencyCode>,
    /// `null` where webhooks go nowhere.
    webhook_url: Option<String>,
    /// What is told besides `payment.paid`.
    #[schemars(extend("items" = {"type": "string", "enum": ["payment.expired", "payment.review", "payment.seen"]}))]
    events: Vec<&'static str>,
    /// Whether webhooks that fail are tried for three days more.
    further_retries: bool,
    /// How long a payer has.
    window_seconds: u64,
    /// How long an amount stays reserved after that.
    quarantine_seconds: u64,
    /// What becomes of an exact payment that comes late.
    #[schemars(extend("enum" = ["accept", "review"]))]
    late_policy: &'static str,
    /// The least that a payment may ask for.
    smallest_amount: Usdt,
    /// The most that a payment may ask for.
    largest_amount: Usdt,
    /// The most that is added to a price.
    most_addition: Usdt,
    /// Addresses for new payments.
    addresses_offered: u64,
    /// Those without a reserved amount, and those that can still be derived.
    addresses_left: u64,
    /// Who decides about transfers in review.
    #[schemars(extend("enum" = ["project", "operator"]))]
    reviews_by: &'static str,
    /// Transfers that wait for a decision, counted to 1000.
    reviews_waiting: u64,
    /// Events of payment.paid that were given up, counted to 1000.
    events_failed: u64,
    /// The last five events.
    last_deliveries: Vec<Delivery>,
    /// What a look before going live finds, the gravest first.
    missing: Vec<Missing>,
    /// The time of the gateway.
    #[serde(with = "usdt_protocol::time::rfc3339")]
    #[schemars(with = "usdt_protocol::schema::Rfc3339")]
    server_time: UtcTime,
}

/// An event and its last attempt.
#[derive(Serialize, JsonSchema)]
struct Delivery {
    event_id: String,
    /// What the event tells.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["payment.paid", "payment.expired", "payment.review", "payment.seen"]))]
    kind: &'static str,
    /// `null` of a transfer that had the amount of no payment.
    payment_id: Option<PaymentId>,
    /// How the event stands.
    #[schemars(extend("enum" = ["pending", "delivered", "failed", "no_url"]))]
    state: &'static str,
    /// `null` where none was made.
    last_attempt: Option<AttemptView>,
}

pub async fn show(
    State(state): State<AppState>,
    Asking { project, query }: Asking,
) -> Result<Json<ProjectAnswer>, ApiError> {
    Parameters::of(&query, &[])?;
    Ok(Json(view(&state, project.id).await?))
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    webhook_url: Option<&'a RawValue>,
    #[serde(borrow)]
    events: Option<&'a RawValue>,
    #[serde(borrow)]
    further_retries: Option<&'a RawValue>,
    #[serde(borrow)]
    by: Option<&'a RawValue>,
    #[serde(borrow)]
    note: Option<&'a RawValue>,
}

/// A field that is there, also where it is `null`.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

pub async fn change(
    State(state): State<AppState>,
    Changing { caller, body }: Changing,
) -> Result<Json<ProjectAnswer>, ApiError> {
    let request: Request = body::of(&body, &FIELDS)?;
    let decided = Decided::parse(&caller, request.by, request.note)?;
    let project = &caller.project;
    let webhook_url = request
        .webhook_url
        .map(|url| webhook_url(&state, project, url))
        .transpose()?;
    let events = request.events.map(events).transpose()?;
    let further_retries = flag("further_retries", request.further_retries)?;
    if events.is_none() && further_retries.is_none() {
        let any = "webhook_url, events or further_retries";
        json_body::required(webhook_url.as_ref(), any, &body)?;
    }
    let change = |settings: &mut Settings| {
        if let Some(url) = webhook_url {
            settings.webhook_url = url;
        }
        if let Some(events) = events {
            settings.events = events;
        }
        if let Some(further) = further_retries {
            settings.further_retries = further;
        }
    };
    state
        .store
        .change_settings(project.id, change, decided.decision())
        .await?;
    tracing::info!(project = project.id, "webhooks set");
    Ok(Json(view(&state, project.id).await?))
}

/// Where webhooks are to go; `None` for nowhere.
fn webhook_url(
    state: &AppState,
    project: &Project,
    value: &RawValue,
) -> Result<Option<Url>, ApiError> {
    match text("webhook_url", Some(value))? {
        None => Ok(None),
        Some(text) if text.len() > LONGEST_URL => Err(FieldError::WebhookUrlLength.into()),
        Some(text) => {
            let admitted = state.webhooks.sender.admit(&text, project.test);
            admitted.map(Some).map_err(|error| explain(&error))
        }
    }
}

fn events(value: &RawValue) -> Result<BTreeSet<EventType>, ApiError> {
    let names: Vec<String> = serde_json::from_str(value.get()).map_err(|_| FieldError::Events)?;
    let kinds = EventType::asked_for(names.iter().map(String::as_str));
    Ok(kinds.ok_or(FieldError::Events)?)
}

fn explain(error: &TargetError) -> ApiError {
    ApiError::Field(match error {
        TargetError::NotHttp => FieldError::UrlHost("webhook_url"),
        TargetError::NotHttps => FieldError::UrlNotHttps("webhook_url"),
        TargetError::NoPort | TargetError::Private | TargetError::NotPublic => {
            FieldError::WebhookUrlPrivate
        }
    })
}

async fn view(state: &AppState, id: ProjectId) -> Result<ProjectAnswer, ApiError> {
    let shown = state.store.project_settings(id).await?;
    let standing = state.store.standing(id).await?;
    let (shown, standing) = shown.zip(standing).ok_or(StoreError::Corrupt("project"))?;
    let ProjectSettings {
        project, settings, ..
    } = shown;
    let missing = project_missing::of(state, &project, &standing).await?;
    Ok(ProjectAnswer {
        ok: true,
        project: ProjectView {
            app_id: project.id,
            events: settings.event_names(),
            name: settings.name,
            mode: if project.test { "test" } else { "live" },
            currency: Currency::Usdt,
            network: Network::Trc20,
            price_currencies: state.store.currencies(project.id).await?,
            last_deliveries: last_deliveries(state, project.id).await?,
            webhook_url: project.webhook_url.map(String::from),
            further_retries: settings.further_retries,
            window_seconds: project.window.as_secs(),
            quarantine_seconds: project.quarantine.as_secs(),
            late_policy: match settings.late_policy {
                LatePolicy::Accept => "accept",
                LatePolicy::Review => "review",
            },
            smallest_amount: Usdt::from_micro(1),
            largest_amount: MAX_AMOUNT,
            most_addition: project.most_addition.get(),
            addresses_offered: standing.addresses_offered,
            addresses_left: standing.addresses_unused + standing.addresses_derivable,
            reviews_by: if settings.project_reviews {
                "project"
            } else {
                "operator"
            },
            reviews_waiting: standing.reviews_waiting,
            events_failed: standing.events_failed,
            missing,
            server_time: state.clock.now(),
        },
    })
}

async fn last_deliveries(
    state: &AppState,
    project: ProjectId,
) -> Result<Vec<Delivery>, StoreError> {
    let filter = WebhookFilter {
        project: Some(project),
        ..WebhookFilter::default()
    };
    let page = Page::newest(LAST_EVENTS);
    let events = state.store.webhook_events(filter, &page).await?;
    let mut deliveries = Vec::with_capacity(events.len());
    for event in events {
        let last = AttemptView::all(&state.store, &event).await?.pop();
        deliveries.push(Delivery {
            event_id: event.id,
            kind: event.kind.as_str(),
            payment_id: event.payment_id,
            state: event.state.as_str(),
            last_attempt: last,
        });
    }
    Ok(deliveries)
}
