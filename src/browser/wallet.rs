//! Paying from a wallet in the browser: the way from the account over the signature to the network.
//!
//! The gateway makes the transaction and hands it to the network; the wallet only signs. Each
//! step is told to the screen, which alone decides whether the next one may come.

use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, JSON, Object};
use usdt_protocol::wallet::FEE_LIMIT;
use usdt_protocol::{Claim, ClaimResult, PaymentId, TronAddress, Txid};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::browser::json::get;
use crate::browser::provider::Provider;
use crate::browser::requests;
use crate::browser::screen::Screen;
use crate::browser::transfer::{Transfer, Written};
use crate::core::checkout::Event;
use crate::core::claiming::Claiming;
use crate::core::paying::{Step, WalletEvent};

/// How often the gateway is pointed to the sent transaction, and the pause before.
const CLAIMS: u32 = 2;
const CLAIM_PAUSE: u32 = 10_000;

/// Asks the wallet for the payer's account.
pub(crate) async fn connect(screen: Screen, wallet: Provider) {
    screen.tell_wallet(match wallet.ask_account().await {
        Some(account) => WalletEvent::Named(account),
        None => WalletEvent::Declined,
    });
}

/// Pays from the account that the payer has confirmed.
pub(crate) async fn pay(screen: Screen, wallet: Provider, id: PaymentId, from: TronAddress) {
    match send(&screen, &wallet, id, from).await {
        Ok(txid) => {
            screen.tell_wallet(WalletEvent::Taken);
            watch(&screen, id, txid).await;
        }
        Err(event) => screen.tell_wallet(event),
    }
}

async fn send(
    screen: &Screen,
    wallet: &Provider,
    id: PaymentId,
    from: TronAddress,
) -> Result<Txid, WalletEvent> {
    let transfer = screen.transfer(from).ok_or(WalletEvent::Declined)?;
    let answer = requests::wallet_transfer(id, from).await?;
    let (transaction, raw) = read(&answer, &transfer).ok_or(WalletEvent::Declined)?;
    if wallet.account() != Some(from) {
        return Err(WalletEvent::Declined);
    }
    let signature = wallet
        .sign(&transaction)
        .await
        .ok_or(WalletEvent::Declined)?;
    // Before it leaves, so that no reload comes between what is remembered and what is sent.
    screen.tell_wallet(WalletEvent::Posted);
    if screen.step() != Step::Sending {
        return Err(WalletEvent::Cancelled);
    }
    requests::wallet_broadcast(id, &raw, &signature).await
}

/// The gateway's transaction and its bytes in hex, if it is exactly the transfer.
fn read(answer: &str, transfer: &Transfer) -> Option<(JsValue, String)> {
    let transaction = get(&JSON::parse(answer).ok()?, "transaction");
    let raw_data = get(&transaction, "raw_data");
    let contracts: Array = get(&raw_data, "contract").dyn_into().ok()?;
    let contract = contracts.get(0);
    let call = get(&get(&contract, "parameter"), "value");
    let text = |object, name| get(object, name).as_string();
    let written = Written {
        owner: text(&call, "owner_address")?,
        contract: text(&call, "contract_address")?,
        data: text(&call, "data")?,
        raw: text(&transaction, "raw_data_hex")?,
        txid: text(&transaction, "txID")?,
    };
    let fee_limit = get(&raw_data, "fee_limit").as_f64()?;
    let is_one_call = contracts.length() == 1
        && text(&contract, "type")? == "TriggerSmartContract"
        // Neither a memo, nor another permission's signature, nor money beside the call.
        && fields(&raw_data) == Some(6)
        && fields(&contract) == Some(2)
        && fields(&call) == Some(3);
    (is_one_call && fee_limit <= f64::from(FEE_LIMIT) && transfer.is(&written))
        .then_some((transaction, written.raw))
}

fn fields(object: &JsValue) -> Option<u32> {
    Some(Object::entries(object.dyn_ref()?).length())
}

/// Points the gateway to the transaction, until it shows or is known to have failed. Mostly it
/// shows by itself: claims are few for all payers together.
async fn watch(screen: &Screen, id: PaymentId, txid: Txid) {
    for _ in 0..CLAIMS {
        // No block can have it at once.
        TimeoutFuture::new(CLAIM_PAUSE).await;
        if !screen.is_payable() {
            return;
        }
        let (claiming, payment) = requests::claim(id, txid).await;
        if let Some(payment) = payment {
            screen.tell(Event::Answered(Box::new(payment)));
        }
        let failed = ClaimResult::Failed;
        if matches!(claiming, Claiming::Answered(Claim { result, .. }) if result == failed) {
            return screen.tell_wallet(WalletEvent::Refused);
        }
    }
}
