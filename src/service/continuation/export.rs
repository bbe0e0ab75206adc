//! Making and writing files.

use super::render::{Rendered, render};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        continuation::{ContinuationFile, ContinuationRow, RowPlace, Totals},
    },
    ledger::{public_key_pem, sign_bytes},
    notice::{NoticeError, carry::write_whole},
    service::{Service, ServiceError, record::event},
};
use serde::Serialize;
use serde_json::json;
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

/// Rows of one file: some ten megabytes, and a transaction of some seconds.
const ROWS_MAX: usize = 50_000;

/// A file that lies in the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Its number.
    pub sequence: u64,
    /// Control totals.
    pub totals: Totals,
    /// Where the CSV lies; the other parts lie beside it.
    pub csv: PathBuf,
}

/// What an export did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// Files that were written, in order.
    pub files: Vec<Exported>,
}

impl Service {
    /// Writes what was begun and not written, then everything that stands in no file yet. Nothing new: no file.
    ///
    /// # Errors
    /// When the database or the outbox fails.
    pub async fn export_continuation(
        &self,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<ExportReport, ServiceError> {
        let mut report = ExportReport::default();
        for file in self.db.read().await?.unwritten_continuations().await? {
            report.files.push(self.write_continuation(file).await?);
        }
        while let Some(file) = self.make_continuation().await? {
            progress(file.totals.rows);
            report.files.push(self.write_continuation(file).await?);
        }
        Ok(report)
    }

    /// Writes a file once more: the same bytes.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn export_again(&self, sequence: u64) -> Result<Exported, ServiceError> {
        let mut files =
            self.db.read().await?.continuation_files(sequence.saturating_sub(1), 1).await?;
        let file = files.pop().filter(|f| f.sequence == sequence);
        self.write_continuation(file.ok_or(ServiceError::NotFound("continuation file"))?).await
    }

    /// Puts everything untold into the rows of a new file; none when there is nothing.
    async fn make_continuation(&self) -> Result<Option<ContinuationFile>, ServiceError> {
        let mut tx = self.db.write().await?;
        // One maker at a time. Rolled back when there is nothing to tell, so that numbers have no gaps.
        let sequence = u64::try_from(tx.next("continuation").await?).unwrap_or_default();
        let limit = i64::try_from(ROWS_MAX).unwrap_or(i64::MAX);
        let mut rows: Vec<ContinuationRow> = Vec::new();
        let mut lifting = HashSet::new();
        for (mut row, decided_at) in tx.proposals_to_tell(limit).await? {
            row.decided_on = china_date(decided_at);
            // One confirmation may lift two stops; it stands in one row.
            row.confirmation_id = row.confirmation_id.filter(|id| lifting.insert(*id));
            rows.push(row);
        }
        let left = limit - i64::try_from(rows.len()).unwrap_or(limit);
        rows.extend(tx.confirmations_to_tell(left).await?);
        if rows.is_empty() {
            return Ok(None);
        }
        for (row, row_number) in rows.iter_mut().zip(1..) {
            row.place = RowPlace { file_sequence: sequence, row_number };
        }
        let made_at = self.now();
        let file = ContinuationFile {
            sequence,
            made_at,
            made_on: china_date(made_at),
            totals: Totals::of(&rows),
            csv_sha256: None,
            json_sha256: None,
            written_at: None,
        };
        tx.add_continuation(&file, &rows).await?;
        let about = ("continuation_file", sequence);
        let detail = json!({ "totals": file.totals });
        tx.add_audit(&event(made_at, Actor::Service, Action::ContinuationExported, about, detail))
            .await?;
        tx.commit().await?;
        Ok(Some(file))
    }

    /// The parts of a file, from its rows.
    pub(super) async fn rendered(&self, file: &ContinuationFile) -> Result<Rendered, ServiceError> {
        let after = RowPlace { file_sequence: file.sequence, row_number: 0 };
        let limit = i64::try_from(file.totals.rows).unwrap_or(i64::MAX);
        let rows = self.db.read().await?.continuation_rows(after, limit).await?;
        if Totals::of(&rows) != file.totals {
            return Err(ServiceError::broken(format!(
                "the rows of continuation file {} do not make its control totals",
                file.sequence
            )));
        }
        let rendered = render(file, &rows, &self.settings.county.name_zh)?;
        let same = |known: &Option<String>, now: String| known.as_ref().is_none_or(|k| *k == now);
        if same(&file.csv_sha256, rendered.csv_sha256())
            && same(&file.json_sha256, rendered.json_sha256())
        {
            return Ok(rendered);
        }
        Err(ServiceError::broken(format!("continuation file {} is not what it was", file.sequence)))
    }

    async fn write_continuation(&self, file: ContinuationFile) -> Result<Exported, ServiceError> {
        let rendered = self.rendered(&file).await?;
        let (csv_sha256, json_sha256) = (rendered.csv_sha256(), rendered.json_sha256());
        let (dir, key) = (self.continuation_dir(), self.continuation_key());
        let stem = format!("continuation-{:06}", file.sequence);
        let csv = dir.join(format!("{stem}.csv"));
        let write = move || -> Result<(), NoticeError> {
            let put = |path: &Path, bytes: &[u8]| {
                write_whole(path, bytes)
                    .map_err(|e| NoticeError::File(path.to_owned(), e.to_string()))
            };
            put(&dir.join("continuation.pub.pem"), public_key_pem(&key).as_bytes())?;
            // The control file comes last: who finds it finds all parts.
            let parts = [
                ("csv", rendered.csv),
                ("json", rendered.json),
                ("control.json", rendered.control),
            ];
            for (ending, bytes) in parts {
                put(&dir.join(format!("{stem}.{ending}.sig")), &sign_bytes(&key, &bytes))?;
                put(&dir.join(format!("{stem}.{ending}")), &bytes)?;
            }
            Ok(())
        };
        tokio::task::spawn_blocking(write).await.map_err(ServiceError::internal)??;
        let mut tx = self.db.write().await?;
        tx.set_written(file.sequence, &csv_sha256, &json_sha256, self.now()).await?;
        tx.commit().await?;
        Ok(Exported { sequence: file.sequence, totals: file.totals, csv })
    }
}
