//! From a file to people: which kind of file it is, its limits, its header, its rows, and who stands there twice.

use super::{
    Progress, RosterFault, Step,
    archive::Source,
    columns::Places,
    fault::unreadable,
    row::{Person, Rules, read_row},
    rows::{Cell, ROWS_MAX, TableRow},
    text, xlsx,
};
use chrono::NaiveDate;
use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{Cursor, SeekFrom},
    ops::ControlFlow,
    path::Path,
};

/// Largest CSV file, bytes.
pub const CSV_BYTES_MAX: u64 = 256 << 20;
/// Largest XLSX file, bytes.
pub const XLSX_BYTES_MAX: u64 = 128 << 20;
/// Most photographs named in a file: they are held in memory, sealed, until all rows are known to be good. More are enrolled
/// from a folder or a zip.
pub const PHOTOS_MAX: usize = 5_000;
/// Faults after which the rest is not read: the file is another table than was meant.
pub const FAULTS_MAX: usize = 100_000;
/// Bytes read at once.
const PIECE_BYTES: usize = 64 << 10;
/// Rows between two signs of progress.
const TOLD_EVERY_ROWS: u64 = 1_000;

/// A roster file: read twice, never held as a whole.
pub struct RosterFile(Box<dyn Source>);

impl RosterFile {
    /// A file on the disk.
    ///
    /// # Errors
    /// When it cannot be opened or is no regular file.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        if !file.metadata()?.is_file() {
            let kind = std::io::ErrorKind::InvalidInput;
            return Err(std::io::Error::new(kind, "it is not a regular file"));
        }
        Ok(Self(Box::new(file)))
    }

    /// Anything that can be read from any place on.
    pub fn of(source: impl std::io::Read + std::io::Seek + Send + 'static) -> Self {
        Self(Box::new(source))
    }

    /// A file in memory.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Box::new(Cursor::new(bytes.into())))
    }
}

impl std::fmt::Debug for RosterFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RosterFile")
    }
}

/// What a file holds.
#[derive(Default)]
pub(super) struct Table {
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// People in good rows, in order of their id numbers.
    pub people: Vec<Person>,
    /// What is wrong with the others.
    pub faults: Vec<RosterFault>,
    /// The rows that are wrong, as they stand there, by line.
    pub bad_rows: BTreeMap<u64, Vec<String>>,
    /// Rows below the header.
    pub rows: u64,
}

enum Kind {
    Text(&'static Encoding),
    Workbook,
}

/// Reads a file. Whatever is wrong with it is among the faults.
pub(super) fn read(
    file: RosterFile,
    today: NaiveDate,
    schemes: &[String],
    progress: &Progress,
) -> Table {
    let mut table = Table::default();
    if let Err(fault) = read_into(&mut table, file, today, schemes, progress) {
        table.faults.push(fault);
    }
    table.people.sort_by(|a, b| (&a.id_number, a.line).cmp(&(&b.id_number, b.line)));
    refuse_doubles(&mut table);
    table
}

/// Keeps the first of each id number; faults for the others.
fn refuse_doubles(table: &mut Table) {
    let Table { people, faults, bad_rows, .. } = table;
    people.dedup_by(|later, first| {
        let same = later.id_number == first.id_number;
        if same {
            let what = format!("the same id number stands in line {}", first.line);
            let fix = if later.name == first.name {
                "keep one of the two rows"
            } else {
                "two people with one number: compare both with the papers"
            };
            faults.push(RosterFault::new(later.line, "", "", &what, fix));
            let row = vec![later.id_number.expose().to_owned(), later.name.clone()];
            bad_rows.insert(later.line, row);
        }
        same
    });
}

fn read_into(
    table: &mut Table,
    RosterFile(mut file): RosterFile,
    today: NaiveDate,
    schemes: &[String],
    progress: &Progress,
) -> Result<(), RosterFault> {
    let bytes = file.seek(SeekFrom::End(0)).map_err(|e| unreadable(&e))?;
    file.rewind().map_err(|e| unreadable(&e))?;
    let kind = look(&mut *file, bytes, table, progress)?;
    file.rewind().map_err(|e| unreadable(&e))?;
    let exact = matches!(kind, Kind::Text(_));
    let mut places = None;
    let mut photos = 0;
    let mut sink = |row: TableRow| {
        let Some(places) = &places else {
            match Places::read(&row) {
                Ok(read) => places = Some(read),
                Err(faults) => {
                    table.faults.extend(faults);
                    return ControlFlow::Break(());
                }
            }
            return ControlFlow::Continue(());
        };
        table.rows += 1;
        if table.rows.is_multiple_of(TOLD_EVERY_ROWS) {
            progress(Step::Rows, table.rows, 0);
        }
        let rules = Rules { places, today, schemes, exact };
        photos += usize::from(take(table, &row, &rules));
        let fault = if table.rows > ROWS_MAX || photos > PHOTOS_MAX {
            let what = format!("more than {ROWS_MAX} rows or {PHOTOS_MAX} photographs");
            RosterFault::new(0, "", "", &what, "split the file")
        } else if table.faults.len() >= FAULTS_MAX {
            let what = format!("more than {FAULTS_MAX} faults: the rest was not read");
            RosterFault::new(0, "", "", &what, "is it the table that was meant?")
        } else {
            return ControlFlow::Continue(());
        };
        table.faults.push(fault);
        ControlFlow::Break(())
    };
    match kind {
        Kind::Text(encoding) => text::each_row(&mut *file, encoding, &mut sink)?,
        Kind::Workbook => xlsx::each_row(file, &mut sink)?,
    }
    if places.is_none() && table.faults.is_empty() {
        let fix = "give a header and one row for each person";
        return Err(RosterFault::new(0, "", "", "the table is empty", fix));
    }
    Ok(())
}

/// Takes a row in; whether it names a photograph.
fn take(table: &mut Table, row: &TableRow, rules: &Rules<'_>) -> bool {
    let (fields, width) = (row.cells.len(), rules.places.width);
    let beyond = row.cells.iter().skip(width).any(|cell| !cell.shown().trim().is_empty());
    let read = if beyond || rules.exact && fields < width {
        let what = format!("{fields} fields where the header has {width}");
        let fix = "check the commas; text with a comma stands in double quotes";
        Err(vec![RosterFault::new(row.line, "", "", &what, fix)])
    } else {
        read_row(row, rules)
    };
    match read {
        Ok(person) => {
            let photo = person.photo.is_some();
            table.people.push(person);
            photo
        }
        Err(faults) => {
            let shown = row.cells.iter().map(Cell::shown).map(str::to_owned).collect();
            table.bad_rows.insert(row.line, shown);
            table.faults.extend(faults);
            false
        }
    }
}

/// Reads the file once: its kind, its encoding, its SHA-256.
fn look(
    file: &mut dyn Source,
    bytes: u64,
    table: &mut Table,
    progress: &Progress,
) -> Result<Kind, RosterFault> {
    let mut buffer = vec![0; PIECE_BYTES];
    let mut text = vec![0; 3 * PIECE_BYTES + 16];
    let (mut hash, mut utf8, mut workbook) = (Sha256::new(), true, false);
    let mut decoder = UTF_8.new_decoder_with_bom_removal();
    let mut done = 0;
    loop {
        let read = fill(file, &mut buffer).map_err(|e| unreadable(&e))?;
        let piece = &buffer[..read];
        if done == 0 {
            within(bytes, piece.starts_with(b"PK"))?;
            workbook = kind_of(piece)?;
        }
        done += read as u64;
        within(done, workbook)?;
        hash.update(piece);
        if utf8 && !workbook {
            let last = read < buffer.len();
            let (result, ..) = decoder.decode_to_utf8_without_replacement(piece, &mut text, last);
            utf8 = !matches!(result, DecoderResult::Malformed(..));
        }
        progress(Step::File, done, bytes);
        if read < buffer.len() {
            break;
        }
    }
    table.sha256 = hash.finalize().into();
    Ok(match (workbook, utf8) {
        (true, _) => Kind::Workbook,
        (false, true) => Kind::Text(UTF_8),
        (false, false) => Kind::Text(GB18030),
    })
}

/// Fills the buffer unless the file ends before.
fn fill(file: &mut dyn Source, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn within(bytes: u64, workbook: bool) -> Result<(), RosterFault> {
    let (kind, bytes_max) =
        if workbook { ("XLSX", XLSX_BYTES_MAX) } else { ("CSV", CSV_BYTES_MAX) };
    if bytes <= bytes_max {
        return Ok(());
    }
    let what = format!("more than {} MiB, the most for {kind}", bytes_max >> 20);
    Err(RosterFault::new(0, "", "", &what, "split the file"))
}

/// Whether the file is a workbook, by how it begins.
fn kind_of(begins: &[u8]) -> Result<bool, RosterFault> {
    let (what, fix) = match begins {
        [] => ("the file is empty", "give a header and one row for each person"),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => return Ok(true),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => (
            "an old .xls workbook, or one with a password",
            "save it as .xlsx without a password, or as CSV",
        ),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            ("the text is UTF-16", "save the table as CSV UTF-8")
        }
        _ if begins.contains(&0) => ("the file is neither text nor a workbook", "give CSV or XLSX"),
        _ => return Ok(false),
    };
    Err(RosterFault::new(0, "", "", what, fix))
}
