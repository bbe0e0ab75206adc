//! Columns: how a file calls them and where they stand.

use super::{
    RosterFault,
    rows::{Cell, TableRow},
};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    IdNumber,
    BirthOn,
    Sex,
    Phone,
    Residence,
    LastConfirmedOn,
    Scheme,
    Photo,
}

/// Column, the names it goes by (the first is ours), and its English name.
const TITLES: [(Column, &[&str], &str); 9] = [
    (Column::Name, &["姓名"], "name"),
    (Column::IdNumber, &["身份证号", "身份证号码", "公民身份号码", "证件号码"], "id_number"),
    (Column::BirthOn, &["出生日期", "出生年月日"], "birth_on"),
    (Column::Sex, &["性别"], "sex"),
    (Column::Phone, &["电话", "联系电话", "手机号码"], "phone"),
    (Column::Residence, &["现居住地", "居住地址", "住址"], "residence"),
    (Column::LastConfirmedOn, &["上次认证日期"], "last_confirmed_on"),
    (Column::Scheme, &["险种"], "scheme"),
    (Column::Photo, &["照片"], "photo"),
];
/// Characters of a title that are repeated in a fault.
const TITLE_CHARS_MAX: usize = 20;

/// Where each known column stands, and how the file calls it.
#[derive(Debug)]
pub(super) struct Places {
    places: Vec<(Column, usize, String)>,
    /// Columns in the header, known or not.
    pub width: usize,
}

impl Places {
    /// Reads the header.
    pub(super) fn read(header: &TableRow) -> Result<Self, Vec<RosterFault>> {
        let mut places: Vec<(Column, usize, String)> = Vec::new();
        let mut faults = Vec::new();
        let known: Vec<&str> = TITLES.iter().map(|(_, names, _)| names[0]).collect();
        let fix = format!("known columns: {}", known.join(", "));
        let titles: Vec<String> = header.cells.iter().map(title).collect();
        let width = titles.iter().rposition(|t| !t.is_empty()).map_or(0, |last| last + 1);
        for (at, title) in titles.into_iter().take(width).enumerate() {
            let problem = match column(&title) {
                None => Some("an unknown column"),
                Some(column) if places.iter().any(|(c, ..)| *c == column) => {
                    Some("a column that stands there twice")
                }
                Some(column) => {
                    places.push((column, at, title.clone()));
                    None
                }
            };
            let told = |what| RosterFault::new(header.line, &title, "", what, &fix);
            faults.extend(problem.map(told));
        }
        for (column, names, english) in &TITLES[..2] {
            if !places.iter().any(|(c, ..)| c == column) {
                let what = format!("column {} ({english}) is missing", names[0]);
                faults.push(RosterFault::new(header.line, "", "", &what, "add it to the header"));
            }
        }
        if faults.is_empty() { Ok(Self { places, width }) } else { Err(faults) }
    }

    /// Where a column stands.
    pub(super) fn at(&self, column: Column) -> Option<usize> {
        self.places.iter().find(|(c, ..)| *c == column).map(|(_, at, _)| *at)
    }

    /// How the file calls a column.
    pub(super) fn title(&self, column: Column) -> &str {
        self.places.iter().find(|(c, ..)| *c == column).map_or("", |(.., title)| title)
    }

    /// The known columns.
    pub(super) fn columns(&self) -> impl Iterator<Item = (Column, usize)> {
        self.places.iter().map(|(column, at, _)| (*column, *at))
    }
}

fn title(cell: &Cell) -> String {
    let kept = cell.shown().trim().chars().filter(|c| !c.is_control());
    kept.take(TITLE_CHARS_MAX).collect()
}

fn column(title: &str) -> Option<Column> {
    let fits = |(_, names, english): &&(Column, &[&str], &str)| {
        names.contains(&title) || english.eq_ignore_ascii_case(title)
    };
    TITLES.iter().find(fits).map(|(column, ..)| *column)
}
