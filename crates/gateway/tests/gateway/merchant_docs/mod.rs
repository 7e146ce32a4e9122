//! The documents for merchants, as they stand there: their programs, their scripts and their steps.

mod demo;
pub mod program;
mod receivers;
mod scripts;
mod steps;

const DOCS: [&str; 5] = [
    include_str!("../../../../../docs/integrate.md"),
    include_str!("../../../../../docs/webhooks.md"),
    include_str!("../../../../../docs/reference.md"),
    include_str!("../../../../../docs/go-live.md"),
    include_str!("../../../../../docs/api.md"),
];

/// How the first line of a sample begins, before its name: a call of the sample begins otherwise.
const COMMENTS: [&str; 3] = ["# ", "// ", "<?php // "];

/// The sample whose first line is a comment that begins with this name.
pub fn documented(name: &str) -> &'static str {
    let blocks = DOCS
        .iter()
        .flat_map(|text| text.split("```").skip(1).step_by(2));
    let code = blocks.filter_map(|block| block.split_once('\n'));
    let is_named = |line: &str| {
        let mut rests = COMMENTS.iter().filter_map(|mark| line.strip_prefix(mark));
        rests.any(|rest| rest.split([' ', ':']).next() == Some(name))
    };
    code.map(|(_, code)| code)
        .find(|code| code.lines().next().is_some_and(is_named))
        .unwrap_or_else(|| panic!("the documents have no {name}"))
}

/// Whether the documents say this.
pub fn is_documented(text: &str) -> bool {
    DOCS.iter().any(|document| document.contains(text))
}
