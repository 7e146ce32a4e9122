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

/// The sample whose first line names this file.
pub fn documented(name: &str) -> &'static str {
    let blocks = DOCS
        .iter()
        .flat_map(|text| text.split("```").skip(1).step_by(2));
    let code = blocks.filter_map(|block| block.split_once('\n'));
    let is_named = |line: &str| {
        let mut words = line.split(' ').map(|word| word.trim_end_matches(':'));
        words.any(|word| word == name)
    };
    code.map(|(_, code)| code)
        .find(|code| code.lines().next().is_some_and(is_named))
        .unwrap_or_else(|| panic!("the documents have no {name}"))
}

/// Whether the documents say this.
pub fn is_documented(text: &str) -> bool {
    DOCS.iter().any(|document| document.contains(text))
}
