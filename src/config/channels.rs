//! Settings of the channels besides the call.

use super::Fault;
use crate::domain::{appointment::Hours, data_match::MatchRule};
use serde::{Deserialize, Serialize};

/// Appointments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appointments {
    /// Length of a slot, minutes.
    pub slot_minutes: u32,
    /// Nothing is booked at shorter notice, hours.
    pub notice_hours: u32,
    /// Nor further ahead, days.
    pub ahead_days: u32,
    /// The weekly pattern.
    pub hours: Vec<Hours>,
}

/// Forms on paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperForms {
    /// Oldest signature that counts, days before the form came in.
    pub signed_max_days: u32,
}

/// Matched data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataMatch {
    /// Which events count.
    pub rules: Vec<MatchRule>,
}

/// What is wrong with them.
pub(super) fn faults(
    appointments: &Appointments,
    forms: &PaperForms,
    matching: &DataMatch,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut need = |good: bool, key: String, message: &str| {
        if !good {
            faults.push(Fault { key, message: message.into() });
        }
    };
    let key = |name: &str| format!("appointments.{name}");
    need((5..=240).contains(&appointments.slot_minutes), key("slot_minutes"), "must be 5 to 240");
    need((1..=120).contains(&appointments.ahead_days), key("ahead_days"), "must be 1 to 120");
    need(appointments.notice_hours <= 24 * 14, key("notice_hours"), "must be at most 336");
    for (index, hours) in appointments.hours.iter().enumerate() {
        let key = format!("appointments.hours.{}", index + 1);
        need(hours.from < hours.until, key.clone(), "must end after it begins");
        need((1..=100).contains(&hours.officers), key, "officers must be 1 to 100");
    }
    need(
        (1..=366).contains(&forms.signed_max_days),
        "paper_forms.signed_max_days".into(),
        "must be 1 to 366",
    );
    for (index, rule) in matching.rules.iter().enumerate() {
        let key = format!("data_match.rules.{}", index + 1);
        let again = matching.rules[..index].iter().any(|r| r.kind == rule.kind);
        need(!rule.kind.is_empty() && !again, key.clone(), "kind must be there once");
        need((1..=366).contains(&rule.max_age_days), key, "max_age_days must be 1 to 366");
    }
    faults
}
