//! What is wrong with a file, without the personal data that stands in it.

use std::{fmt, io};

/// One fault in a roster file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterFault {
    /// Line of a CSV file, row of a sheet; from 1. 0 for the file as a whole.
    pub line: u64,
    /// Column as the file's header names it; empty for the row as a whole.
    pub column: String,
    /// What the field looks like, without what it says: 9 for each digit, 字 for each Chinese character, a for each letter.
    pub shape: String,
    /// What is wrong. No personal data.
    pub what: String,
    /// How to put it right.
    pub fix: String,
    /// Somebody may compare the line with the papers and name it as settled.
    pub can_settle: bool,
}

/// Characters of a shape; an id number has 18.
const SHAPE_CHARS_MAX: usize = 24;

impl RosterFault {
    pub(super) fn new(line: u64, column: &str, value: &str, what: &str, fix: &str) -> Self {
        Self {
            line,
            column: column.to_owned(),
            shape: shape(value),
            what: what.to_owned(),
            fix: fix.to_owned(),
            can_settle: false,
        }
    }

    /// The same, to be settled by whoever has looked at the papers.
    pub(super) fn to_settle(line: u64, what: &str, fix: &str) -> Self {
        Self { can_settle: true, ..Self::new(line, "", "", what, fix) }
    }
}

impl fmt::Display for RosterFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column.as_str()) {
            (0, _) => write!(f, "file: ")?,
            (line, "") => write!(f, "line {line}: ")?,
            (line, column) => write!(f, "line {line}, {column}: ")?,
        }
        if !self.shape.is_empty() {
            write!(f, "[{}] ", self.shape)?;
        }
        write!(f, "{}; {}", self.what, self.fix)
    }
}

fn shape(value: &str) -> String {
    let sign = |c: char| match c {
        c if c.is_numeric() => '9',
        c if c.is_ascii_alphabetic() => 'a',
        c if c.is_alphabetic() => '字',
        c if c.is_control() => '?',
        c => c,
    };
    let mut shape: String = value.chars().take(SHAPE_CHARS_MAX).map(sign).collect();
    if value.chars().nth(SHAPE_CHARS_MAX).is_some() {
        shape.push('…');
    }
    shape
}

/// The file cannot be read any further.
pub(super) fn unreadable(error: &io::Error) -> RosterFault {
    let what = format!("it cannot be read: {}", error.kind());
    RosterFault::new(0, "", "", &what, "give a regular file that this account may read")
}
