//! The work of a batch, and how it ends.

use super::{
    board::{Lines, Pace},
    parts::{PartsReader, forget},
};
use crate::{
    domain::{
        audit::{Action, Actor},
        batch::{BatchKind, BatchState},
        ids::{BatchId, OfficerId},
    },
    service::{
        PhotoOutcome, PhotosOptions, PhotosReport, Progress, RosterFile, RosterLine, RosterOptions,
        RosterOutcome, RosterReport, RunOptions, RunStep, Service, ServiceError, Step,
        record::event,
        views::{BatchLine, BatchRunForm},
    },
    storage::BatchEnd,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, io::Read, sync::Arc};

/// Lines that are told.
const LINES_MAX: usize = 500;
/// Faults that are kept with the batch.
const FAULTS_KEPT: usize = 200;

/// What is to be done.
pub(super) struct Work {
    pub id: BatchId,
    pub kind: BatchKind,
    pub officer: OfficerId,
    pub form: BatchRunForm,
    pub file: Option<PartsReader>,
    pub bytes: u64,
}

/// How it came out.
struct Outcome {
    state: BatchState,
    report: Value,
    lines: Lines,
}

impl Outcome {
    fn new(state: BatchState, report: Value) -> Self {
        Self { state, report, lines: Lines::default() }
    }
}

impl Service {
    /// Does the work and writes down how it ended, whatever happens.
    pub(super) async fn do_batch(self: Arc<Self>, work: Work, pace: Arc<Pace>) {
        let (id, officer) = (work.id, work.officer);
        let doing = {
            let service = Arc::clone(&self);
            tokio::spawn(async move { service.work(work, pace).await })
        };
        let outcome = match doing.await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => failed(&error),
            Err(panic) => failed(&ServiceError::internal(panic)),
        };
        let at = self.now();
        self.batches.end(id, outcome.lines, at);
        let end = BatchEnd { state: outcome.state, report: &outcome.report, at };
        if let Err(error) = self.end_batch(id, officer, &end).await {
            tracing::error!(%error, batch.id = %id, "the end of a batch could not be recorded");
        }
    }

    async fn end_batch(
        &self,
        id: BatchId,
        officer: OfficerId,
        end: &BatchEnd<'_>,
    ) -> Result<(), ServiceError> {
        let mut tx = self.db.write().await?;
        tx.end_batch(id, end).await?;
        if end.state == BatchState::Done {
            tx.forget_batch_salt(id).await?;
        }
        let by = Actor::Officer { id: officer };
        let detail = json!({ "state": end.state });
        tx.add_audit(&event(end.at, by, Action::BatchEnded, ("batch", id), detail)).await?;
        tx.commit().await?;
        if end.state == BatchState::Done {
            forget(&self.settings.server.data_dir, id);
        }
        Ok(())
    }

    async fn work(&self, work: Work, pace: Arc<Pace>) -> Result<Outcome, ServiceError> {
        let missing = || ServiceError::NotFound("file");
        match work.kind {
            BatchKind::Roster => {
                let file = work.file.ok_or_else(missing)?;
                self.work_roster(file, work.officer, work.form, pace).await
            }
            BatchKind::Photos => {
                let options = PhotosOptions {
                    dry_run: work.form.dry_run,
                    by: Actor::Officer { id: work.officer },
                };
                let file = work.file.ok_or_else(missing)?;
                let report =
                    self.roster_photos_in(file, work.bytes, options, &progress(pace)).await?;
                Ok(of_photos(&report, work.form.dry_run))
            }
            BatchKind::Due => {
                let counted = self.count_dates(&|counted| pace.set("counting", counted, 0)).await?;
                Ok(Outcome::new(BatchState::Done, json!({ "counted": counted })))
            }
            BatchKind::Notices => self.work_notices(work.form.dry_run, &pace).await,
            BatchKind::Export => {
                let told = self.export_continuation(&|rows| pace.add("writing", rows)).await?;
                let files: Vec<Value> = told
                    .files
                    .iter()
                    .map(|f| json!({ "sequence": f.sequence, "totals": f.totals }))
                    .collect();
                Ok(Outcome::new(BatchState::Done, json!({ "files": files })))
            }
            BatchKind::Answers => {
                let mut file = work.file.ok_or_else(missing)?;
                let read = move || {
                    let mut bytes = Vec::new();
                    file.read_to_end(&mut bytes).map(|_| bytes)
                };
                let bytes = tokio::task::spawn_blocking(read).await;
                let bytes =
                    bytes.map_err(ServiceError::internal)?.map_err(ServiceError::internal)?;
                let by = Actor::Officer { id: work.officer };
                let told = |done: usize, all: usize| pace.set("answers", done as u64, all as u64);
                let report = self.import_answers_by(by, &bytes, &told).await?;
                Ok(of_answers(&report))
            }
        }
    }

    async fn work_roster(
        &self,
        file: PartsReader,
        officer: OfficerId,
        form: BatchRunForm,
        pace: Arc<Pace>,
    ) -> Result<Outcome, ServiceError> {
        let options = RosterOptions {
            dry_run: form.dry_run,
            mark_gone: form.mark_gone,
            settled: form.settled.into_iter().collect::<BTreeSet<u64>>(),
            every_line: true,
            by: Actor::Officer { id: officer },
        };
        let none = |_: &str| {
            Err("photographs come as a zip of their own, named by the id number".to_owned())
        };
        let report =
            self.roster_import(RosterFile::of(file), &none, &options, &progress(pace)).await?;
        Ok(of_roster(&report, form.dry_run))
    }

    async fn work_notices(&self, dry_run: bool, pace: &Pace) -> Result<Outcome, ServiceError> {
        if !dry_run {
            self.count_dates(&|counted| pace.set("counting", counted, 0)).await?;
        }
        pace.set("planned", 0, 0);
        let told = |step: RunStep, more: u64| {
            let step = match step {
                RunStep::Planned => "planned",
                RunStep::Carried => "carried",
                RunStep::Printed => "printed",
            };
            pace.add(step, more);
        };
        let options = RunOptions { on: None, dry_run, wait_seconds: 0 };
        let report = self.run_notices(options, &told).await?;
        let state = match (dry_run, report.is_complete()) {
            (true, _) => BatchState::Checked,
            (false, true) => BatchState::Done,
            // What was postponed waits for the next run.
            (false, false) => BatchState::Failed,
        };
        Ok(Outcome::new(state, serde_json::to_value(&report)?))
    }
}

fn progress(pace: Arc<Pace>) -> Progress {
    Arc::new(move |step, done, total| {
        let step = match step {
            Step::File => "file",
            Step::Rows => "rows",
            Step::Records => "records",
            Step::Photos => "photos",
            Step::Writing => "writing",
        };
        pace.set(step, done, total);
    })
}

/// Why it could not be done. What is our own fault is logged here and not told.
fn failed(error: &ServiceError) -> Outcome {
    let report = match error {
        ServiceError::Conflict { code, detail } | ServiceError::Unacceptable { code, detail } => {
            json!({ "error": code, "detail": detail })
        }
        other => {
            tracing::error!(error = %other, cause = ?std::error::Error::source(other), "a batch failed");
            json!({ "error": "internal" })
        }
    };
    Outcome::new(BatchState::Failed, report)
}

fn of_roster(report: &RosterReport, dry_run: bool) -> Outcome {
    let imported = report.imported();
    let state = match (report.faults.is_empty(), dry_run || !imported) {
        (false, _) => BatchState::Failed,
        (true, true) => BatchState::Checked,
        (true, false) => BatchState::Done,
    };
    let to_settle: BTreeSet<(u64, &str)> =
        report.faults.iter().filter(|f| f.can_settle).map(|f| (f.line, f.what.as_str())).collect();
    // What is wrong stands first, then what changes; who is new is the long and quiet part.
    let rank = |line: &RosterLine| match line.outcome {
        RosterOutcome::Fault => 0,
        RosterOutcome::Changed => 1,
        RosterOutcome::Gone => 2,
        RosterOutcome::New => 3,
    };
    let mut order: Vec<&RosterLine> = report.lines.iter().collect();
    order.sort_by_key(|line| (rank(line), line.line));
    let more = order.len().saturating_sub(LINES_MAX) as u64;
    let shown = order
        .into_iter()
        .take(LINES_MAX)
        .map(|line| BatchLine {
            line: line.line,
            outcome: line.outcome,
            column: line.column.clone(),
            what: line.what.clone(),
            fix: line.fix.clone(),
            who: who(line),
            can_settle: to_settle.contains(&(line.line, line.what.as_str())),
        })
        .collect();
    let faults: Vec<String> =
        report.faults.iter().take(FAULTS_KEPT).map(ToString::to_string).collect();
    let told = json!({
        "rows": report.rows, "new": report.new, "changed": report.changed,
        "unchanged": report.unchanged, "gone": report.gone, "photos": report.photos,
        "faults": report.faults.len(), "fault_lines": faults, "imported": imported,
    });
    Outcome { state, report: told, lines: Lines { shown, more } }
}

/// Who stands in a line: the row as it is where it has faults; else the name and the end of the id number.
fn who(line: &RosterLine) -> String {
    match (line.outcome, line.row.as_slice()) {
        (RosterOutcome::Fault, row) => row.join(" · "),
        (_, [number, name, ..]) => {
            let tail: String =
                number.chars().skip(number.chars().count().saturating_sub(4)).collect();
            format!("{name} …{tail}")
        }
        _ => String::new(),
    }
}

fn of_photos(report: &PhotosReport, dry_run: bool) -> Outcome {
    let refused: Vec<BatchLine> = report
        .refused()
        .map(|file| {
            let (what, fix) = match &file.outcome {
                PhotoOutcome::Refused { what, fix } => (what.clone(), fix.clone()),
                _ => (String::new(), String::new()),
            };
            BatchLine {
                line: file.number as u64,
                outcome: RosterOutcome::Fault,
                column: String::new(),
                what,
                fix,
                who: file.path.chars().filter(|c| !c.is_control()).collect(),
                can_settle: false,
            }
        })
        .collect();
    let told = json!({
        "files": report.files.len(), "enrolled": report.enrolled, "known": report.known,
        "faults": refused.len(),
    });
    let more = refused.len().saturating_sub(LINES_MAX) as u64;
    let shown = refused.into_iter().take(LINES_MAX).collect();
    let state = if dry_run { BatchState::Checked } else { BatchState::Done };
    Outcome { state, report: told, lines: Lines { shown, more } }
}

fn of_answers(report: &crate::service::AnswerReport) -> Outcome {
    let more = report.faults.len().saturating_sub(LINES_MAX) as u64;
    let line = |fault: &crate::service::AnswerFault| BatchLine {
        line: fault.line as u64,
        outcome: RosterOutcome::Fault,
        column: String::new(),
        what: fault.message.clone(),
        fix: String::new(),
        who: String::new(),
        can_settle: false,
    };
    let shown = report.faults.iter().take(LINES_MAX).map(line).collect();
    let told = json!({
        "accepted": report.accepted, "rejected": report.rejected, "known": report.known,
        "faults": report.faults.len(),
    });
    Outcome { state: BatchState::Done, report: told, lines: Lines { shown, more } }
}
