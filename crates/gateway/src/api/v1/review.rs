//! A transfer in review as its project sees it, and what decisions about it are refused for.

use schemars::JsonSchema;
use serde::Serialize;
use usdt_protocol::{PaymentId, PaymentStatus, TronAddress, Txid, Usdt, UtcTime, money};

use crate::api::error::ApiError;
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::payments::ProjectId;
use crate::payments::acceptance::Refusal;
use crate::payments::candidates::Candidate;
use crate::payments::judge::ReviewReason;
use crate::store::{Project, RecordedTransfer, ReviewError, StoreError, TransferId};

/// More candidates help nobody.
const MOST_CANDIDATES: usize = 3;

pub const NOT_FOUND: ApiError = ApiError::because(ErrorCode::ReviewNotFound, "Transfer not found");

/// A transfer that pays nothing by itself.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Review")]
pub struct ReviewView {
    /// The name of the transfer.
    review_id: String,
    txid: Txid,
    /// What came.
    #[serde(with = "money::six_decimals")]
    #[schemars(with = "usdt_protocol::schema::SixDecimals")]
    amount: Usdt,
    /// Who sent it: often an exchange, and not the payer.
    from: TronAddress,
    /// Where it came to.
    address: TronAddress,
    /// The time of the block that holds it.
    received_at: UtcTime,
    /// When the gateway wrote it down.
    recorded_at: UtcTime,
    /// Why it came into review.
    #[schemars(extend("enum" = ["no_match", "dust", "before_creation", "late", "paid_twice", "failed", null]))]
    reason: Option<&'static str>,
    /// `review` while it waits for a decision.
    #[schemars(extend("enum" = ["review", "credited", "added", "dismissed"]))]
    state: &'static str,
    /// The payment whose exact amount it had, or for which it was accepted.
    payment_id: Option<PaymentId>,
    /// For which it may have been meant, the likeliest first.
    candidates: Vec<CandidateView>,
}

/// A payment for which a transfer may have been meant. It is a guess.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Candidate")]
struct CandidateView {
    payment_id: PaymentId,
    order_id: String,
    status: PaymentStatus,
    /// What was to be paid.
    #[serde(with = "money::six_decimals")]
    #[schemars(with = "usdt_protocol::schema::SixDecimals")]
    pay_amount: Usdt,
    /// Why it may be the one, for people.
    why: String,
}

impl From<&Candidate> for CandidateView {
    fn from(candidate: &Candidate) -> Self {
        let payment = &candidate.payment;
        Self {
            payment_id: payment.id,
            order_id: payment.order_id.as_str().to_owned(),
            status: payment.status,
            pay_amount: payment.pay_amount,
            why: candidate.to_string(),
        }
    }
}

impl ReviewView {
    /// For the project that asks, whose own payments are guessed at.
    pub async fn of(
        state: &AppState,
        recorded: &RecordedTransfer,
        project: ProjectId,
    ) -> Result<Self, StoreError> {
        let candidates = match recorded.outcome.payment() {
            None => state.store.candidates(recorded).await?,
            Some(_) => Vec::new(),
        };
        // At an address that has moved it may be another project's.
        let of = match recorded.payment_id {
            Some(id) => state.store.payment_of(project, id).await?.map(|own| own.id),
            None => None,
        };
        let transfer = &recorded.transfer;
        let own = |candidate: &&Candidate| candidate.payment.project_id == project;
        let candidates = candidates.iter().filter(own).take(MOST_CANDIDATES);
        Ok(Self {
            review_id: recorded.id().to_string(),
            txid: transfer.txid,
            amount: transfer.amount,
            from: transfer.from,
            address: transfer.to,
            received_at: transfer.block_time,
            recorded_at: recorded.recorded_at,
            reason: recorded.reason.map(ReviewReason::as_str),
            state: recorded.outcome.as_str(),
            payment_id: of,
            candidates: candidates.map(CandidateView::from).collect(),
        })
    }
}

/// Only where the operator leaves decisions to the project.
pub const fn require_own(project: &Project) -> Result<(), ApiError> {
    if project.project_reviews {
        return Ok(());
    }
    Err(ApiError::because(
        ErrorCode::ReviewsByOperator,
        "The operator decides about this project's transfers",
    ))
}

/// The transfer of that name at the project's addresses.
pub async fn find(
    state: &AppState,
    project: &Project,
    name: &str,
) -> Result<RecordedTransfer, ApiError> {
    let id: TransferId = name.parse().map_err(|_| NOT_FOUND)?;
    let found = state
        .store
        .transfer_of(project.id, project.network, id)
        .await?;
    found.ok_or(NOT_FOUND)
}

pub fn explain(error: ReviewError) -> ApiError {
    match error {
        ReviewError::Unknown => NOT_FOUND,
        ReviewError::NoPayment(_) | ReviewError::OtherNetwork(_) | ReviewError::OtherProject(_) => {
            ApiError::NotFound
        }
        ReviewError::Store(error) => error.into(),
        ReviewError::Settled(_, payment) => ApiError::refused(
            ErrorCode::ReviewSettled,
            format!("The transfer is not in review any more: it belongs to payment {payment}"),
        ),
        ReviewError::Changed => ApiError::because(
            ErrorCode::PaymentChanged,
            "The payment has changed meanwhile: look at it again",
        ),
        ReviewError::Dismissed => ApiError::because(
            ErrorCode::ReviewDismissed,
            "The transfer is dismissed already",
        ),
        ReviewError::Refused(Refusal::Failed) => ApiError::because(
            ErrorCode::PaymentFailed,
            "The payment has failed: take the transfer for another payment of the order",
        ),
        ReviewError::Refused(refusal) => {
            ApiError::refused(ErrorCode::ReviewRefused, format!("Not accepted: {refusal}"))
        }
    }
}
