//! Tables of events about people, one line each: read whole, and every fault told with its line and never with its values.

use chrono::NaiveDate;
use encoding_rs::GB18030;
use std::borrow::Cow;

/// Largest file of events, bytes: 200,000 lines of 120 bytes, and some.
pub const EVENT_FILE_BYTES_MAX: usize = 32 << 20;
/// Events in one file.
const EVENTS_MAX: usize = 200_000;
/// Faults told at once.
const FAULTS_MAX: usize = 100;

/// The lines of a CSV file (UTF-8 or GB18030) whose first line is one of `titles`, and what is wrong with it.
pub(super) fn read<L>(
    file: &[u8],
    titles: &[&[&str]],
    line_of: impl Fn(&csv::StringRecord) -> Result<L, String>,
) -> (Vec<L>, Vec<String>) {
    let nothing = |fault: String| (Vec::new(), vec![fault]);
    if file.len() > EVENT_FILE_BYTES_MAX {
        return nothing(format!("the file is larger than {} MiB", EVENT_FILE_BYTES_MAX >> 20));
    }
    let Some(text) = text(file) else {
        return nothing("the file is neither UTF-8 nor GB18030 text".into());
    };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    if !reader.headers().is_ok_and(|h| titles.iter().any(|t| h.iter().eq(t.iter().copied()))) {
        let known: Vec<String> = titles.iter().map(|t| t.join(",")).collect();
        return nothing(format!("the first line must be: {}", known.join(", or: ")));
    }
    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    for record in reader.records() {
        let line = match record {
            Ok(record) => line_of(&record),
            Err(error) => {
                Err(format!("line {}: {error}", error.position().map_or(0, csv::Position::line)))
            }
        };
        match line {
            Ok(line) => lines.push(line),
            Err(fault) => faults.push(fault),
        }
        if lines.len() > EVENTS_MAX {
            return nothing(format!("more than {EVENTS_MAX} events: cut the file"));
        }
        if faults.len() == FAULTS_MAX {
            faults.push("and perhaps more".into());
            break;
        }
    }
    if lines.is_empty() && faults.is_empty() {
        faults.push("the file has no events".into());
    }
    (lines, faults)
}

fn text(file: &[u8]) -> Option<Cow<'_, str>> {
    match std::str::from_utf8(file) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => GB18030.decode_without_bom_handling_and_without_replacement(file),
    }
}

/// The day of an event, which cannot lie in the future.
pub(super) fn day_of(text: &str, today: NaiveDate) -> Result<NaiveDate, &'static str> {
    let day = text.parse().map_err(|_| "must be a date like 2026-10-01")?;
    if day > today { Err("lies in the future") } else { Ok(day) }
}
