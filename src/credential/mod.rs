//! Proofs of who an officer is: passkeys (Web Authentication Level 2) and one-time codes (RFC 6238).
//!
//! In: bytes that a browser sent, what was expected, a time. Out: what they prove, or why they do not. May use:
//! nothing of the house. Pure: challenges are drawn and used up by `service`; nothing here remembers or asks for time.

mod cbor;
pub mod code;
mod cose;
pub mod passkey;

/// Why a proof does not hold. None of these says anything about the officer: the door tells them all alike.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The bytes are not what the specification says; the word names the part.
    #[error("{0} cannot be read")]
    Malformed(&'static str),
    /// The key is of a kind that was not offered.
    #[error("a key of another kind than those asked for")]
    Algorithm,
    /// Signed for another challenge, page, site, or ceremony.
    #[error("signed for another {0}")]
    Foreign(&'static str),
    /// Nobody touched the authenticator, or nobody showed who they are.
    #[error("the authenticator did not make sure of its {0}")]
    Unverified(&'static str),
    /// The signature is wrong.
    #[error("the signature is wrong")]
    Signature,
    /// The authenticator counted backwards: there may be two of it.
    #[error("the authenticator counted backwards")]
    Copied,
}
