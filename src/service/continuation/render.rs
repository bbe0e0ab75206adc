//! The bytes of a file: CSV, JSON, and the control totals. They follow from its rows alone, so they are the same each time.

use crate::{
    domain::{
        continuation::{ContinuationFile, ContinuationRow},
        name::name_of,
    },
    service::{ServiceError, token::sha256_hex},
};
use serde::Serialize;

/// Name and version of the form; `docs/continuation-schema.json` describes it.
pub(super) const SCHEMA: &str = "jianmian-continuation/1";

/// Columns of the CSV.
pub(super) const COLUMNS: [&str; 14] = [
    "file_sequence",
    "row_number",
    "kind",
    "name",
    "id_number",
    "scheme",
    "decided_on",
    "continues_until",
    "from_month",
    "arrears_from",
    "arrears_until",
    "arrears_months",
    "receipt_number",
    "beneficiary_id",
];

/// Parts of a file.
pub(super) struct Rendered {
    pub csv: Vec<u8>,
    pub json: Vec<u8>,
    pub control: Vec<u8>,
}

impl Rendered {
    pub fn csv_sha256(&self) -> String {
        sha256_hex(&self.csv)
    }
    pub fn json_sha256(&self) -> String {
        sha256_hex(&self.json)
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    schema: &'static str,
    file_sequence: u64,
    made_at: String,
    county: &'a str,
    totals: crate::domain::continuation::Totals,
    rows: &'a [ContinuationRow],
}

#[derive(Serialize)]
struct Control<'a> {
    schema: &'static str,
    file_sequence: u64,
    made_at: String,
    county: &'a str,
    totals: crate::domain::continuation::Totals,
    csv_sha256: String,
    json_sha256: String,
}

pub(super) fn render(
    file: &ContinuationFile,
    rows: &[ContinuationRow],
    county: &str,
) -> Result<Rendered, ServiceError> {
    let made_at = file.made_at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let whole = Whole {
        schema: SCHEMA,
        file_sequence: file.sequence,
        made_at: made_at.clone(),
        county,
        totals: file.totals,
        rows,
    };
    let mut json = serde_json::to_vec_pretty(&whole)?;
    json.push(b'\n');
    let csv = csv_of(rows).map_err(ServiceError::internal)?;
    let control = Control {
        schema: SCHEMA,
        file_sequence: file.sequence,
        made_at,
        county,
        totals: file.totals,
        csv_sha256: sha256_hex(&csv),
        json_sha256: sha256_hex(&json),
    };
    let mut control = serde_json::to_vec_pretty(&control)?;
    control.push(b'\n');
    Ok(Rendered { csv, json, control })
}

/// UTF-8 without a mark, comma, CRLF (RFC 4180).
fn csv_of(rows: &[ContinuationRow]) -> Result<Vec<u8>, csv::Error> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for row in rows {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        writer.write_record([
            row.place.file_sequence.to_string(),
            row.place.row_number.to_string(),
            name_of(&row.kind).unwrap_or_default(),
            row.name.clone(),
            row.id_number.clone(),
            row.scheme.clone(),
            row.decided_on.to_string(),
            row.continues_until.map(|d| d.to_string()).unwrap_or_default(),
            text(&row.from_month),
            text(&row.arrears_from),
            text(&row.arrears_until),
            row.arrears_months.to_string(),
            text(&row.receipt_number),
            row.beneficiary_id.to_string(),
        ])?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
