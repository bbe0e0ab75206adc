//! Renewable references: after a call that an officer confirmed, its best picture may become one more reference. Faces change, and a
//! photograph on file is a weak reference after some years; but whoever smuggles in a picture of somebody else owns the file. So:
//!
//! 1. Only an officer's confirmation leads here, never an automatic one; and only with the person's consent to keep a picture.
//! 2. The call is clearly that of the person on file: a match beside one reference in use, by a margin where one is set, and far from
//!    none.
//! 3. A kept picture is on probation first: nobody is compared with it. Another call, months later, confirmed by another officer,
//!    must match both it and a reference in use; then it is in use. A call that is far from it drops it.
//! 4. References stay few, because each one more is one more chance for a false match: the oldest retire.

use super::{ids::OfficerId, verdict::Reason};
use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Whether a reference is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceStanding {
    /// Calls are compared with it.
    InUse,
    /// Kept from a call; waits for a second one that bears it out.
    OnProbation,
    /// No longer compared with.
    Retired,
}

/// Limits of renewal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewalRules {
    /// A picture is kept when the newest reference is at least so many years old.
    pub renew_after_years: u32,
    /// By so much a call's score must be above the accepting one.
    pub margin: f32,
    /// Least time between the call that a picture was kept from and the one that bears it out, days.
    pub probation_days: u32,
    /// References in use at most.
    pub in_use_max: usize,
    /// A reference of so many years retires when two newer ones are in use.
    pub retire_after_years: u32,
    /// Least quality of a kept picture, 0 to 100.
    pub quality_min: u8,
    /// Share of automatic confirmations that an officer looks at afterwards when a renewal is due, 0 to 1.
    pub sample_when_due: f64,
}

/// A reference, as renewal sees it. `K` names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Held<K> {
    /// Which.
    pub key: K,
    /// When it was taken; of a photograph without a day, when it was enrolled.
    pub taken_on: NaiveDate,
    /// Standing.
    pub standing: ReferenceStanding,
    /// When it was enrolled.
    pub enrolled_at: DateTime<Utc>,
    /// Officer whose confirmation it was kept from; none for an enrolled photograph.
    pub kept_by: Option<OfficerId>,
    /// Comparison score of the call with it; none when they cannot be compared.
    pub score: Option<f32>,
}

/// A call that an officer confirmed.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen<'a> {
    /// When it was confirmed.
    pub at: DateTime<Utc>,
    /// The day of the call.
    pub taken_on: NaiveDate,
    /// Who confirmed it.
    pub officer: OfficerId,
    /// The person agreed that a picture is kept.
    pub consent: bool,
    /// Why the call was with an officer.
    pub reasons: &'a [Reason],
    /// Accepting score of the pack in use.
    pub accept_from: f32,
    /// Score below which two are far apart.
    pub far_below: f32,
    /// Quality of its best picture, 0 to 100.
    pub quality: u8,
}

/// What follows for the references.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewal<K> {
    /// The call's best picture is kept, on probation.
    pub keep: bool,
    /// This one comes into use.
    pub prove: Option<K>,
    /// These retire.
    pub retire: Vec<K>,
}

impl<K> Default for Renewal<K> {
    fn default() -> Self {
        Self { keep: false, prove: None, retire: Vec::new() }
    }
}

impl<K> Renewal<K> {
    /// Nothing changes.
    pub fn is_nothing(&self) -> bool {
        !self.keep && self.prove.is_none() && self.retire.is_empty()
    }
}

impl RenewalRules {
    /// What a call that an officer confirmed does to the references.
    pub fn after<K: Copy + PartialEq>(&self, seen: &Seen<'_>, held: &[Held<K>]) -> Renewal<K> {
        if !seen.consent || seen.reasons.iter().any(|r| tainted(*r)) {
            return Renewal::default();
        }
        let of = |standing| held.iter().filter(move |h| h.standing == standing);
        let clear = |h: &Held<K>| h.score.is_some_and(|s| s >= seen.accept_from + self.margin);
        let far = |h: &Held<K>| h.score.is_none_or(|s| s < seen.far_below);
        let in_use = || of(ReferenceStanding::InUse);
        if !in_use().any(clear) || in_use().any(far) {
            return Renewal::default();
        }
        // Whatever is on probation and looks like somebody else than this person goes, whoever kept it.
        let mut retire: Vec<K> =
            of(ReferenceStanding::OnProbation).filter(|h| far(h)).map(|h| h.key).collect();
        let borne_out = |h: &&Held<K>| {
            let waited = seen.at - h.enrolled_at >= TimeDelta::days(self.probation_days.into());
            waited && h.kept_by != Some(seen.officer) && clear(h)
        };
        let prove = of(ReferenceStanding::OnProbation)
            .filter(borne_out)
            .max_by_key(|h| h.taken_on)
            .map(|h| h.key);
        let waits = of(ReferenceStanding::OnProbation)
            .any(|h| prove != Some(h.key) && !retire.contains(&h.key));
        let keep = !waits && seen.quality >= self.quality_min && self.is_due(held, seen.taken_on);
        if let Some(proven) = prove {
            retire.extend(self.outlived(held, proven, seen.taken_on));
        }
        Renewal { keep, prove, retire }
    }

    /// The newest reference that is not retired is old enough for a newer one.
    pub fn is_due<K>(&self, held: &[Held<K>], today: NaiveDate) -> bool {
        let kept = held.iter().filter(|h| h.standing != ReferenceStanding::Retired);
        kept.map(|h| h.taken_on)
            .max()
            .is_some_and(|newest| years_before(today, self.renew_after_years) >= newest)
    }

    /// References in use that retire when one more comes into use: those too old beside two newer ones, and the oldest of too many.
    fn outlived<K: Copy + PartialEq>(
        &self,
        held: &[Held<K>],
        proven: K,
        today: NaiveDate,
    ) -> Vec<K> {
        let stays = |h: &&Held<K>| h.standing == ReferenceStanding::InUse || h.key == proven;
        let mut newest_first: Vec<&Held<K>> = held.iter().filter(stays).collect();
        newest_first.sort_by_key(|h| std::cmp::Reverse(h.taken_on));
        let limit = years_before(today, self.retire_after_years);
        newest_first
            .iter()
            .enumerate()
            .filter(|(i, h)| *i >= self.in_use_max || (*i >= 2 && h.taken_on < limit))
            .filter(|(_, h)| h.key != proven)
            .map(|(_, h)| h.key)
            .collect()
    }
}

fn years_before(day: NaiveDate, years: u32) -> NaiveDate {
    day.checked_sub_months(Months::new(years.saturating_mul(12))).unwrap_or(NaiveDate::MIN)
}

/// A reason for which no picture of the call is kept, whatever the officer made of it: it may show somebody or something else.
fn tainted(reason: Reason) -> bool {
    use Reason as R;
    match reason {
        R::FlatSurface
        | R::RepeatedFrames
        | R::InjectedStream
        | R::LightMismatch
        | R::TimingMismatch
        | R::FarBelow
        | R::BelowAccept
        | R::SecondFace
        | R::PromptedByOther
        | R::Distress
        | R::DeviceManyBeneficiaries
        | R::HelperUnknown
        | R::DeathSignal
        | R::DataConflict
        | R::DuplicateFace
        | R::Covered
        | R::ReferenceMissing => true,
        R::TooDark
        | R::Blurred
        | R::TooFar
        | R::ReferencePoor
        | R::LivenessInconclusive
        | R::NetworkLost
        | R::BrowserUnsupported
        | R::CameraDenied
        | R::OurFault
        | R::TrialModels
        | R::RandomSample
        | R::AskedForPerson
        | R::AccuracyUnproven => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, 6, 1).unwrap()
    }

    fn at(year: i32) -> DateTime<Utc> {
        day(year).and_hms_opt(8, 0, 0).unwrap().and_utc()
    }

    fn rules() -> RenewalRules {
        RenewalRules {
            renew_after_years: 2,
            margin: 0.05,
            probation_days: 180,
            in_use_max: 3,
            retire_after_years: 10,
            quality_min: 60,
            sample_when_due: 0.5,
        }
    }

    fn held(key: u8, year: i32, standing: ReferenceStanding, score: f32) -> Held<u8> {
        Held {
            key,
            taken_on: day(year),
            standing,
            enrolled_at: at(year),
            kept_by: (standing == ReferenceStanding::OnProbation).then(first),
            score: Some(score),
        }
    }

    fn first() -> OfficerId {
        OfficerId(uuid::Uuid::from_u128(1))
    }

    fn second() -> OfficerId {
        OfficerId(uuid::Uuid::from_u128(2))
    }

    fn seen(year: i32) -> Seen<'static> {
        Seen {
            at: at(year),
            taken_on: day(year),
            officer: second(),
            consent: true,
            reasons: &[Reason::RandomSample],
            accept_from: 0.6,
            far_below: 0.35,
            quality: 80,
        }
    }

    use ReferenceStanding::{InUse, OnProbation};

    #[test]
    fn a_clear_call_is_kept_when_the_newest_reference_is_old() {
        let one = [held(1, 2020, InUse, 0.7)];
        assert!(rules().after(&seen(2026), &one).keep);
        assert!(!rules().after(&seen(2021), &one).keep, "new enough");
        for change in [
            (|s: &mut Seen<'_>| s.consent = false) as fn(&mut Seen<'static>),
            |s| s.reasons = &[Reason::FlatSurface],
            |s| s.reasons = &[Reason::BelowAccept],
            |s| s.accept_from = 0.68,
            |s| s.quality = 30,
        ] {
            let mut call = seen(2026);
            change(&mut call);
            assert!(rules().after(&call, &one).is_nothing(), "{call:?}");
        }
        let strange = [held(1, 2020, InUse, 0.7), held(2, 2015, InUse, 0.2)];
        assert!(rules().after(&seen(2026), &strange).is_nothing(), "far from one of them");
        let other = [Held { score: None, ..held(1, 2020, InUse, 0.7) }];
        assert!(rules().after(&seen(2026), &other).is_nothing(), "of another embedder");
        assert!(rules().after::<u8>(&seen(2026), &[]).is_nothing(), "nothing to compare with");
    }

    #[test]
    fn a_second_call_months_later_by_another_officer_bears_it_out() {
        let refs = [held(1, 2020, InUse, 0.7), held(2, 2026, OnProbation, 0.75)];
        let mut call = seen(2027);
        let done = rules().after(&call, &refs);
        assert_eq!((done.prove, done.keep), (Some(2), false));
        call.officer = first();
        assert_eq!(rules().after(&call, &refs).prove, None, "the same officer");
        let mut soon = seen(2026);
        soon.at += TimeDelta::days(90);
        assert_eq!(rules().after(&soon, &refs).prove, None, "too soon");
        let unsure = [held(1, 2020, InUse, 0.7), held(2, 2026, OnProbation, 0.6)];
        assert!(rules().after(&seen(2027), &unsure).is_nothing(), "it waits on");
        let wrong = [held(1, 2020, InUse, 0.7), held(2, 2026, OnProbation, 0.1)];
        assert_eq!(rules().after(&seen(2027), &wrong).retire, [2], "somebody else's picture goes");
    }

    #[test]
    fn the_oldest_retire() {
        let refs = [
            held(1, 2010, InUse, 0.5),
            held(2, 2021, InUse, 0.7),
            held(3, 2024, InUse, 0.7),
            held(4, 2026, OnProbation, 0.7),
        ];
        let done = rules().after(&seen(2027), &refs);
        assert_eq!((done.prove, done.retire), (Some(4), vec![1]));
        let two = [held(1, 2010, InUse, 0.7), held(4, 2026, OnProbation, 0.7)];
        assert!(rules().after(&seen(2027), &two).retire.is_empty(), "two stay, however old one is");
    }
}
