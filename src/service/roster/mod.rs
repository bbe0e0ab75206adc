//! The roster: a file of people is read, checked, compared with the records and taken as a whole, or not at all.
//!
//! `table` reads (`text` for CSV, `xlsx` with `archive` for workbooks), `row` checks, `compare` tells what is new, changed,
//! unchanged or gone, `apply` writes, `report` tells everything line by line. `photos` enrols photographs in bulk.

mod apply;
mod archive;
mod columns;
mod compare;
mod fault;
mod photo_files;
mod photos;
mod report;
mod row;
mod rows;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod xlsx;

use super::{Service, ServiceError};
use crate::{
    clock::china_date,
    domain::{audit::Actor, ids::RosterImportId, scheme::SchemeState},
};
use std::{collections::BTreeSet, sync::Arc};

pub use fault::RosterFault;
pub use photos::{PhotoFile, PhotoOutcome, PhotosOptions, PhotosReport};
pub use report::{RosterLine, RosterOutcome};
pub use rows::ROWS_MAX;
pub use table::{CSV_BYTES_MAX, FAULTS_MAX, PHOTOS_MAX, RosterFile, XLSX_BYTES_MAX};

/// Gives the bytes of a photograph named in the roster, or says why it cannot.
pub type PhotoSource<'a> = &'a (dyn Fn(&str) -> Result<Vec<u8>, String> + Send + Sync);

/// Told (what is being done, how much is done, how much in all; 0: not known yet).
pub type Progress = Arc<dyn Fn(Step, u64, u64) + Send + Sync>;

/// What an import is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Looking through the file, bytes.
    File,
    /// Checking rows.
    Rows,
    /// Comparing with the records, people.
    Records,
    /// Enrolling photographs.
    Photos,
    /// Writing people.
    Writing,
}

/// How an import is done.
#[derive(Clone, Debug)]
pub struct RosterOptions {
    /// Check and compare, write nothing.
    pub dry_run: bool,
    /// Mark people of the records who are not in the file. Without it they are only counted.
    pub mark_gone: bool,
    /// Lines that a person has compared with the papers: a name that shares nothing with the records', or somebody who looks
    /// like a record under another id number.
    pub settled: BTreeSet<u64>,
    /// Tell every line in [`RosterReport::lines`], not only those with faults.
    pub every_line: bool,
    /// Who imports.
    pub by: Actor,
}

impl RosterOptions {
    /// An import by `by`: everything is written when the file has no faults, and nobody is marked.
    pub fn by(by: Actor) -> Self {
        let settled = BTreeSet::new();
        Self { dry_run: false, mark_gone: false, settled, every_line: false, by }
    }
}

/// What an import found, and did.
#[derive(Clone, Debug, Default)]
pub struct RosterReport {
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Rows below the header.
    pub rows: u64,
    /// People who are not in the records yet.
    pub new: u64,
    /// People of whom the file says something else than the records.
    pub changed: u64,
    /// People of whom it says the same.
    pub unchanged: u64,
    /// People in the records and not in the file, without those marked before.
    pub gone: u64,
    /// Photographs in the file that are not enrolled yet.
    pub photos: u64,
    /// Everything that is wrong. Anything here: nothing was taken.
    pub faults: Vec<RosterFault>,
    /// Line by line: those with faults, and the others when they were asked for. Personal data.
    pub lines: Vec<RosterLine>,
    /// The rows were taken: the record of it.
    pub import_id: Option<RosterImportId>,
}

impl RosterReport {
    /// The rows were taken.
    pub fn imported(&self) -> bool {
        self.import_id.is_some()
    }
}

impl Service {
    /// Imports a roster file (CSV in UTF-8 or GB18030, or XLSX): new people are added, known ones brought up to date, all or
    /// nothing. The same file again changes nothing.
    ///
    /// # Errors
    /// When database, vault or analysis fail; then nothing was taken. Faults of the file are in the report.
    pub async fn roster_import(
        &self,
        file: RosterFile,
        photos: PhotoSource<'_>,
        options: &RosterOptions,
        progress: &Progress,
    ) -> Result<RosterReport, ServiceError> {
        let now = self.now();
        let book = self.db.read().await?.schemes().await?;
        let approved = book.versions().iter().filter(|v| v.state == SchemeState::Approved);
        let schemes: Vec<String> = approved.map(|v| v.terms.name.clone()).collect();
        let told = Arc::clone(progress);
        let work = move || table::read(file, china_date(now), &schemes, &told);
        let table = tokio::task::spawn_blocking(work).await.map_err(ServiceError::internal)?;
        let mut report = RosterReport {
            sha256: hex::encode(table.sha256),
            rows: table.rows,
            ..Default::default()
        };
        report.faults = table.faults;
        let mut compared = self.compare(table.people, options, &mut report, progress).await?;
        let pictures = self.enrol_named(&mut compared, photos, &mut report, progress).await?;
        report.tell(&compared, &table.bad_rows, options.every_line);
        if report.faults.is_empty() && !options.dry_run {
            let writing =
                apply::Writing { options, now, book: &book, sha256: report.sha256.clone() };
            report.import_id =
                Some(self.apply(&writing, &compared, &pictures, &report, progress).await?);
        }
        Ok(report)
    }
}
