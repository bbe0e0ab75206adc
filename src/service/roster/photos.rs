//! Photographs in bulk, from a folder or a zip: each file is named by the id number of its person, is looked at as at any
//! enrolment, and is recorded by itself, so that an interrupted run goes on where it was.

use super::{
    Progress, Step,
    apply::told,
    photo_files::{Found, read_all, read_zip, refused, unreadable},
    report::harmless,
};
use crate::{
    domain::{
        audit::{Action, Actor},
        beneficiary::IdNumber,
        ids::BeneficiaryId,
    },
    service::{Service, ServiceError, record::event},
};
use futures_util::{StreamExt, stream};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{
    fmt,
    io::{Read, Seek, Write},
    path::Path,
};
use tokio::sync::mpsc;

/// Photographs examined at once on machines with many cores: the analysis takes 64 pictures before it is busy.
const EXAMINED_AT_ONCE_MAX: usize = 32;

/// How photographs are enrolled.
#[derive(Clone, Copy, Debug)]
pub struct PhotosOptions {
    /// Look at all, enrol none.
    pub dry_run: bool,
    /// Who enrols.
    pub by: Actor,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhotoOutcome {
    /// It is a reference now (or would be, in a dry run).
    Enrolled,
    /// It was enrolled before.
    Known,
    /// It was not: why, and what to do.
    Refused {
        /// What is wrong.
        what: String,
        /// How to put it right.
        fix: String,
    },
}

/// A file of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoFile {
    /// Its place among the files, from 1.
    pub number: usize,
    /// Its path in folder or zip. It holds an id number: personal data.
    pub path: String,
    /// What became of it.
    pub outcome: PhotoOutcome,
}

impl fmt::Display for PhotoFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name: String = self.path.chars().filter(|c| !c.is_control()).collect();
        match &self.outcome {
            PhotoOutcome::Refused { what, fix } => write!(f, "{name}: {what}; {fix}"),
            _ => write!(f, "{name}"),
        }
    }
}

/// What became of all.
#[derive(Clone, Debug, Default)]
pub struct PhotosReport {
    /// File by file, in order.
    pub files: Vec<PhotoFile>,
    /// How many are references now.
    pub enrolled: usize,
    /// How many were before.
    pub known: usize,
}

impl PhotosReport {
    /// The files that were refused.
    pub fn refused(&self) -> impl Iterator<Item = &PhotoFile> {
        self.files.iter().filter(|f| matches!(f.outcome, PhotoOutcome::Refused { .. }))
    }

    /// Writes it as CSV (UTF-8 with a byte-order mark).
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_csv(&self, mut out: impl Write) -> std::io::Result<()> {
        out.write_all(b"\xef\xbb\xbf")?;
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(["file", "outcome", "what", "fix"])?;
        for file in &self.files {
            let (outcome, what, fix) = match &file.outcome {
                PhotoOutcome::Enrolled => ("enrolled", "", ""),
                PhotoOutcome::Known => ("known", "", ""),
                PhotoOutcome::Refused { what, fix } => ("refused", what.as_str(), fix.as_str()),
            };
            csv.write_record([harmless(&file.path).as_str(), outcome, what, fix])?;
        }
        csv.flush()
    }
}

impl Service {
    /// Enrols the photographs of a folder or a zip, as many at once as there are analysis threads.
    ///
    /// # Errors
    /// When folder or zip cannot be read, or database, vault or analysis fail; what was enrolled until then stays.
    pub async fn roster_photos(
        &self,
        from: &Path,
        options: PhotosOptions,
        progress: &Progress,
    ) -> Result<PhotosReport, ServiceError> {
        let from = from.to_owned();
        self.enrol_all(move |found| read_all(&from, found), options, progress).await
    }

    /// Enrols the photographs of a zip of so many bytes that is read from anywhere.
    ///
    /// # Errors
    /// As [`Service::roster_photos`].
    pub async fn roster_photos_in(
        &self,
        zip: impl Read + Seek + Send + 'static,
        bytes: u64,
        options: PhotosOptions,
        progress: &Progress,
    ) -> Result<PhotosReport, ServiceError> {
        let read = move |found: &mpsc::Sender<(Found, usize)>| {
            read_zip(Box::new(zip), bytes, found).map_err(|why| unreadable("zip", &why))
        };
        self.enrol_all(read, options, progress).await
    }

    async fn enrol_all(
        &self,
        read: impl FnOnce(&mpsc::Sender<(Found, usize)>) -> Result<(), ServiceError> + Send + 'static,
        options: PhotosOptions,
        progress: &Progress,
    ) -> Result<PhotosReport, ServiceError> {
        if self.examiner.pack().is_none() {
            let detail = "there are no models to look at photographs with";
            return Err(ServiceError::unacceptable("no_models", detail));
        }
        let at_once = match self.settings.models.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        };
        let at_once = at_once.min(EXAMINED_AT_ONCE_MAX);
        // One more than threads, so that none waits for a picture to be read.
        let (found, mut next) = mpsc::channel::<(Found, usize)>(at_once + 1);
        let reading = tokio::task::spawn_blocking(move || read(&found));
        let files = stream::poll_fn(move |context| next.poll_recv(context));
        let mut enrolled = std::pin::pin!(
            files
                .map(|(file, all)| async move { (self.enrol_file(file, options).await, all) })
                .buffer_unordered(at_once + 1)
        );
        let mut report = PhotosReport::default();
        let mut done = 0;
        while let Some((file, all)) = enrolled.next().await {
            let file = file?;
            match file.outcome {
                PhotoOutcome::Enrolled => report.enrolled += 1,
                PhotoOutcome::Known => report.known += 1,
                PhotoOutcome::Refused { .. } => {}
            }
            report.files.push(file);
            done += 1;
            progress(Step::Photos, done, all as u64);
        }
        reading.await.map_err(ServiceError::internal)??;
        report.files.sort_by_key(|file| file.number);
        Ok(report)
    }

    async fn enrol_file(
        &self,
        file: Found,
        options: PhotosOptions,
    ) -> Result<PhotoFile, ServiceError> {
        let Found { number, path, content } = file;
        let outcome = match content {
            Err(refused) => refused,
            Ok((id_number, bytes)) => self.enrol_bytes(&id_number, bytes, options).await?,
        };
        Ok(PhotoFile { number, path, outcome })
    }

    async fn enrol_bytes(
        &self,
        id_number: &IdNumber,
        bytes: Vec<u8>,
        options: PhotosOptions,
    ) -> Result<PhotoOutcome, ServiceError> {
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let found = {
            let mut tx = self.db.read().await?;
            match tx.beneficiary_of_number(id_number).await? {
                None => None,
                Some(b) => Some((b.id, tx.has_reference_of(b.id, &sha256).await?)),
            }
        };
        let id = match found {
            None => {
                let fix = "import the roster first, or correct the name of the file";
                return Ok(refused("nobody in the records has this id number", fix));
            }
            Some((_, true)) => return Ok(PhotoOutcome::Known),
            Some((id, false)) => id,
        };
        let enrolled = match self.enrol(bytes).await {
            Ok(enrolled) => enrolled,
            Err(ServiceError::Enrolment(fault)) => {
                let (what, fix) = told(&fault);
                return Ok(refused(&what, &fix));
            }
            Err(other) => return Err(other),
        };
        if options.dry_run {
            return Ok(PhotoOutcome::Enrolled);
        }
        self.record_photo(id, &enrolled, options.by).await
    }

    async fn record_photo(
        &self,
        id: BeneficiaryId,
        enrolled: &crate::service::enrol::Enrolled,
        by: Actor,
    ) -> Result<PhotoOutcome, ServiceError> {
        let now = self.now();
        let mut tx = self.db.write().await?;
        tx.hold_beneficiary(id).await?;
        if tx.has_reference_of(id, &enrolled.file_sha256).await? {
            return Ok(PhotoOutcome::Known);
        }
        let key = self.data_key(&mut tx, id).await?;
        let reference = enrolled.seal(&key, id, "roster", None, now)?;
        tx.add_reference(&reference).await?;
        let about = ("reference", reference.id);
        let detail = json!({ "beneficiary_id": id });
        tx.add_audit(&event(now, by, Action::ReferenceEnrolled, about, detail)).await?;
        tx.commit().await?;
        Ok(PhotoOutcome::Enrolled)
    }
}
