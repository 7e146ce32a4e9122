//! Links within the documents lead to a file that is there, and to a heading that it has.

use std::{collections::HashSet, fs, path::Path};

use super::house_rules;
use crate::{
    failure::{Failure, Outcome},
    places,
};

pub fn check() -> Outcome {
    let files = house_rules::files()?;
    let mut complaints = Vec::new();
    for name in files.iter().filter(|name| is_document(name)) {
        let Ok(text) = fs::read_to_string(places::root().join(name)) else {
            continue;
        };
        for link in links(&without_code(&text)) {
            if !leads_somewhere(name, link) {
                complaints.push(format!("{name} links to {link}, which is not there"));
            }
        }
    }
    if complaints.is_empty() {
        return Ok(());
    }
    Err(Failure::new(complaints.join("; ")))
}

fn is_document(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "md")
}

fn leads_somewhere(document: &str, link: &str) -> bool {
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let own = places::root().join(document);
    let target = match (file, own.parent()) {
        ("", _) => own,
        (file, Some(folder)) => folder.join(file),
        (_, None) => return false,
    };
    if anchor.is_empty() || !is_document(&target.to_string_lossy()) {
        return target.exists();
    }
    fs::read_to_string(target).is_ok_and(|text| anchors(&text).contains(anchor))
}

/// The text without the blocks of code in it.
fn without_code(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// Those to other sites are not ours to keep.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1);
    targets
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link)
        .filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
}

/// What a link may name in a document, as GitHub does it.
fn anchors(text: &str) -> HashSet<String> {
    let text = without_code(text);
    let headings = text.lines().filter_map(|line| {
        let heading = line.trim_start_matches('#').strip_prefix(' ')?;
        line.starts_with('#').then(|| slug(heading))
    });
    let named = text.split("<a id=\"").skip(1);
    let named = named.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()));
    headings.chain(named).collect()
}

fn slug(heading: &str) -> String {
    let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let kept: String = heading.trim().chars().filter(is_kept).collect();
    kept.to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::{anchors, links, without_code};

    #[test]
    fn headings_and_marks_are_anchors_and_comments_in_code_are_not() {
        let text = "# A project's `settings`\n```sh\n# no heading\n```\n- <a id=\"old\"></a>Here";
        let mut found: Vec<String> = anchors(text).into_iter().collect();
        found.sort();
        assert_eq!(found, ["a-projects-settings", "old"]);
    }

    #[test]
    fn links_of_ours_are_followed() {
        let text = "[a](b.md#c), [d](https://example.com), ```[e](f)``` and [g](#h)";
        assert_eq!(
            links(&without_code(text)).collect::<Vec<_>>(),
            ["b.md#c", "#h"]
        );
    }
}
