//! The files of photographs in a folder or a zip, and whose each is by its name. Nothing is unpacked to the disk.

use super::{
    archive::{Archive, ArchiveError, Limits, Source},
    photos::PhotoOutcome,
};
use crate::{
    domain::beneficiary::IdNumber,
    service::{ServiceError, pictures::PICTURE_BYTES_MAX},
};
use std::{
    collections::HashMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};
use tokio::sync::mpsc;

/// Most files in one run, and their names in a zip.
const LIMITS: Limits = Limits { entries_max: 500_000, directory_bytes_max: 128 << 20 };
/// Photographs are packed already: a zip that inflates to more than this many times its size (and some MiB) is a trap.
const INFLATES_TIMES_MAX: u64 = 20;
/// Files with which systems decorate folders.
const DECORATIONS: [&str; 3] = ["thumbs.db", "desktop.ini", "__macosx"];

/// A file as it was found: whose it is and its bytes, or what is wrong.
pub(super) struct Found {
    pub number: usize,
    pub path: String,
    pub content: Result<(IdNumber, Vec<u8>), PhotoOutcome>,
}

pub(super) fn unreadable(what: &str, why: &str) -> ServiceError {
    ServiceError::unacceptable("unreadable_photos", format!("{what}: {why}"))
}

/// Gives every file of a folder or zip; stops when nobody takes them any more.
pub(super) fn read_all(
    from: &Path,
    found: &mpsc::Sender<(Found, usize)>,
) -> Result<(), ServiceError> {
    let fault = |why: &str| unreadable(&from.display().to_string(), why);
    if from.is_dir() {
        let files = files_of(from).map_err(|e| fault(&e.to_string()))?;
        let names: Vec<String> =
            files.iter().map(|p| p.strip_prefix(from).unwrap_or(p).display().to_string()).collect();
        give(&names, found, |at| read_file(&files[at]));
        return Ok(());
    }
    let file = File::open(from).map_err(|e| fault(&e.to_string()))?;
    let bytes = file.metadata().map_err(|e| fault(&e.to_string()))?.len();
    read_zip(Box::new(file), bytes, found).map_err(|why| fault(&why))
}

/// Gives every file of a zip, or says why it cannot be read.
pub(super) fn read_zip(
    zip: Box<dyn Source>,
    bytes: u64,
    found: &mpsc::Sender<(Found, usize)>,
) -> Result<(), String> {
    let mut archive = Archive::open(zip, LIMITS).map_err(|e| e.to_string())?;
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

pub(super) fn refused(what: &str, fix: &str) -> PhotoOutcome {
    PhotoOutcome::Refused { what: what.to_owned(), fix: fix.to_owned() }
}
