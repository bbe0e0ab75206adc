//! What both kinds of tables are read into: rows of cells, given one by one.

use std::ops::ControlFlow;

/// Most rows in a file, the header not counted.
pub const ROWS_MAX: u64 = 500_000;
/// Most columns in a file.
pub(super) const COLUMNS_MAX: usize = 256;
/// Longest row, bytes: a person takes about a hundred.
pub(super) const ROW_BYTES_MAX: usize = 64 << 10;

/// A field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Text, or a date of a spreadsheet as `1940-03-15`.
    Text(String),
    /// A number of a spreadsheet as it is written in the file: 15 digits are kept there, more are not.
    Number(String),
    /// A formula of a spreadsheet. What it once came to is not looked at.
    Formula,
    /// An error of a spreadsheet, such as `#REF!`.
    Error,
}

impl Cell {
    /// What it holds, for the report.
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
            Self::Formula => "(formula)",
            Self::Error => "(error)",
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TableRow {
    /// Line of a text file, row of a sheet; from 1.
    pub line: u64,
    /// From the first column on; empty cells at the end may be missing.
    pub cells: Vec<Cell>,
}

impl TableRow {
    /// Nothing stands in it.
    pub(super) fn is_empty(&self) -> bool {
        self.cells.iter().all(Cell::is_empty)
    }
}

/// Takes rows; breaks when it has enough.
pub(super) type Sink<'a> = dyn FnMut(TableRow) -> ControlFlow<()> + 'a;
