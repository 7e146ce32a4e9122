//! Tells the simulated node of test projects what to do: see `usdt_devchain::control` for its commands.

use std::time::Duration;

use reqwest::{Client, Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use usdt_protocol::{TronAddress, Txid, Usdt};
use usdt_tron::{Endpoint, NodeError};

/// Mining a week takes a few seconds.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

pub const SECONDS_PER_BLOCK: u64 = 3;

/// So many blocks make what is in the first of them final.
pub const BLOCKS_TO_CONFIRM: u64 = 20;

/// What an exchange likes to keep for itself.
const EXCHANGE_FEE: Usdt = Usdt::from_micro(1_000_000);

/// The simulated node.
#[derive(Clone, Debug)]
pub struct Simulator {
    client: Client,
    url: Url,
}

/// The node did not do it.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    #[error("the simulated node cannot be told what to do: {0}")]
    Unreachable(#[from] reqwest::Error),
    #[error("the simulated node refuses a command: {0}")]
    Refused(String),
}

/// How the node answers from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Well,
    /// Not at all.
    Silent,
    /// As it stood so many blocks ago.
    Behind(u64),
}

#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    txids: Vec<Txid>,
}

impl Simulator {
    pub fn new(endpoint: &Endpoint) -> Result<Self, NodeError> {
        let wrong = |_| NodeError::Misconfigured("its URL is none");
        Ok(Self {
            client: Client::builder()
                .timeout(ANSWER_TIMEOUT)
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .map_err(|_| NodeError::Misconfigured("no client can be made for its commands"))?,
            url: Url::parse(&endpoint.url).map_err(wrong)?,
        })
    }

    /// Hands in a transfer for the next block.
    pub async fn transfer(
        &self,
        to: TronAddress,
        amount: Usdt,
        fails: bool,
    ) -> Result<Vec<Txid>, SimulatorError> {
        let command = json!({"to": to, "amount": amount.six_decimals().to_string(), "fail": fails});
        let done = self.tell(Method::POST, "/dev/transfer", &command).await?;
        Ok(done.txids)
    }

    pub async fn mine(&self, blocks: u64) -> Result<(), SimulatorError> {
        self.tell(Method::POST, "/dev/mine", &json!({"blocks": blocks}))
            .await?;
        Ok(())
    }

    pub async fn answer(&self, manner: Manner) -> Result<(), SimulatorError> {
        self.tell(Method::DELETE, "/dev/faults", &json!({})).await?;
        let fault = match manner {
            Manner::Well => return Ok(()),
            Manner::Silent => json!({"kind": "outage"}),
            Manner::Behind(blocks) => json!({"kind": "stale", "blocks": blocks}),
        };
        self.tell(Method::POST, "/dev/faults", &fault).await?;
        Ok(())
    }

    async fn tell(
        &self,
        method: Method,
        path: &str,
        command: &Value,
    ) -> Result<Done, SimulatorError> {
        let mut url = self.url.clone();
        url.set_path(path);
        let request = self.client.request(method, url).json(command);
        let response = request.send().await?;
        let status = response.status();
        let done: Done = response.json().await?;
        match done.error {
            None if status.is_success() => Ok(done),
            error => Err(SimulatorError::Refused(
                error.unwrap_or_else(|| status.to_string()),
            )),
        }
    }
}

/// What arrives when an exchange keeps its fee, or half where that is more than all.
pub fn short(amount: Usdt) -> Usdt {
    let micro = amount.micro();
    Usdt::from_micro(
        micro
            .checked_sub(EXCHANGE_FEE.micro())
            .filter(|left| *left > 0)
            .unwrap_or(micro / 2),
    )
}

/// What arrives when a payer rounds up.
pub fn long(amount: Usdt) -> Usdt {
    Usdt::from_micro(amount.micro().saturating_add(EXCHANGE_FEE.micro()))
}
