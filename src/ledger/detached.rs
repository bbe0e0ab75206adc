//! Detached Ed25519 signatures (RFC 8032) over whole files, which stay readable: 64 raw bytes as `openssl pkeyutl -verify -rawin` reads
//! them; or hex, for one purpose.

use super::{LedgerError, SigningKey, VerifyingKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer};

/// Head of an Ed25519 key in a `SubjectPublicKeyInfo` (RFC 8410).
const SPKI_HEAD: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Signs bytes.
pub fn sign_bytes(key: &SigningKey, bytes: &[u8]) -> [u8; 64] {
    key.sign(bytes).to_bytes()
}

/// Checks a signature.
///
/// # Errors
/// [`LedgerError::BadSignature`].
pub fn verify_bytes(
    key: &VerifyingKey,
    bytes: &[u8],
    signature: &[u8; 64],
) -> Result<(), LedgerError> {
    key.verify_strict(bytes, &Signature::from_bytes(signature))
        .map_err(|_| LedgerError::BadSignature)
}

/// The public key as PEM.
pub fn public_key_pem(key: &SigningKey) -> String {
    let der = [&SPKI_HEAD[..], key.verifying_key().as_bytes()].concat();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

/// Signs `bytes` for one `purpose`, so that a signature for one thing is none for another. 128 hex digits.
pub fn sign_for(purpose: &str, bytes: &[u8], key: &SigningKey) -> String {
    hex::encode(sign_bytes(key, &message(purpose, bytes)))
}

/// Checks a signature of [`sign_for`].
///
/// # Errors
/// [`LedgerError::BadSignature`] when it was made by another key, for another purpose, or the bytes were changed.
pub fn verify_for(
    purpose: &str,
    bytes: &[u8],
    signature: &str,
    key: &VerifyingKey,
) -> Result<(), LedgerError> {
    let mut raw = [0; 64];
    hex::decode_to_slice(signature.trim(), &mut raw).map_err(|_| LedgerError::BadSignature)?;
    verify_bytes(key, &message(purpose, bytes), &raw)
}

fn message(purpose: &str, bytes: &[u8]) -> Vec<u8> {
    let mut message = format!("jianmian {purpose}\n").into_bytes();
    message.extend_from_slice(bytes);
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{signing_key, verifying_key};

    #[test]
    fn signed_and_verified() {
        let key = signing_key(&[7; 32]);
        let signature = sign_bytes(&key, b"file");
        assert_eq!(verify_bytes(&key.verifying_key(), b"file", &signature), Ok(()));
        assert_eq!(
            verify_bytes(&key.verifying_key(), b"fil", &signature),
            Err(LedgerError::BadSignature)
        );
        assert!(public_key_pem(&key).contains("MCowBQYDK2VwAyEA"));
    }

    #[test]
    fn a_changed_byte_another_key_or_another_purpose_is_refused() {
        let key = signing_key(&[5; 32]);
        let signature = sign_for("calibration", b"{}", &key);
        let public = verifying_key(&hex::encode(key.verifying_key().to_bytes())).unwrap();
        assert_eq!(verify_for("calibration", b"{}", &signature, &public), Ok(()));
        let other = signing_key(&[6; 32]).verifying_key();
        for (purpose, bytes, key) in [
            ("calibration", &b"{ }"[..], &public),
            ("roster", b"{}", &public),
            ("calibration", b"{}", &other),
        ] {
            assert_eq!(verify_for(purpose, bytes, &signature, key), Err(LedgerError::BadSignature));
        }
        assert!(verify_for("calibration", b"{}", "zz", &public).is_err());
    }
}
