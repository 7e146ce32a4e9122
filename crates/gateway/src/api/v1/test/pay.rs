//! `POST /api/v1/test/pay`: pays a payment on the simulated chain, in one of the ways in which payers do.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use usdt_protocol::{Txid, Usdt};

use super::{explain, simulator, wake};
use crate::api::error::ApiError;
use crate::api::json_body::{flag, required, text};
use crate::api::v1::body;
use crate::api::v1::caller::Changing;
use crate::api::v1::payment;
use crate::chain::simulator::{BLOCKS_TO_CONFIRM, SECONDS_PER_BLOCK, long, short};
use crate::http::AppState;
use crate::http::error_code::ErrorCode;
use crate::openapi::field::{Field, Form};
use crate::openapi::operation::{Answer, Operation, Part};
use crate::payments::fields::{self, FieldError};

pub const PAY: Operation = Operation {
    path: "/api/v1/test/pay",
    part: Part::Tests,
    name: "payInTest",
    title: "Pay a payment",
    about: "On the simulated chain, in one of the ways in which payers do. 20 blocks are made at once, so that the transfer is final.",
    body: Some(&FIELDS),
    answers: &[Answer::json::<PaidAnswer>("What was sent.")],
    refusals: &[
        ErrorCode::LiveProject,
        ErrorCode::PaymentNotFound,
        ErrorCode::InvalidValue,
        ErrorCode::InvalidAmount,
        ErrorCode::AmountNotPositive,
        ErrorCode::AmountTooLarge,
        ErrorCode::NotAFlag,
        ErrorCode::NetworkUnreachable,
    ],
    ..Operation::CHANGES
};

const FIELDS: [Field; 4] = [
    Field::required("payment_id", Form::PaymentId, "The payment."),
    Field::required(
        "case",
        Form::OneOf(&["exact", "less", "more", "twice", "late", "failing"]),
        "How the payer pays.",
    ),
    Field::optional("amount", Form::Amount, "Another amount than the case's."),
    Field::optional(
        "confirm",
        Form::Flag,
        "false leaves the transfer in the next block, final a minute later.",
    ),
];

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    payment_id: Option<&'a RawValue>,
    #[serde(borrow)]
    case: Option<&'a RawValue>,
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
    #[serde(borrow)]
    confirm: Option<&'a RawValue>,
}

/// How a payer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Exact,
    /// 1 USDT too little, or half.
    Less,
    /// 1 USDT too much.
    More,
    /// Exactly, by two transactions.
    Twice,
    /// Exactly, after the time is over.
    Late,
    /// Exactly, by a transaction that runs out of energy.
    Failing,
}

const CASES: &str = "case must be exact, less, more, twice, late or failing";

impl Case {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "exact" => Self::Exact,
            "less" => Self::Less,
            "more" => Self::More,
            "twice" => Self::Twice,
            "late" => Self::Late,
            "failing" => Self::Failing,
            _ => return None,
        })
    }

    /// What is sent where `due` is to be paid.
    fn amount(self, due: Usdt) -> Usdt {
        match self {
            Self::Less => short(due),
            Self::More => long(due),
            Self::Exact | Self::Twice | Self::Late | Self::Failing => due,
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TestPayAnswer")]
pub struct PaidAnswer {
    ok: bool,
    /// In the order in which they were sent.
    txids: Vec<Txid>,
    /// What each of them sends.
    #[serde(with = "usdt_protocol::money::six_decimals")]
    #[schemars(with = "usdt_protocol::schema::SixDecimals")]
    amount: Usdt,
}

pub async fn pay(
    State(state): State<AppState>,
    Changing { caller, body }: Changing,
) -> Result<Json<PaidAnswer>, ApiError> {
    let request: Request = body::of(&body, &FIELDS)?;
    let id = required(text("payment_id", request.payment_id)?, "payment_id", &body)?;
    let case = required(text("case", request.case)?, "case", &body)?;
    let case = Case::named(&case).ok_or(FieldError::NotOneOf(CASES))?;
    let amount = text("amount", request.amount)?;
    let amount = amount.map(|amount| fields::parse_amount(&amount));
    let amount = amount.transpose()?;
    let confirm = flag("confirm", request.confirm)?.unwrap_or(true);
    let project = &caller.project;
    let chain = simulator(&state, project)?;
    let payment = payment::find(&state, project, &id).await?;
    let amount = amount.unwrap_or_else(|| case.amount(payment.pay_amount));
    let told = async {
        if case == Case::Late {
            let left = caller.now.seconds_until(payment.expires_at);
            chain.mine(left / SECONDS_PER_BLOCK + 1).await?;
        }
        let times = if case == Case::Twice { 2 } else { 1 };
        let mut txids = Vec::new();
        for _ in 0..times {
            let fails = case == Case::Failing;
            txids.extend(chain.transfer(payment.address, amount, fails).await?);
        }
        if confirm {
            chain.mine(BLOCKS_TO_CONFIRM).await?;
        }
        Ok(txids)
    };
    let txids = told.await.map_err(|error| explain(&error))?;
    wake(&state, project);
    Ok(Json(PaidAnswer {
        ok: true,
        txids,
        amount,
    }))
}
