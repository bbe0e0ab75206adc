//! The feed: the rows of all files in order, by pages, for machines with a token.

use super::render::SCHEMA;
use crate::{
    domain::{
        audit::{Action, Actor},
        continuation::{ContinuationFile, ContinuationRow, RowPlace},
        ids::{FeedTokenId, OfficerId},
    },
    ledger::sign_bytes,
    service::{
        Service, ServiceError,
        record::event,
        token::{Token, sha256_hex},
    },
    storage::FeedTokenRow,
};
use serde::Serialize;
use serde_json::json;

/// Longest page, rows.
const PAGE_MAX: u32 = 1_000;
/// Longest name of a machine, characters.
const NAME_CHARS_MAX: usize = 40;

/// A machine that may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedClient {
    /// Id of its token.
    pub id: FeedTokenId,
    /// Name.
    pub name: String,
}

/// A page of the feed.
#[derive(Clone, Debug, Serialize)]
pub struct FeedPage {
    /// Form of the rows.
    pub schema: &'static str,
    /// Rows.
    pub rows: Vec<ContinuationRow>,
    /// Cursor for the next page; ask again with it, also when this page was the last one.
    pub next: String,
    /// There is more right now.
    pub more: bool,
}

impl Service {
    /// Makes a token for a machine. It is shown this once; only its hash is stored.
    ///
    /// # Errors
    /// `bad_name`, `name_taken`.
    pub async fn new_feed_token(&self, name: &str) -> Result<String, ServiceError> {
        let plain = (1..=NAME_CHARS_MAX).contains(&name.chars().count())
            && name.chars().all(|c| c.is_alphanumeric() || "-_. ".contains(c));
        if !plain {
            let detail = format!("name: 1 to {NAME_CHARS_MAX} letters, digits, spaces or -_.");
            return Err(ServiceError::unacceptable("bad_name", detail));
        }
        let token = Token::draw()?;
        let at = self.now();
        let row = FeedTokenRow {
            id: FeedTokenId::new(),
            name: name.into(),
            made_at: at,
            revoked_at: None,
        };
        let mut tx = self.db.write().await?;
        let added = tx.add_feed_token(&row, &token.sha256).await.map_err(ServiceError::from);
        if let Err(error) = added {
            return Err(if error.is_taken() {
                ServiceError::conflict("name_taken", "there is a machine of this name already")
            } else {
                error
            });
        }
        let about = ("feed_token", row.id);
        tx.add_audit(&event(at, Actor::Operator, Action::FeedTokenMade, about, json!({}))).await?;
        tx.commit().await?;
        Ok(token.plain)
    }

    /// Takes a machine's token back.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn revoke_feed_token(&self, name: &str) -> Result<(), ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        let id = tx.revoke_feed_token(name, at).await?.ok_or(ServiceError::NotFound("machine"))?;
        let about = ("feed_token", id);
        tx.add_audit(&event(at, Actor::Operator, Action::FeedTokenRevoked, about, json!({})))
            .await?;
        Ok(tx.commit().await?)
    }

    /// All machines: name, since when, until when.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feed_tokens(&self) -> Result<Vec<FeedTokenRow>, ServiceError> {
        Ok(self.db.read().await?.feed_tokens().await?)
    }

    /// Who holds this token.
    ///
    /// # Errors
    /// [`ServiceError::SignedOut`] when nobody does.
    pub async fn feed_client(&self, token: &str) -> Result<FeedClient, ServiceError> {
        let row = self.db.read().await?.feed_token(&sha256_hex(token.as_bytes())).await?;
        let row = row.ok_or(ServiceError::SignedOut)?;
        Ok(FeedClient { id: row.id, name: row.name })
    }

    /// The page after a cursor (empty: the first). Rows keep their places for ever, so a page that was full never changes.
    ///
    /// # Errors
    /// `bad_cursor`.
    pub async fn feed_page(&self, after: &str, limit: u32) -> Result<FeedPage, ServiceError> {
        let after: RowPlace = if after.is_empty() {
            RowPlace { file_sequence: 0, row_number: 0 }
        } else {
            let bad = || {
                ServiceError::unacceptable("bad_cursor", "after: must be `next` of another page")
            };
            after.parse().map_err(|()| bad())?
        };
        let limit = limit.clamp(1, PAGE_MAX) as usize;
        let mut tx = self.db.read().await?;
        let mut rows =
            tx.continuation_rows(after, i64::try_from(limit + 1).unwrap_or(i64::MAX)).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().map_or(after, |row| row.place).to_string();
        Ok(FeedPage { schema: SCHEMA, rows, next, more })
    }

    /// Files after a number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feed_files(&self, after: u64) -> Result<Vec<ContinuationFile>, ServiceError> {
        Ok(self.db.read().await?.continuation_files(after, 1_000).await?)
    }

    /// A part of a file (`csv`, `json`, `control.json`, each also with `.sig`): the same bytes as in the outbox.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn feed_part(&self, sequence: u64, part: &str) -> Result<Vec<u8>, ServiceError> {
        let none = ServiceError::NotFound("file");
        let mut files =
            self.db.read().await?.continuation_files(sequence.saturating_sub(1), 1).await?;
        let Some(file) = files.pop().filter(|f| f.sequence == sequence) else { return Err(none) };
        let (name, signed) = match part.strip_suffix(".sig") {
            Some(name) => (name, true),
            None => (part, false),
        };
        let rendered = self.rendered(&file).await?;
        let bytes = match name {
            "csv" => rendered.csv,
            "json" => rendered.json,
            "control.json" => rendered.control,
            _ => return Err(none),
        };
        Ok(if signed { sign_bytes(&self.continuation_key(), &bytes).to_vec() } else { bytes })
    }

    /// The same for an officer who takes it to the bank; an audit event.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn take_continuation_part(
        &self,
        officer: OfficerId,
        sequence: u64,
        part: &str,
    ) -> Result<Vec<u8>, ServiceError> {
        let bytes = self.feed_part(sequence, part).await?;
        let mut tx = self.db.write().await?;
        let by = Actor::Officer { id: officer };
        let about = ("continuation", sequence);
        let detail = json!({ "part": part });
        tx.add_audit(&event(self.now(), by, Action::ContinuationTaken, about, detail)).await?;
        tx.commit().await?;
        Ok(bytes)
    }

    /// Writes down that a machine got rows.
    ///
    /// # Errors
    /// When the database fails: then it must not get them.
    pub async fn feed_was_read(&self, client: &FeedClient, what: &str) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        let about = ("feed_token", client.id);
        let detail = json!({ "what": what });
        tx.add_audit(&event(self.now(), Actor::Service, Action::FeedRead, about, detail)).await?;
        Ok(tx.commit().await?)
    }
}
