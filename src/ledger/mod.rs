//! The ledger: an append-only Merkle log of what was decided, signed checkpoints, proofs, receipt numbers and certificates.
//!
//! Purpose: that nobody, not even the county, can change or drop a recorded decision unseen; and that a citizen's receipt can
//! be checked by anybody. Hashing is that of RFC 6962 (Certificate Transparency), so that its proofs can be verified by
//! other software.
//! In: [`Entry`]s (digests and dates; never a name, an id number or anything biometric). Out: hashes, proofs, checkpoints,
//! receipt numbers, certificates. Storing them is `storage`'s work.
//! May use: `domain`, `sha2`, `ed25519-dalek`, `hex`. Pure.

mod certificate;
mod checkpoint;
mod detached;
mod entry;
mod receipt;
mod short_code;
mod tree;

pub use certificate::{Certificate, verifying_key};
pub use checkpoint::{Checkpoint, SignedCheckpoint, SigningKey, VerifyingKey, signing_key};
pub use detached::{public_key_pem, sign_bytes, sign_for, verify_bytes, verify_for};
pub use entry::{Entry, EntryKind};
pub use receipt::{ReceiptNumber, parse_receipt_number, receipt_number};
pub use short_code::{read_short_code, short_code};
pub use tree::{
    Frontier, Hash, consistency_proof, inclusion_proof, leaf_hash, root, verify_consistency,
    verify_inclusion,
};

/// Why something of the ledger does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// A proof does not lead to the root.
    #[error("the proof does not lead to this root")]
    ProofMismatch,
    /// An index or size outside of the log.
    #[error("no such place in the log: {index} of {size}")]
    OutOfRange {
        /// Asked.
        index: u64,
        /// Entries there are.
        size: u64,
    },
    /// A checkpoint's text is not one.
    #[error("not a checkpoint: {0}")]
    MalformedCheckpoint(&'static str),
    /// A checkpoint or file was not signed with this key, or was changed since.
    #[error("the signature does not hold")]
    BadSignature,
    /// A receipt number has another length.
    #[error("a receipt number has 12 characters, this one {0}")]
    ReceiptLength(usize),
    /// A receipt number has a character that none has.
    #[error("character {0} is not one of a receipt number")]
    ReceiptCharacter(usize),
    /// A receipt number's check characters do not fit: a typing error.
    #[error("the receipt number contains a typing error")]
    ReceiptTypo,
    /// A text is no receipt certificate.
    #[error("not a receipt certificate: {0}")]
    MalformedCertificate(&'static str),
    /// A certificate was not signed with this key, or was changed since.
    #[error("this certificate was not issued under this key, or was changed since")]
    AlteredCertificate,
    /// A text is no public key.
    #[error("a public key has 64 hexadecimal characters and is a point of Ed25519")]
    MalformedKey,
}
