//! What can go wrong in a use case, with the stable code that the door shows.

use super::views::EnrolmentRefused;
use crate::{notice::NoticeError, storage::StorageError, vault::VaultError};

/// A failed use case.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// No such link (404 `link_unknown`).
    #[error("this link is not known")]
    LinkUnknown,
    /// The link's time is over (410 `link_expired`).
    #[error("this link has expired")]
    LinkExpired,
    /// Something else is not there (404 `not_found`).
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A rule of the workflow stands against it (409 with this code): `consent_missing`, `consent_outdated`,
    /// `already_confirmed`, `with_officer`, `stale_version`, `own_case`, `closed`.
    #[error("{detail}")]
    Conflict {
        /// Stable code.
        code: &'static str,
        /// What and what next.
        detail: String,
    },
    /// Too many tries (429 `too_many_tries` with Retry-After).
    #[error("too many tries; the next one is possible in {retry_after_s} s")]
    TooManyTries {
        /// Seconds.
        retry_after_s: u64,
    },
    /// All places are taken (503 `full` with Retry-After).
    #[error("all places are taken")]
    Full {
        /// Seconds.
        retry_after_s: u64,
    },
    /// Wrong name or password (401 `sign_in_refused`).
    #[error("name or password is wrong")]
    SignInRefused,
    /// The password is right, and a one-time code is needed with it (401 `code_needed`).
    #[error("the one-time code is needed")]
    CodeNeeded,
    /// A password alone is too little for what this officer decides (403 `second_factor_missing`).
    #[error(
        "a password alone is too little for your roles; ask a supervisor for an invitation and set up a passkey or codes"
    )]
    SecondFactorMissing,
    /// The roles do not hold this (403 `not_allowed`).
    #[error("your roles do not allow this: {act}")]
    NotAllowed {
        /// Name of the act.
        act: String,
    },
    /// The decision hurts, and who decides must show anew who they are (403 `proof_needed`).
    #[error("please show again who you are")]
    ProofNeeded,
    /// No such invitation: used, expired, or replaced (404 `invitation_unknown`).
    #[error("this invitation was used, has expired, or was replaced by a newer one")]
    InvitationUnknown,
    /// Too many wrong passwords (429 `slow_down` with Retry-After).
    #[error("too many wrong passwords; wait {retry_after_s} s")]
    SlowDown {
        /// Seconds.
        retry_after_s: u64,
    },
    /// No valid session (401 `signed_out`).
    #[error("please sign in")]
    SignedOut,
    /// Input is not acceptable (422 with this code), e.g. `unreadable_picture`, `too_large`, `too_long`.
    #[error("{detail}")]
    Unacceptable {
        /// Stable code.
        code: &'static str,
        /// What and where.
        detail: String,
    },
    /// The photograph cannot be a reference (422 with its code and hints).
    #[error("the photograph was not enrolled: {}", .0.code)]
    Enrolment(EnrolmentRefused),
    /// Our own fault (500 `internal`; the cause is logged once, at the door, and never shown).
    #[error("internal fault")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ServiceError {
    /// Wraps a cause that is our own fault.
    pub fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(cause))
    }
}

impl ServiceError {
    /// A state that should not be possible.
    pub(super) fn broken(what: impl Into<String>) -> Self {
        #[derive(Debug, thiserror::Error)]
        #[error("{0}")]
        struct Broken(String);
        Self::internal(Broken(what.into()))
    }

    pub(super) fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into() }
    }

    pub(super) fn unacceptable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Unacceptable { code, detail: detail.into() }
    }

    /// A UNIQUE constraint said that somebody else was first.
    pub(super) fn is_taken(&self) -> bool {
        matches!(self, Self::Internal(cause)
            if matches!(cause.downcast_ref::<StorageError>(), Some(StorageError::Taken(_))))
    }
}

impl From<StorageError> for ServiceError {
    fn from(error: StorageError) -> Self {
        Self::internal(error)
    }
}

impl From<NoticeError> for ServiceError {
    fn from(error: NoticeError) -> Self {
        Self::internal(error)
    }
}

impl From<VaultError> for ServiceError {
    fn from(error: VaultError) -> Self {
        Self::internal(error)
    }
}

impl From<serde_json::Error> for ServiceError {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

/// Why the use cases cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Records.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Sealing.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The key file is not the one that sealed this database.
    #[error(
        "vault.key_file is not the key this database was sealed with; restore the key file from its backup"
    )]
    ForeignKey,
    /// The schemes of the settings could not be recorded.
    #[error("the schemes cannot be recorded: {0}")]
    Schemes(#[source] ServiceError),
    /// The policy was changed under its old version.
    #[error(
        "policy version {0} has already decided calls with other limits; give the changed policy a new policy.version"
    )]
    PolicyChanged(String),
}
