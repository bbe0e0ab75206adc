//! The file of a batch: it comes part by part, each is sealed by itself, and it is read from any place on without ever lying on the disk
//! in the clear or in memory as a whole.

use crate::{
    domain::ids::BatchId,
    service::ServiceError,
    vault::{DataKey, Kind},
};
use std::{
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Bytes of every part but the last.
pub const PART_BYTES: u64 = 4 << 20;

/// How many parts a file of so many bytes comes in.
pub(super) fn parts_of(bytes: u64) -> u64 {
    bytes.div_ceil(PART_BYTES)
}

/// Bytes of one part.
pub(super) fn part_bytes(nth: u64, bytes: u64) -> u64 {
    bytes.saturating_sub(nth * PART_BYTES).min(PART_BYTES)
}

/// The sealed parts of one file.
pub(super) struct Parts {
    dir: PathBuf,
    key: DataKey,
    id: BatchId,
}

impl Parts {
    pub(super) fn new(data_dir: &Path, id: BatchId, key: DataKey) -> Self {
        Self { dir: dir_of(data_dir, id), key, id }
    }

    fn name(&self, nth: u64) -> String {
        format!("{}/{nth}", self.id)
    }

    fn path(&self, nth: u64) -> PathBuf {
        self.dir.join(format!("{nth:06}"))
    }

    /// Keeps a part: whole or not at all.
    pub(super) fn keep(&self, nth: u64, plain: &[u8]) -> Result<(), ServiceError> {
        let sealed = self.key.seal(Kind::BatchPart, &self.name(nth), plain)?;
        let write = || -> io::Result<()> {
            private_dir(&self.dir)?;
            let waiting = self.dir.join(format!("{nth:06}.part"));
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&waiting)?;
            file.write_all(&sealed)?;
            file.sync_all()?;
            std::fs::rename(waiting, self.path(nth))
        };
        write().map_err(ServiceError::internal)
    }

    fn open(&self, nth: u64) -> io::Result<Zeroizing<Vec<u8>>> {
        let sealed = std::fs::read(self.path(nth))?;
        self.key.open(Kind::BatchPart, &self.name(nth), &sealed).map_err(io::Error::other)
    }
}

fn dir_of(data_dir: &Path, id: BatchId) -> PathBuf {
    data_dir.join("batches").join(id.to_string())
}

fn private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Removes the file of a batch. Its key goes with the salt in the records.
pub(super) fn forget(data_dir: &Path, id: BatchId) {
    let dir = dir_of(data_dir, id);
    if let Err(error) = std::fs::remove_dir_all(&dir)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, batch.id = %id, "the sealed file of a batch could not be removed");
    }
}

/// Reads the file: one part is open at a time.
pub(super) struct PartsReader {
    parts: Parts,
    bytes: u64,
    at: u64,
    opened: Option<(u64, Zeroizing<Vec<u8>>)>,
}

impl PartsReader {
    pub(super) fn new(parts: Parts, bytes: u64) -> Self {
        Self { parts, bytes, at: 0, opened: None }
    }
}

impl Read for PartsReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.bytes || buffer.is_empty() {
            return Ok(0);
        }
        let nth = self.at / PART_BYTES;
        if self.opened.as_ref().is_none_or(|(open, _)| *open != nth) {
            self.opened = Some((nth, self.parts.open(nth)?));
        }
        let Some((_, plain)) = &self.opened else { return Ok(0) };
        let from = usize::try_from(self.at % PART_BYTES).map_err(io::Error::other)?;
        let rest = plain.get(from..).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer[..n].copy_from_slice(&rest[..n]);
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for PartsReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Vault;

    #[test]
    fn a_file_in_parts_reads_as_it_was_and_lies_nowhere_in_the_clear() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(&dir.path().join("vault.key")).unwrap();
        let parts = |id| Parts::new(dir.path(), id, vault.data_key(b"salt"));
        let id = BatchId::new();
        let bytes = 2 * PART_BYTES + 5;
        let plain: Vec<u8> = (0..bytes).map(|n| u8::try_from(n % 251).unwrap()).collect();
        for nth in 0..parts_of(bytes) {
            let from = usize::try_from(nth * PART_BYTES).unwrap();
            let length = usize::try_from(part_bytes(nth, bytes)).unwrap();
            parts(id).keep(nth, &plain[from..from + length]).unwrap();
        }
        let mut reader = PartsReader::new(parts(id), bytes);
        let mut whole = Vec::new();
        reader.read_to_end(&mut whole).unwrap();
        assert!(whole == plain);
        let mut few = [0; 10];
        reader.seek(SeekFrom::Start(PART_BYTES - 4)).unwrap();
        reader.read_exact(&mut few).unwrap();
        let from = usize::try_from(PART_BYTES - 4).unwrap();
        assert_eq!(few, plain[from..from + 10]);
        assert_eq!(reader.seek(SeekFrom::End(-5)).unwrap(), bytes - 5);
        let sealed = std::fs::read(dir.path().join(format!("batches/{id}/000002"))).unwrap();
        assert!(!sealed.windows(5).any(|w| w == &plain[plain.len() - 5..]));
        // A part in another's place does not open, nor does a file whose key was forgotten.
        let at = |nth: u64| dir.path().join(format!("batches/{id}/{nth:06}"));
        std::fs::copy(at(1), at(0)).unwrap();
        let mut swapped = PartsReader::new(parts(id), bytes);
        assert!(swapped.read(&mut few).is_err());
        let mut other =
            PartsReader::new(Parts::new(dir.path(), id, vault.data_key(b"other")), bytes);
        assert!(other.read(&mut few).is_err());
        forget(dir.path(), id);
        assert!(!dir.path().join(format!("batches/{id}")).exists());
    }
}
