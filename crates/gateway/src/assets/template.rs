//! The page that trunk built, with places for what the server renders.

use usdt_checkout::server::pages::Document;

const ROOT: (&str, &str) = ("<html", ">");
const TITLE: (&str, &str) = ("<title>", "</title>");
const HEAD: &str = "<!--head-->";
const CHECKOUT: &str = "<!--checkout-->";
const AFTER: &str = "<!--after-->";

/// The built page, cut at its places: what stands before the root's attributes, the title, the
/// head, the checkout and the end, and what follows.
#[derive(Clone, Debug)]
pub struct Template([String; 6]);

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
        let (before_root, rest) = cut(html, ROOT.0)?;
        let (_, rest) = cut(&rest, ROOT.1)?;
        let (before_title, rest) = cut(&rest, TITLE.0)?;
        let (_, rest) = cut(&rest, TITLE.1)?;
        let (before_head, rest) = cut(&rest, HEAD)?;
        let (before_checkout, rest) = cut(&rest, CHECKOUT)?;
        let (before_after, end) = cut(&rest, AFTER)?;
        Ok(Self([
            before_root,
            before_title,
            before_head,
            before_checkout,
            before_after,
            end,
        ]))
    }

    /// The same without scripts, and without the links that fetch them early.
    #[must_use]
    pub fn still(&self) -> Self {
        Self(self.0.clone().map(|piece| {
            [
                ("<script", "</script>"),
                (r#"<link rel="modulepreload""#, ">"),
                (r#"<link rel="preload""#, ">"),
            ]
            .into_iter()
            .fold(piece, |text, (from, to)| without(&text, from, to))
        }))
    }

    /// The whole page. `after` stands behind the checkout.
    pub fn fill(&self, document: &Document, after: &str) -> String {
        let Self(
            [
                before_root,
                before_title,
                before_head,
                before_checkout,
                before_after,
                end,
            ],
        ) = self;
        [
            before_root,
            ROOT.0,
            " ",
            &document.root,
            ROOT.1,
            before_title,
            TITLE.0,
            &document.title,
            TITLE.1,
            before_head,
            &document.head,
            before_checkout,
            &document.body,
            before_after,
            after,
            end,
        ]
        .concat()
    }
}

/// The text without what stands between `from` and `to`, and without these.
fn without(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let first = parts.next().unwrap_or_default();
    let rests = parts.map(|part| part.split_once(to).map_or("", |(_, rest)| rest));
    std::iter::once(first).chain(rests).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_filled_and_text_that_looks_like_a_place_is_left_alone() {
        let html = "<html lang=en><title>x</title><!--head--><main><!--checkout--></main><!--after--></html>";
        let document = Document {
            root: "lang=\"de\"".into(),
            title: "Pay".into(),
            head: "<noscript></noscript>".into(),
            body: "<p>&lt;!--after--&gt;</p><!--after-->".into(),
        };
        assert_eq!(
            Template::parse(html)
                .unwrap()
                .fill(&document, "<p>demo</p>"),
            concat!(
                "<html lang=\"de\"><title>Pay</title><noscript></noscript><main>",
                "<p>&lt;!--after--&gt;</p><!--after--></main><p>demo</p></html>",
            )
        );
        assert!(Template::parse("<title>x</title>").is_err());
    }

    #[test]
    fn a_still_page_has_its_style_and_no_script() {
        let html = concat!(
            "<html lang=en><title>x</title><!--head--><style>a{}</style>",
            "<script type=\"module\">import init from '/a.js';</script>",
            "<link rel=\"modulepreload\" href=\"/a.js\"><link rel=\"preload\" href=\"/a.wasm\">",
            "<main><!--checkout--></main><!--after--></html>",
        );
        let document = Document {
            root: "lang=\"de\"".into(),
            title: "Pay".into(),
            head: String::new(),
            body: String::new(),
        };
        assert_eq!(
            Template::parse(html).unwrap().still().fill(&document, ""),
            "<html lang=\"de\"><title>Pay</title><style>a{}</style><main></main></html>"
        );
    }
}
