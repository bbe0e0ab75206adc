//! Detached signatures over whole files: 64 raw bytes of Ed25519 (RFC 8032), as `openssl pkeyutl -verify -rawin` reads them.

use super::{LedgerError, SigningKey, VerifyingKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer};

/// Head of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410).
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::signing_key;

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
}
