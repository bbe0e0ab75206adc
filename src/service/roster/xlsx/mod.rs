//! XLSX (ECMA-376): the first visible sheet of a workbook, streamed. Sizes are bounded part by part, because a small zip can hold
//! a large nothing.

mod sheet;
mod strings;
mod styles;
mod xml;

use super::{
    RosterFault,
    archive::{Archive, ArchiveError, Limits, Source},
    rows::Sink,
};
use xml::{Found, Part, PartError, attribute};

/// Parts of a workbook: a few dozen are usual.
const LIMITS: Limits = Limits { entries_max: 10_000, directory_bytes_max: 4 << 20 };
/// Largest part but strings and sheet, bytes.
const SMALL_PART_BYTES_MAX: u64 = 16 << 20;
/// Largest table of strings, bytes.
const STRINGS_BYTES_MAX: u64 = 128 << 20;
/// Largest sheet, bytes: 500,000 rows of twenty columns take less.
const SHEET_BYTES_MAX: u64 = 768 << 20;
/// Sheets that are looked at for the first visible one.
const SHEETS_MAX: usize = 1_000;

/// Gives every row of the first visible sheet that holds something to `sink`.
pub(super) fn each_row(file: Box<dyn Source>, sink: &mut Sink<'_>) -> Result<(), RosterFault> {
    read(file, sink).map_err(|error| {
        let fix = match &error {
            PartError::Archive(ArchiveError::Locked) => "save the workbook without a password",
            PartError::Excess { .. } => {
                "save only the table, as XLSX or CSV, and split it when it is large"
            }
            _ => "open it in the spreadsheet program and save it anew as XLSX or CSV",
        };
        RosterFault::new(0, "", "", &format!("the workbook cannot be read: {error}"), fix)
    })
}

fn read(file: Box<dyn Source>, sink: &mut Sink<'_>) -> Result<(), PartError> {
    let mut archive = Archive::open(file, LIMITS)?;
    let book = Book::read(&mut archive)?;
    let strings = match part(&mut archive, "xl/sharedStrings.xml", STRINGS_BYTES_MAX)? {
        Some(part) => strings::Strings::read(part)?,
        None => strings::Strings::default(),
    };
    let dates = match part(&mut archive, "xl/styles.xml", SMALL_PART_BYTES_MAX)? {
        Some(part) => styles::date_styles(part)?,
        None => Vec::new(),
    };
    let of = sheet::Meaning { strings: &strings, dates: &dates, from_1904: book.from_1904 };
    match part(&mut archive, &book.sheet, SHEET_BYTES_MAX)? {
        Some(part) => sheet::each_row(part, &of, sink),
        None => Err(PartError::Lacking("the sheet")),
    }
}

fn part<'a>(
    archive: &'a mut Archive,
    path: &str,
    bytes_max: u64,
) -> Result<Option<Part<impl std::io::Read + use<'a>>>, PartError> {
    match archive.part(path, bytes_max) {
        Ok(reader) => Ok(Some(Part::new(reader, path))),
        Err(ArchiveError::Missing) => Ok(None),
        Err(ArchiveError::TooLarge { .. }) => Err(PartError::Excess { part: path.to_owned() }),
        Err(other) => Err(other.into()),
    }
}

/// What the workbook says about its sheets.
struct Book {
    /// Path of the sheet inside the archive.
    sheet: String,
    /// Days are counted from 1904 on.
    from_1904: bool,
}

impl Book {
    fn read(archive: &mut Archive) -> Result<Self, PartError> {
        let (mut id, mut from_1904, mut sheets) = (None, false, 0);
        {
            let mut book = part(archive, "xl/workbook.xml", SMALL_PART_BYTES_MAX)?
                .ok_or(PartError::Lacking("xl/workbook.xml"))?;
            while let Some(found) = book.next()? {
                let Found::Open { name, tag, .. } = found else { continue };
                match name.as_str() {
                    "workbookPr" => {
                        let flag = attribute(&tag, "date1904");
                        from_1904 = flag.is_some_and(|v| v == "1" || v == "true");
                    }
                    "sheet" if id.is_none() && sheets < SHEETS_MAX => {
                        sheets += 1;
                        let state = attribute(&tag, "state");
                        if state.is_none_or(|state| state == "visible") {
                            id = attribute(&tag, "r:id").or_else(|| attribute(&tag, "id"));
                        }
                    }
                    _ => {}
                }
            }
        }
        let id = id.ok_or(PartError::Lacking("a visible sheet"))?;
        let mut links = part(archive, "xl/_rels/workbook.xml.rels", SMALL_PART_BYTES_MAX)?
            .ok_or(PartError::Lacking("xl/_rels/workbook.xml.rels"))?;
        while let Some(found) = links.next()? {
            let Found::Open { name, tag, .. } = found else { continue };
            if name == "Relationship" && attribute(&tag, "Id").as_ref() == Some(&id) {
                let target = attribute(&tag, "Target").ok_or(PartError::Lacking("the sheet"))?;
                let sheet = match target.strip_prefix('/') {
                    Some(path) => path.to_owned(),
                    None => format!("xl/{target}"),
                };
                return Ok(Self { sheet, from_1904 });
            }
        }
        Err(PartError::Lacking("the sheet"))
    }
}
