//! Material for a calibration from the county's own calls: each confirmed call with its own references is a genuine comparison, and
//! with the references of everybody else an impostor one.

use super::Material;
use crate::{
    decision,
    domain::{beneficiary::Sex, evidence::Evidence, ids::BeneficiaryId},
    evaluation::{Comparison, Sample},
    service::{ConfirmedCall, Service},
};
use anyhow::ensure;
use chrono::Datelike;
use std::collections::HashMap;

/// Newest calls that are compared: 1,500 make a million comparisons.
const CALLS_MAX: usize = 1_500;

/// Reads and compares.
///
/// # Errors
/// When there are no such calls, or the records cannot be read.
pub async fn material(service: &Service, embedder_sha256: &str) -> anyhow::Result<Material> {
    let mut calls = service.confirmed_calls(CALLS_MAX).await?;
    let all = calls.len();
    calls.retain(|c| made_with(&c.evidence, embedder_sha256));
    let other = all - calls.len();
    if other > 0 {
        println!("{other} calls were analysed with another embedder and are left out");
    }
    ensure!(
        calls.len() > 1,
        "only {} calls that an officer confirmed have evidence by the embedder in use: there is nothing to compare yet",
        calls.len()
    );
    let samples = samples(&calls);
    let people = calls.len();
    let sources = vec![format!("{people} of this county's own calls that an officer confirmed")];
    Ok(Material { samples, embedder_sha256: embedder_sha256.to_owned(), sources })
}

fn made_with(evidence: &Evidence, sha256: &str) -> bool {
    evidence
        .pack
        .as_ref()
        .is_some_and(|p| p.models.iter().any(|m| m.role == "embedder" && m.sha256 == sha256))
}

fn samples(calls: &[ConfirmedCall]) -> Vec<Sample> {
    let mut numbers: HashMap<BeneficiaryId, u32> = HashMap::new();
    let people: Vec<u32> = calls
        .iter()
        .map(|call| {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            *numbers.entry(call.evidence.beneficiary_id).or_insert(next)
        })
        .collect();
    let mut samples = Vec::new();
    for (i, call) in calls.iter().enumerate() {
        for (j, other) in calls.iter().enumerate() {
            let same = people[i] == people[j];
            if same && i != j {
                continue; // another call of the same person has the same references
            }
            let mut crossed = call.evidence.clone();
            crossed.references.clone_from(&other.evidence.references);
            let Some(score) = decision::fused_comparison(&crossed) else { continue };
            let comparison =
                Comparison { score: score.0, same, people: Some((people[i], people[j])) };
            let years = same.then(|| years(&call.evidence)).flatten();
            samples.push(Sample { comparison, groups: shared(call, other), years });
        }
    }
    samples
}

/// Groups to which both belong.
fn shared(a: &ConfirmedCall, b: &ConfirmedCall) -> Vec<String> {
    let mut groups = Vec::new();
    if band(a) == band(b) {
        groups.push(format!("age {}", band(a)));
    }
    if a.sex == b.sex {
        groups.push(format!("sex {}", if a.sex == Sex::Female { "female" } else { "male" }));
    }
    groups
}

fn band(call: &ConfirmedCall) -> &'static str {
    match call.evidence.opened_at.year() - call.birth_on.year() {
        ..60 => "under 60",
        60..70 => "60 to 69",
        70..80 => "70 to 79",
        _ => "80 and older",
    }
}

/// Age of the newest reference at the call, years.
fn years(evidence: &Evidence) -> Option<f32> {
    let newest = evidence.references.iter().filter_map(|r| r.taken_on).max()?;
    let days = (evidence.opened_at.date_naive() - newest).num_days();
    #[allow(clippy::cast_precision_loss)] // some thousand days
    (days >= 0).then_some(days as f32 / 365.25)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::evidence;
    use chrono::NaiveDate;

    #[test]
    fn everybody_is_compared_with_everybody_and_with_oneself_once() {
        let call = |year: i32, sex| {
            let mut evidence = evidence();
            evidence.references[0].taken_on = NaiveDate::from_ymd_opt(2020, 9, 1);
            let birth_on = NaiveDate::from_ymd_opt(year, 5, 1).unwrap();
            ConfirmedCall { birth_on, sex, evidence }
        };
        let calls = [call(1950, Sex::Female), call(1952, Sex::Female), call(1941, Sex::Male)];
        let samples = samples(&calls);
        assert_eq!(samples.iter().filter(|s| s.comparison.same).count(), 3);
        assert_eq!(samples.iter().filter(|s| !s.comparison.same).count(), 6);
        let both: Vec<_> =
            samples.iter().filter(|s| !s.comparison.same && s.groups.len() == 2).collect();
        assert_eq!(both.len(), 2, "only the two women in their seventies share both groups");
        let years = samples[0].years.unwrap();
        assert!((5.0..7.0).contains(&years), "{years}");
    }
}
