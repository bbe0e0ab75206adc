//! The paying side: what it is told in files, what it answers, and whether at the end its files say of every person what the ledger says.

use super::bureau::Bureau;
use crate::storage_story::continuation::in_ledger;
use chrono::Datelike;
use jianmian::{
    clock::china_date,
    domain::{
        beneficiary::BenefitStatus,
        confirmation::Confirmation,
        continuation::{ContinuationKind, ContinuationRow, RowPlace, Totals},
        ids::{BeneficiaryId, ConfirmationId},
        month::Month,
        proposal::{Arrears, Proposal, ProposalKind, ProposalState},
    },
    service::{Explanation, Exported},
};
use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write,
};

/// The bank of the county, as far as the bureau hears of it.
#[derive(Default)]
pub struct Paying {
    /// Where its reading of the feed stands.
    cursor: String,
    /// Rows of every person, in the order in which it read them.
    pub told: HashMap<BeneficiaryId, Vec<ContinuationRow>>,
    /// Rows that it is slow with.
    late: Vec<RowPlace>,
}

impl Bureau<'_> {
    /// At the end of a month everything that was decided goes out in a file, and the paying side answers. With some of it it is slow: it acts on
    /// last month's word.
    pub async fn paying_side(&mut self) {
        let files = self.stage.service.export_continuation(&|_| ()).await.unwrap().files;
        self.same_bytes_again(&files).await;
        let mut answers = String::from("file_sequence,row_number,answer,reason\n");
        let (mut taken, mut refused) = (0, 0);
        let mut carried_out = Vec::new();
        for row in self.read_feed().await {
            if row.proposal_id.is_some_and(|id| self.slow.contains(&id)) {
                self.paying.late.push(row.place);
                continue;
            }
            if row.kind == ContinuationKind::Continue && row.id_number.ends_with("71") {
                writeln!(answers, "{},rejected,account closed", cells(row.place)).unwrap();
                refused += 1;
                continue;
            }
            writeln!(answers, "{},accepted,", cells(row.place)).unwrap();
            taken += 1;
            carried_out.extend(row.proposal_id);
            if matches!(row.kind, ContinuationKind::Suspend | ContinuationKind::End) {
                self.in_work.remove(&row.beneficiary_id);
            }
        }
        if !self.today.month().is_multiple_of(2) {
            for place in std::mem::take(&mut self.paying.late) {
                writeln!(answers, "{},accepted,", cells(place)).unwrap();
                taken += 1;
            }
            self.slow.clear();
        }
        if taken + refused == 0 {
            return;
        }
        let service = &self.stage.service;
        let report = service.import_answers(answers.as_bytes(), &|_, _| ()).await.unwrap();
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        assert_eq!((report.accepted, report.rejected, report.known), (taken, refused, 0));
        let again = service.import_answers(answers.as_bytes(), &|_, _| ()).await.unwrap();
        assert_eq!((again.accepted, again.rejected, again.known), (0, 0, taken + refused));
        for id in carried_out {
            let done = service.acknowledge_proposal(id).await.unwrap();
            assert_eq!(service.acknowledge_proposal(id).await.unwrap(), done, "twice is no fault");
        }
        assert!(service.export_continuation(&|_| ()).await.unwrap().files.iter().all(|file| {
            // what a late stop has set off since: its resumption
            file.totals.rows == file.totals.resume
        }));
    }

    /// After the year: until there is nothing more to tell, and everything is answered.
    pub async fn settle_with_paying_side(&mut self) {
        for _ in 0..4 {
            self.today = self.today.with_day(28).unwrap();
            self.paying_side().await;
            self.today = self.today + chrono::Months::new(1);
        }
        assert!(self.paying.late.is_empty());
        assert!(self.stage.service.export_continuation(&|_| ()).await.unwrap().files.is_empty());
        assert!(self.read_feed().await.is_empty(), "everything was answered");
    }

    /// What it has not read yet, by pages.
    async fn read_feed(&mut self) -> Vec<ContinuationRow> {
        let mut new = Vec::new();
        loop {
            let page = self.stage.service.feed_page(&self.paying.cursor, 700).await.unwrap();
            self.paying.cursor = page.next;
            new.extend(page.rows);
            if !page.more {
                break;
            }
        }
        for row in &new {
            self.paying.told.entry(row.beneficiary_id).or_default().push(row.clone());
        }
        new
    }

    /// A file that is delivered again has the same bytes.
    async fn same_bytes_again(&self, files: &[Exported]) {
        for file in files {
            let before = std::fs::read(&file.csv).unwrap();
            std::fs::remove_file(&file.csv).unwrap();
            let again = self.stage.service.export_again(file.sequence).await.unwrap();
            assert_eq!(again.totals, file.totals);
            assert_eq!(std::fs::read(&file.csv).unwrap(), before);
        }
    }

    /// Files, ledger and control totals agree. Gives a line for each file, without ids.
    pub async fn files_reconcile(&self) -> String {
        let views = self.stage.service.continuations(0).await.unwrap();
        let mut by_file: HashMap<u64, Vec<&ContinuationRow>> = HashMap::new();
        for row in self.paying.told.values().flatten() {
            by_file.entry(row.place.file_sequence).or_default().push(row);
        }
        let mut lines = String::new();
        for (view, sequence) in views.iter().zip(1_u64..) {
            let file = &view.file;
            assert_eq!(file.sequence, sequence, "numbers have no gaps");
            let mut rows = by_file.remove(&sequence).unwrap_or_default();
            rows.sort_by_key(|row| row.place);
            let numbers: Vec<u64> = rows.iter().map(|row| row.place.row_number).collect();
            assert_eq!(numbers, (1..=file.totals.rows).collect::<Vec<_>>(), "file {sequence}");
            let rows: Vec<ContinuationRow> = rows.into_iter().cloned().collect();
            assert_eq!(Totals::of(&rows), file.totals, "file {sequence}");
            assert_eq!(view.accepted + view.rejected, file.totals.rows, "all is answered");
            self.lies_in_the_outbox(sequence, &rows);
            writeln!(lines, "{sequence} {} {:?} {}", file.made_on, file.totals, view.rejected)
                .unwrap();
        }
        assert!(by_file.is_empty(), "rows of files that nobody made: {:?}", by_file.keys());
        let told: Vec<ConfirmationId> =
            self.paying.told.values().flatten().filter_map(|row| row.confirmation_id).collect();
        let once: BTreeSet<ConfirmationId> = told.iter().copied().collect();
        assert_eq!(told.len(), once.len(), "no confirmation stands in two rows");
        assert_eq!(once, in_ledger(self.stage).await, "the ledger's confirmations, all of them");
        lines
    }

    /// The JSON in the outbox holds the same rows as the feed.
    fn lies_in_the_outbox(&self, sequence: u64, rows: &[ContinuationRow]) {
        let dir = self.stage.data.path().join("outbox/continuation");
        let text = std::fs::read(dir.join(format!("continuation-{sequence:06}.json"))).unwrap();
        let file: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let written: Vec<ContinuationRow> = serde_json::from_value(file["rows"].clone()).unwrap();
        assert!(written == rows, "file {sequence} says something else than the feed");
    }

    /// What the files say of one person is what the records say.
    pub async fn person_reconciles(&self, name: &str, of: &Explanation) {
        let id = of.beneficiary_id;
        let rows = self.paying.told.get(&id).map_or(&[][..], Vec::as_slice);
        let mut tx = self.stage.tx().await;
        let confirmations = tx.confirmations(id).await.unwrap();
        let told: BTreeSet<_> = rows.iter().filter_map(|row| row.confirmation_id).collect();
        let made: BTreeSet<_> = confirmations.iter().map(|c| c.id).collect();
        assert_eq!(told, made, "{name}");
        let stopped = rows.iter().any(|row| row.kind != ContinuationKind::Continue);
        let proposals = if stopped || of.status != BenefitStatus::Active {
            tx.proposals_of(id).await.unwrap()
        } else {
            Vec::new()
        };
        drop(tx);
        let mut running = 0_i32;
        for row in rows {
            confirmed_as_told(name, row, &confirmations);
            if row.kind == ContinuationKind::Continue {
                assert!(row.proposal_id.is_none(), "{name}");
                continue;
            }
            decided_as_told(name, row, &proposals, &confirmations);
            running += if row.kind == ContinuationKind::Resume { -1 } else { 1 };
        }
        for proposal in &proposals {
            let times = rows.iter().filter(|row| row.proposal_id == Some(proposal.id)).count();
            let wanted = match proposal.state {
                ProposalState::Acknowledged => 1,
                ProposalState::Withdrawn => usize::from(proposal.acknowledged_at.is_some()),
                ProposalState::Rejected | ProposalState::Proposed => 0,
                ProposalState::Approved => panic!("{name}: approved and never carried out"),
            };
            assert_eq!(times, wanted, "{name}: {proposal:?}");
        }
        let last_stop = rows
            .iter()
            .rev()
            .find(|row| matches!(row.kind, ContinuationKind::Suspend | ContinuationKind::End));
        let status = match (running, last_stop.map(|row| row.kind)) {
            (0, _) => BenefitStatus::Active,
            (1, Some(ContinuationKind::End)) => BenefitStatus::Ended,
            (1, Some(_)) => BenefitStatus::Suspended,
            other => panic!("{name}: {other:?} {rows:?}"),
        };
        assert_eq!(of.status, status, "{name}: {rows:?}");
    }
}

fn cells(place: RowPlace) -> String {
    format!("{},{}", place.file_sequence, place.row_number)
}

/// A row's confirmation is the one in the records.
fn confirmed_as_told(name: &str, row: &ContinuationRow, confirmations: &[Confirmation]) {
    assert_eq!(row.name, name);
    if let Some(id) = row.confirmation_id {
        let made = confirmations.iter().find(|c| c.id == id).unwrap();
        assert_eq!(row.continues_until, Some(made.due_on), "{name}");
        assert_eq!(row.receipt_number.as_ref(), Some(&made.receipt_number), "{name}");
    }
}

/// A row's proposal was decided so, and its months of arrears are those between stop and confirmation.
fn decided_as_told(
    name: &str,
    row: &ContinuationRow,
    proposals: &[Proposal],
    confirmations: &[Confirmation],
) {
    let proposal = proposals.iter().find(|p| Some(p.id) == row.proposal_id).unwrap();
    let kind = match row.kind {
        ContinuationKind::Suspend => ProposalKind::Suspend,
        ContinuationKind::End => ProposalKind::End,
        ContinuationKind::Resume => ProposalKind::Resume,
        ContinuationKind::Continue => unreachable!(),
    };
    assert_eq!(proposal.kind, kind, "{name}");
    assert_eq!(row.decided_on, china_date(proposal.decided_at.unwrap()), "{name}");
    assert_eq!(row.from_month, proposal.from_month.map(|m| m.to_string()), "{name}");
    if kind != ProposalKind::Resume {
        let (reviewer, approver) = (proposal.reviewer_id.unwrap(), proposal.approver_id);
        // whose approval was withdrawn by a confirmation was approved all the same: it had been told
        assert!(approver.is_none_or(|approver| approver != reviewer), "{name}");
        assert_eq!(row.arrears_months, 0, "{name}");
        return;
    }
    let by = confirmations.iter().find(|c| Some(c.id) == proposal.confirmation_id).unwrap();
    // A late stop is lifted by a confirmation of before: the stop's own month is the only one.
    let stop = proposals
        .iter()
        .filter(|p| p.kind != ProposalKind::Resume && p.acknowledged_at.is_some())
        .filter(|p| p.acknowledged_at <= proposal.decided_at)
        .max_by_key(|p| p.acknowledged_at)
        .unwrap();
    let confirmed_on = china_date(by.confirmed_at.max(proposal.proposed_at));
    let from = stop.from_month.unwrap_or(Month::of(confirmed_on));
    let expected = Some(Arrears::between(from, confirmed_on)).filter(|a| a.months > 0);
    assert_eq!(proposal.arrears, expected, "{name}");
    assert_eq!(row.arrears_months, expected.map_or(0, |a| a.months), "{name}");
    assert_eq!(row.arrears_from, expected.map(|a| a.from.to_string()), "{name}");
    assert_eq!(row.arrears_until, expected.map(|a| a.until.to_string()), "{name}");
}
