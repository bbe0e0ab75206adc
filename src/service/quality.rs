//! Quality control: the draw of automatic passes for an officer's look, and how often machine and officers were wrong.

use super::{
    Service, ServiceError, beneficiary,
    views::{MeasuredRate, OfficerChecks, QualityView, SampleBand},
};
use crate::{
    clock::china_date,
    domain::{
        case::{CaseKind, CaseStatus},
        confirmation::Channel,
        ids::{CallId, OfficerId},
        quality::{AgeBand, Draw, Truth, WHOLE, drawn},
        verdict::Reason,
    },
    evaluation::Rate,
    storage::{AnswerRow, CallRow, DrawRow, Tx},
};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// A share of 0 to 1 as one of [`WHOLE`].
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // settings are checked at the start
pub(super) fn per_whole(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * f64::from(WHOLE)).round() as u32
}

/// How far back quality is measured.
const MEASURED: TimeDelta = TimeDelta::days(365);
/// Answers below which a rate says nothing: with 20 and no error it may still be 17 %.
const TRIALS_MIN: u64 = 20;

impl Service {
    /// Quality control: an officer looks at some automatic confirmations. The confirmation stands meanwhile, and the citizen is not told,
    /// because there is nothing for them to do. Drawn in the transaction that records the pass.
    pub(super) async fn sample(
        &self,
        tx: &mut Tx,
        call: &CallRow,
        evidence_sha256: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        let whose = beneficiary(tx, call.beneficiary_id).await?;
        let age = china_date(now).years_since(whose.birth_on).unwrap_or(0);
        let (rule_version, rule) = self.sampling_in_force(tx, now).await?;
        let (channel, age_band) = (Channel::VideoAuto, AgeBand::of(age));
        let mut share = rule.share_of(channel, age_band);
        if self.renewal_due(tx, call).await? {
            // Whose references are old is looked at more often: they are renewed after an officer saw the person only.
            share = share.max(per_whole(self.settings.references.sample_when_due));
        }
        let value = self.drawn_value(call.id, evidence_sha256);
        let drawn = drawn(value, share);
        let draw = Draw { channel, age_band, rule_version, share, value, drawn };
        tx.add_draw(call.id, &draw, now).await?;
        if !drawn {
            return Ok(());
        }
        let reasons = vec![Reason::RandomSample];
        let mut new =
            self.case_about(tx, call.beneficiary_id, CaseKind::FlaggedCall, reasons, now).await?;
        new.case.call_id = Some(call.id);
        Ok(tx.open_case(&new).await?)
    }

    /// What is drawn for a call: anybody with the vault's key can draw it again, nobody else can foretell it.
    fn drawn_value(&self, call: CallId, evidence_sha256: &str) -> u64 {
        let name = format!("{call} {evidence_sha256}");
        let secret = self.vault.secret("sample draw", b"", &name);
        secret.iter().take(8).fold(0, |value, byte| (value << 8) | u64::from(*byte))
    }

    /// Samples, checks and error rates of the last year. Every draw is made again and compared with what was kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn quality(&self) -> Result<QualityView, ServiceError> {
        let from = self.now() - MEASURED;
        let mut tx = self.db.read().await?;
        let draws = tx.draws(from).await?;
        let answers = tx.seed_answers(from).await?;
        let names = tx.officer_names().await?;
        let again = |row: &DrawRow| {
            let sha256 = row.evidence_sha256.as_deref().unwrap_or_default();
            let value = self.drawn_value(row.call_id, sha256);
            value == row.draw.value && drawn(value, row.draw.share) == row.draw.drawn
        };
        Ok(QualityView {
            from,
            draws: draws.len() as u64,
            draws_that_differ: draws.iter().filter(|row| !again(row)).count() as u64,
            samples: AgeBand::ALL.map(|band| sample_band(&draws, band)).into(),
            officers: checks(&answers)
                .into_iter()
                .map(|(id, checks)| OfficerChecks {
                    officer: names.get(&id).cloned().unwrap_or_default(),
                    ..checks
                })
                .collect(),
            seeds_waiting: tx.seeds_waiting().await?,
            trials_min: TRIALS_MIN,
        })
    }
}

fn sample_band(draws: &[DrawRow], band: AgeBand) -> SampleBand {
    let of: Vec<&DrawRow> = draws.iter().filter(|row| row.draw.age_band == band).collect();
    let closed = |row: &&&DrawRow| row.case.is_some_and(CaseStatus::is_closed);
    let otherwise = |row: &&&DrawRow| row.case != Some(CaseStatus::Confirmed);
    SampleBand {
        age_band: band,
        passes: of.len() as u64,
        drawn: of.iter().filter(|row| row.draw.drawn).count() as u64,
        overturned: rate(
            of.iter().filter(closed).filter(otherwise).count(),
            of.iter().filter(closed).count(),
        ),
    }
}

fn checks(answers: &[AnswerRow]) -> BTreeMap<OfficerId, OfficerChecks> {
    let mut by: BTreeMap<OfficerId, Vec<&AnswerRow>> = BTreeMap::new();
    for answer in answers {
        by.entry(answer.officer).or_default().push(answer);
    }
    let measured = |answers: &[&AnswerRow], same: bool| {
        let of = answers.iter().filter(|a| (a.truth == Truth::SamePerson) == same);
        rate(of.clone().filter(|a| !a.right).count(), of.count())
    };
    let checked = |(id, answers): (OfficerId, Vec<&AnswerRow>)| {
        let checks = OfficerChecks {
            officer: String::new(),
            confirmed_wrongly: measured(&answers, false),
            sent_away_wrongly: measured(&answers, true),
        };
        (id, checks)
    };
    by.into_iter().map(checked).collect()
}

fn rate(errors: usize, trials: usize) -> MeasuredRate {
    let measured = Rate::of(errors, trials);
    MeasuredRate {
        errors: measured.errors,
        trials: measured.trials,
        rate: measured.rate.filter(|_| measured.trials >= TRIALS_MIN),
        low: measured.low,
        high: measured.high,
        too_small: measured.trials < TRIALS_MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_few_is_no_rate_and_the_interval_is_exact() {
        let few = rate(1, 19);
        assert!(few.too_small && few.rate.is_none());
        let none = rate(0, 30);
        assert!(!none.too_small && none.rate == Some(0.0) && none.low == 0.0);
        // Clopper and Pearson: 1 - 0.025^(1/30).
        assert!((none.high - 0.115_703).abs() < 1e-4, "{}", none.high);
        assert!(rate(0, 0).high > 0.999, "nothing is known");
    }

    #[test]
    fn officers_are_measured_in_both_directions() {
        let (li, wei) = (OfficerId::new(), OfficerId::new());
        let answer = |officer, truth, right| AnswerRow { officer, truth, right };
        let answers = [
            answer(li, Truth::OtherPerson, false),
            answer(li, Truth::Attack, true),
            answer(li, Truth::SamePerson, true),
            answer(wei, Truth::SamePerson, false),
        ];
        let by = checks(&answers);
        assert_eq!((by[&li].confirmed_wrongly.errors, by[&li].confirmed_wrongly.trials), (1, 2));
        assert_eq!((by[&li].sent_away_wrongly.errors, by[&li].sent_away_wrongly.trials), (0, 1));
        assert_eq!((by[&wei].sent_away_wrongly.errors, by[&wei].confirmed_wrongly.trials), (1, 0));
    }
}
