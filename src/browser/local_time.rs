//! Times as the payer's own clock shows them.

use js_sys::{Date, Function, Object, Reflect};
use usdt_protocol::UtcTime;
use wasm_bindgen::{JsCast as _, JsValue};

/// Writes a moment in a language and the device's zone: with its date where that is not the date of
/// `now`. The digits are those of the amounts.
pub(crate) fn write(lang: &str, time: UtcTime, now: UtcTime) -> Option<String> {
    let (time, now) = (date(time), date(now));
    let options = Object::new();
    let set = |name: &str, value: &str| Reflect::set(&options, &name.into(), &value.into());
    set("timeStyle", "short").ok()?;
    if time.to_date_string() != now.to_date_string() {
        set("dateStyle", "medium").ok()?;
    }
    // What a browser does not know of it throws.
    let write: Function = Reflect::get(&time, &"toLocaleString".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let lang = [lang, "-u-nu-latn"].concat();
    let text = write.call2(&time, &lang.into(), &options).ok()?;
    text.as_string()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of an era that a float holds"
)]
fn date(time: UtcTime) -> Date {
    Date::new(&JsValue::from_f64(time.millis() as f64))
}
