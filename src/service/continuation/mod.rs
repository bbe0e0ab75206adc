//! The continuation: what the paying side is told, as numbered and signed files and as a feed, and what it answers.
//!
//! A file is made in two steps. First its rows are written down in one transaction: a UNIQUE constraint lets each confirmation and each
//! proposal stand in one row of one file. Then its parts are written into the outbox from those rows alone. A kill between the two, or
//! within the second, is mended by the next run; exporting a file again gives the same bytes.

mod answer;
mod export;
mod feed;
mod render;

pub use answer::{ANSWER_BYTES_MAX, AnswerFault, AnswerReport};
pub use export::{ExportReport, Exported};
pub use feed::{FeedClient, FeedPage};

use super::{Service, ServiceError};
use crate::{
    domain::continuation::ContinuationFile,
    ledger::{SigningKey, public_key_pem, signing_key},
};
use std::path::PathBuf;

/// A file and its answers.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ContinuationView {
    /// The file.
    #[serde(flatten)]
    pub file: ContinuationFile,
    /// Rows that the paying side accepted.
    pub accepted: u64,
    /// Rows that it rejected.
    pub rejected: u64,
    /// Rows without an answer.
    pub unanswered: u64,
}

impl Service {
    /// The key that signs the files. Its seed is derived by the vault: it lives as long as the vault's key file.
    fn continuation_key(&self) -> SigningKey {
        signing_key(&self.vault.secret("continuation signing key", b"", "1"))
    }

    /// The public key of the files, PEM.
    pub fn continuation_public_key(&self) -> String {
        public_key_pem(&self.continuation_key())
    }

    fn continuation_dir(&self) -> PathBuf {
        self.settings.in_data_dir(&self.settings.notices.outbox_dir).join("continuation")
    }

    /// Files after `after`, at most 1,000, with the state of their answers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn continuations(&self, after: u64) -> Result<Vec<ContinuationView>, ServiceError> {
        let mut tx = self.db.read().await?;
        let mut views = Vec::new();
        for file in tx.continuation_files(after, 1_000).await? {
            let (accepted, rejected, unanswered) = tx.answers_of(file.sequence).await?;
            views.push(ContinuationView { file, accepted, rejected, unanswered });
        }
        Ok(views)
    }
}
