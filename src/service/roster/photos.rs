//! Photographs in bulk, from a folder or a zip: each file is named by the id number of its person, is looked at as at any
//! enrolment, and is recorded by itself, so that an interrupted run goes on where it was.

use super::{
    Progress, Step,
    apply::told,
    archive::{Archive, ArchiveError, Limits},
    report::harmless,
};
use crate::{
    domain::{
        audit::{Action, Actor},
        beneficiary::IdNumber,
        ids::BeneficiaryId,
    },
    service::{Service, ServiceError, pictures::PICTURE_BYTES_MAX, record::event},
};
use futures_util::{StreamExt, stream};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fmt,
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
};
use tokio::sync::mpsc;

/// Most files in one run, and their names in a zip.
const LIMITS: Limits = Limits { entries_max: 500_000, directory_bytes_max: 128 << 20 };
/// Photographs are packed already: a zip that inflates to more than this many times its size (and some MiB) is a trap.
const INFLATES_TIMES_MAX: u64 = 20;
/// Photographs examined at once on machines with many cores: the analysis takes 64 pictures before it is busy.
const EXAMINED_AT_ONCE_MAX: usize = 32;
/// Files with which systems decorate folders.
const DECORATIONS: [&str; 3] = ["thumbs.db", "desktop.ini", "__macosx"];

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

/// A file as it was found: whose it is and its bytes, or what is wrong.
struct Found {
    number: usize,
    path: String,
    content: Result<(IdNumber, Vec<u8>), PhotoOutcome>,
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
        let from = from.to_owned();
        let reading = tokio::task::spawn_blocking(move || read_all(&from, &found));
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

/// Gives every file of a folder or zip; stops when nobody takes them any more.
fn read_all(from: &Path, found: &mpsc::Sender<(Found, usize)>) -> Result<(), ServiceError> {
    let unreadable = |why: &str| {
        ServiceError::unacceptable("unreadable_photos", format!("{}: {why}", from.display()))
    };
    if from.is_dir() {
        let files = files_of(from).map_err(|e| unreadable(&e.to_string()))?;
        let names: Vec<String> =
            files.iter().map(|p| p.strip_prefix(from).unwrap_or(p).display().to_string()).collect();
        give(&names, found, |at| read_file(&files[at]));
        return Ok(());
    }
    let file = File::open(from).map_err(|e| unreadable(&e.to_string()))?;
    let bytes = file.metadata().map_err(|e| unreadable(&e.to_string()))?.len();
    let mut archive =
        Archive::open(Box::new(file), LIMITS).map_err(|e| unreadable(&e.to_string()))?;
    let mut names = Vec::new();
    let mut places = Vec::new();
    for at in 0..archive.len() {
        match archive.name(at) {
            Ok(entry) if entry.folder || is_decoration(&entry.path) => continue,
            Ok(entry) => names.push(entry.path),
            Err(_) => names.push(format!("entry {}", at + 1)),
        }
        places.push(at);
    }
    let mut left = bytes.saturating_mul(INFLATES_TIMES_MAX).saturating_add(64 << 20);
    give(&names, found, |at| {
        if left == 0 {
            return Err(refused(
                "the zip inflates to far more than photographs do",
                "pack it anew",
            ));
        }
        let read = archive.read(places[at], PICTURE_BYTES_MAX as u64);
        let bytes = read.as_ref().map_or(PICTURE_BYTES_MAX, Vec::len);
        left = left.saturating_sub(bytes as u64);
        read.map_err(|error| match error {
            ArchiveError::TooLarge { .. } => refused("larger than 8 MiB", "use a smaller picture"),
            other => refused(&other.to_string(), "pack the zip anew"),
        })
    });
    Ok(())
}

/// Gives the files of these names, each once for each person.
fn give(
    names: &[String],
    found: &mpsc::Sender<(Found, usize)>,
    mut read: impl FnMut(usize) -> Result<Vec<u8>, PhotoOutcome>,
) {
    let mut first: HashMap<IdNumber, usize> = HashMap::new();
    for (at, path) in names.iter().enumerate() {
        let content = owner(path).and_then(|id_number| {
            let number = *first.entry(id_number.clone()).or_insert(at + 1);
            if number != at + 1 {
                let what = format!("file {number} is of the same person");
                return Err(refused(&what, "keep the better of the two"));
            }
            Ok((id_number, read(at)?))
        });
        let file = Found { number: at + 1, path: path.clone(), content };
        if found.blocking_send((file, names.len())).is_err() {
            return;
        }
    }
}

/// Whose photograph a file is, by its name.
fn owner(path: &str) -> Result<IdNumber, PhotoOutcome> {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    if path.starts_with(['/', '\\']) || path.contains(':') || parts.contains(&"..") {
        return Err(refused(
            "its path leads out of the zip",
            "pack the photographs by their names",
        ));
    }
    let name = parts.last().copied().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let number = stem.split(['_', '-', ' ', '(']).next().unwrap_or_default();
    IdNumber::parse_any(number).map_err(|error| {
        let what = format!("its name is no id number: it {error}");
        refused(&what, "name it ID_NUMBER.jpg")
    })
}

fn refused(what: &str, fix: &str) -> PhotoOutcome {
    PhotoOutcome::Refused { what: what.to_owned(), fix: fix.to_owned() }
}

fn is_decoration(path: &str) -> bool {
    let mut parts = path.split(['/', '\\']);
    parts.any(|part| {
        DECORATIONS.iter().any(|d| part.eq_ignore_ascii_case(d))
            || (part.starts_with('.') && part != "..")
    })
}

/// All files below a folder, in order. Links are not followed.
fn files_of(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (mut files, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if is_decoration(&entry.file_name().to_string_lossy()) {
                continue;
            }
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn read_file(path: &Path) -> Result<Vec<u8>, PhotoOutcome> {
    let mut bytes = Vec::new();
    let limit = PICTURE_BYTES_MAX as u64 + 1;
    match File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)) {
        Ok(read) if read as u64 == limit => {
            Err(refused("larger than 8 MiB", "use a smaller picture"))
        }
        Ok(_) => Ok(bytes),
        Err(error) => {
            Err(refused(&format!("it cannot be read: {}", error.kind()), "check its rights"))
        }
    }
}
