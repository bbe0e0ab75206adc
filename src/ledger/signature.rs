//! Detached Ed25519 signatures (RFC 8032) over files, such as calibrations: the file stays readable, its change is noticed.

use super::LedgerError;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

/// Signs `bytes` for one `purpose`, so that a signature for one thing is none for another. 128 hex digits.
pub fn sign_for(purpose: &str, bytes: &[u8], key: &SigningKey) -> String {
    hex::encode(key.sign(&message(purpose, bytes)).to_bytes())
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
    key.verify_strict(&message(purpose, bytes), &Signature::from_bytes(&raw))
        .map_err(|_| LedgerError::BadSignature)
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
