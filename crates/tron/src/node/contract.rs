//! What the token's contract itself says, from constant calls on the solid state.
//!
//! Shape: <https://developers.tron.network/reference/triggerconstantcontract>. The functions are
//! those of the USDT contract: <https://tronscan.org/#/contract/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t/code>.

use serde::Deserialize;
use serde_json::json;
use usdt_protocol::txid::{Hex, decode_hex, decode_hex_bytes};
use usdt_protocol::{TronAddress, Usdt};

use super::error::{refusal, senseless};
use super::{Node, NodeError};

const CALL: &str = "/walletsolidity/triggerconstantcontract";

/// Constant calls need a caller, and any will do.
const CALLER: TronAddress = TronAddress::from_bytes([0; 20]);

/// What java-tron says of a call that reverted.
const REVERTED: &str = "REVERT opcode executed";

/// The switches of the token's owner that change what a payment is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenState {
    /// No transfer succeeds.
    pub paused: bool,
    /// The contract has handed over to another one.
    pub deprecated: bool,
    /// The fee that a transfer takes from what the recipient gets, in 1/100 of a percent.
    pub fee_basis_points: u64,
    /// The most that the fee can be.
    pub maximum_fee: Usdt,
}

/// The same, word for word: `None` where the contract reverts instead of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenAnswers {
    pub paused: Option<bool>,
    pub deprecated: Option<bool>,
    pub fee_basis_points: Option<u64>,
    pub maximum_fee: Option<Usdt>,
}

impl From<TokenAnswers> for TokenState {
    /// A contract that lacks a function, as test tokens do, reverts, which counts as false or 0.
    fn from(answers: TokenAnswers) -> Self {
        Self {
            paused: answers.paused.unwrap_or_default(),
            deprecated: answers.deprecated.unwrap_or_default(),
            fee_basis_points: answers.fee_basis_points.unwrap_or_default(),
            maximum_fee: answers.maximum_fee.unwrap_or(Usdt::ZERO),
        }
    }
}

impl Node {
    /// The state of the token's contract. A contract that lacks a function, as test tokens do,
    /// reverts, which counts as false or 0; any other odd answer is an error.
    pub async fn token_state(&self, token: TronAddress) -> Result<TokenState, NodeError> {
        Ok(self.token_answers(token).await?.into())
    }

    /// What the token's contract answers, function by function.
    pub async fn token_answers(&self, token: TronAddress) -> Result<TokenAnswers, NodeError> {
        let word = async |function| self.constant_call(token, function, None).await;
        Ok(TokenAnswers {
            paused: word("paused()").await?.map(is_true),
            deprecated: word("deprecated()").await?.map(is_true),
            fee_basis_points: word("basisPointsRate()").await?.map(number).transpose()?,
            maximum_fee: word("maximumFee()")
                .await?
                .map(number)
                .transpose()?
                .map(Usdt::from_micro),
        })
    }

    /// Whether the token's owner has frozen what `address` holds. A contract without a blacklist
    /// reverts, which counts as false.
    pub async fn is_blacklisted(
        &self,
        token: TronAddress,
        address: TronAddress,
    ) -> Result<bool, NodeError> {
        let outcome = self
            .constant_call(token, "isBlackListed(address)", Some(address))
            .await?;
        Ok(outcome.is_some_and(is_true))
    }

    /// How much of the token `address` holds in the solid state.
    pub async fn balance(
        &self,
        token: TronAddress,
        address: TronAddress,
    ) -> Result<Usdt, NodeError> {
        let balance = self
            .constant_call(token, "balanceOf(address)", Some(address))
            .await?
            .ok_or_else(|| refusal(CALL, "the contract has no balanceOf"))?;
        number(balance).map(Usdt::from_micro)
    }

    /// The word that a function of the contract returns; `None` where it reverts.
    async fn constant_call(
        &self,
        contract: TronAddress,
        function: &'static str,
        argument: Option<TronAddress>,
    ) -> Result<Option<Word>, NodeError> {
        let argument = argument.map(|address| Hex(&address.to_abi_word()).to_string());
        let request = json!({
            "owner_address": CALLER.to_hex(),
            "contract_address": contract.to_hex(),
            "function_selector": function,
            "parameter": argument.unwrap_or_default(),
        });
        let read = |answer: WireCall| answer.outcome();
        self.connection.post(CALL, CALL, &request, read).await
    }
}

type Word = [u8; 32];

fn is_true(word: Word) -> bool {
    word != [0; 32]
}

fn number(word: Word) -> Result<u64, NodeError> {
    match word {
        [
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            low @ ..,
        ] => Ok(u64::from_be_bytes(low)),
        _ => Err(senseless(CALL, "a number above 64 bits")),
    }
}

#[derive(Deserialize)]
struct WireCall {
    result: WireReturn,
    #[serde(default)]
    constant_result: Vec<String>,
    #[serde(default)]
    transaction: WireTransaction,
}

#[derive(Deserialize)]
struct WireReturn {
    #[serde(default)]
    result: bool,
    code: Option<String>,
    /// Hex.
    message: Option<String>,
}

#[derive(Default, Deserialize)]
struct WireTransaction {
    #[serde(default)]
    ret: Vec<WireStatus>,
}

#[derive(Deserialize)]
struct WireStatus {
    ret: Option<String>,
}

impl WireCall {
    fn outcome(&self) -> Result<Option<Word>, NodeError> {
        if let Some(message) = &self.result.message {
            let message = text_of(message);
            return if self.result.code.is_none() && message == REVERTED {
                Ok(None)
            } else {
                Err(refusal(CALL, &message))
            };
        }
        if let Some(code) = &self.result.code {
            return Err(refusal(CALL, code));
        }
        let failed = self.transaction.ret.iter().any(|status| {
            status
                .ret
                .as_deref()
                .is_some_and(|result| result != "SUCESS")
        });
        if !self.result.result || failed {
            return Err(senseless(CALL, "neither a success nor a reason"));
        }
        match self.constant_result.as_slice() {
            [word] => decode_hex(word).map(Some),
            _ => None,
        }
        .ok_or_else(|| senseless(CALL, "the result is not one word of 32 bytes"))
    }
}

/// Messages are in hex; one that is not is taken as it is.
pub(super) fn text_of(message: &str) -> String {
    match decode_hex_bytes(message) {
        Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        None => message.to_owned(),
    }
}
