//! The continuation: what the paying side is told about whom, in numbered files of numbered rows.

use super::ids::{BeneficiaryId, ConfirmationId, ProposalId};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContinuationKind {
    /// Confirmed: payment goes on.
    Continue,
    /// Confirmed after a stop: payment goes on again, with arrears.
    Resume,
    /// Two people propose to stop paying.
    Suspend,
    /// Two people propose to end the benefit.
    End,
}

/// What the paying side answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Done.
    Accepted,
    /// Not done, for a reason.
    Rejected,
}

/// Place of a row: the file's number and the row's number in it, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RowPlace {
    /// Number of the file.
    pub file_sequence: u64,
    /// Number of the row.
    pub row_number: u64,
}

impl std::fmt::Display for RowPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.file_sequence, self.row_number)
    }
}

impl std::str::FromStr for RowPlace {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (file, row) = text.split_once('-').ok_or(())?;
        let number = |text: &str| -> Result<u64, ()> {
            let plain =
                !text.is_empty() && text.len() <= 15 && text.bytes().all(|b| b.is_ascii_digit());
            if plain { text.parse().map_err(|_| ()) } else { Err(()) }
        };
        Ok(Self { file_sequence: number(file)?, row_number: number(row)? })
    }
}

/// One row. Personal data: name and id number, as they were when the row was made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContinuationRow {
    /// Where it stands.
    #[serde(flatten)]
    pub place: RowPlace,
    /// What it says.
    pub kind: ContinuationKind,
    /// About whom.
    pub beneficiary_id: BeneficiaryId,
    /// Name.
    pub name: String,
    /// Id number.
    pub id_number: String,
    /// Scheme.
    pub scheme: String,
    /// Day of the confirmation or of the approval.
    pub decided_on: NaiveDate,
    /// Until when a confirmation holds.
    pub continues_until: Option<NaiveDate>,
    /// First month that is not paid (suspend, end), or paid as usual again (resume): `YYYY-MM`.
    pub from_month: Option<String>,
    /// First month of arrears.
    pub arrears_from: Option<String>,
    /// Last month of arrears.
    pub arrears_until: Option<String>,
    /// Months of arrears.
    pub arrears_months: u32,
    /// Receipt of the confirmation.
    pub receipt_number: Option<String>,
    /// The confirmation.
    pub confirmation_id: Option<ConfirmationId>,
    /// The proposal.
    pub proposal_id: Option<ProposalId>,
}

impl std::fmt::Debug for ContinuationRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContinuationRow({} {:?})", self.place, self.kind)
    }
}

/// Control totals of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Rows.
    pub rows: u64,
    /// Rows of each kind.
    #[serde(rename = "continue")]
    pub continues: u64,
    /// Resumptions.
    pub resume: u64,
    /// Proposed stops.
    pub suspend: u64,
    /// Proposed ends.
    pub end: u64,
    /// Months of arrears, all together.
    pub arrears_months: u64,
    /// Sum of the first 17 digits of all id numbers, modulo 1,000,000,007: a row that is lost, doubled or changed shows.
    pub id_number_check: u64,
}

/// Modulus of [`Totals::id_number_check`].
const CHECK_MODULUS: u64 = 1_000_000_007;

impl Totals {
    /// Of rows.
    pub fn of(rows: &[ContinuationRow]) -> Self {
        let mut totals = Self::default();
        for row in rows {
            totals.rows += 1;
            totals.arrears_months += u64::from(row.arrears_months);
            let digits = row.id_number.bytes().take(17).filter(u8::is_ascii_digit);
            let number = digits.fold(0_u64, |n, b| n * 10 + u64::from(b - b'0'));
            totals.id_number_check =
                (totals.id_number_check + number % CHECK_MODULUS) % CHECK_MODULUS;
            match row.kind {
                ContinuationKind::Continue => totals.continues += 1,
                ContinuationKind::Resume => totals.resume += 1,
                ContinuationKind::Suspend => totals.suspend += 1,
                ContinuationKind::End => totals.end += 1,
            }
        }
        totals
    }
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContinuationFile {
    /// Number, from 1, without gaps.
    pub sequence: u64,
    /// When its rows were made.
    pub made_at: DateTime<Utc>,
    /// The day of it in China.
    pub made_on: NaiveDate,
    /// Control totals.
    pub totals: Totals,
    /// SHA-256 of the CSV, hex.
    pub csv_sha256: Option<String>,
    /// SHA-256 of the JSON, hex.
    pub json_sha256: Option<String>,
    /// When all parts lay in the outbox.
    pub written_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_written() {
        let place = RowPlace { file_sequence: 12, row_number: 50_000 };
        assert_eq!(place.to_string().parse(), Ok(place));
        for bad in ["", "1", "1-", "-1", "1-2-3", "a-1", "+1-2", "99999999999999999999-1"] {
            assert_eq!(bad.parse::<RowPlace>(), Err(()), "{bad}");
        }
    }
}
