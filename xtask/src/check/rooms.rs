//! The rooms of a crate, what lies directly under its `src`, take from each other without a circle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::house_rules;
use crate::{
    failure::{Failure, Outcome},
    places,
};

pub fn check() -> Outcome {
    let read = |name: &str| fs::read_to_string(places::root().join(name)).ok();
    let mut circles = Vec::new();
    for name in house_rules::files()? {
        let root = ["lib.rs", "main.rs"].into_iter().find_map(|root| {
            let source = name.strip_suffix(root)?.strip_suffix('/')?;
            (source == "src" || source.ends_with("/src")).then_some((source, root))
        });
        // One that git lists and that is deleted has no rooms.
        if let Some((source, root)) = root.filter(|_| read(&name).is_some()) {
            circles.extend(Crate::walk(source, root, &read)?.circles());
        }
    }
    if circles.is_empty() {
        return Ok(());
    }
    Err(Failure::new(circles.join("; ")))
}

/// What the rooms of one crate take from each other, apart from what only tests take.
struct Crate<'a> {
    source: &'a str,
    read: &'a dyn Fn(&str) -> Option<String>,
    /// The file that declares the rooms. What it holds itself is a room too.
    root: &'a str,
    rooms: BTreeSet<String>,
    /// What the root takes out of rooms, so that it has two paths: name and room.
    re_exports: BTreeMap<String, String>,
    /// From room to room, and where.
    arrows: BTreeMap<String, BTreeMap<String, String>>,
}

/// Where some tokens stand.
#[derive(Clone)]
struct Place {
    file: String,
    module: Vec<String>,
}

impl<'a> Crate<'a> {
    fn walk(
        source: &'a str,
        root: &'a str,
        read: &'a dyn Fn(&str) -> Option<String>,
    ) -> Outcome<Self> {
        let mut own = Self {
            source,
            read,
            root,
            rooms: BTreeSet::new(),
            re_exports: BTreeMap::new(),
            arrows: BTreeMap::new(),
        };
        let place = Place {
            file: format!("{source}/{root}"),
            module: Vec::new(),
        };
        let tokens = own.tokens(&place.file)?;
        let declared = tokens.windows(2).filter_map(|pair| match pair {
            [word, TokenTree::Ident(name)] if is(word, "mod") => Some(name.to_string()),
            _ => None,
        });
        own.rooms.extend(declared);
        for statement in tokens.split(|one| is(one, ";")) {
            if let Some(at) = statement.iter().position(|one| is(one, "use")) {
                own.note_re_exports(statement.get(at + 1..).unwrap_or_default(), None);
            }
        }
        own.look(&tokens, &place)?;
        Ok(own)
    }

    fn tokens(&self, file: &str) -> Outcome<Vec<TokenTree>> {
        let text = (self.read)(file).ok_or_else(|| Failure::new(format!("there is no {file}")))?;
        let stream: TokenStream = text
            .parse()
            .map_err(|error| Failure::new(format!("{file} cannot be read: {error}")))?;
        Ok(tokens_of(stream))
    }

    fn note_re_exports(&mut self, tree: &[TokenTree], room: Option<&str>) {
        for path in tree.split(|token| is(token, ",")) {
            let first = path.iter().find_map(|token| match token {
                TokenTree::Ident(word) if word != "crate" && word != "self" => Some(word),
                _ => None,
            });
            let room = room.map(str::to_owned).or(first.map(ToString::to_string));
            match path.last() {
                Some(TokenTree::Group(group)) => {
                    self.note_re_exports(&tokens_of(group.stream()), room.as_deref());
                }
                Some(TokenTree::Ident(name)) => {
                    let room = room.filter(|room| self.rooms.contains(room));
                    let noted = room.map(|room| (name.to_string(), room));
                    self.re_exports.extend(noted);
                }
                _ => {}
            }
        }
    }

    /// Notes what these tokens take, and follows the modules that they declare.
    fn look(&mut self, tokens: &[TokenTree], place: &Place) -> Outcome {
        let mut colons = 0;
        let mut rest = tokens;
        while let [token, after @ ..] = rest {
            rest = after;
            match (token, after) {
                (_, [attribute, item @ ..]) if is(token, "#") && is_of_tests(attribute) => {
                    let is_end = |one: &TokenTree| is(one, ";") || is_block(one);
                    let end = item.iter().position(is_end).unwrap_or(item.len());
                    rest = item.get(end + 1..).unwrap_or_default();
                }
                (_, [TokenTree::Ident(name), body, ..]) if is(token, "mod") => {
                    let mut inner = place.clone();
                    inner.module.push(name.to_string());
                    if is(body, ";") {
                        self.look_into_file(&inner)?;
                    } else if let [_, TokenTree::Group(body), beyond @ ..] = after {
                        rest = beyond;
                        self.look(&tokens_of(body.stream()), &inner)?;
                    }
                }
                (TokenTree::Group(group), _) => {
                    self.look(&tokens_of(group.stream()), place)?;
                }
                (TokenTree::Ident(word), [colon, second, path @ ..])
                    if colons < 2 && is(colon, ":") && is(second, ":") =>
                {
                    let depth = place.module.len();
                    match word.to_string().as_str() {
                        "crate" => self.take(path, 0, place),
                        "super" if depth > 0 => self.take(path, depth - 1, place),
                        "self" => self.take(path, depth, place),
                        name if depth == 0 && self.rooms.contains(name) => {
                            self.take(std::slice::from_ref(token), 0, place);
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
            colons = if is(token, ":") { colons + 1 } else { 0 };
        }
        Ok(())
    }

    fn look_into_file(&mut self, place: &Place) -> Outcome {
        let path = format!("{}/{}", self.source, place.module.join("/"));
        let folder = format!("{path}/mod.rs");
        let file = match (self.read)(&folder) {
            Some(_) => folder,
            None => format!("{path}.rs"),
        };
        let tokens = self.tokens(&file)?;
        let module = place.module.clone();
        self.look(&tokens, &Place { file, module })
    }

    /// Notes to which rooms a path leads that begins `depth` modules below the root.
    fn take(&mut self, path: &[TokenTree], depth: usize, place: &Place) {
        match path {
            [TokenTree::Group(group), ..] => {
                for path in tokens_of(group.stream()).split(|token| is(token, ",")) {
                    self.take(path, depth, place);
                }
            }
            [word, _, _, path @ ..] if is(word, "super") && depth > 0 => {
                self.take(path, depth - 1, place);
            }
            [TokenTree::Ident(name), ..] if depth == 0 => {
                let line = name.span().start().line;
                let name = name.to_string();
                let to = if self.rooms.contains(&name) {
                    name
                } else {
                    let room = self.re_exports.get(&name).map(String::as_str);
                    room.unwrap_or(self.root).to_owned()
                };
                let from = place.module.first().map_or(self.root, String::as_str);
                if from != to {
                    let taken = self.arrows.entry(from.to_owned()).or_default();
                    let file = &place.file;
                    taken.entry(to).or_insert_with(|| format!("{file}:{line}"));
                }
            }
            _ => {}
        }
    }

    /// One sentence for the shortest circle of each room, told of the first of its rooms only.
    fn circles(&self) -> Vec<String> {
        self.arrows
            .keys()
            .filter_map(|first| {
                let way = self.circle_from(first)?.into_iter();
                let arrows: Vec<_> = way.map(|(room, at)| format!("{room} ({at})")).collect();
                let (source, way) = (self.source, arrows.join(" -> "));
                Some(format!(
                    "the rooms of {source} go in a circle: {first} -> {way}"
                ))
            })
            .collect()
    }

    /// The shortest way from a room back to it, by rooms that come after it in the alphabet.
    fn circle_from(&self, first: &str) -> Option<Vec<(&str, &str)>> {
        let mut ways = VecDeque::from([(first, Vec::new())]);
        let mut seen = BTreeSet::new();
        while let Some((room, way)) = ways.pop_front() {
            for (next, at) in self.arrows.get(room).into_iter().flatten() {
                let mut way = way.clone();
                way.push((next.as_str(), at.as_str()));
                if next == first {
                    return Some(way);
                }
                if next.as_str() > first && seen.insert(next) {
                    ways.push_back((next, way));
                }
            }
        }
        None
    }
}

fn tokens_of(stream: TokenStream) -> Vec<TokenTree> {
    stream.into_iter().collect()
}

fn is(token: &TokenTree, text: &str) -> bool {
    match token {
        TokenTree::Ident(word) => word == text,
        TokenTree::Punct(sign) => text.chars().eq([sign.as_char()]),
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    }
}

fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn is_of_tests(attribute: &TokenTree) -> bool {
    let text = attribute.to_string();
    text.split_whitespace().collect::<String>() == "[cfg(test)]"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let read = |name: &str| {
            let file = files.iter().find(|file| file.0 == name);
            file.map(|file| file.1.to_owned())
        };
        Crate::walk("x/src", "lib.rs", &read).unwrap().circles()
    }

    #[test]
    fn a_circle_is_told_with_the_line_of_each_arrow() {
        let told = circles(&[
            ("x/src/lib.rs", "mod a; mod b; mod c;"),
            ("x/src/a.rs", "\nuse crate::{\n    b::{B, self},\n};"),
            ("x/src/b/mod.rs", "mod inner;"),
            ("x/src/b/inner.rs", "fn f(of: super::super::c::C) {}"),
            ("x/src/c.rs", "const A: A = json!({ a: super::a::A });"),
        ]);
        let circle = "a -> b (x/src/a.rs:3) -> c (x/src/b/inner.rs:1) -> a (x/src/c.rs:1)";
        assert_eq!(
            told,
            [format!("the rooms of x/src go in a circle: {circle}")]
        );
    }

    #[test]
    fn what_tests_comments_and_neighbours_in_a_room_take_is_no_arrow() {
        let told = circles(&[
            ("x/src/lib.rs", "pub mod a; mod b; #[cfg(test)] mod sample;"),
            ("x/src/a.rs", "use crate::b::B;"),
            (
                "x/src/b/mod.rs",
                "//! As crate::a.\nmod a; mod c;\n#[cfg(test)]\nmod tests { use crate::a::A; }",
            ),
            ("x/src/b/a.rs", "const A: &str = \"crate::a\";"),
            (
                "x/src/b/c.rs",
                "use super::a::A; mod d { use super::super::a; }",
            ),
        ]);
        assert_eq!(told, [""; 0]);
    }

    #[test]
    fn the_root_is_a_room_for_what_it_holds_itself_and_not_for_what_it_re_exports() {
        let re_exported = [
            (
                "x/src/lib.rs",
                "mod a; mod b; pub use crate::{a::{inner::A, B as C}};",
            ),
            ("x/src/a.rs", ""),
            ("x/src/b.rs", "use crate::{A, C};"),
        ];
        assert_eq!(circles(&re_exported), [""; 0]);
        let held = [
            ("x/src/lib.rs", "mod a;\npub struct A;\nfn f() { a::f() }"),
            ("x/src/a.rs", "use crate::A;"),
        ];
        let circle = "a -> lib.rs (x/src/a.rs:1) -> a (x/src/lib.rs:3)";
        assert_eq!(
            circles(&held),
            [format!("the rooms of x/src go in a circle: {circle}")]
        );
    }
}
