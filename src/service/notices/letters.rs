//! Letters: batched by township, printed into one PDF a batch. A batch that was begun and not written is written by the next run,
//! under the same name, from the same notices.

use super::{RunProgress, RunReport, RunStep, carry::attempt, words::waits};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        contact::ContactOutcome,
        ids::LetterBatchId,
        notice::{Notice, NoticeChannel, NoticeStatus},
    },
    notice::{
        NoticeError,
        carry::write_whole,
        compose::compose,
        letter::{Letter, Typeface, print},
    },
    service::{Service, ServiceError, record::event, token::sha256_hex},
    storage::{LetterBatch, NoticeEnd, Tx},
};
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use std::path::PathBuf;

/// Batches that are begun at once: a kill leaves no more of them open.
const BATCHES_MAX: usize = 20;
/// Batches that are printed at once, at most: while one is laid out, the records of another are read and written.
const AT_ONCE_MAX: usize = 4;

/// The typefaces of letters: for text and for headlines.
pub(in crate::service) type Faces = (Typeface, Typeface);

impl Service {
    /// Reads the typefaces named in the settings.
    pub(in crate::service) fn typefaces(&self) -> Result<Faces, ServiceError> {
        let settings = &self.settings.notices.letter;
        let read = || -> Result<Faces, NoticeError> {
            Ok((Typeface::find(&settings.fonts)?, Typeface::find(&settings.fonts_strong)?))
        };
        read().map_err(|error| ServiceError::unacceptable("no_font", error.to_string()))
    }

    pub(super) async fn print_letters(
        &self,
        report: &mut RunReport,
        progress: RunProgress<'_>,
    ) -> Result<(), ServiceError> {
        let at_once = std::thread::available_parallelism().map_or(1, usize::from).min(AT_ONCE_MAX);
        let mut faces = None;
        loop {
            let batches = self.batches_to_print().await?;
            if batches.is_empty() {
                return Ok(());
            }
            // Looked for when the first letter is there: a county without letters needs no font.
            let faces = match &mut faces {
                Some(faces) => faces,
                None => faces.insert(self.typefaces()?),
            };
            let print = |batch| self.print_batch(batch, faces);
            let mut printing = stream::iter(batches).map(print).buffered(at_once);
            while let Some(printed) = printing.try_next().await? {
                report.letters += printed.letters;
                report.withdrawn += printed.withdrawn;
                report.given_up += printed.given_up;
                report.letter_files.extend(printed.file);
                progress(RunStep::Printed, printed.letters);
            }
        }
    }

    /// What an earlier run left open; otherwise the next batches of those that wait.
    async fn batches_to_print(&self) -> Result<Vec<LetterBatch>, ServiceError> {
        let open = self.db.read().await?.open_letter_batches().await?;
        if !open.is_empty() {
            return Ok(open);
        }
        let now = self.now();
        let size = self.settings.notices.letter.letters_max as usize;
        let name = |id, township: &str| file_name(id, township, now);
        let mut tx = self.db.write().await?;
        tx.begin_letter_batches(name, now, size, BATCHES_MAX).await?;
        let begun = tx.open_letter_batches().await?;
        tx.commit().await?;
        Ok(begun)
    }

    async fn print_batch(
        &self,
        batch: LetterBatch,
        faces: &Faces,
    ) -> Result<Printed, ServiceError> {
        let at = self.now();
        let (kept, pdf) = self.printed(&batch, faces, at).await?;
        let sha256 = sha256_hex(&pdf);
        let letters = kept.iter().filter(|(_, why)| why.is_none()).count();
        let mut done = Printed::default();
        let mut tx = self.db.write().await?;
        if !tx.close_letter_batch(batch.id, letters, &sha256, at).await? {
            return Ok(done); // another run has printed it, perhaps with other letters: its file stays
        }
        if letters > 0 {
            // Before it is said to be written, and by whoever says so.
            self.keep_pdf(&batch.file, pdf).await?;
        }
        let mut attempts = Vec::new();
        for (notice, why) in kept {
            let (status, failure, outcome) = match &why {
                None => (NoticeStatus::Sent, None, Some(ContactOutcome::Sent)),
                Some(Unprinted::NotWanted) => (NoticeStatus::Withdrawn, None, None),
                Some(Unprinted::Fault(code)) => {
                    (NoticeStatus::Failed, Some(*code), Some(ContactOutcome::OurFault))
                }
            };
            let end = NoticeEnd {
                status,
                next_at: notice.next_at,
                attempts: notice.attempts + 1,
                failure,
                at,
            };
            if !tx.end_notice(&notice, &end).await? {
                continue;
            }
            match status {
                NoticeStatus::Sent => done.letters += 1,
                NoticeStatus::Withdrawn => done.withdrawn += 1,
                _ => {
                    done.given_up += 1;
                    self.next_turn(&mut tx, &notice, at).await?;
                }
            }
            attempts.extend(outcome.and_then(|outcome| attempt(&notice, outcome, at)));
        }
        tx.keep_contact_attempts(&attempts).await?;
        let detail = json!({ "letters": letters, "sha256": sha256 });
        let about = ("letter_batch", batch.id);
        tx.add_audit(&event(at, Actor::Service, Action::LettersPrinted, about, detail)).await?;
        tx.commit().await?;
        done.file = (letters > 0).then_some(batch.file);
        Ok(done)
    }

    /// The PDF of a batch, and of each notice why it is not in it.
    async fn printed(
        &self,
        batch: &LetterBatch,
        faces: &Faces,
        at: DateTime<Utc>,
    ) -> Result<(Vec<(Notice, Option<Unprinted>)>, Vec<u8>), ServiceError> {
        let mut tx = self.db.read().await?;
        let mut notices = Vec::new();
        let mut letters = Vec::new();
        for notice in tx.letters_of(batch.id).await? {
            match self.letter_of(&mut tx, &notice, at).await? {
                Ok(letter) => {
                    letters.push((notices.len(), letter));
                    notices.push((notice, None));
                }
                Err(why) => notices.push((notice, Some(why))),
            }
        }
        drop(tx);
        loop {
            let (faces, title) = (faces.clone(), batch.file.clone());
            let sheets: Vec<Letter> = letters.iter().map(|(_, letter)| letter.clone()).collect();
            let print = move || print(&sheets, &faces.0, &faces.1, &title);
            match tokio::task::spawn_blocking(print).await.map_err(ServiceError::internal)? {
                Ok(pdf) => return Ok((notices, pdf)),
                Err(fault) => {
                    let code = match fault.error {
                        NoticeError::NoGlyph(_) => "letter_no_glyph",
                        NoticeError::TooLong(_) => "letter_too_long",
                        error => return Err(error.into()),
                    };
                    let (place, _) = letters.remove(fault.letter);
                    notices[place].1 = Some(Unprinted::Fault(code));
                }
            }
        }
    }

    async fn letter_of(
        &self,
        tx: &mut Tx,
        notice: &Notice,
        at: DateTime<Utc>,
    ) -> Result<Result<Letter, Unprinted>, ServiceError> {
        let whom = crate::service::beneficiary(tx, notice.beneficiary_id).await?;
        if waits(notice.status) && !self.still_wanted(tx, notice, &whom).await? {
            return Ok(Err(Unprinted::NotWanted));
        }
        if whom.residence.is_none() {
            return Ok(Err(Unprinted::Fault("address_gone")));
        }
        let language = self.notice_language();
        let (facts, link) = self.facts(tx, notice, &whom, language, at).await?;
        let Ok(composed) = compose(notice.kind, NoticeChannel::Letter, language, &facts) else {
            return Ok(Err(Unprinted::Fault("fact_missing")));
        };
        Ok(Ok(self.letter(&whom, composed.text, link, language)))
    }

    async fn keep_pdf(&self, file: &str, pdf: Vec<u8>) -> Result<PathBuf, ServiceError> {
        let outbox = self.settings.in_data_dir(&self.settings.notices.outbox_dir);
        let path = outbox.join("letters").join(file);
        let to = path.clone();
        let written = tokio::task::spawn_blocking(move || write_whole(&to, &pdf)).await;
        written
            .map_err(ServiceError::internal)?
            .map_err(|error| NoticeError::File(path.clone(), error.to_string()))?;
        Ok(path)
    }

    /// Prints a batch once more, from its records: the same links and codes, today's addresses. Where the file lies.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; `no_font`.
    pub async fn reprint_letters(&self, id: LetterBatchId) -> Result<PathBuf, ServiceError> {
        let batch = self.db.read().await?.letter_batch(id).await?;
        let batch = batch.ok_or(ServiceError::NotFound("batch of letters"))?;
        let (_, pdf) = self.printed(&batch, &self.typefaces()?, self.now()).await?;
        self.keep_pdf(&batch.file, pdf).await
    }
}

/// What became of a batch.
#[derive(Default)]
struct Printed {
    letters: u64,
    withdrawn: u64,
    given_up: u64,
    file: Option<String>,
}

/// Why a letter of a batch is not printed.
#[derive(Debug)]
enum Unprinted {
    NotWanted,
    Fault(&'static str),
}

/// `DAY/TOWNSHIP-ID.pdf`. The township comes from addresses: only letters and digits of it get into a name.
fn file_name(id: LetterBatchId, township: &str, at: DateTime<Utc>) -> String {
    let plain: String = township.chars().filter(|c| c.is_alphanumeric()).take(24).collect();
    let place = if plain.is_empty() { "other".to_owned() } else { plain };
    format!("{}/{place}-{id}.pdf", china_date(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_township_cannot_lead_out_of_the_folder() {
        let id = LetterBatchId::new();
        let at = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        assert_eq!(file_name(id, "../../etc/乡", at), format!("2026-09-21/etc乡-{id}.pdf"));
        assert_eq!(file_name(id, "", at), format!("2026-09-21/other-{id}.pdf"));
    }
}
