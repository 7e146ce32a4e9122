//! The wallet that the browser has put beside the page: what it is called, whose account it
//! holds, and its signature.
//!
//! Everything it does may throw, never end or return nonsense, and then says nothing. It is asked
//! for its account and for the signature of one transaction, and for nothing else.
//! Sources: TIP-1193, TIP-6963, docs.tronlink.org, and tronwallet-adapter.

use js_sys::{Array, Function, Object, Promise, Reflect};
use leptos::prelude::window;
use usdt_protocol::TronAddress;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::browser::json::get;

const LONGEST_NAME: usize = 24;

/// A wallet that does not say which one it is.
const NAMELESS: &str = "TRON";

const TRONLINK: &str = "tron_requestAccounts";
const TIP_1193: &str = "eth_requestAccounts";

/// Wallets that stand in a place of their own: the way there from the window, and their names.
const OWN_PLACES: [(&str, &str, &str); 3] = [
    ("okxwallet", "tronLink", "OKX Wallet"),
    ("bitkeep", "tronLink", "Bitget Wallet"),
    ("tokenpocket", "tron", "TokenPocket"),
];

/// A wallet in the browser.
#[derive(Clone)]
pub(crate) struct Provider {
    pub name: String,
    /// Holds `tronWeb`, once the payer has let the page see the account.
    object: JsValue,
    /// What asks for the account; wallets in whose browser the page runs need no asking.
    request: Option<&'static str>,
}

impl Provider {
    /// A wallet that announces itself (TIP-6963).
    pub fn announced(event: &JsValue) -> Option<Self> {
        let detail = get(event, "detail");
        let name = get(&get(&detail, "info"), "name").as_string();
        Self::at(
            get(&detail, "provider"),
            TIP_1193,
            name.as_deref().and_then(sane),
        )
    }

    /// A wallet in one of the places where wallets are.
    pub fn injected() -> Option<Self> {
        let window: JsValue = window().into();
        let own = OWN_PLACES.iter().find_map(|(place, inside, name)| {
            let object = get(&get(&window, place), inside);
            Self::at(object, TRONLINK, Some((*name).to_owned()))
        });
        let shared = || {
            let (link, tron) = (get(&window, "tronLink"), get(&window, "tron"));
            let is_tronlink = |object| get(object, "isTronLink").is_truthy();
            let name = || (is_tronlink(&link) || is_tronlink(&tron)).then(|| "TronLink".to_owned());
            Self::at(link.clone(), TRONLINK, name())
                .or_else(|| Self::at(tron.clone(), TIP_1193, name()))
        };
        own.or_else(shared).or_else(|| {
            let can_sign = get(&get(&get(&window, "tronWeb"), "trx"), "sign").is_function();
            can_sign.then(|| Self {
                name: NAMELESS.to_owned(),
                object: window.clone(),
                request: None,
            })
        })
    }

    fn at(object: JsValue, request: &'static str, name: Option<String>) -> Option<Self> {
        get(&object, "request").is_function().then(|| Self {
            name: name.unwrap_or_else(|| NAMELESS.to_owned()),
            object,
            request: Some(request),
        })
    }

    /// Asks for the payer's account.
    pub async fn ask_account(&self) -> Option<TronAddress> {
        if let Some(method) = self.request {
            let question = Object::new();
            Reflect::set(&question, &"method".into(), &method.into()).ok()?;
            let answer = call(&self.object, "request", &question).await?;
            // TronLink says no without an exception.
            let code = get(&answer, "code");
            if !code.is_undefined() && code != JsValue::from_f64(200.0) {
                return None;
            }
        }
        self.account()
    }

    /// The account that the wallet would pay from now.
    pub fn account(&self) -> Option<TronAddress> {
        let address = get(&get(&self.tron_web(), "defaultAddress"), "base58");
        address.as_string()?.parse().ok()
    }

    /// Asks to sign. Returns the one signature, in hex.
    pub async fn sign(&self, transaction: &JsValue) -> Option<String> {
        let trx = get(&self.tron_web(), "trx");
        let signed = call(&trx, "sign", transaction).await?;
        let signatures: Array = get(&signed, "signature").dyn_into().ok()?;
        let signature = Reflect::get_u32(&signatures, 0).ok()?.as_string()?;
        let digits = signature.strip_prefix("0x").unwrap_or(&signature);
        // 65 bytes.
        (digits.len() == 130 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .then(|| digits.to_owned())
    }

    fn tron_web(&self) -> JsValue {
        get(&self.object, "tronWeb")
    }
}

/// Calls a method and waits for its end.
async fn call(object: &JsValue, method: &str, argument: &JsValue) -> Option<JsValue> {
    let method: Function = get(object, method).dyn_into().ok()?;
    let answer = method.call1(object, argument).ok()?;
    // A promise of the browser's own: what a wallet's promise throws becomes its rejection.
    let promise = Promise::new(&mut |resolve, _| {
        // The browser's own function, which throws nothing.
        let _ = resolve.call1(&JsValue::UNDEFINED, &answer);
    });
    JsFuture::from(promise).await.ok()
}

/// A name that can be read: nothing that hides or turns letters.
fn sane(name: &str) -> Option<String> {
    let is_plain = |character: char| character.is_ascii_graphic() || character == ' ';
    let name = name.trim();
    (!name.is_empty() && name.chars().all(is_plain))
        .then(|| name.chars().take(LONGEST_NAME).collect())
}
