//! The master key file: 32 random bytes, hex, mode 0600, made on first start and never overwritten.

use super::{VaultError, random};
use std::{io::Write, path::Path};
use zeroize::Zeroizing;

pub(super) fn read_or_make(path: &Path) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let fault = |source| VaultError::File { path: path.to_owned(), source };
    match std::fs::exists(path) {
        Ok(true) => {}
        Ok(false) => make(path)?,
        Err(source) => return Err(fault(source)),
    }
    refuse_readable(path)?;
    let text = Zeroizing::new(std::fs::read(path).map_err(fault)?);
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim_ascii(), &mut *key)
        .map_err(|_| VaultError::NotAKey { path: path.to_owned() })?;
    Ok(key)
}

/// Writes the key beside its place and links it there: a reader never sees half a key, and an existing one stays.
fn make(path: &Path) -> Result<(), VaultError> {
    let fault = |source| VaultError::File { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fault)?;
    }
    let draft = path.with_extension(format!("{}.new", hex::encode(random::<8>()?)));
    let text = Zeroizing::new(hex::encode(*Zeroizing::new(random::<32>()?)) + "\n");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(&draft)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| match std::fs::hard_link(&draft, path) {
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        });
    let removed = std::fs::remove_file(&draft);
    written.and(removed).map_err(fault)
}

#[cfg(unix)]
fn refuse_readable(path: &Path) -> Result<(), VaultError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)
        .map_err(|source| VaultError::File { path: path.to_owned(), source })?
        .permissions()
        .mode()
        & 0o777;
    // The lower six bits: group and others.
    if mode.trailing_zeros() >= 6 {
        Ok(())
    } else {
        Err(VaultError::Readable { path: path.to_owned(), mode })
    }
}

#[cfg(not(unix))]
fn refuse_readable(_path: &Path) -> Result<(), VaultError> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/vault.key");
        let first = read_or_make(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = std::fs::read(&path).unwrap();
        assert_eq!(*read_or_make(&path).unwrap(), *first);
        make(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), text, "an existing key was overwritten");
        let files = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(files, 1, "a draft was left behind");
    }

    #[test]
    fn a_wrong_key_file_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vault.key");
        for wrong in ["", "abcd", &"g".repeat(64), &"0".repeat(66)] {
            std::fs::write(&path, wrong).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(read_or_make(&path), Err(VaultError::NotAKey { .. })), "{wrong:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), wrong);
        }
        std::fs::write(&path, "0".repeat(64)).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = read_or_make(&path).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
}
