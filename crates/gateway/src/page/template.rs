//! The page that trunk built, with places for what the server renders.

use usdt_checkout::server::Document;

const TITLE: (&str, &str) = ("<title>", "</title>");
const HEAD: &str = "<!--head-->";
const CHECKOUT: &str = "<!--checkout-->";
const AFTER: &str = "<!--after-->";

/// The built page, cut at its places.
#[derive(Clone, Debug)]
pub struct Template {
    to_title: String,
    to_head: String,
    to_checkout: String,
    to_after: String,
    to_end: String,
}

/// The built page has no such place: it was not built from this project's `index.html`.
#[derive(Debug, thiserror::Error)]
#[error("the embedded page has no {0}: build the widget again")]
pub struct MissingPlace(&'static str);

impl Template {
    pub fn parse(html: &str) -> Result<Self, MissingPlace> {
        let cut = |text: &'_ str, at: &'static str| {
            text.split_once(at)
                .map(|(before, after)| (before.to_owned(), after.to_owned()))
                .ok_or(MissingPlace(at))
        };
        let (to_title, rest) = cut(html, TITLE.0)?;
        let (_, rest) = cut(&rest, TITLE.1)?;
        let (to_head, rest) = cut(&rest, HEAD)?;
        let (to_checkout, rest) = cut(&rest, CHECKOUT)?;
        let (to_after, to_end) = cut(&rest, AFTER)?;
        Ok(Self {
            to_title,
            to_head,
            to_checkout,
            to_after,
            to_end,
        })
    }

    /// The whole page. `after` stands behind the checkout.
    pub fn fill(&self, document: &Document, after: &str) -> String {
        [
            &self.to_title,
            TITLE.0,
            &document.title,
            TITLE.1,
            &self.to_head,
            &document.head,
            &self.to_checkout,
            &document.body,
            &self.to_after,
            after,
            &self.to_end,
        ]
        .concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_filled_and_text_that_looks_like_a_place_is_left_alone() {
        let html = "<title>x</title><!--head--><main><!--checkout--></main><!--after--></html>";
        let document = Document {
            title: "Pay".into(),
            head: "<noscript></noscript>".into(),
            body: "<p>&lt;!--after--&gt;</p><!--after-->".into(),
        };
        assert_eq!(
            Template::parse(html)
                .unwrap()
                .fill(&document, "<p>demo</p>"),
            concat!(
                "<title>Pay</title><noscript></noscript><main>",
                "<p>&lt;!--after--&gt;</p><!--after--></main><p>demo</p></html>",
            )
        );
        assert!(Template::parse("<title>x</title>").is_err());
    }
}
