//! The roster as imports see it: people in order of their id numbers, and changes in bulk.

use super::{
    Result, Tx,
    audit::actor_columns,
    columns::{At, Text, day, json, ms, word},
};
use crate::domain::{
    audit::Actor,
    beneficiary::{Beneficiary, IdNumber},
    ids::{BeneficiaryId, RosterImportId},
    notice::township_of,
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{AssertSqlSafe, FromRow};
use std::fmt::Write as _;

/// Rows in one statement: times 16 columns, far below the 32,766 values of SQLite and the 65,535 of PostgreSQL.
pub const ROSTER_ROWS_AT_ONCE: usize = 500;

/// A person of the records, with what an import compares.
#[derive(Clone, Debug)]
pub struct RosterRecord {
    /// Id.
    pub id: BeneficiaryId,
    /// Id number. Personal data.
    pub id_number: IdNumber,
    /// Name. Personal data.
    pub name: String,
    /// Birth.
    pub birth_on: NaiveDate,
    /// Telephone. Personal data.
    pub phone: Option<String>,
    /// Residence. Personal data.
    pub residence: Option<String>,
    /// Scheme.
    pub scheme: String,
    /// Last confirmation.
    pub last_confirmed_on: Option<NaiveDate>,
    /// Next one.
    pub due_on: NaiveDate,
    /// Marked as gone since.
    pub gone_at: Option<DateTime<Utc>>,
    /// A confirmation is in the records.
    pub confirmed: bool,
    /// For compare-and-set.
    pub version: i64,
}

#[derive(FromRow)]
struct Row {
    id: Text<BeneficiaryId>,
    id_number: String,
    name: String,
    birth_on: Text<NaiveDate>,
    phone: Option<String>,
    residence: Option<String>,
    scheme: String,
    last_confirmed_on: Option<Text<NaiveDate>>,
    due_on: Text<NaiveDate>,
    gone_at: Option<At>,
    confirmed: bool,
    version: i64,
}

impl TryFrom<Row> for RosterRecord {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> std::result::Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id.0,
            id_number: IdNumber::parse(&row.id_number)
                .map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
            name: row.name,
            birth_on: row.birth_on.0,
            phone: row.phone,
            residence: row.residence,
            scheme: row.scheme,
            last_confirmed_on: row.last_confirmed_on.map(|d| d.0),
            due_on: row.due_on.0,
            gone_at: row.gone_at.map(|at| at.0),
            confirmed: row.confirmed,
            version: row.version,
        })
    }
}

/// One import, as it is recorded.
#[derive(Clone, Debug)]
pub struct NewRosterImport {
    /// Id.
    pub id: RosterImportId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: Actor,
    /// SHA-256 of the file, hex.
    pub file_sha256: String,
    /// Counts: people in the file, added, changed, unchanged, gone, marked as gone, photographs.
    pub counts: [u64; 7],
}

/// What an import changed about a person.
#[derive(Clone, Debug)]
pub struct RosterChange {
    /// Whom.
    pub beneficiary_id: BeneficiaryId,
    /// `added`, `changed` or `gone`.
    pub kind: &'static str,
    /// The id number of 15 digits that the file has.
    pub id_number_given: Option<String>,
    /// Replaced values by field.
    pub before: serde_json::Value,
}

/// `($1, $2), ($3, $4)`: so many rows of so many columns.
fn values(rows: usize, columns: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        let mut sign = if row == 0 { "(" } else { ", (" };
        for column in 1..=columns {
            let _infallible = write!(text, "{sign}${}", row * columns + column);
            sign = ", ";
        }
        text.push(')');
    }
    text
}

/// Executes a statement with values for several rows; the number of rows it touched.
macro_rules! run_rows {
    ($tx:expr, $sql:expr, $rows:expr, |$query:ident, $row:ident| $bound:expr) => {{
        let sql: String = $sql;
        on_either!($tx, connection => {
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for row in $rows {
                let ($query, $row) = (query, row);
                query = $bound;
            }
            query.execute(connection).await.map(|done| done.rows_affected())
                .map_err($crate::storage::StorageError::from)
        })
    }};
}

impl Tx {
    /// People in order of their id numbers, after this one (empty: from the first).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn roster_page(&mut self, after: &str, limit: i64) -> Result<Vec<RosterRecord>> {
        let rows = all!(
            self,
            Row,
            "SELECT id, id_number, name, birth_on, phone, residence, scheme, last_confirmed_on, due_on, gone_at, version,
             EXISTS (SELECT 1 FROM confirmations c WHERE c.beneficiary_id = beneficiaries.id AND c.channel <> 'import') AS confirmed
             FROM beneficiaries WHERE id_number > $1 ORDER BY id_number LIMIT $2",
            after,
            limit,
        )?;
        Ok(rows.into_iter().map(RosterRecord::try_from).collect::<std::result::Result<_, _>>()?)
    }

    /// Adds beneficiaries, at most [`ROSTER_ROWS_AT_ONCE`], each with the salt of their sealing key.
    ///
    /// # Errors
    /// [`super::StorageError::Taken`] when an id number is in the roster already.
    pub async fn add_beneficiaries(
        &mut self,
        people: &[(&Beneficiary, &[u8])],
        added_at: DateTime<Utc>,
    ) -> Result<()> {
        let sql = format!(
            "INSERT INTO beneficiaries (id, name, id_number, birth_on, sex, phone, residence, status, scheme,
             last_confirmed_on, due_on, attempts_from, seal_salt, added_at, version, township) VALUES {}",
            values(people.len(), 16)
        );
        run_rows!(self, sql, people, |query, row| {
            let (b, seal_salt) = *row;
            query
                .bind(b.id.to_string())
                .bind(&b.name)
                .bind(b.id_number.expose())
                .bind(day(b.birth_on))
                .bind(word(&b.sex))
                .bind(b.phone.as_deref())
                .bind(b.residence.as_deref())
                .bind(word(&b.status))
                .bind(&b.scheme)
                .bind(b.last_confirmed_on.map(day))
                .bind(day(b.due_on))
                .bind(ms(added_at))
                .bind(seal_salt)
                .bind(ms(added_at))
                .bind(0_i64)
                .bind(township_of(b.residence.as_deref().unwrap_or_default()))
        })?;
        Ok(())
    }

    /// Brings people up to date (at most [`ROSTER_ROWS_AT_ONCE`]) who are still as they were read, and takes a mark of being gone
    /// away; how many were. With `true` their dates are written, and are counted anew from there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn update_roster(&mut self, people: &[(RosterRecord, bool)]) -> Result<u64> {
        let sql = format!(
            "UPDATE beneficiaries SET name = v.column2, phone = v.column3, residence = v.column4,
             last_confirmed_on = CASE v.column8 WHEN 'anew' THEN v.column5 ELSE last_confirmed_on END,
             due_on = CASE v.column8 WHEN 'anew' THEN v.column6 ELSE due_on END,
             period_from = CASE v.column8 WHEN 'anew' THEN NULL ELSE period_from END,
             scheme_version = CASE v.column8 WHEN 'anew' THEN NULL ELSE scheme_version END,
             cycle_due_on = CASE v.column8 WHEN 'anew' THEN NULL ELSE cycle_due_on END,
             notify_from = CASE v.column8 WHEN 'anew' THEN NULL ELSE notify_from END,
             call_from = CASE v.column8 WHEN 'anew' THEN NULL ELSE call_from END,
             grace_until = CASE v.column8 WHEN 'anew' THEN NULL ELSE grace_until END,
             entered_confirmed_on = CASE v.column8 WHEN 'anew' THEN NULL ELSE entered_confirmed_on END,
             entered_due_on = CASE v.column8 WHEN 'anew' THEN NULL ELSE entered_due_on END,
             township = v.column9, gone_at = NULL, version = version + 1
             FROM (VALUES {}) AS v WHERE beneficiaries.id = v.column1 AND beneficiaries.version = v.column7",
            values(people.len(), 9)
        );
        run_rows!(self, sql, people, |query, row| {
            let (b, anew) = row;
            query
                .bind(b.id.to_string())
                .bind(&b.name)
                .bind(b.phone.as_deref())
                .bind(b.residence.as_deref())
                .bind(b.last_confirmed_on.map(day))
                .bind(day(b.due_on))
                .bind(b.version)
                .bind(if *anew { "anew" } else { "" })
                .bind(township_of(b.residence.as_deref().unwrap_or_default()))
        })
    }

    /// Marks people as gone (at most [`ROSTER_ROWS_AT_ONCE`]) who are still as they were read; how many were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_gone(&mut self, people: &[RosterRecord], at: DateTime<Utc>) -> Result<u64> {
        let sql = format!(
            "UPDATE beneficiaries SET gone_at = v.column3, version = version + 1
             FROM (VALUES {}) AS v WHERE beneficiaries.id = v.column1 AND beneficiaries.version = v.column2",
            values(people.len(), 3)
        );
        run_rows!(self, sql, people, |query, b| query
            .bind(b.id.to_string())
            .bind(b.version)
            .bind(ms(at)))
    }

    /// Records an import.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_roster_import(&mut self, import: &NewRosterImport) -> Result<()> {
        let (actor, officer) = actor_columns(import.by);
        let [people, added, changed, unchanged, gone, marked, photos] =
            import.counts.map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        run!(
            self,
            "INSERT INTO roster_imports (id, at, actor, officer_id, file_sha256, people, added, changed, unchanged, gone,
             marked, photos) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            import.id.to_string(),
            ms(import.at),
            actor,
            officer,
            &import.file_sha256,
            people,
            added,
            changed,
            unchanged,
            gone,
            marked,
            photos,
        )?;
        Ok(())
    }

    /// Records what an import changed, at most [`ROSTER_ROWS_AT_ONCE`] changes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_roster_changes(
        &mut self,
        import: RosterImportId,
        changes: &[RosterChange],
    ) -> Result<()> {
        let mut rows = Vec::with_capacity(changes.len());
        for change in changes {
            rows.push((change, json(&change.before)?));
        }
        let sql = format!(
            "INSERT INTO roster_changes (import_id, beneficiary_id, kind, id_number_given, before) VALUES {}",
            values(rows.len(), 5)
        );
        run_rows!(self, sql, &rows, |query, row| {
            let (change, before) = row;
            query
                .bind(import.to_string())
                .bind(change.beneficiary_id.to_string())
                .bind(change.kind)
                .bind(change.id_number_given.as_deref())
                .bind(before)
        })?;
        Ok(())
    }

    /// What imports changed about somebody, oldest first: (import, when, kind, id number as given, replaced values as JSON).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn roster_changes(
        &mut self,
        of: BeneficiaryId,
    ) -> Result<Vec<(RosterImportId, DateTime<Utc>, String, Option<String>, String)>> {
        let rows = all!(
            self,
            (Text<RosterImportId>, At, String, Option<String>, String),
            "SELECT c.import_id, i.at, c.kind, c.id_number_given, c.before FROM roster_changes c
             JOIN roster_imports i ON i.id = c.import_id WHERE c.beneficiary_id = $1 ORDER BY i.at, i.id",
            of.to_string(),
        )?;
        Ok(rows
            .into_iter()
            .map(|(id, at, kind, given, was)| (id.0, at.0, kind, given, was))
            .collect())
    }

    /// Everything imported, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn roster_imports(&mut self) -> Result<Vec<(RosterImportId, String, [u64; 7])>> {
        #[derive(FromRow)]
        struct Import {
            id: Text<RosterImportId>,
            file_sha256: String,
            people: i64,
            added: i64,
            changed: i64,
            unchanged: i64,
            gone: i64,
            marked: i64,
            photos: i64,
        }
        let rows = all!(self, Import, "SELECT * FROM roster_imports ORDER BY at, id")?;
        let counts = |i: &Import| {
            [i.people, i.added, i.changed, i.unchanged, i.gone, i.marked, i.photos]
                .map(|count| u64::try_from(count).unwrap_or(0))
        };
        Ok(rows
            .into_iter()
            .map(|i| {
                let c = counts(&i);
                (i.id.0, i.file_sha256, c)
            })
            .collect())
    }
}
