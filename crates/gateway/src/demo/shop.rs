//! The demo shop: the pages to which a payer returns.

use axum::response::Html;

fn page(title: &str, text: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
         <main><h1>{title}</h1><p>{text}</p></main></html>"
    ))
}

pub async fn front_door() -> Html<String> {
    page(
        "Demo shop",
        "The payment link was printed when the demo started.",
    )
}

pub async fn thanks() -> Html<String> {
    page(
        "Thank you for your order",
        "The shop delivers once it has the signed webhook: this page alone proves nothing.",
    )
}

pub async fn cancelled() -> Html<String> {
    page(
        "Your order is not paid",
        "Nothing was charged. If you have paid, it is not lost.",
    )
}
