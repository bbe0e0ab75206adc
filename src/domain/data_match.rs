//! Matched data: events that others recorded (a clinic visit, a journey, a visit to a bank) as evidence that a person was alive. Which events
//! count, and for how long, is data; every answer says why.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

/// Which events of one kind prove that a person was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchRule {
    /// Kind of event as files name it, e.g. `clinic_visit`.
    pub kind: String,
    /// The person was there in person, and was identified.
    pub in_person: bool,
    /// Oldest event that counts, days.
    pub max_age_days: u32,
}

/// What became of one event, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchFound {
    /// It confirms.
    Confirms,
    /// Recorded by an earlier import.
    KnownAlready,
    /// The person is confirmed by something as young or younger: nothing to add.
    NotNewer,
    /// No person of the roster has this id number.
    NotInRoster,
    /// The name is not the one in the roster: nothing is guessed.
    NameDiffers,
    /// No rule knows this kind of event.
    KindUnknown,
    /// This kind does not show that the person was there.
    NotInPerson,
    /// Too long ago.
    TooOld,
    /// A death is reported, and this event lies before it: the two agree.
    BeforeDeath,
    /// A death is reported, and this event lies after it: a case is opened, and nothing is confirmed.
    Conflict,
}

/// What is known of the person an event is matched with.
#[derive(Clone, Copy, Debug)]
pub struct MatchWith<'a> {
    /// Name in the roster.
    pub name: &'a str,
    /// The day they were last known to be alive.
    pub last_alive_on: Option<NaiveDate>,
    /// A death is reported, or the benefit has ended: the first day on which the person was dead by that word; the first of all days when the
    /// word names none.
    pub dead_on: Option<NaiveDate>,
}

/// What an event is worth.
pub fn judge(
    rules: &[MatchRule],
    (kind, name, event_on): (&str, &str, NaiveDate),
    with: Option<MatchWith<'_>>,
    today: NaiveDate,
) -> MatchFound {
    let Some(with) = with else { return MatchFound::NotInRoster };
    if name != with.name {
        return MatchFound::NameDiffers;
    }
    let Some(rule) = rules.iter().find(|r| r.kind == kind) else { return MatchFound::KindUnknown };
    if !rule.in_person {
        return MatchFound::NotInPerson;
    }
    if event_on
        < today.checked_sub_days(Days::new(u64::from(rule.max_age_days))).unwrap_or(NaiveDate::MIN)
    {
        return MatchFound::TooOld;
    }
    if let Some(dead_on) = with.dead_on {
        return if event_on > dead_on { MatchFound::Conflict } else { MatchFound::BeforeDeath };
    }
    if with.last_alive_on.is_some_and(|last| last >= event_on) {
        return MatchFound::NotNewer;
    }
    MatchFound::Confirms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_its_cause() {
        use MatchFound as F;
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let rule = |kind: &str, in_person, max_age_days| MatchRule {
            kind: kind.into(),
            in_person,
            max_age_days,
        };
        let rules = [rule("clinic_visit", true, 60), rule("card_payment", false, 60)];
        let with =
            MatchWith { name: "王秀兰", last_alive_on: Some(day("2026-06-01")), dead_on: None };
        let of =
            |kind, name, on, with| judge(&rules, (kind, name, day(on)), with, day("2026-11-23"));
        assert_eq!(of("clinic_visit", "王秀兰", "2026-11-01", Some(with)), F::Confirms);
        assert_eq!(of("clinic_visit", "王秀兰", "2026-11-01", None), F::NotInRoster);
        assert_eq!(of("clinic_visit", "王秀", "2026-11-01", Some(with)), F::NameDiffers);
        assert_eq!(of("hearsay", "王秀兰", "2026-11-01", Some(with)), F::KindUnknown);
        assert_eq!(of("card_payment", "王秀兰", "2026-11-01", Some(with)), F::NotInPerson);
        assert_eq!(of("clinic_visit", "王秀兰", "2026-09-24", Some(with)), F::Confirms);
        assert_eq!(of("clinic_visit", "王秀兰", "2026-09-23", Some(with)), F::TooOld);
        let newer = MatchWith { last_alive_on: Some(day("2026-11-01")), ..with };
        assert_eq!(of("clinic_visit", "王秀兰", "2026-11-01", Some(newer)), F::NotNewer);
        let dead = MatchWith { dead_on: Some(day("2026-10-31")), ..with };
        assert_eq!(of("clinic_visit", "王秀兰", "2026-11-01", Some(dead)), F::Conflict);
        let later = MatchWith { dead_on: Some(day("2026-11-01")), ..with };
        assert_eq!(of("clinic_visit", "王秀兰", "2026-11-01", Some(later)), F::BeforeDeath);
    }
}
