//! The file outbox: one JSON file a parcel, for a gateway that fetches files, for trials and for tests. The name is the notice's id,
//! so carrying again writes the same file.

use super::{Carried, Carrier, Parcel};
use crate::domain::name::name_of;
use serde_json::json;
use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

#[derive(Debug)]
pub(super) struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// `FOLDER/CHANNEL/LAST TWO CHARACTERS/ID.json`: a folder of a million files is slow.
    fn place(&self, parcel: &Parcel) -> PathBuf {
        let channel = name_of(&parcel.channel).unwrap_or_default();
        let shelf = &parcel.id[parcel.id.len().saturating_sub(2)..];
        self.folder.join(channel).join(shelf).join(format!("{}.json", parcel.id))
    }
}

impl Carrier for Outbox {
    fn carry(&self, parcel: &Parcel) -> Carried {
        let mut file = json!({
            "id": parcel.id,
            "channel": parcel.channel,
            "to": parcel.to,
            "text": parcel.text,
            "planned_at": parcel.planned_at,
        });
        if let Some(subject) = &parcel.subject {
            file["subject"] = json!(subject);
        }
        match write_whole(&self.place(parcel), format!("{file:#}\n").as_bytes()) {
            Ok(()) => Carried::Accepted,
            Err(error) => Carried::TryLater(format!("outbox_{:?}", error.kind()).to_lowercase()),
        }
    }
}

/// Writes a file so that it is there whole or not at all, and stays there when the power fails: written beside its place (mode
/// 0600), flushed, renamed.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.join(format!(".{name}.draft"));
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    File::open(folder)?.sync_all()
}
