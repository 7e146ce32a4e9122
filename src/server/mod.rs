//! What runs in the gateway: the views as whole pages of HTML, in the payer's language.

pub mod language;
pub mod pages;
mod presentation;
pub mod states;
