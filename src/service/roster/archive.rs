//! Zip archives from anywhere: the directory is bounded before it is read, every entry while it is inflated. Nothing is ever
//! unpacked to the disk.

use std::{
    io::{self, BufReader, Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use zip::{
    ZipArchive,
    read::{ArchiveOffset, Config},
    result::ZipError,
};

/// Bytes of the record at the end of an archive, without its comment (APPNOTE.TXT 4.3.16).
const END_BYTES: usize = 22;
const END_MARK: &[u8; 4] = b"PK\x05\x06";
/// The pointer to the end record of archives above 4 GiB or 65,535 entries (APPNOTE.TXT 4.3.15).
const FAR_BYTES: usize = 20;
const FAR_MARK: &[u8; 4] = b"PK\x06\x07";
/// Longest comment of an archive.
const COMMENT_BYTES_MAX: usize = 65_535;

/// How much of an archive is accepted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Entries.
    pub entries_max: u64,
    /// Bytes of its directory.
    pub directory_bytes_max: u64,
}

/// Why an archive, or an entry, cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArchiveError {
    /// There is no directory at its end, or it does not fit.
    #[error("the zip is cut off or damaged")]
    Damaged,
    /// The directory is larger than accepted.
    #[error("the zip has more than {entries_max} entries, or a directory of more than {} MiB", directory_bytes_max >> 20)]
    TooMany {
        /// Entries accepted.
        entries_max: u64,
        /// Bytes accepted.
        directory_bytes_max: u64,
    },
    /// An entry inflates to more than accepted.
    #[error("it inflates to more than {} KiB", bytes_max >> 10)]
    TooLarge {
        /// Bytes accepted.
        bytes_max: u64,
    },
    /// An entry needs a password.
    #[error("it is protected by a password")]
    Locked,
    /// An entry that the archive does not have.
    #[error("it is not in the zip")]
    Missing,
}

/// Marks the error of a reader that gave all it may.
#[derive(Debug, thiserror::Error)]
#[error("more than {0} bytes")]
pub(super) struct Excess(pub u64);

/// Whether a read failed because a limit was reached.
pub(super) fn is_excess(error: &io::Error) -> bool {
    matches!(error.get_ref(), Some(inner) if inner.is::<Excess>())
}

/// Gives at most so many bytes and then fails, where [`Read::take`] would pretend that the end was reached.
pub(super) struct Capped<R> {
    inner: R,
    left: u64,
    bytes_max: u64,
}

impl<R> Capped<R> {
    pub(super) fn new(inner: R, bytes_max: u64) -> Self {
        Self { inner, left: bytes_max, bytes_max }
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other(Excess(self.bytes_max)))?;
        Ok(read)
    }
}

/// What archives are read from.
pub(super) trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

/// Counts what is read while the directory is opened, and fails beyond.
struct Budget<R> {
    inner: R,
    left: Arc<AtomicU64>,
}

impl<R: Read> Read for Budget<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let left = self.left.load(Ordering::Relaxed);
        if left == u64::MAX {
            return Ok(read);
        }
        let rest = left.checked_sub(read as u64).ok_or_else(|| io::Error::other(Excess(left)))?;
        self.left.store(rest, Ordering::Relaxed);
        Ok(read)
    }
}

impl<R: Seek> Seek for Budget<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// An archive whose directory has been read.
pub(super) struct Archive {
    zip: ZipArchive<BufReader<Budget<Box<dyn Source>>>>,
}

/// An entry as the directory describes it.
#[derive(Debug)]
pub(super) struct EntryName {
    /// Path inside the archive as written there.
    pub path: String,
    /// It is a folder.
    pub folder: bool,
}

impl Archive {
    /// Reads the directory.
    pub(super) fn open(mut source: Box<dyn Source>, limits: Limits) -> Result<Self, ArchiveError> {
        let Limits { entries_max, directory_bytes_max } = limits;
        let too_many = || ArchiveError::TooMany { entries_max, directory_bytes_max };
        let (entries, directory_bytes) = ends(&mut *source)?;
        if entries > entries_max || directory_bytes > directory_bytes_max {
            return Err(too_many());
        }
        // The tail is looked at more than once.
        let allowed = directory_bytes_max + 16 * COMMENT_BYTES_MAX as u64;
        let left = Arc::new(AtomicU64::new(allowed));
        let reader = BufReader::new(Budget { inner: source, left: left.clone() });
        let config = Config { archive_offset: ArchiveOffset::Known(0) };
        let zip = ZipArchive::with_config(config, reader).map_err(|error| match error {
            ZipError::Io(error) if is_excess(&error) => too_many(),
            _ => ArchiveError::Damaged,
        })?;
        left.store(u64::MAX, Ordering::Relaxed);
        Ok(Self { zip })
    }

    /// Number of entries.
    pub(super) fn len(&self) -> usize {
        self.zip.len()
    }

    /// What the directory says of an entry.
    pub(super) fn name(&mut self, index: usize) -> Result<EntryName, ArchiveError> {
        let entry = self.zip.by_index_raw(index).map_err(|e| fault(&e))?;
        let path = entry.name().map_err(|e| fault(&e))?.into_owned();
        Ok(EntryName { path, folder: entry.is_dir() })
    }

    /// An entry's bytes, at most `bytes_max` of them.
    pub(super) fn read(&mut self, index: usize, bytes_max: u64) -> Result<Vec<u8>, ArchiveError> {
        let entry = self.zip.by_index(index).map_err(|e| fault(&e))?;
        if entry.size() > bytes_max {
            return Err(ArchiveError::TooLarge { bytes_max });
        }
        let mut bytes = Vec::new();
        match Capped::new(entry, bytes_max).read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) if is_excess(&error) => Err(ArchiveError::TooLarge { bytes_max }),
            Err(_) => Err(ArchiveError::Damaged),
        }
    }

    /// A reader of the entry at `path` (case does not count); it fails beyond `bytes_max`.
    pub(super) fn part<'a>(
        &'a mut self,
        path: &str,
        bytes_max: u64,
    ) -> Result<Capped<impl Read + use<'a>>, ArchiveError> {
        let fits = |index: &usize| {
            self.zip
                .name_for_index(*index)
                .and_then(Result::ok)
                .is_some_and(|name| name.eq_ignore_ascii_case(path))
        };
        let index = (0..self.zip.len()).find(fits).ok_or(ArchiveError::Missing)?;
        let entry = self.zip.by_index(index).map_err(|e| fault(&e))?;
        if entry.size() > bytes_max {
            return Err(ArchiveError::TooLarge { bytes_max });
        }
        Ok(Capped::new(entry, bytes_max))
    }
}

fn fault(error: &ZipError) -> ArchiveError {
    match error {
        ZipError::UnsupportedArchive(what) if *what == ZipError::PASSWORD_REQUIRED => {
            ArchiveError::Locked
        }
        ZipError::FileNotFound => ArchiveError::Missing,
        _ => ArchiveError::Damaged,
    }
}

/// Entries and directory bytes as the end of the archive tells them: whichever of its records says more.
fn ends(source: &mut dyn Source) -> Result<(u64, u64), ArchiveError> {
    let damaged = |_| ArchiveError::Damaged;
    let length = source.seek(SeekFrom::End(0)).map_err(damaged)?;
    let tail_bytes = length.min((FAR_BYTES + END_BYTES + COMMENT_BYTES_MAX) as u64);
    source.seek(SeekFrom::Start(length - tail_bytes)).map_err(damaged)?;
    let mut tail = Vec::new();
    (&mut *source).take(tail_bytes).read_to_end(&mut tail).map_err(damaged)?;
    let marks: Vec<usize> = (0..tail.len().saturating_sub(END_BYTES - 1))
        .filter(|at| tail[*at..].starts_with(END_MARK))
        .collect();
    // Two ends: readers could disagree about which one counts.
    let [at] = marks[..] else { return Err(ArchiveError::Damaged) };
    let end = &tail[at..];
    if at + END_BYTES + usize::from(u16_at(end, 20)) != tail.len() {
        return Err(ArchiveError::Damaged);
    }
    let (mut entries, mut bytes) = (u64::from(u16_at(end, 10)), u64::from(u32_at(end, 12)));
    let before = at.checked_sub(FAR_BYTES).map(|far| &tail[far..at]);
    if let Some(far) = before.filter(|far| far.starts_with(FAR_MARK)) {
        let mut record = [0; 56];
        source.seek(SeekFrom::Start(u64_at(far, 8))).map_err(damaged)?;
        source.read_exact(&mut record).map_err(damaged)?;
        entries = u64_at(&record, 32);
        bytes = u64_at(&record, 40);
    }
    source.rewind().map_err(damaged)?;
    Ok((entries, bytes))
}

fn number_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..at + N).and_then(|part| part.try_into().ok()).unwrap_or([0; N])
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(number_at(bytes, at))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(number_at(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(number_at(bytes, at))
}
