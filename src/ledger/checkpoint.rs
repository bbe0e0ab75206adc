//! Checkpoints: "at this time the log had so many entries and this root", signed with Ed25519 (RFC 8032). A checkpoint in
//! somebody else's hands makes any later change of the past visible.

use super::{LedgerError, tree::Hash};
use chrono::{DateTime, SecondsFormat, Utc};
use ed25519_dalek::{Signature, Signer};
pub use ed25519_dalek::{SigningKey, VerifyingKey};

const FIRST_LINE: &str = "jianmian ledger checkpoint 1";

/// State of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose log, e.g. the county's name; one line.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// When (kept to the second).
    pub at: DateTime<Utc>,
}

/// A checkpoint's text and its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// The signed text, readable.
    pub text: String,
    /// Ed25519 signature over the text.
    pub signature: [u8; 64],
}

/// The signing key from its 32 secret bytes.
pub fn signing_key(secret: &[u8; 32]) -> SigningKey {
    SigningKey::from_bytes(secret)
}

impl Checkpoint {
    /// Signs.
    ///
    /// # Errors
    /// [`LedgerError::MalformedCheckpoint`] when the origin has more than one line.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedCheckpoint, LedgerError> {
        if self.origin.chars().any(char::is_control) {
            return Err(LedgerError::MalformedCheckpoint("the origin must be one line"));
        }
        let at = self.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let root = hex::encode(self.root);
        let text = format!("{FIRST_LINE}\n{}\n{}\n{root}\n{at}\n", self.origin, self.size);
        let signature = key.sign(text.as_bytes()).to_bytes();
        Ok(SignedCheckpoint { text, signature })
    }
}

impl SignedCheckpoint {
    /// Checks the signature, then reads. Nothing of an unsigned text is believed.
    ///
    /// # Errors
    /// [`LedgerError::BadSignature`], or [`LedgerError::MalformedCheckpoint`] with what is wrong.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Checkpoint, LedgerError> {
        let signature = Signature::from_bytes(&self.signature);
        key.verify_strict(self.text.as_bytes(), &signature)
            .map_err(|_| LedgerError::BadSignature)?;
        let bad = LedgerError::MalformedCheckpoint;
        let body = self.text.strip_suffix('\n').ok_or(bad("the last line is cut off"))?;
        let lines: Vec<&str> = body.split('\n').collect();
        let [FIRST_LINE, origin, size, root, at] = lines[..] else {
            return Err(bad("not the five lines of a checkpoint"));
        };
        let mut hash = Hash::default();
        hex::decode_to_slice(root, &mut hash).map_err(|_| bad("the root is not 64 hex digits"))?;
        let at = DateTime::parse_from_rfc3339(at).map_err(|_| bad("the time is not RFC 3339"))?;
        Ok(Checkpoint {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| bad("the size is not a number"))?,
            root: hash,
            at: at.with_timezone(&Utc),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::root;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            origin: "示范县社会保险服务中心".into(),
            size: 12,
            root: root(&[]),
            at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        }
    }

    #[test]
    fn signed_and_verified() {
        let key = signing_key(&[3; 32]);
        let signed = checkpoint().sign(&key).unwrap();
        assert_eq!(signed.verify(&key.verifying_key()), Ok(checkpoint()));
    }

    #[test]
    fn another_key_or_a_changed_text_is_refused() {
        let key = signing_key(&[3; 32]);
        let mut signed = checkpoint().sign(&key).unwrap();
        let other = signing_key(&[4; 32]).verifying_key();
        assert_eq!(signed.verify(&other), Err(LedgerError::BadSignature));
        signed.text = signed.text.replace("\n12\n", "\n13\n");
        assert_eq!(signed.verify(&key.verifying_key()), Err(LedgerError::BadSignature));
    }

    #[test]
    fn an_origin_cannot_forge_lines() {
        let forged = Checkpoint { origin: "x\n99".into(), ..checkpoint() };
        assert!(forged.sign(&signing_key(&[3; 32])).is_err());
    }
}
