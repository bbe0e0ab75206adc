//! Sealing at rest: nothing biometric reaches the disk in the clear.
//!
//! In: bytes and the master key file. Out: sealed bytes. May use: domain, config.
//!
//! Each beneficiary has an own data key, derived (HKDF-SHA-256) from the master key and a random salt that stands beside the
//! beneficiary's row: destroying the salt destroys the key, so that erasure by key destruction can be built on it. Envelope:
//! version (1 byte), master key id (4), nonce (24, random), XChaCha20-Poly1305 ciphertext and tag. Kind and id of what is
//! sealed are bound as associated data, so that no sealed thing can be put in another's place.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use sha2::Sha256;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

mod derive;
mod key_file;

/// Version of the envelope.
const VERSION: u8 = 1;
const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES;

/// Why sealing or opening failed.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key file cannot be read or made.
    #[error("vault.key_file {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The key file holds something else.
    #[error(
        "vault.key_file {path} must hold 64 hexadecimal characters (32 bytes); restore it from its backup"
    )]
    NotAKey {
        /// Which.
        path: PathBuf,
    },
    /// Others may read the key file.
    #[error("vault.key_file {path} can be read by others (mode {mode:o}); run: chmod 600 {path}")]
    Readable {
        /// Which.
        path: PathBuf,
        /// Mode.
        mode: u32,
    },
    /// The machine has no random numbers to give.
    #[error("no random numbers: {0}")]
    Random(getrandom::Error),
    /// The bytes were sealed with another master key.
    #[error("sealed with another vault key ({0}); restore the key file from its backup")]
    OtherKey(String),
    /// The bytes are not what was sealed under this kind and id.
    #[error("sealed bytes are damaged or in the wrong place")]
    Damaged,
}

/// What is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A reference photograph.
    ReferencePhoto,
    /// Its embedding.
    ReferenceEmbedding,
    /// A still of a call.
    Still,
    /// The record of a call.
    CallRecord,
    /// An officer's secret of one-time codes.
    CodeSecret,
    /// The scan of a form.
    FormScan,
    /// What one person read on a form, the first or the second.
    FormKeying,
    /// The picture taken at a visit.
    VisitPhoto,
    /// What the clerk says about a visit.
    VisitStatement,
    /// A part of a file that was uploaded for a batch.
    BatchPart,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::ReferencePhoto => "reference_photo",
            Self::ReferenceEmbedding => "reference_embedding",
            Self::Still => "still",
            Self::CallRecord => "call_record",
            Self::CodeSecret => "code_secret",
            Self::FormScan => "form_scan",
            Self::FormKeying => "form_keying",
            Self::VisitPhoto => "visit_photo",
            Self::VisitStatement => "visit_statement",
            Self::BatchPart => "batch_part",
        }
    }
}

/// Fills an array with random bytes of the machine.
///
/// # Errors
/// When the machine has none.
pub fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(VaultError::Random)?;
    Ok(bytes)
}

/// Holds the master key.
pub struct Vault {
    master: Zeroizing<[u8; 32]>,
    key_id: [u8; KEY_ID_BYTES],
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({}, [redacted])", self.key_id())
    }
}

impl Vault {
    /// Reads the key file; makes it (mode 0600, never over an existing one) when it is not there.
    ///
    /// # Errors
    /// When it cannot be read or made, has a wrong length, or others may read it.
    pub fn open(key_file: &Path) -> Result<Self, VaultError> {
        let master = key_file::read_or_make(key_file)?;
        let mut key_id = [0; KEY_ID_BYTES];
        expand(&master, None, b"jianmian vault key id", &mut key_id);
        Ok(Self { master, key_id })
    }

    /// Short public name of the master key, hex.
    pub fn key_id(&self) -> String {
        hex::encode(self.key_id)
    }

    /// The 32 secret bytes of the key that signs receipts. They follow from the master key, so that there is one secret to guard
    /// and to keep a copy of; another master key is another county to whoever checks a receipt.
    pub fn receipt_secret(&self) -> Zeroizing<[u8; 32]> {
        let mut secret = Zeroizing::new([0; 32]);
        expand(&self.master, None, b"jianmian receipt signing key v1", &mut *secret);
        secret
    }

    /// The key with which the challenges of passkeys are marked as ours.
    pub fn challenge_key(&self) -> Zeroizing<[u8; 64]> {
        let mut key = Zeroizing::new([0; 64]);
        expand(&self.master, None, b"jianmian passkey challenge v1", &mut *key);
        key
    }

    /// The data key that belongs to a salt.
    pub fn data_key(&self, salt: &[u8]) -> DataKey {
        let mut key = Zeroizing::new([0; 32]);
        expand(&self.master, Some(salt), b"jianmian data key v1", &mut *key);
        DataKey { cipher: XChaCha20Poly1305::new(&(*key).into()), key_id: self.key_id }
    }
}

/// HKDF-SHA-256. The lengths asked for here are far below its limit of 8,160 bytes.
fn expand(master: &[u8; 32], salt: Option<&[u8]>, info: &[u8], out: &mut [u8]) {
    let done = Hkdf::<Sha256>::new(salt, master).expand(info, out);
    debug_assert!(done.is_ok(), "at most 64 bytes are derived");
}

/// The data key of one beneficiary. It is wiped when dropped.
pub struct DataKey {
    cipher: XChaCha20Poly1305,
    key_id: [u8; KEY_ID_BYTES],
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey([redacted])")
    }
}

impl DataKey {
    /// Seals `plain` as the `kind` with this id.
    ///
    /// # Errors
    /// When the machine has no random numbers.
    pub fn seal(&self, kind: Kind, id: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce = random::<NONCE_BYTES>()?;
        let mut sealed = vec![VERSION];
        sealed.extend(self.key_id);
        sealed.extend(nonce);
        let aad = associated(kind, id, &sealed);
        let body = self
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad })
            .map_err(|_| VaultError::Damaged)?;
        sealed.extend(body);
        Ok(sealed)
    }

    /// Opens what was sealed as the `kind` with this id.
    ///
    /// # Errors
    /// When it was sealed with another key, is damaged, or stands in another's place.
    pub fn open(
        &self,
        kind: Kind,
        id: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (header, body) = sealed.split_at_checked(HEADER_BYTES).ok_or(VaultError::Damaged)?;
        if header[0] != VERSION {
            return Err(VaultError::Damaged);
        }
        let (key_id, nonce) = header[1..].split_at(KEY_ID_BYTES);
        if key_id != self.key_id {
            return Err(VaultError::OtherKey(hex::encode(key_id)));
        }
        let nonce = XNonce::try_from(nonce).map_err(|_| VaultError::Damaged)?;
        let aad = associated(kind, id, header);
        let plain = self.cipher.decrypt(&nonce, Payload { msg: body, aad: &aad });
        plain.map(Zeroizing::new).map_err(|_| VaultError::Damaged)
    }
}

fn associated(kind: Kind, id: &str, header: &[u8]) -> Vec<u8> {
    // The header has a fixed length and the kind no zero byte, so that no two (kind, id) pairs read alike.
    [header, kind.name().as_bytes(), &[0], id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> (tempfile::TempDir, Vault) {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(&dir.path().join("keys/vault.key")).unwrap();
        (dir, vault)
    }

    #[test]
    fn what_is_sealed_opens_only_in_its_own_place() {
        let (_dir, vault) = vault();
        let key = vault.data_key(b"salt one");
        let sealed = key.seal(Kind::Still, "a", b"picture").unwrap();
        assert_eq!(key.open(Kind::Still, "a", &sealed).unwrap().as_slice(), b"picture");
        assert!(!sealed.windows(7).any(|w| w == b"picture"));
        let damaged = |r: Result<_, VaultError>| matches!(r, Err(VaultError::Damaged));
        assert!(damaged(key.open(Kind::Still, "b", &sealed)));
        assert!(damaged(key.open(Kind::ReferencePhoto, "a", &sealed)));
        assert!(damaged(vault.data_key(b"salt two").open(Kind::Still, "a", &sealed)));
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert!(key.open(Kind::Still, "a", &bad).is_err(), "byte {at}");
            assert!(key.open(Kind::Still, "a", &sealed[..at]).is_err(), "cut at {at}");
        }
        let again = key.seal(Kind::Still, "a", b"picture").unwrap();
        assert_ne!(sealed, again, "a nonce came twice");
    }

    #[test]
    fn another_master_key_is_named() {
        let ((_a, one), (_b, two)) = (vault(), vault());
        let sealed = one.data_key(b"s").seal(Kind::Still, "a", b"x").unwrap();
        let error = two.data_key(b"s").open(Kind::Still, "a", &sealed).unwrap_err();
        assert!(matches!(error, VaultError::OtherKey(id) if id == one.key_id()));
    }
}
