//! Links of notices (one a person and period), batches of letters, e-mail addresses.

use super::{
    LinkRow, Result, Tx,
    columns::{Text, ms},
    notices::Row as NoticeRow,
};
use crate::domain::{
    ids::{BeneficiaryId, LetterBatchId, LinkId},
    notice::Notice,
};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// The link of a period.
#[derive(Clone, Debug)]
pub struct NoticeLink {
    /// The link.
    pub link: LinkRow,
    /// Hash of its token.
    pub token_sha256: String,
    /// What it belongs to.
    pub occasion: String,
    /// Keyed hash of its short code.
    pub code_hash: String,
}

/// A batch of letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterBatch {
    /// Id.
    pub id: LetterBatchId,
    /// Township; empty: none known.
    pub township: String,
    /// Name of its file.
    pub file: String,
    /// Letters.
    pub letters: i64,
}

#[derive(FromRow)]
struct BatchRow {
    id: Text<LetterBatchId>,
    township: String,
    file: String,
    letters: i64,
}

impl From<BatchRow> for LetterBatch {
    fn from(row: BatchRow) -> Self {
        Self { id: row.id.0, township: row.township, file: row.file, letters: row.letters }
    }
}

impl Tx {
    /// Stores the links of periods.
    ///
    /// # Errors
    /// When the database fails, or a period has its link already.
    pub async fn add_notice_links(&mut self, links: &[NoticeLink]) -> Result<()> {
        many!(
            self,
            "INSERT INTO links (id, beneficiary_id, token_sha256, made_at, expires_at) ",
            links,
            |l| [
                l.link.id.to_string(),
                l.link.beneficiary_id.to_string(),
                l.token_sha256.clone(),
                ms(l.link.made_at),
                ms(l.link.expires_at),
            ],
            ""
        );
        many!(
            self,
            "INSERT INTO notice_links (beneficiary_id, occasion, link_id, code_hash) ",
            links,
            |l| [
                l.link.beneficiary_id.to_string(),
                l.occasion.clone(),
                l.link.id.to_string(),
                l.code_hash.clone(),
            ],
            ""
        );
        Ok(())
    }

    /// The link of a short code.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link_of_code(&mut self, code_hash: &str) -> Result<Option<LinkRow>> {
        let row = one!(
            self,
            (Text<LinkId>,),
            "SELECT link_id FROM notice_links WHERE code_hash = $1",
            code_hash
        )?;
        match row {
            Some(id) => self.link(id.0.0).await,
            None => Ok(None),
        }
    }

    /// Puts the letters that wait for the first township which has some into batches of `size`, at most `most` of them, in the order of
    /// the addresses; `name` tells a batch's file.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_letter_batches(
        &mut self,
        name: impl Fn(LetterBatchId, &str) -> String,
        now: DateTime<Utc>,
        size: usize,
        most: usize,
    ) -> Result<()> {
        let township = one!(
            self,
            (String,),
            "SELECT township FROM notices WHERE status = 'planned' AND channel = 'letter' AND next_at <= $1
             ORDER BY township LIMIT 1",
            ms(now),
        )?;
        let Some((township,)) = township else { return Ok(()) };
        // A township is sorted as a whole: once for many batches, not for each.
        let waiting = all!(
            self,
            (String,),
            "SELECT n.id FROM notices n JOIN beneficiaries b ON b.id = n.beneficiary_id
             WHERE n.status = 'planned' AND n.channel = 'letter' AND n.township = $1 AND n.next_at <= $2
             ORDER BY b.residence, b.id LIMIT $3",
            &township,
            ms(now),
            i64::try_from(size * most).unwrap_or(i64::MAX),
        )?;
        let mut places = Vec::with_capacity(waiting.len());
        for letters in waiting.chunks(size) {
            let id = LetterBatchId::new();
            run!(
                self,
                "INSERT INTO letter_batches (id, township, status, made_at, file, letters) VALUES ($1, $2, 'open', $3, $4, $5)",
                id.to_string(),
                &township,
                ms(now),
                name(id, &township),
                i64::try_from(letters.len()).unwrap_or(i64::MAX),
            )?;
            places.extend(letters.iter().map(|(letter,)| (letter.clone(), id.to_string())));
        }
        many!(
            self,
            "UPDATE notices SET status = 'batched', batch_id = place.column2, version = version + 1 FROM (",
            places,
            |place| [place.0.clone(), place.1.clone()],
            ") AS place WHERE notices.id = place.column1 AND notices.status = 'planned'"
        );
        Ok(())
    }

    /// Batches that were begun and not written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_letter_batches(&mut self) -> Result<Vec<LetterBatch>> {
        let rows = all!(
            self,
            BatchRow,
            "SELECT id, township, file, letters FROM letter_batches WHERE status = 'open' ORDER BY made_at, id",
        )?;
        Ok(rows.into_iter().map(LetterBatch::from).collect())
    }

    /// A batch.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn letter_batch(&mut self, id: LetterBatchId) -> Result<Option<LetterBatch>> {
        let row = one!(
            self,
            BatchRow,
            "SELECT id, township, file, letters FROM letter_batches WHERE id = $1",
            id.to_string()
        )?;
        Ok(row.map(LetterBatch::from))
    }

    /// The letters of a batch, in the order in which they are printed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn letters_of(&mut self, batch: LetterBatchId) -> Result<Vec<Notice>> {
        let rows = all!(
            self,
            NoticeRow,
            "SELECT n.* FROM notices n JOIN beneficiaries b ON b.id = n.beneficiary_id
             WHERE n.batch_id = $1 AND n.status IN ('batched', 'sent') ORDER BY b.residence, b.id",
            batch.to_string(),
        )?;
        Ok(rows.into_iter().map(Notice::from).collect())
    }

    /// Says that a batch is written, unless another run said so first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_letter_batch(
        &mut self,
        id: LetterBatchId,
        letters: usize,
        sha256: &str,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let touched = run!(
            self,
            "UPDATE letter_batches SET status = 'written', letters = $2, sha256 = $3, written_at = $4
             WHERE id = $1 AND status = 'open'",
            id.to_string(),
            i64::try_from(letters).unwrap_or(i64::MAX),
            sha256,
            ms(at),
        )?;
        Ok(touched == 1)
    }

    /// Whether somebody has an own link for this occasion; its id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notice_link(
        &mut self,
        of: BeneficiaryId,
        occasion: &str,
    ) -> Result<Option<LinkId>> {
        let row = one!(
            self,
            (Text<LinkId>,),
            "SELECT link_id FROM notice_links WHERE beneficiary_id = $1 AND occasion = $2",
            of.to_string(),
            occasion,
        )?;
        Ok(row.map(|r| r.0.0))
    }

    /// Keeps an e-mail address; `belongs_to` is `self` or `representative`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_email(
        &mut self,
        of: BeneficiaryId,
        email: &str,
        belongs_to: &str,
        at: DateTime<Utc>,
    ) -> Result<()> {
        run!(
            self,
            "INSERT INTO notice_addresses (beneficiary_id, email, belongs_to, recorded_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (beneficiary_id) DO UPDATE SET email = excluded.email, belongs_to = excluded.belongs_to,
             recorded_at = excluded.recorded_at",
            of.to_string(),
            email,
            belongs_to,
            ms(at),
        )?;
        Ok(())
    }

    /// The e-mail address of a beneficiary.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn email_of(&mut self, of: BeneficiaryId) -> Result<Option<String>> {
        let row = one!(
            self,
            (String,),
            "SELECT email FROM notice_addresses WHERE beneficiary_id = $1",
            of.to_string()
        )?;
        Ok(row.map(|r| r.0))
    }
}
