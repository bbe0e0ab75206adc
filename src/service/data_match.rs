//! Evidence files: events that others recorded, matched with the roster by exact id number and name, judged by rules that are data, and every
//! answer explained. A dry run says what would happen; all of a file is taken or nothing; the same file again adds nothing.

use super::{
    Service, ServiceError, event_file,
    record::{Grounds, event},
    views::EvidenceReport,
};
use crate::{
    clock::china_date,
    domain::{
        audit::{Action, Actor},
        beneficiary::{Beneficiary, BenefitStatus, IdNumber},
        confirmation::Channel,
        data_match::{MatchFound, MatchWith, judge},
        ids::BeneficiaryId,
        signal::{SignalKind, SignalState},
    },
    storage::{EvidenceEvent, Tx},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashSet;

const COLUMNS: [&str; 6] = ["source", "id_number", "name", "event", "event_on", "place"];

/// One line of the file.
#[derive(Debug)]
struct Line {
    number: u64,
    source: String,
    id_number: IdNumber,
    name: String,
    kind: String,
    event_on: NaiveDate,
    place: String,
}

impl Service {
    /// Imports an evidence file (CSV, columns `source,id_number,name,event,event_on,place`). An event that lies after a reported death
    /// opens a case about contradicting data and confirms nothing.
    ///
    /// # Errors
    /// When the database fails; then nothing was taken. Faults of the file are in the report.
    pub async fn evidence_import(
        &self,
        file: &[u8],
        dry_run: bool,
    ) -> Result<EvidenceReport, ServiceError> {
        let at = self.now();
        let (mut lines, faults) = read(file, china_date(at));
        let mut report =
            EvidenceReport { events: lines.len(), faults, ..EvidenceReport::default() };
        if !report.faults.is_empty() {
            return Ok(report);
        }
        // Of several events of one person the youngest speaks; the others then add nothing.
        lines.sort_by_key(|line| (std::cmp::Reverse(line.event_on), line.number));
        let file_sha256 = hex::encode(Sha256::digest(file));
        let mut tx = self.db.write().await?;
        let mut seen = HashSet::new();
        for line in &lines {
            let found = self.match_line(&mut tx, line, &file_sha256, &mut seen, at).await?;
            report.cases += usize::from(found == MatchFound::Conflict);
            *report.found.entry(found).or_default() += 1;
            report.lines.push((line.number, found));
        }
        report.lines.sort_unstable();
        if dry_run {
            return Ok(report); // dropped: nothing of it is kept
        }
        let detail = json!({ "found": report.found });
        let about = ("evidence_file", &file_sha256);
        tx.add_audit(&event(at, Actor::Operator, Action::EvidenceImported, about, detail)).await?;
        tx.commit().await?;
        report.imported = true;
        Ok(report)
    }

    async fn match_line(
        &self,
        tx: &mut Tx,
        line: &Line,
        file_sha256: &str,
        seen: &mut HashSet<(BeneficiaryId, String, String, NaiveDate)>,
        at: DateTime<Utc>,
    ) -> Result<MatchFound, ServiceError> {
        let Some(whom) = tx.beneficiary_of_number(&line.id_number).await? else {
            return Ok(MatchFound::NotInRoster);
        };
        if seen.insert((whom.id, String::new(), String::new(), NaiveDate::MIN)) {
            tx.hold_beneficiary(whom.id).await?;
        }
        let whom = super::beneficiary(tx, whom.id).await?;
        let mut evidence = EvidenceEvent {
            beneficiary_id: whom.id,
            source: line.source.clone(),
            kind: line.kind.clone(),
            event_on: line.event_on,
            place: line.place.clone(),
            found: MatchFound::Confirms,
            confirmation_id: None,
        };
        let key = (whom.id, line.source.clone(), line.kind.clone(), line.event_on);
        if !seen.insert(key) || tx.knows_evidence(&evidence).await? {
            return Ok(MatchFound::KnownAlready);
        }
        let with = MatchWith {
            name: &whom.name,
            last_alive_on: whom.last_confirmed_on,
            dead_on: dead_on(tx, &whom).await?,
        };
        let fact = (line.kind.as_str(), line.name.as_str(), line.event_on);
        evidence.found = judge(&self.settings.data_match.rules, fact, Some(with), china_date(at));
        match evidence.found {
            MatchFound::Confirms => {
                let facts = [&line.source, &line.kind, &line.event_on.to_string(), &line.place];
                let text = facts.map(String::as_str).join("\u{1f}");
                let grounds = Grounds {
                    channel: Channel::DataMatch,
                    link_id: None,
                    call_id: None,
                    case_id: None,
                    officer_id: None,
                    evidence_sha256: Some(hex::encode(Sha256::digest(text))),
                    policy_version: None,
                };
                let made = self.record_evidence(tx, whom.id, grounds, line.event_on, at).await?;
                evidence.confirmation_id = Some(made.id);
            }
            MatchFound::Conflict => {
                let what = SignalKind::DataConflict;
                self.note_signal(tx, (whom.id, what), "data_match", Some(line.event_on), at)
                    .await?;
            }
            // A name that differs is not this person's event: nothing is kept about them.
            MatchFound::NameDiffers => return Ok(MatchFound::NameDiffers),
            _ => {}
        }
        tx.add_evidence(&evidence, file_sha256, at).await?;
        Ok(evidence.found)
    }
}

/// The first day on which the person was dead by what is reported and not cleared.
async fn dead_on(tx: &mut Tx, whom: &Beneficiary) -> Result<Option<NaiveDate>, ServiceError> {
    let ended = (whom.status == BenefitStatus::Ended).then_some(NaiveDate::MIN);
    let signals = tx.signals(whom.id).await?;
    let reported = signals
        .iter()
        .filter(|s| s.kind == SignalKind::DeathSignal && s.state != SignalState::Cleared)
        .map(|s| s.event_on.unwrap_or(NaiveDate::MIN));
    Ok(reported.chain(ended).min())
}

/// The events of a file, and what is wrong with it.
fn read(file: &[u8], today: NaiveDate) -> (Vec<Line>, Vec<String>) {
    event_file::read(file, &[&COLUMNS], |record| line_of(record, today))
}

fn line_of(record: &csv::StringRecord, today: NaiveDate) -> Result<Line, String> {
    let number = record.position().map_or(0, csv::Position::line);
    let cell = |n: usize| record.get(n).unwrap_or_default();
    let fault = |what: &str| format!("line {number}: {what}");
    let word = |n: usize, what: &str| -> Result<String, String> {
        let text = cell(n);
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        if plain && (1..=64).contains(&text.len()) {
            return Ok(text.to_owned());
        }
        Err(fault(&format!("{what} must be a short name (letters, digits, _ -)")))
    };
    let event_on =
        event_file::day_of(cell(4), today).map_err(|what| fault(&format!("event_on {what}")))?;
    let (name, place) = (cell(2).to_owned(), cell(5).to_owned());
    if name.is_empty() || name.chars().count() > 64 || place.chars().count() > 200 {
        return Err(fault("name must have 1 to 64 characters, place at most 200"));
    }
    Ok(Line {
        number,
        source: word(0, "source")?,
        id_number: IdNumber::parse(cell(1)).map_err(|_| fault("id_number is not one"))?,
        name,
        kind: word(3, "event")?,
        event_on,
        place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told_with_its_line_and_never_with_its_values() {
        let today: NaiveDate = "2026-11-23".parse().unwrap();
        let head = COLUMNS.join(",");
        let good = "clinic,110105194912310021,张三,clinic_visit,2026-11-01,石桥镇";
        let (lines, faults) = read(format!("{head}\n{good}\n").as_bytes(), today);
        assert!(faults.len() + lines.len() == 1, "{faults:?}");
        let bad = format!(
            "{head}\nclinic,123,张三,clinic_visit,2026-11-01,x\nclinic,110105194912310021,张三,clinic_visit,2026-11-24,x\n\
             clinic,110105194912310021,张三,clinic visit,2026-11-01,x\nclinic,110105194912310021,,clinic_visit,2026-11-01,x\n\
             =1+1,110105194912310021,张三,clinic_visit,2026-11-01,x\nshort,line\n"
        );
        let (_, faults) = read(bad.as_bytes(), today);
        let told: Vec<&str> = faults.iter().map(|f| f.split(':').next().unwrap()).collect();
        assert_eq!(
            told,
            ["line 2", "line 3", "line 4", "line 5", "line 6", "line 7"],
            "{faults:#?}"
        );
        assert!(!faults.concat().contains("张三") && !faults.concat().contains("110105"));
        for broken in [&b"\xff\xfe"[..], b"", b"a,b\n", format!("{head}\n").as_bytes()] {
            assert_eq!(read(broken, today).1.len(), 1);
        }
    }
}
