//! Batches that officers run from the console: a file comes in parts, is tried, and is taken; or work over everybody is done. Each run can be
//! cut off at any point and run again: the use cases behind it do nothing twice.

mod board;
mod parts;
mod run;

pub(super) use board::Board;
pub use parts::PART_BYTES;

use super::{
    Service, ServiceError,
    record::event,
    views::{BatchForm, BatchRunForm, BatchView},
};
use crate::{
    domain::{
        audit::{Action, Actor},
        batch::{Batch, BatchKind, BatchState},
        ids::{BatchId, OfficerId},
    },
    service::{ANSWER_BYTES_MAX, CSV_BYTES_MAX},
    storage::{BatchEnd, Tx},
    vault::random,
};
use chrono::TimeDelta;
use parts::{Parts, forget, part_bytes, parts_of};
use serde_json::json;
use std::sync::Arc;

/// Largest zip of photographs, bytes.
const PHOTOS_BYTES_MAX: u64 = 16 << 30;
/// Longest name of a file that is kept, characters.
const FILE_NAME_CHARS_MAX: usize = 120;
/// Batches with a file that are not over yet.
const OPEN_MAX: usize = 8;
/// Batches that nobody went on with are put away after so long.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::hours(24);
/// Batches on the page.
const SHOWN: i64 = 40;

impl BatchKind {
    /// Largest file of this kind, bytes.
    const fn bytes_max(self) -> u64 {
        match self {
            Self::Roster => CSV_BYTES_MAX,
            Self::Photos => PHOTOS_BYTES_MAX,
            Self::Answers => ANSWER_BYTES_MAX as u64,
            Self::Due | Self::Notices | Self::Export => 0,
        }
    }
}

impl Service {
    /// Makes a batch; its file follows in parts.
    ///
    /// # Errors
    /// `not_allowed`, `file_missing`, `too_large`, `too_many_batches`.
    pub async fn make_batch(
        &self,
        officer: OfficerId,
        form: BatchForm,
    ) -> Result<BatchView, ServiceError> {
        let at = self.now();
        let kind = form.kind;
        let wants = kind.wants_file();
        if wants != (form.file_bytes > 0) {
            let detail = "file_bytes: the length of the file, for kinds that want one";
            return Err(ServiceError::unacceptable("file_missing", detail));
        }
        if form.file_bytes > kind.bytes_max() {
            let detail = format!("the file has more than {} MiB", kind.bytes_max() >> 20);
            return Err(ServiceError::unacceptable("too_large", detail));
        }
        self.put_away_forgotten().await?;
        let name = form.file_name.filter(|_| wants).map(|name| {
            name.chars().filter(|c| !c.is_control()).take(FILE_NAME_CHARS_MAX).collect::<String>()
        });
        let new = Batch {
            id: BatchId::new(),
            kind,
            state: if wants { BatchState::Receiving } else { BatchState::Ready },
            file_name: name,
            file_bytes: form.file_bytes,
            parts: parts_of(form.file_bytes),
            received: 0,
            made_at: at,
            made_by: officer,
            run_by: None,
            ended_at: None,
            report: None,
            version: 1,
        };
        let salt = if wants { Some(random::<32>()?) } else { None };
        let mut tx = self.db.write().await?;
        self.may(&mut tx, officer, kind.act(), None).await?;
        let open = tx.batches(SHOWN).await?;
        if wants
            && open.iter().filter(|b| b.kind.wants_file() && !b.state.is_over()).count() >= OPEN_MAX
        {
            let detail = "several files wait already; run them or put them away first";
            return Err(ServiceError::conflict("too_many_batches", detail));
        }
        let node = &self.settings.server.node;
        tx.add_batch(&new, salt.as_ref().map(<[u8; 32]>::as_slice), node).await?;
        let view = self.batch_view(&mut tx, new, false).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Takes the next part of a batch's file. The same part again changes nothing; so an upload that was cut off goes on where it was.
    ///
    /// # Errors
    /// `not_allowed`, `part_expected` with another number than the next one, `part_length`, `other_node`, [`ServiceError::NotFound`].
    pub async fn take_batch_part(
        &self,
        officer: OfficerId,
        id: BatchId,
        (nth, plain): (u64, Vec<u8>),
    ) -> Result<BatchView, ServiceError> {
        let mut tx = self.db.read().await?;
        let batch = self.own_batch(&mut tx, officer, id).await?;
        if nth < batch.received {
            return self.batch_view(&mut tx, batch, false).await;
        }
        if nth != batch.received || batch.state != BatchState::Receiving {
            let detail = format!("part {} is waited for", batch.received);
            return Err(ServiceError::conflict("part_expected", detail));
        }
        if plain.len() as u64 != part_bytes(nth, batch.file_bytes) {
            let detail = format!("a part has {PART_BYTES} bytes, the last one what is left");
            return Err(ServiceError::unacceptable("part_length", detail));
        }
        let parts = self.parts(&mut tx, id).await?;
        drop(tx);
        let kept = tokio::task::spawn_blocking(move || parts.keep(nth, &plain));
        kept.await.map_err(ServiceError::internal)??;
        let mut tx = self.db.write().await?;
        tx.batch_received(id, nth).await?;
        let batch = tx.batch(id).await?.ok_or(ServiceError::NotFound("batch"))?;
        let view = self.batch_view(&mut tx, batch, false).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Batches of the kinds that this officer may run, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn batches(&self, officer: OfficerId) -> Result<Vec<BatchView>, ServiceError> {
        let mut tx = self.db.read().await?;
        let roles = tx.officer(officer).await?.ok_or(ServiceError::SignedOut)?.roles;
        let mut views = Vec::new();
        for batch in tx.batches(SHOWN).await? {
            if crate::domain::role::reach(&roles, batch.kind.act()).at_all() {
                views.push(self.batch_view(&mut tx, batch, false).await?);
            }
        }
        Ok(views)
    }

    /// A batch, with the lines of its last run.
    ///
    /// # Errors
    /// `not_allowed`, [`ServiceError::NotFound`].
    pub async fn batch(&self, officer: OfficerId, id: BatchId) -> Result<BatchView, ServiceError> {
        let mut tx = self.db.read().await?;
        let batch = self.own_batch(&mut tx, officer, id).await?;
        self.batch_view(&mut tx, batch, true).await
    }

    /// Begins a run; it goes on while nobody looks.
    ///
    /// # Errors
    /// `not_allowed`, `not_ready` when it cannot be run now, `batch_runs` when another of its kind runs, `other_node`,
    /// [`ServiceError::NotFound`].
    pub async fn run_batch(
        self: &Arc<Self>,
        officer: OfficerId,
        id: BatchId,
        form: BatchRunForm,
    ) -> Result<BatchView, ServiceError> {
        let at = self.now();
        let mut tx = self.db.write().await?;
        let batch = self.own_batch(&mut tx, officer, id).await?;
        if !batch.state.can_run() {
            let detail =
                "the batch cannot be run now: its file is not complete, it runs, or it is over";
            return Err(ServiceError::conflict("not_ready", detail));
        }
        let file = if batch.kind.wants_file() {
            Some(parts::PartsReader::new(self.parts(&mut tx, id).await?, batch.file_bytes))
        } else {
            None
        };
        let node = &self.settings.server.node;
        let begun = tx.begin_batch((id, batch.version), officer, node).await;
        let begun = begun.map_err(ServiceError::from).map_err(|error| {
            if error.is_taken() {
                ServiceError::conflict("batch_runs", "another batch of this kind runs; wait for it")
            } else {
                error
            }
        })?;
        if !begun {
            return Err(ServiceError::conflict("stale_version", "somebody else was faster"));
        }
        let by = Actor::Officer { id: officer };
        let dry_run = form.dry_run && batch.kind.can_dry_run();
        let detail = json!({ "kind": batch.kind, "dry_run": dry_run });
        tx.add_audit(&event(at, by, Action::BatchStarted, ("batch", id), detail)).await?;
        let batch = tx.batch(id).await?.ok_or(ServiceError::NotFound("batch"))?;
        tx.commit().await?;
        let pace = self.batches.begin(id);
        let work = run::Work { id, kind: batch.kind, officer, form, file, bytes: batch.file_bytes };
        let service = Arc::clone(self);
        tokio::spawn(async move { service.do_batch(work, pace).await });
        self.batch_view(&mut self.db.read().await?, batch, false).await
    }

    /// Puts a batch away with its file.
    ///
    /// # Errors
    /// `not_allowed`, `batch_runs`, [`ServiceError::NotFound`].
    pub async fn drop_batch(&self, officer: OfficerId, id: BatchId) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        let batch = self.own_batch(&mut tx, officer, id).await?;
        if batch.state == BatchState::Running {
            return Err(ServiceError::conflict("batch_runs", "it runs; wait for its end"));
        }
        if !batch.state.is_over() {
            self.put_away(&mut tx, &batch).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn put_away_forgotten(&self) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        for batch in tx.forgotten_batches(self.now() - FORGOTTEN_AFTER).await? {
            self.put_away(&mut tx, &batch).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn put_away(&self, tx: &mut Tx, batch: &Batch) -> Result<(), ServiceError> {
        let report = batch.report.clone().unwrap_or_default();
        let end = BatchEnd { state: BatchState::Dropped, report: &report, at: self.now() };
        tx.end_batch(batch.id, &end).await?;
        tx.forget_batch_salt(batch.id).await?;
        forget(&self.settings.server.data_dir, batch.id);
        self.batches.forget(batch.id);
        Ok(())
    }

    /// A batch of a kind that this officer may run.
    async fn own_batch(
        &self,
        tx: &mut Tx,
        officer: OfficerId,
        id: BatchId,
    ) -> Result<Batch, ServiceError> {
        let batch = tx.batch(id).await?.ok_or(ServiceError::NotFound("batch"))?;
        self.may(tx, officer, batch.kind.act(), None).await?;
        Ok(batch)
    }

    async fn parts(&self, tx: &mut Tx, id: BatchId) -> Result<Parts, ServiceError> {
        let (salt, node) = tx.batch_salt(id).await?.ok_or(ServiceError::NotFound("file"))?;
        if node != self.settings.server.node {
            let detail = format!("the file lies on the machine `{node}`; go on there");
            return Err(ServiceError::conflict("other_node", detail));
        }
        Ok(Parts::new(&self.settings.server.data_dir, id, self.vault.data_key(&salt)))
    }

    async fn batch_view(
        &self,
        tx: &mut Tx,
        batch: Batch,
        with_lines: bool,
    ) -> Result<BatchView, ServiceError> {
        let names = tx.officer_names().await?;
        let name = |id: OfficerId| names.get(&id).cloned().unwrap_or_default();
        let pace = self.batches.pace(batch.id);
        let lines = if with_lines {
            self.batches.lines(batch.id, self.now())
        } else {
            board::Lines::default()
        };
        let (step, done, total) = pace.unwrap_or_default();
        Ok(BatchView {
            id: batch.id,
            kind: batch.kind,
            state: batch.state,
            file_name: batch.file_name,
            file_bytes: batch.file_bytes,
            parts: batch.parts,
            received: batch.received,
            part_bytes: PART_BYTES,
            made_at: batch.made_at,
            made_by: name(batch.made_by),
            run_by: batch.run_by.map(name),
            ended_at: batch.ended_at,
            step: Some(step.to_owned()).filter(|s| !s.is_empty()),
            done,
            total,
            report: batch.report,
            lines: lines.shown,
            lines_more: lines.more,
        })
    }
}
