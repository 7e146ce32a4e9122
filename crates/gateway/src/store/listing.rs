//! Lists that are read in pages, newest or oldest first: statements of constant parts, as many as a filter
//! names, so that the database finds the index that belongs to just these.
//!
//! A page begins behind a place: the time and the ID of the last row before. So rows that come meanwhile move
//! nothing, and a page costs the same wherever it begins.

use std::fmt::Write as _;

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe};
use usdt_protocol::UtcTime;

use super::{Store, StoreError};

/// What a statement is given.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Integer(i64),
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// In which order rows come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    #[default]
    NewestFirst,
    OldestFirst,
}

impl Direction {
    const fn order(self) -> &'static str {
        match self {
            Self::NewestFirst => " ORDER BY created_at DESC, id DESC LIMIT ?",
            Self::OldestFirst => " ORDER BY created_at, id LIMIT ?",
        }
    }
}

/// A part of a list.
#[derive(Clone, Debug)]
pub struct Page<Place> {
    pub direction: Direction,
    /// It begins behind this.
    pub behind: Option<(UtcTime, Place)>,
    pub at_most: usize,
}

impl<Place> Page<Place> {
    /// The first so many, the newest before the others.
    pub const fn newest(at_most: usize) -> Self {
        Self {
            direction: Direction::NewestFirst,
            behind: None,
            at_most,
        }
    }
}

/// How the database finds the rows of a page. SQLite, which keeps no figures, would read a whole project in
/// order for the few that an index of their own has: to it, `+` before a column hides the order's index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// By an index that has them in their order.
    InOrder,
    /// By one that has only a few, which are sorted then.
    Few,
}

/// A statement that grows.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    text: String,
    values: Vec<Value>,
}

impl Statement {
    /// One that has its first condition, so that others are added with `AND`.
    pub fn new(begin: impl Into<String>) -> Self {
        Self {
            text: begin.into(),
            values: Vec::new(),
        }
    }

    /// Adds a part of constant text, in which each `?` stands for the value.
    pub fn push(&mut self, part: &'static str, value: impl Into<Value>) {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        self.text.push_str(&part.replace('?', &place));
    }

    /// Adds the condition that a column is one of some numbers.
    pub fn push_any_of(&mut self, column: &'static str, numbers: &[i64]) {
        let _ = write!(self.text, " AND {column} IN (NULL");
        for number in numbers {
            self.push(", ?", *number);
        }
        self.text.push(')');
    }

    /// Ends a page: the rows behind a place, and as many as are wanted. Rows are told apart by
    /// `created_at` and `id`.
    pub fn end<Id: Into<Value>>(
        &mut self,
        found: Found,
        direction: Direction,
        behind: Option<(i64, Id)>,
        at_most: usize,
    ) {
        let compared = match (direction, found) {
            (Direction::NewestFirst, Found::InOrder) => " AND (created_at, id) < (?, ",
            (Direction::NewestFirst, Found::Few) => " AND (+created_at, +id) < (?, ",
            (Direction::OldestFirst, Found::InOrder) => " AND (created_at, id) > (?, ",
            (Direction::OldestFirst, Found::Few) => " AND (+created_at, +id) > (?, ",
        };
        if let Some((at, id)) = behind {
            self.push(compared, at);
            self.push("?)", id);
        }
        let order = match (direction, found) {
            (Direction::OldestFirst, Found::Few) => " ORDER BY +created_at, +id LIMIT ?",
            (Direction::NewestFirst, Found::Few) => " ORDER BY +created_at DESC, +id DESC LIMIT ?",
            (direction, Found::InOrder) => direction.order(),
        };
        self.push(order, i64::try_from(at_most).unwrap_or(i64::MAX));
    }

    /// The first rows of this page and of another of the same table, each row once.
    pub fn or(mut self, other: Self, direction: Direction, at_most: usize) -> Self {
        let offset = self.values.len();
        let mut second = String::new();
        let mut rest = other.text.as_str();
        // Its places count on behind those of this one.
        while let Some((before, after)) = rest.split_once('$') {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let (number, behind) = after.split_at(digits);
            let number: usize = number.parse().unwrap_or_default();
            let _ = write!(second, "{before}${}", number + offset);
            rest = behind;
        }
        second.push_str(rest);
        self.text = format!(
            "SELECT * FROM ({}) a UNION SELECT * FROM ({second}) b",
            self.text
        );
        self.values.extend(other.values);
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        self.push(direction.order(), at_most);
        self
    }

    pub async fn rows(self, store: &Store) -> Result<Vec<AnyRow>, StoreError> {
        let mut query: Query<'_, Any, AnyArguments> = sqlx::query(AssertSqlSafe(self.text));
        for value in self.values {
            query = match value {
                Value::Integer(number) => query.bind(number),
                Value::Text(text) => query.bind(text),
            };
        }
        Ok(query.fetch_all(&store.readers).await?)
    }
}
